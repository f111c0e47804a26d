"""Upload a packed model to the Hugging Face Hub, with its card.

Usage:
  python -m sentemo.bin.upload --model exp/ser_scratch/model.zip --repo user/name --dry_run true
  python -m sentemo.bin.upload --model exp/ser_scratch/model.zip --repo user/name
"""

import argparse
from importlib.util import find_spec
from pathlib import Path

from sentemo.bin.options import true_or_false
from sentemo.core.errors import SentemoError, run_command
from sentemo.core.extras import install
from sentemo.core.markdown import markdown_table


def main(argv: list[str] | None = None) -> None:
    """Show what goes up, and upload it unless it is a dry run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument("--model", type=Path, required=True, help="a model.zip of stage pack")
    parser.add_argument("--repo", required=True, help="the repository to make, as user/name")
    parser.add_argument(
        "--dry_run",
        type=true_or_false,
        default=False,
        help="show files, sizes and the card, and ask no network (default: false)",
    )
    args = parser.parse_args(argv)
    if not args.model.is_file():
        raise SentemoError(f"{args.model} is missing. Run the pack stage first.")
    if find_spec("huggingface_hub") is None:
        raise SentemoError(f"it needs huggingface_hub: {install('hub')}")
    from sentemo.inference.hub import Upload

    upload = Upload(args.model, args.repo)
    files = upload.files()
    rows = [[name, f"{size:,}"] for name, size in files.items()]
    print(markdown_table(["file", "bytes"], rows))
    total = f"{len(files)} files, {sum(files.values()) / 1e6:.1f} MB"
    if args.dry_run:
        print(f"\nREADME.md, the card:\n\n{upload.card()}")
        print(f"dry run: {total} would go to {args.repo}; nothing was uploaded")
        return
    print(f"{total} go to {args.repo}")
    print(f"{upload.send()}: uploaded; sentemo predict {args.repo} fetches it")


if __name__ == "__main__":
    run_command(main)
