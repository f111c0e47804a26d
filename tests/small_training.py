"""A small feature directory that a model can learn from, and the arguments to train on it."""

import os
from dataclasses import replace

import kaldiio
import numpy as np
import pytest
import yaml
from small_schedule import SCHEDULE
from small_states import keep

from sentemo.core.markers import TRAINED_MARKER
from sentemo.data.dimensions import SCALES
from sentemo.data.features import FeatureDir
from sentemo.data.kaldi import Utterance
from sentemo.data.proxy_labels import read_proxy_labels
from sentemo.data.sentiment import write_sentiment
from sentemo.data.splits import leave_one_speaker_out
from sentemo.data.targets import TASKS
from sentemo.folds.job import FoldJob
from sentemo.folds.run import predict_together, train_together
from sentemo.recognition.training import ASRTraining, train_asr

LABELS = ["happy", "sad"]
CONFIG = {
    "normalize": "global_mvn",
    "preencoder": "frame_stacking",
    "preencoder_conf": {"stack": 3},
    "encoder": "blstm",
    "encoder_conf": {"num_layers": 1, "units": 4, "dropout": 0.2},
    "decoder_conf": {"units": 4, "heads": 2, "head_size": 3},
    "specaug": "keyed_specaug",
    "specaug_conf": {"freq_mask_width": 2, "time_mask_width": 5},
    **SCHEDULE,
    "max_epoch": 4,
    "keep_nbest_models": 2,
}

CTC = {
    "model": "ctc",
    "decoder": None,
    "decoder_conf": {},
    "encoder_conf": {"num_layers": 2, "units": 4},
    "model_conf": {"ctc_weight": 1.0},
    "best_model_criterion": [["valid", "cer", "min"]],
    "early_stopping_criterion": ["valid", "cer", "min"],
    "max_epoch": 1,
}
FROZEN = {
    **dict.fromkeys(("normalize", "preencoder", "encoder")),
    "preencoder_conf": {},
    "encoder_conf": {},
    "model_conf": {"freeze_encoder": True},
    "grad_clip": 0.5,  # low enough to matter
    "max_epoch": 3,
}

PROBE = {  # upon FROZEN
    "decoder": "statistics_pooling",
    "decoder_conf": {},
    "probe_conf": {"penalties": [1, 100]},
    "model_conf": {"freeze_encoder": True, "encoder_layer": "best"},
    "specaug": None,
    "specaug_conf": {},
}

SRUN = """#!/usr/bin/env bash
# Slurm's srun as far as a training sees it: so many processes with their numbers.
[[ ${*:1:3} == "--nodes=2 --ntasks=2 --ntasks-per-node=1" && $4 == --kill-on-bad-exit=1 ]] || exit 9
while [[ $1 == --* ]]; do shift; done
for rank in 0 1; do SLURM_PROCID=$rank SLURM_LOCALID=0 "$@" & pids+=($!); done
for pid in "${pids[@]}"; do wait "$pid" || { kill "${pids[@]}"; exit 1; }; done
"""


@pytest.fixture
def features(tmp_path):
    """Three speakers with six utterances each; the happy ones have a louder upper half."""
    draw = np.random.default_rng(0)
    folder = tmp_path / "dump"
    folder.mkdir()
    matrices, utterances = {}, []
    for speaker in "abc":
        for number in range(6):
            label = LABELS[number % 2]
            matrix = draw.normal(size=(20 + 3 * number, 8)).astype(np.float32)
            matrix[:, 4:] += 2.0 * (label == "happy")
            matrices[f"{speaker}-{number}"] = matrix
            utterances.append(
                Utterance(
                    f"{speaker}-{number}",
                    speaker,
                    folder / "none.wav",
                    label,
                    "AB BA",
                    avd=(6 - number, 6.0 if label == "happy" else 2.0, 1 + number / 2),
                )
            )
    kaldiio.save_ark(str(folder / "feats.ark"), matrices, scp=str(folder / "feats.scp"))
    ordered = [matrices[utt].astype(float) for utt in sorted(matrices)]
    stats = np.stack([[m.sum(axis=0), np.square(m).sum(axis=0)] for m in ordered])
    np.save(folder / "utt_stats.npy", stats)
    (folder / "feats.json").write_text("{}")
    scp = dict(line.split(" ", 1) for line in (folder / "feats.scp").read_text().splitlines())
    frames = {utt: len(matrix) for utt, matrix in matrices.items()}
    return FeatureDir(folder, scp, frames, 8, "fbank8", 16000), utterances


