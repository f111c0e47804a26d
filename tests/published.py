"""Published scores of a recipe, in percent, for the tests of documents."""

import json
from pathlib import Path

import numpy as np

from sentemo.scoring.predictions import read_predictions
from sentemo.scoring.row_difference import mean_ua_difference

ROOT = Path(__file__).parent.parent
UPON_WHISPER = ("robustness", "probe_", "states_", "upstreams")  # results upon a real recogniser


def scores(recipe, name):
    return json.loads((ROOT / "egs" / recipe / "results" / f"{name}.json").read_text())


def ua(recipe, name, side="test"):
    """UA of an experiment, in percent."""
    found = scores(recipe, name)[side]["ua"]
    return 100 * (found if side == "valid" else found["pooled"])


def row(name, beginning, recipe="emodb"):
    """The row of a study whose name begins so."""
    [found] = [row for row in scores(recipe, name)["test"] if row["row"].startswith(beginning)]
    return found


def row_ua(name, beginning, recipe="emodb"):
    """Mean UA of a row over its seeds, in percent."""
    return 100 * row(name, beginning, recipe)["test"]["ua"]["mean"]


def validation(name, beginning, candidate, recipe="emodb"):
    return 100 * row(name, beginning, recipe)["valid"][candidate]["mean"]


def difference(name, beginning, recipe="emodb"):
    """Difference of a row's UA from the first row's, with both ends of its interval."""
    found = row(name, beginning, recipe)["difference"]["ua"]
    return 100 * found["difference"], *(100 * end for end in found["ci95"])


def layers(recipe, name):
    """Test UA of each row of a probe's table, in percent, by the names of its layers."""
    found = scores(recipe, name)["probe"]["layers"]
    return {one["layer"]: 100 * one["scores"]["test"]["ua"]["pooled"] for one in found}


def of_each_fold(recipe, name):
    """Test UA of a probe whose folds chose alone, in percent."""
    return 100 * scores(recipe, name)["probe"]["by_fold"]["scores"]["test"]["ua"]["pooled"]


def shown(recipe, name):
    """UA of an experiment as the documents write it."""
    low, high = (100 * end for end in scores(recipe, name)["test"]["ua"]["ci95_speakers"])
    return f"UA {ua(recipe, name):.1f}, over speakers [{low:.1f}, {high:.1f}]"


def compared(recipe, a, b):
    """Difference of UA of two experiments, by their published predictions."""
    tables = (ROOT / "egs" / recipe / "results" / f"{name}.tsv" for name in (a, b))
    (labels, of_a), (_, of_b) = map(read_predictions, tables)
    return mean_ua_difference(labels, [of_a], [of_b])


def best_ua(recipe, classes, without_whisper=False):
    """The highest UA of so many classes in percent, upon anything or upon anything but Whisper."""
    found = []
    for path in (ROOT / "egs" / recipe / "results").glob("*.json"):
        one = json.loads(path.read_text())
        upon_whisper = path.name.startswith(UPON_WHISPER) or "whisper" in path.name
        if (without_whisper and upon_whisper) or path.name.startswith("robustness"):
            continue
        if one["kind"] == "asr" or one.get("task") == "dimensional":
            continue
        if len(one.get("labels") or one["counts"]["classes"]) != classes:
            continue
        if one["kind"] == "study":
            found += [r["test"]["ua"]["mean"] for r in one["test"] if "candidate" in r]
        else:
            found.append(one["test"]["ua"]["pooled"])
    return 100 * max(found)


def over_speakers(name, beginning, recipe="emodb"):
    """Interval over speakers of a row's difference of UA, in points."""
    return 100 * np.array(row(name, beginning, recipe)["difference"]["ua"]["ci95_speakers"])


def of_seeds(name, beginning, recipe="emodb"):
    """UA of a row with each seed, in percent."""
    return 100 * np.array(row(name, beginning, recipe)["test"]["ua"]["values"])
