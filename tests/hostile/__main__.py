"""Give inputs to the program and print their table, with all words that were said on request.

Usage, in the folder tests:
  python -m hostile                  # all kinds
  python -m hostile --words scale    # the kinds with this word in their name, and every answer
  python -m hostile --long           # inputs that take minutes, too
"""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

import sentemo.inference.torch_backend
import sentemo.study.stages  # noqa: F401
from hostile.case import outcome
from hostile.kinds import KINDS
from hostile.table import complaints, table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", nargs="?", default="", help="a part of the name of the kinds")
    parser.add_argument("--long", action="store_true", help="also what takes minutes")
    parser.add_argument("--words", action="store_true", help="print what was said of each input")
    parser.add_argument("--json", type=Path, help="file to write all outcomes into")
    args = parser.parse_args()
    found = []
    for kind, cases in KINDS.items():
        for case in cases() if args.kind in kind else ():
            if case.is_long and not args.long:
                continue
            found.append(outcome(kind, case))
            if args.words:
                one = found[-1]
                print(f"{one.verdict:8}{one.name:48} {one.words.strip()}", flush=True)
    wrong = complaints(found)
    print(*wrong, *table(found), sep="\n")
    if args.json:
        args.json.write_text(json.dumps([asdict(one) for one in found]), "utf-8")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
