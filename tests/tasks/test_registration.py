import subprocess
import sys


def test_importing_the_package_is_light():
    code = "import sentemo, sys; sys.exit('torch' in sys.modules or 'espnet2' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_importing_the_tasks_adds_our_classes_to_espnets_choices():
    code = (
        "import sentemo.tasks\n"
        "from espnet2.tasks import asr\n"
        "assert {'blstm', 'conv_blstm'} <= set(asr.encoder_choices.choices())\n"
        "assert 'huggingface_ssl' in asr.frontend_choices.choices()\n"
        "assert 'masked_utterance_mvn' in asr.normalize_choices.choices()\n"
        "assert 'frame_stacking' in asr.preencoder_choices.choices()\n"
        "assert 'keyed_specaug' in asr.specaug_choices.choices()\n"
        "assert {'ctc', 'transducer'} <= set(asr.model_choices.choices())\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
