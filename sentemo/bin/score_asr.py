"""Score a recogniser's transcripts: CER and WER over a whole set, and files as of NIST's sclite.

Beside the transcripts lie ``ref.trn`` and ``hyp.trn``, which sclite reads, and the alignments in
the layout of its ``.pra``: ``wer.pra`` of words, ``cer.pra`` of characters. Where an SA2SR model
predicted the sentiment, that is scored against the proxy labels.

Usage:
  python -m sentemo.bin.score_asr --exp exp/asr_ctc_small --set test
"""

from pathlib import Path

from sentemo.bin.options import command_parser
from sentemo.core.errors import run_command
from sentemo.experiment.asr_scores import score_asr


def main(argv: list[str] | None = None) -> None:
    """Write `scores.json`, unless it is that of these very transcripts."""
    parser = command_parser(__doc__)
    parser.add_argument("--exp", type=Path, required=True, help="experiment directory")
    parser.add_argument("--set", required=True, help="name of the decoded set, for example test")
    args = parser.parse_args(argv)
    score_asr(args.exp, args.set)


if __name__ == "__main__":
    run_command(main)
