"""Answers: valid JSON or an error, a line for every input, and names that nobody obeys."""

import csv
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import soundfile

from hostile.audio_files import RATE, as_floats, cut_off, sound, wav
from hostile.case import Case, RefusedError, command
from hostile.packed_models import DESCRIPTION, NOISE, graph
from hostile.records import SCORES
from sentemo.bin import predict, results
from sentemo.core.cells import text_cell, text_of_cell
from sentemo.core.markdown import markdown_table

BAD = {
    "silence.wav": as_floats(np.zeros(RATE)),
    "nan.wav": as_floats(np.full(RATE, np.nan)),
    "empty.wav": b"",
    "page.wav": b"<html>",
    "scale.wav": as_floats(sound() * 32768),
    "cut.wav": cut_off("wav"),
    "sizes.wav": wav(bytes(2000), 1000, 1036, b"more" * 900),
    "short.wav": as_floats(np.tile([0.1, -0.1], 50)),
}
SHOWN = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "&lt;b&gt;",
    "[click](javascript:x)",
    "![x](http://example.org/y.png)",
    "**loud** `code`",
    "a | b",
    "two\n\n# lines",
    "\x1b[31mred",
    "-->",
)
FORMULAS = ("=cmd|'/c calc'!A1", "+1", "-1", "@SUM(A1)", "'=1", "\t=1", "\r=1")


def answers() -> Iterator[Case]:
    """Yield models whose outputs are no answers, bad files among good ones, and full outputs."""
    for name, value in (("NaN", np.nan), ("infinity", np.inf), ("2", 2.0)):
        shares = (value, 0.25, 0.25, 0.25)
        for option in ("--json", "--window=0.5", "--channels=apart"):
            read = partial(_of_model, shares, option)
            yield Case(f"a model that says {name}, {option}", read, "not finite|no probabilities")
    for name in BAD:
        yield Case(f"{name} between two others", partial(_between, name), rf"error: .*{name}: ")
    yield Case("all bad files between two others", partial(_between, *BAD), r"error: .*wav: ")
    for redirect in (">/dev/full", ">&-", ">&- 2>&-"):
        for module in ("models", "predict"):
            yield Case(f"sentemo {module} {redirect}", partial(_redirected, module, redirect), ".")


def _of_model(shares: tuple[float, ...], option: str, folder: Path) -> str:
    (folder / "model").mkdir()
    (folder / "model" / "meta.yaml").write_text("files: {}")
    (folder / "model" / "model.onnx").write_bytes(graph(shares=shares))
    described = json.dumps({**DESCRIPTION, "shares_weights": False})
    (folder / "model" / "sentemo.json").write_text(described)
    soundfile.write(folder / "a.wav", NOISE, RATE)
    try:
        return command(predict.main, folder / "model", folder / "a.wav", option)
    except RefusedError as error:
        assert "NaN" not in str(error).split("error:", maxsplit=1)[0]
        raise


def _between(*names: str) -> str:
    *bad, folder = names
    good = [Path(folder) / "a.wav", Path(folder) / "b.wav"]
    for path in good:
        soundfile.write(path, NOISE, RATE)
    for name in bad:
        (Path(folder) / str(name)).write_bytes(BAD[str(name)])
    files = [good[0], *(Path(folder) / str(name) for name in bad), good[1]]
    try:
        return command(predict.main, *files, "--json")
    except RefusedError as error:
        lines = [json.loads(line) for line in str(error).splitlines() if line.startswith("{")]
        assert [Path(line["file"]) for line in lines] == files
        assert [("error" in line) for line in lines] == [file not in good for file in files]
        raise


def _redirected(module: str, redirect: str, folder: Path) -> str:
    arguments = [] if module == "models" else ["none.wav"]
    line = f'set -o pipefail; "$0" -m sentemo.bin.{module} "$@" {redirect}'
    done = subprocess.run(
        ["bash", "-c", line, sys.executable, *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RefusedError(f"status {done.returncode}: {done.stderr}")
    return done.stdout


def shown() -> Iterator[Case]:
    """Yield names that Markdown, HTML or a spreadsheet would obey."""
    for text in SHOWN:
        yield Case(f"RESULTS.md: {text!r}", partial(_in_results, text), answer=True)
        yield Case(f"table: {text!r}", partial(_in_table, text), answer=1)
    for text in FORMULAS:
        yield Case(f"cell: {text!r}", partial(_in_cell, text), answer=True)


def _in_results(text: str, folder: Path) -> bool:
    """Tell whether neither HTML, nor a link, nor a new block is in the results."""
    exp = folder / "exp" / "ser"
    exp.mkdir(parents=True)
    named = {key: text for key in ("title", "corpus", "protocol", "config", "command")}
    scores = {**SCORES, **named, "notes": [text], "asr_model": text, "commit": text}
    (exp / "scores.json").write_text(json.dumps(scores))
    command(results.main, "--work_dir", folder)
    written = (folder / "RESULTS.md").read_text("utf-8")
    outside = "".join(written.split("`")[::2])  # code holds anything
    obeyed = ("<script", "<img", "\n# lines", "\x1b", " [click]", "![x]", "<b>")
    return not any(words in outside for words in obeyed)


def _in_table(text: str, folder: Path) -> int:
    """Return how many rows a table has that names a text in one."""
    lines = markdown_table(("name", "value"), [[text, "1"]]).splitlines()
    assert all(line.isprintable() for line in lines)
    return len(lines) - 2


def _in_cell(text: str, folder: Path) -> bool:
    stream = io.StringIO()
    csv.writer(stream).writerow([text_cell(text)])
    (read,) = next(csv.reader(io.StringIO(stream.getvalue(), newline="")))
    return read[:1] not in tuple("=+-@\t\r") and text_of_cell(read) == text
