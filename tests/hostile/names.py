"""Names of files, utterances, labels and candidates that break tables or leave their folder."""

import json
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import soundfile
import yaml

from hostile.audio_files import RATE, sound
from hostile.case import Case, command
from hostile.small_corpus import utterances
from sentemo.bin import predict, prepare_corpus
from sentemo.core.file_names import file_name
from sentemo.data.kaldi import Utterance, read_data_dir
from sentemo.data.labels import read_labels
from sentemo.data.preparation import ParsedCorpus, write_data_dir
from sentemo.study.file import read_study

NAMES = {
    "Latin-1": b"\xe4rger",
    "no encoding at all": b"\xff\xfez",
    "a new line": b"two\nlines",
    "a carriage return": b"two\rlines",
    "a colour of the terminal": b"\x1b[31mred",
    "mathematics": b"$x^2$ and $",
    "HTML": b"<img src=x onerror=alert(1)>",
    "a formula": b"=1+1",
    "a hyphen": b"-rf",
    "right to left": "\u202etxt.exe".encode(),
    "250 bytes": b"x" * 246,
    "a space at its end": b"end ",
    "quotes": b"\"a' `b`",
    "a tab": b"a\tb",
}
DRAWN = ("no encoding at all", "a new line", "mathematics")  # others take seconds, too
LEAVING = ("../../x", "/etc/x", "..", ".", "", "a/b", "a\\b", "a\0b", "\x1b[2J", "x" * 300, "~root")


def names() -> Iterator[Case]:
    """Yield each kind of name in each place."""
    for what, name in NAMES.items():
        file = os.fsdecode(name + b".wav")
        yield Case(f"recording: {what}", partial(_judged, file), answer=(2, 2))
        is_long = what not in DRAWN
        yield Case(f"recording with a plot: {what}", partial(_drawn, file), is_long=is_long)
        yield Case(f"file of a corpus: {what}", partial(_in_corpus, file), answer=True)
        yield Case(
            f"utterance: {what}",
            partial(_prepared, os.fsdecode(name)),
            "[Rr]ename|UTF-8",
            may_be_read=True,
        )
    for text in ("happy sad", "", "a\tb", "happy\nhappy", "one", "\0\n\0"):
        refusal = "not one label|duplicate|too few"
        yield Case(f"labels: {text!r}", partial(_labels, text), refusal)


def _write(folder: Path, name: str) -> Path:
    soundfile.write(folder / "sound.wav", sound(RATE), RATE)
    content = (folder / "sound.wav").read_bytes()
    (folder / "sound.wav").unlink()
    (folder / name).write_bytes(content)
    return folder / name


def _judged(name: str, folder: Path) -> tuple[int, int]:
    """Return how many lines of a table, and how many of JSON, two recordings are judged in."""
    (folder / "in").mkdir()
    for file in (name, "zz.wav"):
        _write(folder / "in", file)
    said = command(predict.main, folder / "in").splitlines()
    assert all(line.isprintable() for line in said)
    answers = [line for line in said if " %" in line]
    lines = command(predict.main, folder / "in", "--json").splitlines()
    return len(answers), len({json.loads(line)["file"] for line in lines})


def _drawn(name: str, folder: Path) -> None:
    command(predict.main, _write(folder, name), "--plot", folder / "a.png")
    assert (folder / "a.png").stat().st_size > 1000


def _in_corpus(name: str, folder: Path) -> bool:
    """Tell whether a release is prepared that has a further file of this name."""
    wav = folder / "emodb" / "wav"
    wav.mkdir(parents=True)
    for speaker in ("03", "08"):
        for text, letter in zip(("a01", "a02", "a04", "a05"), "WFTN", strict=True):
            path = wav / f"{speaker}{text}{letter}a.wav"
            soundfile.write(path, sound(RATE)[:, 0], RATE)
    (wav / name).with_suffix(".txt").write_text("x")
    (folder / "labels.txt").write_text("angry\nhappy\nsad\nneutral\n")
    command(
        prepare_corpus.main,
        *("emodb", "--corpus_dir", folder / "emodb", "--dest", folder / "data"),
        *("--labels", folder / "labels.txt", "--allow_partial", "true"),
    )
    return len(read_data_dir(folder / "data")) == 8


