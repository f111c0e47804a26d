r"""Generate the tables of results from scores.json files.

Usage:
  python -m sentemo.bin.results --work_dir egs/emodb
  python -m sentemo.bin.results --collect egs --dest egs/RESULTS.md
  python -m sentemo.bin.results --readme egs/emodb/README.md --scores egs/emodb/results
  python -m sentemo.bin.results --readme docs/limits.md --scores egs/open/results/*one_corpus*.json
  python -m sentemo.bin.results --readme README.md --corpora egs/*/corpus.json \
      --scores egs/open/results/cross_corpus.json egs/emodb/results/upstreams.json
"""

import argparse
from pathlib import Path

from sentemo.core.errors import run_command
from sentemo.report.results_file import collect_results, update_readme, write_results


def main(argv: list[str] | None = None) -> None:
    """Write the tables of one recipe, of all, or of a README."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--work_dir", type=Path, help="write its RESULTS.md from exp/*/scores.json")
    source.add_argument(
        "--collect", type=Path, nargs="+", help="folders of working directories, for --dest"
    )
    source.add_argument("--readme", type=Path, help="replace its tables by those of --scores")
    parser.add_argument("--dest", type=Path, help="with --collect: the file to write")
    parser.add_argument(
        "--scores", type=Path, nargs="+", help="with --readme: scores files, and folders of them"
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
        write_results(args.work_dir)
    elif args.collect is not None:
        collect_results(args.collect, args.dest)
    else:
        update_readme(args.readme, args.scores, args.corpora or ())


if __name__ == "__main__":
    run_command(main)
