import subprocess
import sys

import pytest

HEAVY = (
    "g2p_en",
    "hydra",
    "inflect",
    "jamo",
    "lightning",
    "matplotlib",
    "nltk",
    "scipy.signal",
    "scipy.stats",
    "sklearn",
    "torchaudio",
    "transformers",
    "espnet2.tasks.asr",
    "espnet2.gan_tts",
    "espnet2.asr.encoder.conformer_encoder",
)
# A small model of each task, as the commands build them.
BUILT = (
    "import logging\n"
    "logging.disable(logging.WARNING)\n"  # ESPnet's remark on CTC alone
    "from sentemo.tasks.asr import ASRTask\n"
    "from sentemo.tasks.ser import SERTask\n"
    "args = SERTask.get_parser().parse_args([])\n"
    "args.labels, args.input_size, args.normalize = ['happy', 'sad'], 8, None\n"
    "args.encoder, args.encoder_conf = 'blstm', {'units': 4, 'num_layers': 1}\n"
    "SERTask.build_model(args)\n"
    "args = ASRTask.get_parser().parse_args([])\n"
    "args.token_list, args.token_type = ['<blank>', '<unk>', 'a', '<sos/eos>'], 'char'\n"
    "args.input_size, args.model = 8, 'ctc'\n"
    "args.encoder, args.encoder_conf = 'blstm', {'units': 4, 'num_layers': 1}\n"
    "ASRTask.build_model(args)\n"
    "ASRTask.build_preprocess_fn(args, train=True)\n"
)


def run(code):
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return done.stdout, done.stderr


def test_importing_the_package_is_light():
    run("import sentemo, sys; sys.exit('torch' in sys.modules or 'espnet2' in sys.modules)")


def test_no_command_loads_torch_before_it_has_read_its_options():
    run(
        "import importlib, pkgutil, sys, sentemo.bin\n"
        "for command in pkgutil.iter_modules(sentemo.bin.__path__):\n"
        "    importlib.import_module(f'sentemo.bin.{command.name}')\n"
        "    assert not {'torch', 'espnet2', 'matplotlib'} & set(sys.modules), command.name\n"
    )


def test_raw_audio_is_kept_and_a_probe_has_no_history_without_torch(tmp_path):
    run(
        "import sys, numpy, soundfile\n"
        "from pathlib import Path\n"
        "from sentemo.data.extraction import extract\n"
        "from sentemo.data.kaldi import Utterance\n"
        "from sentemo.folds.history import fold_histories\n"
        f"folder = Path({str(tmp_path)!r})\n"
        "noise = numpy.random.default_rng(0).normal(0, 0.1, 16000)\n"
        "soundfile.write(folder / 'u.wav', noise, 16000)\n"
        "extract([Utterance('u', 's', folder / 'u.wav')], folder / 'dump', 'raw')\n"
        "(folder / 'fold_01').mkdir()\n"
        "assert fold_histories(folder) == {}\n"
        "assert 'torch' not in sys.modules\n"
    )


@pytest.mark.parametrize("given", [None, "ACTIVE"])
def test_threads_sleep_while_they_wait_unless_the_user_says_otherwise(given, monkeypatch):
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    if given:
        monkeypatch.setenv("OMP_WAIT_POLICY", given)
    printed, _ = run("import sentemo, os; print(os.environ['OMP_WAIT_POLICY'])")
    assert printed.strip() == (given or "PASSIVE")


@pytest.mark.parametrize("code", ["import sentemo.tasks\n", BUILT], ids=["import", "built"])
def test_the_tasks_load_nothing_that_they_do_not_use_and_print_nothing(code):
    printed, warned = run(f"{code}import sys\nprint(sorted(set({HEAVY}) & set(sys.modules)))")
    assert (printed, warned) == ("[]\n", "")


ADDED = (
    "assert {'blstm', 'conv', 'conv_blstm'} <= set(asr.encoder_choices.choices())\n"
    "assert 'huggingface_ssl' in asr.frontend_choices.choices()\n"
    "assert 'masked_utterance_mvn' in asr.normalize_choices.choices()\n"
    "assert 'frame_stacking' in asr.preencoder_choices.choices()\n"
    "assert 'keyed_specaug' in asr.specaug_choices.choices()\n"
    "assert {'ctc', 'transducer', 'sa2sr_ctc', 'sa2sr_transducer'} <= set(\n"
    "    asr.model_choices.choices()\n"
    ")\n"
)


@pytest.mark.parametrize("first", ["sentemo.tasks", "espnet2.tasks.asr"])
def test_importing_the_tasks_adds_our_classes_to_espnets_choices(first):
    run(f"import {first}\nimport sentemo.tasks\nfrom espnet2.tasks import asr\n{ADDED}")
