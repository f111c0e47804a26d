"""The report on a split names what is wrong, and the page says what the reports say."""

from pathlib import Path

import pytest

from sentemo.core.errors import SentemoError
from sentemo.data.split_lists.columns import ListReading
from sentemo.report.published_splits import (
    read_split_reports,
    update_split_page,
    with_split_reports,
)
from sentemo.report.split_report import render_split_check
from sentemo.scoring.split_check import check_split

ROOT = Path(__file__).parent.parent.parent
PAGE, REPORTS = ROOT / "docs" / "check-split.md", ROOT / "docs" / "splits"


def rendered(folder, *rows, accepted=()):
    path = folder / "split.csv"
    path.write_text("\n".join(["file,label,speaker,side", *rows]) + "\n")
    return render_split_check(check_split([path], ListReading(), accepted=accepted))


def test_the_page_says_what_the_reports_say():
    text = PAGE.read_text(encoding="utf-8")
    assert with_split_reports(text, read_split_reports(REPORTS), "docs/check-split.md") == text
    assert "<!-- EmoBox EmoDB -->" in text


def test_what_crosses_is_named_with_its_sides(tmp_path):
    text = rendered(tmp_path, "a.wav,sad,anna,train", "b.wav,sad,anna,test")
    assert "1 of 1 folds; in fold 1 1 of 1: anna (train, test)" in text
    assert "No validation side is listed" in text
    assert text.endswith("Wrong: speakers on several sides.")


def test_a_good_split_has_no_table_of_faults(tmp_path):
    rows = ("a.wav,sad,anna,train", "b.wav,sad,ben,valid", "c.wav,sad,cleo,test")
    text = rendered(tmp_path, *rows)
    assert "found" not in text
    assert text.endswith("Nothing is wrong with this split.")


def test_every_fault_has_a_row_and_accepted_ones_are_said(tmp_path):
    rows = ("a.wav,sad,anna,train", "a.wav,angry,anna,test", "03a01Fa.wav,happy,,test")
    text = rendered(tmp_path, *rows, "b.wav,sad,,test", accepted=["labels"])
    for wanted in (
        *("| recordings on several sides", "| classes missing on a side", "fold 1, train: angry"),
        *("| recordings with several labels", "a.wav: angry, sad", "| utterances of unknown"),
        "Accepted: recordings with several labels.",
    ):
        assert wanted in text


def test_names_of_others_are_no_markup(tmp_path):
    text = rendered(tmp_path, "a.wav,sad,<b>x|y</b>,train", "b.wav,sad,<b>x|y</b>,test")
    assert "&lt;b>x\\|y&lt;/b>" in text


def test_a_long_name_is_shown_without_its_middle(tmp_path):
    name = f"begin{'x' * 200}end"
    text = rendered(tmp_path, f"a.wav,sad,{name},train", f"b.wav,sad,{name},test")
    assert name not in text
    assert "xend (train, test)" in text


def test_reports_that_are_missing_are_named(tmp_path):
    with pytest.raises(SentemoError, match="no reports"):
        update_split_page(PAGE, tmp_path)