@pytest.fixture
def make_labels(tmp_path, features):
    """Proxy labels that follow the emotion, of all utterances but those named."""

    def make(without=(), happy=(0.0, 0.25, 0.75), sad=(0.5, 0.3, 0.2)):
        folder = tmp_path / "sentiment"
        folder.mkdir(exist_ok=True)
        moods = {"happy": happy, "sad": sad}
        write_sentiment(
            folder, {utt.id: moods[utt.label] for utt in features[1] if utt.id not in without}
        )
        return read_proxy_labels(folder)

    return make


@pytest.fixture
def make_job(tmp_path, features):
    """A fold's job with its own directory and changes to the configuration."""

    def make(name, settings=None, utterances=None, task="label", **changes):
        config = tmp_path / f"{name}.yaml"
        config.write_text(yaml.safe_dump({**CONFIG, **changes}))
        return FoldJob(
            fold=leave_one_speaker_out("abc")[0],
            exp=tmp_path / name,
            config=config,
            labels=LABELS if "label" in TASKS[task] else None,
            scale=SCALES["msp_podcast"] if "avd" in TASKS[task] else None,
            utterances=utterances or features[1],
            features=features[0],
            settings={"seed": 1, "ngpu": 0, **(settings or {})},
            one_thread=True,
        )

    return make


@pytest.fixture
def asr_model(make_job, request):
    """A trained model with CTC; a test may ask for changes to its configuration."""
    job = make_job("asr", **{**CTC, **getattr(request, "param", {})})
    arguments = (job.config, job.utterances, job.fold, job.features, job.exp, job.settings)
    train_asr(ASRTraining(*arguments))
    (job.exp / TRAINED_MARKER).write_text("{}")
    return str(job.exp)


@pytest.fixture
def make_jobs(make_job, asr_model, tmp_path):
    """The folds of an experiment upon the frozen encoder, one per speaker."""

    def make(name, features=None, utterances=None, task="label", **changes):
        settings = {"asr_model": asr_model}
        first = make_job(name, settings, utterances, task, **{**FROZEN, **changes})
        kept = tmp_path / "states" / (name if features else "shared")
        first = replace(first, features=features or first.features)
        folds = leave_one_speaker_out(utt.speaker for utt in first.utterances)
        jobs = [replace(first, fold=f, exp=first.exp / f"fold_{f.number:02d}") for f in folds]
        return keep(jobs, asr_model, kept)

    return make


@pytest.fixture
def make_probe(make_jobs):
    """Train and test a probe of every layer; return its jobs, their outcomes and its directory."""

    def make(name="probe", **changes):
        jobs = make_jobs(name, **{**PROBE, **changes})
        trained = train_together(jobs)
        predict_together(jobs)
        return jobs, trained, jobs[0].exp.parent

    return make


@pytest.fixture
def slurm(tmp_path, monkeypatch):
    """An allocation of two nodes, both of which are this machine."""
    folder = tmp_path / "slurm"
    folder.mkdir()
    hosts = "#!/bin/sh\necho localhost; echo localhost\n"
    for name, text in (("srun", SRUN), ("scontrol", hosts), ("sinfo", hosts)):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setenv("SLURM_JOB_NODELIST", "gpu-node-[1-2]")