def _prepared(name: str, folder: Path) -> None:
    found = utterances(folder)
    found.append(Utterance(name, "a", found[0].audio, "sad"))
    write_data_dir(folder / "data", ParsedCorpus(found))
    assert {utt.id for utt in read_data_dir(folder / "data")} == {utt.id for utt in found}


def _labels(text: str, folder: Path) -> Any:
    (folder / "labels.txt").write_text(text)
    return read_labels(folder / "labels.txt")


def places() -> Iterator[Case]:
    """Yield names that would be files elsewhere."""
    for name in LEAVING:
        shown = name[:20]
        yield Case(f"file of a label: {shown!r}", partial(_file_of_label, name), answer=True)
        yield Case(
            f"candidate of a study: {shown!r}",
            partial(_candidate, name),
            "not a name of a dir|YAML",
        )
        yield Case(
            f"row of a study, upstream: {shown!r}",
            partial(_row, {"upstream": name}),
            ".",
            may_be_read=True,
        )
    for row, refusal in (
        ({"config": "base.yaml"}, "row 1: it needs a name"),
        ({"name": "x"}, "give one of config, baseline, fused, human"),
        ({"name": 5, "config": "base.yaml"}, "not a row"),
        ({"name": "x", "config": ["base.yaml"]}, "config: found a list of 1, wanted text"),
        ({"name": "x", "config": "../../../none"}, "no such configuration"),
        ({"name": "x", "config": "base.yaml", "candidates": ["a"]}, "no candidates"),
        ({"name": "x", "config": "base.yaml", "candidates": {"a": [1]}}, "no candidates"),
        ({"name": "x", "config": "base.yaml", "human": True}, "give one of config"),
        ({"name": "x", "config": "base.yaml", "unheard_of": 1}, "unknown key"),
        ({"name": "x", "config": "base.yaml", "published": {"emodb": "high"}}, "published"),
        ({"name": "x", "fused": {"both": ["none"]}}, "x: none"),
        ({"name": "x", "fused": ["mean"]}, "nothing to fuse"),
        ({"name": "x", "human": "yes"}, "human: found 'yes'"),
        ("x", "not a row"),
        (5, "not a row"),
        (None, "not a row"),
    ):
        yield Case(f"study: {row}"[:80], partial(_row_alone, row), refusal)
    for changes, refusal in (
        ({"title": 5}, "title: found 5"),
        ({"title": None}, "title"),
        ({"rows": 5}, "rows: found 5"),
        ({"rows": {}}, "no study|rows"),
        ({"task": ["label"]}, "task: found"),
        ({"task": "label_of"}, "unknown task"),
    ):
        yield Case(f"study: {changes}", partial(_study, changes), refusal)


def _file_of_label(name: str, folder: Path) -> bool:
    """Tell whether a label becomes one file in the folder that is meant."""
    (folder / f"{file_name(name)}.png").write_bytes(b"")
    return len(list(folder.iterdir())) == 1


def _study(changes: dict[str, Any], folder: Path) -> Any:
    (folder / "base.yaml").write_text("max_epoch: 1\n")
    document = {"title": "t", "rows": [{"name": "x", "config": "base.yaml"}], **changes}
    (folder / "study.yaml").write_text(yaml.safe_dump(document))
    return read_study(folder / "study.yaml")


def _row_alone(row: Any, folder: Path) -> Any:
    return _study({"rows": [row]}, folder)


def _row(changes: dict[str, Any], folder: Path) -> Any:
    return _row_alone({"name": "x", "config": "base.yaml", **changes}, folder)


def _candidate(name: str, folder: Path) -> Any:
    try:
        return _row({"candidates": {name: {}}}, folder)
    finally:
        assert sorted(path.name for path in folder.iterdir()) == ["base.yaml", "study.yaml"]
