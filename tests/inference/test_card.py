"""The card of a packed model repeats what the experiment says."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

from sentemo.inference.card import model_card
from sentemo.inference.description import Description

SCORES = Path(__file__).parents[2] / "egs/emodb/results/frozen_asr_ctc_small.json"
FILES = SimpleNamespace(folds=(1,))
DESCRIBED = Description("probe", ("happy", "sad"), None, "fbank80", 0.04, 0.1, 1)


def scored(ua):
    """Return the scores of a layer's probe; all measures are the same."""
    test = {name: {"pooled": ua, "ci95": [ua, ua]} for name in ("wa", "ua", "macro_f1")}
    return {"valid": {"ua": ua}, "test": test}


def test_of_a_probe_it_says_how_layer_and_penalty_were_chosen():
    scores = json.loads(SCORES.read_text())
    facts = {**scores, "epochs": "none; one layer and penalty by the loss"}
    assert "- probe:" not in model_card(DESCRIBED, FILES, facts, scores, None)
    scores["probe"] = {
        "choice": "pooled",
        "folds": [{"fold": 1, "layer": "3", "penalty": 10}] * 2,
        "pooled": {"layer": "3", "penalty": 320},
        "by_fold": {"scores": scored(0.941)},
        "layers": [{"layer": "3", "penalty": 320, "scores": scored(0.962)}],
    }
    card = model_card(DESCRIBED, FILES, facts, scores, None)
    assert "- epochs: none; one layer and penalty by the loss\n" in card
    assert (
        "- probe: layer 3, penalty 320, chosen by the validation sides of all folds; each fold's "
        "own choice: UA 94.1 %\n"
    ) in card
    assert "| **3, chosen**" in card
    assert "**96.2 [" in card


def test_it_says_which_installation_runs_the_model():
    assert "\npip install .  " in model_card(DESCRIBED, FILES, {}, {}, None)
    without_onnx = replace(DESCRIBED, not_exported="cannot be exported")
    assert '\npip install ".[train]"  ' in model_card(without_onnx, FILES, {}, {}, None)
