"""Studies: which trainings they plan, what they change, and which candidate a row reports."""

from pathlib import Path

import pytest
import yaml

from sentemo.core.errors import SentemoError
from sentemo.scoring.predictions import Prediction, write_predictions
from sentemo.study.file import read_study
from sentemo.study.plan import (
    candidates_by_validation,
    chosen_runs,
    plan,
    run_config,
    study_of,
    with_rows,
)

CONF = Path(__file__).parent.parent.parent / "conf"
LABELS = ["happy", "sad"]
BASE = {
    "decoder": "rnn_attention",
    "decoder_conf": {"units": 64, "heads": 8},
    "optim_conf": {"lr": 0.1},
}


@pytest.fixture
def write_study(tmp_path):
    (tmp_path / "base.yaml").write_text(yaml.safe_dump(BASE))
    (tmp_path / "chance.yaml").write_text("classifier: largest_class\n")

    def write(*rows):
        path = tmp_path / "study.yaml"
        study = {"title": "Decoders", "rows": list(rows)}
        path.write_text(yaml.safe_dump(study, sort_keys=False))
        return path

    return write


TWO = {"name": "MLP", "config": "base.yaml", "candidates": {"mean": {}, "max": {"seed": 3}}}
CHANCE = {"name": "chance", "baseline": "chance.yaml"}
PEOPLE = {"name": "people", "human": True}


def test_every_candidate_is_trained_with_every_seed_and_a_baseline_once(write_study, tmp_path):
    study = read_study(write_study(TWO, CHANCE, PEOPLE))
    runs = plan(study, tmp_path / "exp", [4, 5])
    assert [(run.candidate, run.seed) for run in runs] == [
        *[("mean", 4), ("mean", 5), ("max", 4), ("max", 5)],
        ("chance", 4),
    ]
    assert len({run.exp for run in runs}) == 5


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("upstream", "upstream"),
        ("asr_model", "upstream"),
        ("ssl_model", "ssl_model"),
        ("built-in", "built-in"),
        ("user/model", "user/model"),
        ("models/asr", "{here}/models/asr"),
        ("./models/../models/asr", "{here}/models/asr"),
    ],
)
def test_a_row_says_which_option_has_its_upstream_or_names_it(write_study, tmp_path, given, read):
    (tmp_path / "models" / "asr").mkdir(parents=True)
    [row] = read_study(write_study({**TWO, "upstream": given})).rows
    assert row.upstream == read.format(here=tmp_path)


def test_a_fused_row_joins_the_same_seeds_and_the_only_baseline(write_study, tmp_path):
    together = {"name": "both", "fused": {"all": ["max", "chance"], "some": ["mean", "max"]}}
    runs = plan(read_study(write_study(TWO, CHANCE, together)), tmp_path, [4, 5])
    members = {(r.candidate, r.seed): [(m.candidate, m.seed) for m in r.members] for r in runs}
    assert members["all", 5] == [("max", 5), ("chance", 4)]
    assert members["some", 4] == [("mean", 4), ("max", 4)]


def test_baselines_alone_are_fused_once(write_study, tmp_path):
    alone = {"name": "both", "fused": {"all": ["chance"]}}
    runs = plan(read_study(write_study(CHANCE, alone)), tmp_path, [4, 5])
    assert [(run.candidate, run.seed) for run in runs] == [("chance", 4), ("all", 4)]


def test_two_rows_of_one_name_would_be_one(write_study):
    with pytest.raises(SentemoError, match="row twice"):
        read_study(write_study(TWO, {**TWO, "candidates": {"other": {}}}))


def test_what_is_fused_is_not_fused_again(write_study):
    both = {"name": "both", "fused": {"all": ["mean", "max"]}}
    again = {"name": "again", "fused": {"more": ["all", "mean"]}}
    with pytest.raises(SentemoError, match="again: all"):
        read_study(write_study(TWO, both, again))


def test_one_configuration_is_a_study_of_one_row():
    (row,) = study_of(CONF / "train_ser_frozen.yaml").rows
    assert row.settings("frozen", {}) == yaml.safe_load(row.config.read_text())


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"config": "base.yaml"}, "row 1: it needs a name"),
        ({"name": "x"}, "give one of config, baseline, fused, human"),
        ({**TWO, "human": True}, "give one of config, baseline, fused, human"),
        ({"name": "x", "fused": {"both": ["mean"]}}, "x: mean"),
        ({"name": "x", "fused": ["mean"]}, "nothing to fuse"),
        ({**TWO, "candidates": ["mean"]}, "no candidates"),
        (PEOPLE, "rows with something to train"),
        ({**TWO, "config": "other.yaml"}, r"other\.yaml"),
        ({**TWO, "candidate": {}}, "row 1: candidate; known are"),
        ({**TWO, "upstream": ["built-in"]}, r"no upstream.*\n.*\['built-in'\]; give a model, or"),
        ({**TWO, "upstream": ""}, "''; give a model, or one of upstream, sa2sr_model"),
        ({**CHANCE, "upstream": "built-in"}, "only a row with a config has one"),
    ],
)
def test_rows_that_are_none_are_named(write_study, row, message):
    with pytest.raises(SentemoError, match=message):
        read_study(write_study(row))


def test_two_candidates_of_one_name_would_share_a_directory(write_study):
    with pytest.raises(SentemoError, match=r"(?s)candidate twice.*mean"):
        read_study(write_study(TWO, {**TWO, "name": "other"}))


SA2SR = [f"../egs/msp_podcast/table{number}.yaml" for number in (2, 3, 4)]
FIELD = [
    "../egs/iemocap/soft.yaml",
    *(f"../egs/msp_podcast/{name}.yaml" for name in ("challenge", "challenge_dimensions")),
]


