"""Leave one speaker out on EmoDB's four classes, from audio to the table of results.

Some are run as a whole, once. Others are projected: a step that is measured, times the steps of all
epochs and folds. They find features ready, and neither validate nor choose epochs. The package
S3PRL is not used: its loop stands here in a few lines, with our own encoder as the upstream.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import torch

from peer_parts import step
from peer_parts.turns import Contender, in_turns, versions

ROOT = Path(__file__).parents[2]
CLASSES = "FNTW"  # happy, neutral, sad and angry in the names of EmoDB's files
FOLDS, EPOCHS, EPOCHS_ON_STATES = 10, 60, 20  # of conf/train_ser_scratch and train_ser_layer
SHARE = 0.8  # of the speakers train in a fold
ECAPA = (step.BATCH, 280, 80)  # utterances, frames of 10 ms as EmoDB's have in the mean, values
CORPUS = "EMODB"  # variable of the environment, as of the recipe


def measure(work: Path, rounds: int) -> dict[str, Any]:
    """Return what each contender takes from audio to scores."""
    torch.set_num_threads(1)
    corpus, name = corpus_of(work)
    files = [path for path in sorted(corpus.rglob("*.wav")) if path.stem[5] in CLASSES]
    speech = sum(soundfile.info(path).duration for path in files)
    batches = round(SHARE * len(files) / step.BATCH) * FOLDS
    probe, layer = "sentemo, probe of every layer", "sentemo, attention on kept states"
    whole = [
        Contender(probe, lambda: recipe(corpus, work / "probe", "train_probe")),
        Contender(layer, lambda: recipe(corpus, work / "layer", "train_ser_layer")),
        Contender("openSMILE ComParE, SVM of scikit-learn: a bare loop", lambda: opensmile(files)),
    ]
    scratch = batches * EPOCHS
    projected = [
        Contender("sentemo, BLSTM from scratch", lambda: step.ours(work), scratch / step.STEPS),
        Contender("SpeechBrain, the same BLSTM", step.speechbrain, scratch / step.STEPS),
        Contender("SpeechBrain, ECAPA-TDNN", ecapa, scratch),
        Contender(
            "as S3PRL: the upstream in every epoch, a linear head",
            lambda: every_epoch(files[:: len(files) // step.BATCH][: step.BATCH]),
            batches * EPOCHS_ON_STATES,
        ),
    ]
    about = "whole runs once; the others are projected from a step"
    return {
        "what": f"leave one speaker out on {name}, {speech / 60:.0f} minutes of speech: {about}",
        "whole": in_turns(whole, 1),
        "projected": in_turns(projected, rounds),
        "versions": versions("opensmile", "scikit-learn", "speechbrain"),
    }


def rows(found: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return a row for each contender; each compares with ours that does the same kind of work."""
    costs = {**found["whole"], **found["projected"]}
    probe, layer, scratch = (name for name in costs if name.startswith("sentemo"))
    lines = []
    for name, cost in costs.items():
        ours = scratch if "SpeechBrain" in name else layer if "S3PRL" in name else probe
        ours = name if name.startswith("sentemo") else ours
        known = "cpu" in cost and "cpu" in costs[ours]
        how = "projected" if name in found["projected"] else "whole"
        shown = f"{cost['cpu'] / 60:.1f} minutes of the processor, {how}" if "cpu" in cost else ""
        ratio = f"{cost['cpu'] / costs[ours]['cpu']:.2f}" if known else ""
        lines.append((name, cost.get("missing") or shown, ratio))
    return lines


def corpus_of(work: Path) -> tuple[Path, str]:
    """Return the folder of EmoDB, or of a look-alike that is made, and its name."""
    if given := os.environ.get(CORPUS):
        return Path(given), "EmoDB"
    made = work / "corpus"
    command = ["-m", "sentemo.bin.make_mini_corpus", "--corpus", "emodb", "--dest", str(made)]
    subprocess.run([sys.executable, *command], check=True, stdout=subprocess.DEVNULL)
    return made, "EmoDB's look-alike"


def recipe(corpus: Path, work: Path, config: str) -> Callable[[], object]:
    """The recipe from audio to scores, with checks, validation and choice of epochs."""
    options = ["--corpus_dir", corpus, "--work_dir", work, "--allow_partial", "true"]
    options += ["--config", ROOT / "conf" / f"{config}.yaml", "--stop_stage", "score"]
    command = list(map(str, [ROOT / "egs" / "emodb" / "run.sh", *options]))
    return lambda: subprocess.run(
        command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def opensmile(files: list[Path]) -> Callable[[], object]:
    """Functionals of every file, then a linear SVM of one complexity for each fold."""
    import opensmile
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import LinearSVC

    smile = opensmile.Smile(opensmile.FeatureSet.ComParE_2016, opensmile.FeatureLevel.Functionals)

    def work() -> None:
        values = np.concatenate([smile.process_file(path).to_numpy() for path in files])
        classes = np.array([path.stem[5] for path in files])
        speakers = np.array([path.stem[:2] for path in files])
        for speaker in sorted(set(speakers)):
            learnt = speakers != speaker
            model = make_pipeline(StandardScaler(), LinearSVC(C=0.0001, class_weight="balanced"))
            model.fit(values[learnt], classes[learnt]).predict(values[~learnt])

    return work


def ecapa() -> Callable[[], object]:
    """One step of SpeechBrain's ECAPA-TDNN, of its usual size."""
    from speechbrain.lobes.models.ECAPA_TDNN import ECAPA_TDNN

    network = torch.nn.Sequential(
        ECAPA_TDNN(ECAPA[-1]), torch.nn.Flatten(), torch.nn.Linear(192, len(CLASSES))
    )
    x, classes = torch.randn(ECAPA), torch.arange(step.BATCH) % len(CLASSES)
    optimizer = torch.optim.Adam(network.parameters())

    def work() -> None:
        optimizer.zero_grad()
        step.loss(network(x), classes).backward()
        optimizer.step()

    return work


def every_epoch(files: list[Path]) -> Callable[[], object]:
    """One step of a linear head on the mean of the weighted layers, the upstream run again."""
    from sentemo.states.encoder import FrozenEncoder
    from sentemo.upstreams import Upstream

    encoder = FrozenEncoder(Upstream("built-in"))
    signals = [soundfile.read(path, dtype="float32")[0] for path in files]
    weights = torch.nn.Parameter(torch.zeros(len(encoder.layers)))
    head = torch.nn.Linear(encoder.output_size, len(CLASSES))
    optimizer = torch.optim.Adam([weights, *head.parameters()])
    classes = torch.arange(len(files)) % len(CLASSES)

    def work() -> None:
        optimizer.zero_grad()
        means = torch.stack([torch.from_numpy(s.mean(axis=1)) for s in encoder.states(signals)])
        pooled = torch.einsum("l,bld->bd", weights.softmax(dim=0), means)
        step.loss(head(pooled), classes).backward()
        optimizer.step()

    return work
