"""Tables of results in files: a RESULTS.md of working directories, and the blocks of a README."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from sentemo.core.errors import SentemoError
from sentemo.core.files import atomic_file, read_text
from sentemo.core.markdown import replace_block
from sentemo.data.preparation import read_counts, read_counts_file
from sentemo.report.corpora import corpus_table
from sentemo.report.tables import (
    Section,
    read_scores,
    render_answers,
    render_results,
    render_tables,
)

OWN_EXPERIMENTS = ("exp/*",)
# Below a folder of recipes: a working directory is a recipe's folder, or lies in it
# (egs/emodb/mini).
ALL_EXPERIMENTS = ("exp/*", "*/exp/*", "*/*/exp/*")
# Blocks of a page that are written from scores: all tables, or that of calibration and abstention.
RESULTS, ANSWERS = "results", "answers"


def write_results(work_dir: Path) -> None:
    """Write the ``RESULTS.md`` of a working directory and print its tables.

    Raises
    ------
    SentemoError
        When nothing is scored there.
    """
    _write_sections([work_dir], OWN_EXPERIMENTS, work_dir / "RESULTS.md")


def collect_results(folders: Sequence[Path], dest: Path) -> None:
    """Write the results of all working directories in `folders` to one file and print them.

    Raises
    ------
    SentemoError
        When nothing is scored there.
    """
    _write_sections(folders, ALL_EXPERIMENTS, dest)


def update_readme(readme: Path, scores: Sequence[Path], corpora: Iterable[Path] = ()) -> None:
    """Replace the blocks of a page: ``results``, or ``answers`` where it has that; ``corpora``.

    Parameters
    ----------
    scores
        Scores files, and folders of them.
    corpora
        The ``counts.json`` files of data directories; without any, their block stays as it is.

    Raises
    ------
    SentemoError
        When there are no scores, or the page has no such block.
    """
    paths = []
    for path in scores:
        found = [path] if path.is_file() else sorted(path.glob("*.json"))
        if not found:
            raise SentemoError(f"{path}: no *.json. Copy the experiments' scores.json files there.")
        paths += found
    text = read_text(readme)
    name, render = RESULTS, render_tables
    if f"<!-- {ANSWERS} -->" in text:
        name, render = ANSWERS, render_answers
    text = replace_block(text, name, render(read_scores(paths)), str(readme))
    if counts := [read_counts_file(path) for path in sorted(corpora)]:
        text = replace_block(text, "corpora", corpus_table(counts), str(readme))
    with atomic_file(readme) as stream:
        stream.write(text)
    print(readme)


def _write_sections(folders: Sequence[Path], patterns: Sequence[str], dest: Path) -> None:
    # A pattern to the end of the path would pass over experiments that may not be read.
    exps = {exp.resolve() for folder in folders for p in patterns for exp in folder.glob(p)}
    found = {scores for exp in exps if (scores := exp / "scores.json").exists()}
    if not found:
        places = " ".join(str(folder) for folder in folders)
        raise SentemoError(f"{places}: no exp/*/scores.json. Run the score stage first.")
    work_dirs = sorted({path.parents[2] for path in found})
    sections = [
        Section(
            _heading(work_dir, dest.resolve().parent),
            read_scores(sorted(path for path in found if path.parents[2] == work_dir)),
            _corpus(work_dir),
        )
        for work_dir in work_dirs
    ]
    with atomic_file(dest) as stream:
        stream.write(render_results(sections))
    for section in sections:
        print(f"{section.heading}\n\n{render_tables(section.scores)}\n")
    print(dest)


def _corpus(work_dir: Path) -> dict[str, Any] | None:
    """Return the counts of the data stage, of the classes or of the whole release.

    There are none where the stage did not run, or an older version ran it.
    """
    for name in ("all", "release"):
        try:
            return read_counts(work_dir / "data" / name)
        except SentemoError:
            continue
    return None


def _heading(work_dir: Path, above: Path) -> str:
    """Name a working directory as seen from the results file: emodb, emodb/mini."""
    return work_dir.name if work_dir == above else os.path.relpath(work_dir, above)
