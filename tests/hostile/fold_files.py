"""Fold files that are none, or that would test what was trained on."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from hostile.case import Case
from sentemo.data.fold_files import read_folds
from sentemo.data.kaldi import Utterance

SPEAKERS, PARTS = "fold\tvalid\ttest\n", "fold\ttrain\tvalid\ttest\tdisjoint\n"
WRONG = {
    "": "wrong header",
    "fold,valid,test\n1,a,b\n": "wrong header",
    SPEAKERS: "no folds",
    SPEAKERS + "1\ta\n": "malformed line",
    SPEAKERS + "one\ta\tb\n": "malformed line",
    SPEAKERS + "0\ta\tb\n": "malformed line",
    SPEAKERS + "-1\ta\tb\n": "malformed line",
    SPEAKERS + "1.5\ta\tb\n": "malformed line",
    SPEAKERS + "٣\ta\tb\n" * 2: "duplicate fold|malformed line",
    SPEAKERS + "9" * 5000 + "\ta\tb\n": "malformed line",
    SPEAKERS + "../../x\ta\tb\n": "malformed line",
    SPEAKERS + "1\ta\tz\n": "unknown speaker",
    SPEAKERS + "1\ta\ta\n": "speaker named twice",
    SPEAKERS + "1\ta,a\tb\n": "speaker named twice",
    SPEAKERS + "1\t\tb\n": "no valid speakers",
    SPEAKERS + "1\ta\t\n": "no test speakers",
    SPEAKERS + "1\ta,c\tb,d\n": "no train speakers",
    SPEAKERS + "1\ta\tb\n1\tb\ta\n": "duplicate fold",
    SPEAKERS + "1\ta\tb\n2\tc\tb\n": "tested more than once",
    SPEAKERS + "1\ta\tb\n2\tb\ta\n": "never tested",
    SPEAKERS + "1\ta\t\0\n": "unknown speaker",
    PARTS + "1\ttrain\tvalid\ttest3\tspeakers\n": "test is test3",
    PARTS + "1\t\tvalid\ttest1\tspeakers\n": "train is nothing",
    PARTS + "1\ttrain\tvalid,train\ttest1\tspeakers\n": "part named twice",
    PARTS + "1\ttrain\tvalid\ttest1\tyes\n": "neither speakers nor nothing",
    PARTS + "1\ttrain\tvalid\ttest1\n": "malformed line",
    PARTS + "1\ttrain\tvalid\ttest1\tspeakers\n": "speaker on two sides",
}


def fold_files() -> Iterator[Case]:
    """Yield fold files of both kinds."""
    for number, (content, refusal) in enumerate(WRONG.items(), start=1):
        name = repr(content.removeprefix(SPEAKERS).removeprefix(PARTS))[:50]
        yield Case(f"fold file {number}: {name}", partial(_read, content.encode()), refusal)
    yield Case("fold file: Latin-1", partial(_read, b"\xe4" + SPEAKERS.encode()), "not UTF-8")
    two = SPEAKERS + "1\ta\tb\n2\tb\tc\n3\tc\td\n4\td\ta\n"
    yield Case("fold file: one that is right", partial(_read, two.encode()), answer=4)


def _read(content: bytes, folder: Path) -> Any:
    (folder / "folds.tsv").write_bytes(content)
    speakers, parts = (
        "aabbccdd",
        ("train", "valid", "test1", "train", "train", "train") + ("x",) * 2,
    )
    utterances = [
        Utterance(f"{speaker}{number}", speaker, folder / "a.wav", "sad", split=part)
        for number, (speaker, part) in enumerate(zip(speakers, parts, strict=True))
    ]
    return len(read_folds(folder / "folds.tsv", utterances))
