"""A copy of Switchboard and its sentiment labels in a few lines, for tests."""

import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from sentemo.core.errors import SentemoError
from sentemo.corpora.swbd_sentiment import parse_swbd_sentiment

NEUTRAL = "Neutral-{No emotion}#Neutral-{Questioning}#Positive-{Laughter}"
SPHERE = "NIST_1A\n   1024\nsample_coding -s{} {}\nend_head\n"
A_LABEL = ("sw02005_0", "0.5", "2.5", NEUTRAL)


def add_audio(folder, name="sw02005.sph", coding="ulaw"):
    """Write an audio file with a header only, as the parser reads no samples."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(SPHERE.format(len(coding), coding).ljust(1024))


def add_side(root, side, segments, words=(), number=2005):
    """Write a side's segments as (start, end, text), and words as (segment, start, end, word)."""
    folder = root / f"LDC97S62/swb_ms98_transcriptions/{number // 100}/{number}"
    folder.mkdir(parents=True, exist_ok=True)
    prefix = f"sw{number}{side}-ms98-a-"
    rows = [f"{prefix}{n:04} {a} {b} {text}\n" for n, (a, b, text) in enumerate(segments, 1)]
    (folder / f"{prefix}trans.text").write_text("".join(rows))
    if words:
        rows = [f"{prefix}{n:04} {a} {b} {word}\n" for n, a, b, word in words]
        (folder / f"{prefix}word.text").write_text("".join(rows))


def write_labels(root, *rows):
    folder = root / "LDC2020T14/speech_sentiment_annotations/data"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sentiment_labels.tsv").write_text("".join("\t".join(row) + "\n" for row in rows))
    return folder / "sentiment_labels.tsv"


def write_callers(root, *lines):
    path = root / "LDC97S62/docs/call_con_tab.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines))


def make_release(root):
    """Two calls of three callers; sw02005: A speaks from 0.5 to 2.5 s, then B to 4 s."""
    add_audio(root / "LDC97S62/swb1_d1/data")
    add_side(
        root,
        "A",
        [(0, 0.5, "[silence]"), (0.5, 2.5, "i- [laughter-yes] okay_1"), (2.5, 4, "[silence]")],
        [(1, 0, 0.5, "[silence]"), (2, 0.5, 1, "i-"), (2, 1, 1.8, "[laughter-yes]")],
    )
    add_side(root, "B", [(0, 0.5, "[silence]"), (0.5, 2.5, "[silence]"), (2.5, 4, "oh [noise]")])
    add_audio(root / "LDC97S62/swb1_d2/data", "sw02006.SPH")
    add_side(root, "A", [(0, 3, "hello")], number=2006)
    add_side(root, "B", [(3, 5, "hi")], number=2006)
    write_callers(
        root,
        '2005, "A", 1020, "555-2368", 5, 303, "", "Y"',
        '2005, "B", 1033, "555-2368", 5, 303, "", "Y"',
        '2006, "A", 1033, "555-2368", 5, 303, "", "Y"',
        '2006, "B", 1107, "555-2368", 5, 303, "", "Y"',
    )
    write_labels(root, A_LABEL)
    return root


@contextmanager
def temporary_release():
    """Yield a release for one example of a property test, which has no `tmp_path` of its own."""
    with tempfile.TemporaryDirectory(prefix="my corpora ") as folder:
        yield make_release(Path(folder))


def parse(root, split="paper", allow_partial=True):
    return parse_swbd_sentiment(root / "LDC97S62", root / "LDC2020T14", split, allow_partial)


def the_error_of(root, **options):
    with pytest.raises(SentemoError) as error:
        parse(root, **options)
    return str(error.value)