@pytest.mark.parametrize("name", ["table2.yaml", "table3.yaml", *SA2SR, *FIELD])
def test_the_papers_tables_hold_whole_configurations(name, tmp_path):
    """Every candidate's encoder or decoder has only settings that its class knows."""
    from sentemo.tasks.ser import SERTask
    from sentemo.training.arguments import training_arguments

    for run in plan(read_study(CONF / name), tmp_path, [1]):
        if run.row.kind == "config":
            training_arguments(SERTask, run_config(run, {}, tmp_path), {})


def predict(run, right):
    """Write validation predictions, of which so many of ten are right."""
    predictions = [
        Prediction(f"{label}{n}", 1, "a", label, label if n < right else wrong, (0.5, 0.5))
        for label, wrong in (LABELS, LABELS[::-1])
        for n in range(10)
    ]
    write_predictions(run.exp / "predictions" / "valid.tsv", LABELS, predictions)


def test_a_rows_candidate_is_the_best_on_validation_over_all_seeds(write_study, tmp_path):
    runs = plan(read_study(write_study(TWO)), tmp_path / "exp", [1, 2])
    for run, right in zip(runs, [9, 5, 8, 8], strict=True):  # mean: 0.7; max: 0.8
        predict(run, right)
    assert [(run.candidate, run.seed) for run in chosen_runs(runs)] == [("max", 1), ("max", 2)]
    found = candidates_by_validation(runs)["MLP"]
    assert list(found) == ["max", "mean"]
    assert found["mean"] == pytest.approx([0.9, 0.5])


def test_a_row_is_chosen_only_when_all_its_candidates_are_trained(write_study, tmp_path):
    runs = plan(read_study(write_study(TWO)), tmp_path / "exp", [1])
    predict(runs[0], 9)
    with pytest.raises(SentemoError, match="max_seed1 is not trained yet"):
        chosen_runs(runs)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("{name: a, config: c.yaml, candidates: {../../x: {}}}", "not a name of a directory"),
        ("{name: a, config: c.yaml, candidates: {/etc/x: {}}}", "not a name of a directory"),
        ("{name: a, config: [c.yaml]}", "config: found a list of 1, wanted text"),
        ("{name: a, config: c.yaml, published: {emodb: high}}", "published.emodb: found 'high'"),
        ("{name: a, config: c.yaml, 5: x}", "unknown key.*\n.*5"),
        ("{name: 5, config: c.yaml}", "not a row"),
        ("5", "not a row"),
    ],
)
def test_a_row_of_wrong_types_or_names_is_refused(tmp_path, row, message):
    (tmp_path / "c.yaml").write_text("max_epoch: 1\n")
    (tmp_path / "study.yaml").write_text(f"title: t\nrows: [{row}]\n")
    with pytest.raises(SentemoError, match=message):
        read_study(tmp_path / "study.yaml")


@pytest.mark.parametrize("text", ["title: 5\nrows: []", "title: t\nrows: 5", "title: t\ntask: [a]"])
def test_a_study_of_wrong_types_is_refused(tmp_path, text):
    (tmp_path / "study.yaml").write_text(text)
    with pytest.raises(SentemoError, match=r"study\.yaml: "):
        read_study(tmp_path / "study.yaml")


def test_macro_f1_chooses_where_a_study_says_so(write_study, tmp_path):
    path = write_study(TWO)
    path.write_text(path.read_text() + "measure: macro_f1\n")
    study = read_study(path)
    assert study.measure == "macro_f1"
    runs = plan(study, tmp_path / "exp", [1])
    for run, answers in zip(runs, (["happy"] * 4, ["happy", "sad", "sad", "happy"]), strict=True):
        predictions = [
            Prediction(str(n), 1, "a", label, answer, (0.5, 0.5))
            for n, (label, answer) in enumerate(zip(["happy"] * 3 + ["sad"], answers, strict=True))
        ]
        write_predictions(run.exp / "predictions" / "valid.tsv", LABELS, predictions)
    found = candidates_by_validation(runs, "label", "macro_f1")["MLP"]
    assert found["mean"] == pytest.approx([3 / 7])
    assert found["max"] == pytest.approx([(2 * 1 / 5) / 2])


def test_rows_that_are_cited_run_nothing_and_stay(write_study, tmp_path):
    cited = {"name": "baseline", "cited": "others", "published": {"noise": {"macro_f1": 31.1}}}
    study = read_study(write_study(CHANCE, TWO, cited))
    assert study.rows[2].citation == "others"
    assert {run.row.name for run in plan(study, tmp_path, [1])} == {"chance", "MLP"}
    left = with_rows(study, [2])
    assert [row.kind for row in left.rows] == ["left out", "config", "cited"]
    with pytest.raises(SentemoError, match="rows with something to train"):
        read_study(write_study(cited, PEOPLE))


def test_targets_of_a_study_are_those_of_all_its_trainings_unless_one_says_otherwise(write_study):
    hard = {**TWO, "name": "hard", "candidates": {"hard": {"label_targets": "hard"}}}
    path = write_study(CHANCE, TWO, hard)
    path.write_text(path.read_text() + "label_targets: soft\n")
    chance, two, one = read_study(path).rows
    assert chance.candidates == {"chance": {}}
    assert two.candidates["max"] == {"label_targets": "soft", "seed": 3}
    assert one.candidates["hard"] == {"label_targets": "hard"}
    path.write_text(path.read_text().replace("targets: soft", "targets: mild"))
    with pytest.raises(SentemoError, match=r"(?s)unknown label_targets: 1.*mild"):
        read_study(path)
