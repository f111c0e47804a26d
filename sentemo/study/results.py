"""The content of a study's `scores.json`: its rows, their scores over the seeds, differences."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from sentemo.data.targets import TASKS
from sentemo.scoring.dimensions import NAMES, mean_ccc_difference
from sentemo.scoring.intervals import mean_and_sd
from sentemo.scoring.row_difference import (
    Difference,
    mean_macro_f1_difference,
    mean_ua_difference,
)
from sentemo.scoring.speakers import holm
from sentemo.study.plan import CITED, HUMAN, LEFT_OUT, MACRO_F1, TRAINED, Row, Study

Scores = dict[str, Any]
# Test predictions of one kind, one sequence per seed; each measure knows the kind.
Seeds = Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Measures:
    """Measures that compare the rows of a study.

    Attributes
    ----------
    of_test
        Returns the test side's measures in an experiment's `scores.json`.
    kept
        Names of the measures in a study's `scores.json`.
    best
        Measure by which validation chooses a row's configuration.
    difference
        Compares a row's predictions with those of the first row, by each measure that is compared.
    """

    of_test: Callable[[Scores], Scores]
    kept: tuple[str, ...]
    best: str
    difference: Callable[[Scores, Seeds, Seeds], dict[str, Difference]]


def _ua_difference(scores: Scores, mine: Seeds, first: Seeds) -> dict[str, Difference]:
    return {"ua": mean_ua_difference(scores["labels"], mine, first)}


def _macro_f1_difference(scores: Scores, mine: Seeds, first: Seeds) -> dict[str, Difference]:
    return {"macro_f1": mean_macro_f1_difference(scores["labels"], mine, first)}


CLASS_MEASURES = Measures(
    of_test=lambda scores: scores["test"],
    kept=("wa", "ua", "macro_f1"),
    best="UA",
    difference=_ua_difference,
)
MACRO_F1_MEASURES = replace(CLASS_MEASURES, best="macro-F1", difference=_macro_f1_difference)
DIMENSION_MEASURES = Measures(
    of_test=lambda scores: scores["dimensions"]["test"],
    kept=NAMES,
    best="CCC",
    difference=lambda scores, mine, first: mean_ccc_difference(mine, first),
)


def measures_of(task: str, measure: str | None = None) -> Measures:
    """Return the measures of a task: of classes, where they are learnt, see `Study.measure`."""
    if "label" not in TASKS[task]:
        return DIMENSION_MEASURES
    return MACRO_F1_MEASURES if measure == MACRO_F1 else CLASS_MEASURES


def summarise(
    study: Study,
    valid: Mapping[str, Mapping[str, Sequence[float]]],
    scores: Mapping[str, Sequence[Scores]],
    predictions: Mapping[str, Seeds],
    human: Mapping[str, float] | None,
    recipe: str,
    measures: Measures = CLASS_MEASURES,
) -> list[Scores]:
    """Return the rows of a study.

    Parameters
    ----------
    valid
        Validation scores by row, candidate and seed, with a row's best candidate first.
    scores, predictions
        `scores.json` and test predictions of each row's best candidate, one per seed.
    human
        ``wa`` and ``ua`` of the annotators, where the corpus has their votes.
    recipe
        Recipe whose published numbers are taken.
    measures
        Measures of the study's task.
    """
    first = next((row.name for row in study.rows if row.kind == TRAINED), None)
    found = []
    for row in study.rows:
        entry: Scores = {
            "row": row.name,
            "published": row.published.get(recipe),
            "difference": None,
        }
        if row.kind == HUMAN:
            entry["test"] = dict(human or {})
        elif row.kind == CITED:
            entry |= {"cited": row.citation, "test": {}}
        elif row.kind == LEFT_OUT:
            entry |= {"row": f"{row.name} (not run)", "test": {}}
        else:
            entry |= _measured(row, valid[row.name], scores[row.name], measures)
            if first not in (None, row.name):
                differences = measures.difference(
                    scores[row.name][0], predictions[row.name], predictions[first]
                )
                entry["difference"] = {name: asdict(one) for name, one in differences.items()}
        found.append(entry)
    _correct(found)
    return found


def _correct(rows: Sequence[Scores]) -> None:
    """Add p values that are corrected for the number of rows to all differences (Holm, 1979)."""
    compared = {row["row"]: row["difference"] for row in rows if row["difference"]}
    for measure in {name for of in compared.values() for name in of}:
        corrected = holm({row: of[measure]["p"] for row, of in compared.items()})
        for row, of in compared.items():
            of[measure]["p_holm"] = corrected[row]


def _measured(
    row: Row,
    valid: Mapping[str, Sequence[float]],
    scores: Sequence[Scores],
    measures: Measures,
) -> dict[str, Any]:
    best = next(iter(valid))
    tests = [measures.of_test(found) for found in scores]
    return {
        "candidate": best,
        "settings": row.candidates.get(best, row.members.get(best)),
        "valid": {name: _over_seeds(values) for name, values in valid.items()},
        "test": {
            metric: {
                **_over_seeds([test[metric]["pooled"] for test in tests]),
                "ci95": tests[0][metric]["ci95"],
            }
            for metric in measures.kept
        },
    }


def _over_seeds(values: Sequence[float]) -> dict[str, Any]:
    mean, sd = mean_and_sd(values)
    return {"mean": mean, "sd": sd, "values": list(values)}
