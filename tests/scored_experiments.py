"""Scored experiments without a training: drawn answers of many utterances of one short sound."""

import json
from dataclasses import replace

import numpy as np
import torch

from sentemo.data.tables import write_table
from sentemo.scoring.classes import score_predictions
from sentemo.scoring.dimensions import score_dimensions
from sentemo.scoring.groupings import Grouping
from sentemo.scoring.groups import score_groups
from sentemo.scoring.limits import limited_folds, score_limits
from sentemo.scoring.predictions import (
    DimensionPrediction,
    Prediction,
    count_predictions,
    predictions_file,
    write_dimension_predictions,
    write_predictions,
)
from sentemo.scoring.scores_file import write_scores

LABELS = ["happy", "neutral", "<i>sad</i>"]
DESCRIBED = {
    "corpus": "noise & more",
    "title": "scratch",
    "protocol": "leave one speaker out",
    "seed": 1,
    "config": "scratch.yaml",
    "asr_model": None,
    "epochs": "best epoch by valid loss (min)",
    "notes": [],
    "command": "python -m sentemo.bin.train --config scratch.yaml",
}
HOSTILE = "</script><script>window.hacked=1</script>"  # an utterance that none of the others is
HOSTILE_TEXT = 'one <img src="https://example.org/x.png" onerror="window.hacked=1"> & "more"'
SPEAKERS = 5
ATTENTION = {
    "words": [
        {"word": word, "start": 0.1 * n, "end": 0.1 * n + 0.1, "attention": 0.01 * n, "bin": n}
        for n, word in enumerate(("not", "so", "<b>bad</b>"))
    ],
    "curve": [0.1, 0.4, 0.2],
    "duration": 0.3,
    "unaligned": None,
}
SUMMARY = {
    "text": "Words of the reference transcripts.",
    "classes": {"happy": [{"word": "<b>bad</b>", "count": 3, "attention": 0.02}]},
    "unaligned": {"too short": 1},
    "utterances": 2,
}


OCCLUSION = {
    "answer": "happy",
    "probability": 0.9,
    "duration": 0.3,
    "pieces": [
        {"word": word, "start": 0.1 * n, "end": 0.1 * n + 0.1, "lost": lost, "attention": 1.0}
        for n, (word, lost) in enumerate((("not", 0.5), ("so", -0.02), ("<b>bad</b>", 0.123)))
    ],
}
OCCLUSION_SUMMARY = {
    "by": "words",
    "seconds": None,
    "text": "Words of the reference transcripts.",
    "utterances": 1,
    "unaligned": {"too short": 1},
    "attention": {"mean": 0.25, "interval": [0.1, 0.4], "utterances": 1},
    "length": {"mean": 0.5, "interval": [0.3, 0.7], "utterances": 1},
}


def make_experiment(exp, data, audio, classes=True, dimensions=False, utterances=60):
    """Write the experiment and the data directory that its command reads."""
    draw = np.random.default_rng(1)
    ids = sorted([HOSTILE, *(f"utt{number:05d}" for number in range(utterances - 1))])
    speakers = {utt: f"spk{number % SPEAKERS}" for number, utt in enumerate(ids)}
    write_table(data / "wav.scp", dict.fromkeys(ids, str(audio)))
    write_table(data / "utt2spk", speakers)
    write_table(data / "text", {**dict.fromkeys(ids, "all is well"), HOSTILE: HOSTILE_TEXT})
    keys = [(utt, int(speaker[3:]) + 1, speaker) for utt, speaker in speakers.items()]
    scores = {}
    exp.mkdir(parents=True)
    if dimensions:
        target = draw.uniform(1, 7, (len(keys), 3)).round(1)
        noisy = target + draw.normal(0, 1, target.shape)
        answers = [
            DimensionPrediction(*key, *map(tuple, ratings))
            for key, *ratings in zip(keys, target, noisy, strict=True)
        ]
        write_dimension_predictions(exp / predictions_file("avd", "test"), answers)
        scores |= {
            "counts": count_predictions(answers),
            "dimensions": score_dimensions(answers, answers),
        }
    if classes:
        shares = draw.dirichlet(np.ones(len(LABELS)), len(keys))
        answers = [
            Prediction(*key, LABELS[draw.choice(3, p=row)], LABELS[row.argmax()], tuple(row))
            for key, row in zip(keys, shares, strict=True)
        ]
        write_predictions(exp / predictions_file("label", "test"), LABELS, answers)
        scores |= score_predictions(LABELS, answers, answers)
        others = [replace(p, utterance=f"valid {p.utterance}") for p in answers]
        scores["limits"] = score_limits(
            LABELS, others, answers, limited_folds(LABELS, others, answers)
        )
        groups = {utt: "women" if int(of[3:]) % 2 else "men" for utt, of in speakers.items()}
        scores["groups"] = score_groups(LABELS, answers, [Grouping("sex", groups, True)])
    (exp / "experiment.json").write_text(json.dumps(DESCRIBED))
    write_scores(exp, "ser", scores)
    return exp


def add_histories(exp, epochs=3):
    """Of all folds trained in one pass."""
    histories = []
    for fold in range(1, SPEAKERS + 1):
        (exp / f"fold_{fold:02d}").mkdir()
        losses = [1 / (epoch + fold) for epoch in range(epochs)]
        histories.append([{"train": {"loss": x}, "valid": {"loss": x, "ua": x}} for x in losses])
    torch.save({"folds": [{"history": history} for history in histories]}, exp / "checkpoint.pth")


def add_attention(exp, *more):
    """Of two utterances, one without words, and of what else is given."""
    found = [
        {"utterance": "utt00000", "fold": 2, **ATTENTION},
        {"utterance": "utt00001", "fold": 3, **ATTENTION, "words": [], "unaligned": "too short"},
        *more,
    ]
    (exp / "attention").mkdir()
    (exp / "attention" / "words.jsonl").write_text("".join(json.dumps(a) + "\n" for a in found))
    (exp / "attention" / "summary.json").write_text(json.dumps(SUMMARY))


def add_occlusion(exp, *more, **summary):
    """Write the occlusion of one utterance, by words, and of others that are given."""
    found = [{"utterance": "utt00000", "fold": 2, **OCCLUSION}, *more]
    folder = exp / "occlusion"
    folder.mkdir()
    (folder / "utterances.jsonl").write_text("".join(json.dumps(one) + "\n" for one in found))
    (folder / "summary.json").write_text(json.dumps({**OCCLUSION_SUMMARY, **summary}))


def add_probe(exp, layers=6):
    """Add a probe whose layers have the scores of the experiment; the third is chosen."""
    scores = json.loads((exp / "scores.json").read_text())
    shown = {name: scores[name] for name in ("test", "valid", "dimensions") if name in scores}
    names = [*map(str, range(1, layers + 1)), "all"]
    scores["probe"] = {
        "choice": "pooled",
        "folds": [{"fold": n, "layer": "3", "penalty": n} for n in range(1, SPEAKERS + 1)],
        "pooled": {"layer": "3", "penalty": 10},
        "layers": [{"layer": name, "penalty": 10, "scores": shown} for name in names],
        "by_fold": {"scores": shown},
    }
    (exp / "scores.json").write_text(json.dumps(scores))
