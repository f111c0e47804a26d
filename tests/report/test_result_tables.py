import json

import pytest

from sentemo.core.errors import SentemoError
from sentemo.report.tables import (
    Section,
    read_scores,
    render_results,
    render_tables,
)

DESCRIBED = {
    "corpus": "emodb",
    "title": "scratch",
    "protocol": "leave one speaker out",
    "seed": 3,
    "config": "conf/train_ser_scratch.yaml",
    "asr_model": None,
    "epochs": "best epoch by valid loss (min)",
    "notes": [],
    "command": "train --seed 3",
    "commit": "abc123+",
    "versions": {"python": "3.11", "torch": "2.11.0"},
    "finished": "2030-01-01T00:00:00+00:00",
}


def score(pooled, sd=0.05):
    intervals = {"ci95": [0.5, 0.9], "ci95_speakers": [0.4, 0.95]}
    return {"pooled": pooled, **intervals, "fold_mean": 0.7, "fold_sd": sd}


SER = {
    **DESCRIBED,
    "kind": "ser",
    "experiment": "ser_scratch",
    "labels": ["happy", "sad"],
    "counts": {"utterances": 4, "speakers": 2, "folds": 2, "classes": {"happy": 4, "sad": 0}},
    "test": {
        "wa": score(0.751),
        "ua": score(0.752),
        "macro_f1": score(0.753),
        "recall": {"happy": 0.75, "sad": None},
        "confusion": [[3, 1], [0, 0]],
    },
    "valid": {"wa": 0.8, "ua": 0.81, "macro_f1": 0.82},
}
ASR = {
    **DESCRIBED,
    "kind": "asr",
    "experiment": "asr_ctc",
    "title": "ctc",
    "corpus": "librispeech",
    "set": "test",
    "decoding": "greedy CTC",
    "counts": {"utterances": 9, "hours": 0.125},
    "test": {
        "cer": {"pooled": 0.125, "errors": 1, "units": 8},
        "wer": {"pooled": 0.5, "errors": 1, "units": 2},
    },
}


def cells(line):
    return [cell.strip() for cell in line.strip("|").split("|")]


def only_table(text):
    header, _, *rows = [cells(line) for line in text.splitlines() if line.startswith("|")]
    return [dict(zip(header, row, strict=True)) for row in rows]


def test_experiments_of_one_title_are_told_apart_by_their_names():
    tagged = {**SER, "experiment": "ser_louder"}
    other = {**SER, "experiment": "ser_frozen", "title": "frozen"}
    rows = only_table(render_tables([SER, tagged, other]))
    assert [row["experiment"] for row in rows] == [
        "scratch (ser_scratch)",
        "scratch (ser_louder)",
        "frozen",
    ]


def test_sets_of_one_experiment_need_no_name():
    rows = only_table(render_tables([ASR, {**ASR, "set": "other"}]))
    assert [row["experiment"] for row in rows] == ["ctc", "ctc"]


def test_a_row_holds_the_numbers_of_its_scores():
    assert only_table(render_tables([SER])) == [
        {
            "corpus": "emodb",
            "experiment": "scratch",
            "WA": "75.1 [50.0, 90.0]",
            "UA": "75.2 [50.0, 90.0]",
            "UA over speakers": "[40.0, 95.0]",
            "macro-F1": "75.3 [50.0, 90.0]",
            "WA by fold": "70.0 ± 5.0",
            "UA by fold": "70.0 ± 5.0",
            "valid UA": "81.0",
            "utterances / folds": "4 / 2",
            "seed": "3",
            "commit": "abc123+",
        }
    ]
    assert only_table(render_tables([ASR])) == [
        {
            "corpus": "librispeech",
            "experiment": "ctc",
            "set": "test",
            "decoding": "greedy CTC",
            "CER": "12.5",
            "WER": "50.0",
            "utterances": "9",
            "hours": "0.12",
            "seed": "3",
            "commit": "abc123+",
        }
    ]


def test_one_fold_shows_no_deviation():
    single = {**SER, "test": {**SER["test"], "wa": score(0.7, sd=None)}, "commit": None}
    (row,) = only_table(render_tables([single]))
    assert row["WA by fold"] == "70.0"
    assert row["commit"] == "none"


def test_the_corpora_stand_above_their_results():
    counts = {
        "corpus": "EmoDB",
        "utterances": 4,
        "hours": 0.254,
        "labels": {"happy": 4, "sad": 0},
        "speakers": 2,
        "of_unknown_speakers": 0,
        "elicitation": "play-acted",
    }
    text = render_results([Section("emodb", [SER], counts), Section("speech", [ASR])])
    rows = [cells(line) for line in text.splitlines()[:6]]
    assert ["EmoDB", "4", "0.25", "2", "2", "play-acted"] in rows


def test_each_kind_has_its_table_and_each_experiment_its_details():
    text = render_results([Section("emodb", [ASR, SER]), Section("emodb/mini", [SER])])
    headings = [line for line in text.splitlines() if line.startswith("#")]
    assert headings == [
        "# Results",
        "## emodb",
        "### asr_ctc",
        "### ser_scratch",
        "## emodb/mini",
        "### ser_scratch",
    ]
    assert text.count("**Emotion recognition.**") == 2
    assert text.count("**Speech recognition.**") == 1
    assert "- command: `train --seed 3`" in text
    assert ["happy", "75.0", "3", "1"] in [cells(line) for line in text.splitlines()]
    assert ["sad", "–", "0", "0"] in [cells(line) for line in text.splitlines()]
    assert ["WER", "50.0", "1", "2"] in [cells(line) for line in text.splitlines()]


def speakers(count):
    return {f"s{n:03}": {"utterances": 3 + n, "wa": 0.5, "ua": 1 - n / 1000} for n in range(count)}


def test_speakers_stand_from_the_hardest_to_the_easiest():
    text = render_results([Section("emodb", [{**SER, "speakers": speakers(3)}])])
    rows = [cells(line) for line in text.splitlines() if line.startswith("| s0")]
    assert [row[0] for row in rows] == ["s002", "s001", "s000"]
    assert rows[0] == ["s002", "5", "50.0", "99.8"]


def test_of_many_speakers_the_most_active_are_shown():
    text = render_results([Section("emodb", [{**SER, "speakers": speakers(100)}])])
    rows = [cells(line)[0] for line in text.splitlines() if line.startswith("| s0")]
    assert (len(rows), rows[0], rows[-1]) == (40, "s099", "s060")
    assert "speaker (the 40 of 100 who say most)" in text


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[]", b"{}", b'{"kind": "other"}'])
def test_a_file_without_scores_is_named(tmp_path, content):
    path = tmp_path / "scores.json"
    path.write_bytes(content)
    with pytest.raises(SentemoError, match=r"scores\.json: (.|\n)*score stage"):
        read_scores([path])


def test_scores_of_an_older_version_are_refused_by_name(tmp_path):
    older = {key: value for key, value in SER.items() if key != "notes"}
    (tmp_path / "scores.json").write_text(json.dumps(older))
    with pytest.raises(SentemoError, match=r"notes: is missing(.|\n)*Run the train and score"):
        read_scores([tmp_path / "scores.json"])
