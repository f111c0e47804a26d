r"""Generate the tables of results from scores.json files.

Usage:
  python -m sentemo.bin.results --work_dir egs/emodb
  python -m sentemo.bin.results --collect egs --dest egs/RESULTS.md
  python -m sentemo.bin.results --readme egs/emodb/README.md --scores egs/emodb/results
  python -m sentemo.bin.results --readme README.md --scores egs/emodb/results/study.json \
      --corpora egs/*/corpus.json
"""

import argparse
import json
import os
from pathlib import Path
from typing import Any

from sentemo.core.errors import SentemoError, run_command
from sentemo.core.files import atomic_file
from sentemo.core.markdown import replace_block
from sentemo.data.preparation import read_counts
from sentemo.report.corpora import corpus_table
from sentemo.report.tables import Section, read_scores, render_results, render_tables

# A working directory is a recipe's folder, or lies in it (egs/emodb/mini).
EXPERIMENTS = ("exp/*", "*/exp/*", "*/*/exp/*")


def main(argv: list[str] | None = None) -> None:
    """Write the tables of one recipe, of all, or of a README."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--work_dir", type=Path, help="write its RESULTS.md from exp/*/scores.json")
    source.add_argument(
        "--collect", type=Path, nargs="+", help="folders of working directories, for --dest"
    )
    source.add_argument("--readme", type=Path, help="replace its table by that of --scores")
    parser.add_argument("--dest", type=Path, help="with --collect: the file to write")
    parser.add_argument(
        "--scores", type=Path, help="with --readme: a scores file, or a folder of them"
    )
    parser.add_argument(
        "--corpora", type=Path, nargs="+", help="with --readme: data directories' counts.json files"
    )
    args = parser.parse_args(argv)
    if (args.collect is None) != (args.dest is None):
        parser.error("--collect and --dest belong together")
    if (args.readme is None) != (args.scores is None):
        parser.error("--readme and --scores belong together")

    if args.work_dir is not None:
        _write_results([args.work_dir], EXPERIMENTS[:1], args.work_dir / "RESULTS.md")
    elif args.collect is not None:
        _write_results(args.collect, EXPERIMENTS, args.dest)
    else:
        _write_readme(args.readme, args.scores, args.corpora)


def _write_results(folders: list[Path], patterns: tuple[str, ...], dest: Path) -> None:
    # Not by a pattern to its end, which passes over the experiments that may not be read.
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
    """Return what the data stage counted, of the classes or of the whole release; nothing where it
    did not run, or long ago.
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


def _write_readme(readme: Path, scores: Path, corpora: list[Path] | None) -> None:
    paths = [scores] if scores.is_file() else sorted(scores.glob("*.json"))
    if not paths:
        raise SentemoError(f"{scores}: no *.json. Copy the experiments' scores.json files there.")
    text = readme.read_text(encoding="utf-8")
    text = replace_block(text, "results", render_tables(read_scores(paths)), str(readme))
    if corpora:
        counts = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(corpora)]
        text = replace_block(text, "corpora", corpus_table(counts), str(readme))
    with atomic_file(readme) as stream:
        stream.write(text)
    print(readme)


if __name__ == "__main__":
    run_command(main)
