"""Small trained experiments on audio: folds one by one, and folds upon one frozen encoder."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import soundfile
import yaml
from small_schedule import SCHEDULE
from small_states import keep

from sentemo.data.dimensions import SCALES
from sentemo.data.extraction import extract
from sentemo.data.features import read_feature_dir
from sentemo.data.kaldi import Utterance
from sentemo.data.splits import leave_one_speaker_out
from sentemo.folds.job import FoldJob

LABELS = ["happy", "sad"]
RATE = 16000
COMMON = {
    "decoder_conf": {"units": 4, "heads": 2, "head_size": 3},
    **SCHEDULE,
}
ENCODER = {
    "normalize": "global_mvn",
    "preencoder": "frame_stacking",
    "preencoder_conf": {"stack": 3},
    "encoder": "blstm",
    "encoder_conf": {"num_layers": 1, "units": 4},
}
CTC = {
    **COMMON,
    **ENCODER,
    "model": "ctc",
    "decoder_conf": {},
    "model_conf": {"ctc_weight": 1.0},
    "best_model_criterion": [["valid", "cer", "min"]],
    "early_stopping_criterion": ["valid", "cer", "min"],
}
CNN = {
    **COMMON,
    "normalize": "global_mvn",
    "encoder": "conv",
    "encoder_conf": {"num_layers": 2, "channels": 6, "norm": "batch"},
    "decoder": "mlp_pooling",
    "decoder_conf": {"units": [5], "pooling": "mean_std"},
}


def make_jobs(folder: Path, config, dimensions=False, feature_type="fbank40", **settings):
    """The folds of an experiment `folder`, on three speakers' noise; the happy ones are louder."""
    data = folder.parent / "data"
    utterances = []
    for speaker in "abc":
        for number in range(4):
            audio = data / f"{speaker}-{number}.wav"
            label = LABELS[number % 2]
            utterances.append(
                Utterance(audio.stem, speaker, audio, label, "AB BA", avd=(1 + number, 4.0, 7.0))
            )
    if not data.exists():
        data.mkdir()
        draw = np.random.default_rng(0)
        for utt in utterances:
            samples = draw.uniform(-1, 1, RATE // 2 + 1600 * int(utt.id[-1]))
            soundfile.write(utt.audio, samples * (0.5 if utt.label == "happy" else 0.1), RATE)
    dump = folder.parent / f"dump_{feature_type}"
    if not dump.exists():
        extract(utterances, dump, feature_type)
    config_file = folder.parent / f"{folder.name}.yaml"
    config_file.write_text(yaml.safe_dump(config))
    return [
        FoldJob(
            fold=fold,
            exp=folder / f"fold_{fold.number:02d}",
            config=config_file,
            labels=LABELS,
            scale=SCALES["msp_podcast"] if dimensions else None,
            utterances=utterances,
            features=read_feature_dir(dump),
            settings={"seed": 1, "ngpu": 0, **settings},
            one_thread=True,
        )
        for fold in leave_one_speaker_out("abc")
    ]


def train_separate(folder: Path, config, **options):
    """Two of three folds, each with an encoder of its own."""
    from sentemo.folds.separate import train_on_fold

    for job in make_jobs(folder, config, **options)[:2]:
        train_on_fold(job)
    return folder


def train_shared(folder: Path):
    """Three folds upon the frozen encoder of a tiny recogniser."""
    from sentemo.core.markers import TRAINED_MARKER
    from sentemo.folds.joint import train_folds_together
    from sentemo.recognition.training import ASRTraining, train_asr

    (asr, *_) = make_jobs(folder.parent / "asr", CTC)
    exp = folder.parent / "asr"
    train_asr(ASRTraining(asr.config, asr.utterances, asr.fold, asr.features, exp, asr.settings))
    (exp / TRAINED_MARKER).write_text("{}")
    frozen = {**COMMON, "model_conf": {"freeze_encoder": True}}
    jobs = make_jobs(folder, frozen, asr_model=str(exp))
    train_folds_together(keep(jobs, exp, folder.parent / "states"))
    return folder


def train_upon(upstream: str, folder: Path, **changes):
    """Three folds on kept states of a frozen upstream that hears audio."""
    from sentemo.folds.run import train_together

    changes["model_conf"] = {"freeze_encoder": True, **changes["model_conf"]}
    jobs = make_jobs(folder, {**COMMON, **changes}, feature_type="raw", asr_model=upstream)
    train_together(keep(jobs, upstream, folder.parent / f"states_of_{folder.name}"))
    return folder


def judged_apart(archive: Path, recording: Path, modules):
    """Judge a recording in a process of its own; return its line and which modules were loaded."""
    program = (
        "import sys; from sentemo.bin.predict import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit as end: assert end.code == 0\n"
        f"print([m for m in {tuple(modules)!r} if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, archive, recording, "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    line, loaded = done.stdout.splitlines()
    return json.loads(line), loaded
