"""Score a recogniser's transcripts: CER and WER over a whole set, and files as of NIST's sclite.

Beside the transcripts lie ``ref.trn`` and ``hyp.trn``, which sclite reads, and the alignments in
the layout of its ``.pra``: ``wer.pra`` of words, ``cer.pra`` of characters. Where an SA2SR model
predicted the sentiment, that is scored against the proxy labels.

Usage:
  python -m sentemo.bin.score_asr --exp exp/asr_ctc_small --set test
"""

import argparse
from pathlib import Path

import sentemo
from sentemo.core.errors import SentemoError, run_command
from sentemo.core.markers import Marker
from sentemo.data.tokens import SPACE, characters_of
from sentemo.scoring.alignment import write_pra
from sentemo.scoring.classes import score_transcripts, write_scores
from sentemo.scoring.predictions import read_predictions
from sentemo.scoring.sentiment import score_sentiment, sentiment_line
from sentemo.scoring.transcripts import read_transcripts, write_trn


def main(argv: list[str] | None = None) -> None:
    """Write `scores.json`, unless it is that of these very transcripts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument("--exp", type=Path, required=True, help="experiment directory")
    parser.add_argument("--set", required=True, help="name of the decoded set, for example test")
    args = parser.parse_args(argv)

    decoded = args.exp / f"decode_{args.set}"
    transcripts = read_transcripts(decoded)
    described = args.exp / "experiment.json"
    if not described.is_file():
        raise SentemoError(f"{described} is missing. Run the train stage first.")
    inputs = [described, *(decoded / name for name in ("ref.tsv", "hyp.tsv", "decoding.json"))]
    sentiment = args.exp / f"sentiment_{args.set}.tsv"
    inputs += [sentiment] if sentiment.exists() else []
    marker = Marker(
        args.exp / ".done.score.json",
        inputs,
        {"set": args.set, "sentemo": sentemo.__version__},
        decoded / "wer.pra",
    )
    if (args.exp / "scores.json").is_file() and marker.is_current():
        print(f"{args.exp}/scores.json: up to date")
        return

    write_trn(decoded / "ref.trn", transcripts.references)
    write_trn(decoded / "hyp.trn", transcripts.hypotheses)
    for name, split in {"cer": _characters, "wer": str.split}.items():
        texts = transcripts.references, transcripts.hypotheses
        write_pra(decoded / f"{name}.pra", *texts, split)
    scores = {"set": args.set, **score_transcripts(transcripts)}
    if sentiment.exists():
        cer = scores["test"]["cer"]["pooled"]
        scores["proxy_sentiment"] = score_sentiment(*read_predictions(sentiment), cer)
    write_scores(args.exp, "asr", scores)
    marker.write()
    cer, wer = (100 * scores["test"][name]["pooled"] for name in ("cer", "wer"))
    print(
        f"{args.exp}: CER {cer:.1f} %, WER {wer:.1f} % on {args.set} "
        f"({len(transcripts.references)} utterances, {transcripts.hours:.2f} h)"
    )
    if "proxy_sentiment" in scores:
        print(f"{args.exp}: {sentiment_line(scores['proxy_sentiment'])}")


def _characters(text: str) -> list[str]:
    return [SPACE if character == " " else character for character in characters_of(text)]


if __name__ == "__main__":
    run_command(main)
