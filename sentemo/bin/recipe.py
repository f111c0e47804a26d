r"""Print what one run of a recipe has to know, ``key=value`` line by line, for tools/recipe.sh.

Usage:
  python -m sentemo.bin.recipe recipe_dir=/…/egs/emodb work_dir=/…/egs/emodb \
      recipe_stages="data feats train decode score" upstream=/…/exp/asr_ctc labels=labels.txt
"""

import argparse
import sys

from sentemo.core.errors import USAGE, run_command
from sentemo.core.extras import require_training
from sentemo.experiment.recipe_options import UsageError
from sentemo.study.recipe import plan_recipe


def main(argv: list[str] | None = None) -> None:
    """Print the plan."""
    require_training("A recipe")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument(
        "options", nargs="*", metavar="NAME=VALUE", help="the recipe's options, see run.sh --help"
    )
    args = parser.parse_args(argv)
    try:
        print("\n".join(plan_recipe(args.options).lines()))
    except UsageError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(USAGE)


if __name__ == "__main__":
    run_command(main)
