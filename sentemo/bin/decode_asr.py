"""Decode the test side of an ASR experiment's fold with the best epoch's weights.

Of an SA2SR model, the sentiment of the test side is predicted too: sentiment_test.tsv.

Usage:
  python -m sentemo.bin.decode_asr --data data/all --dump dump/fbank80/all \
      --folds folds/test-clean.tsv --exp exp/asr_ctc_small --beam_size 10
"""

import argparse
from pathlib import Path

from sentemo.bin.options import add_recogniser_arguments, positive_int, resources_of
from sentemo.core.errors import run_command
from sentemo.core.markers import Marker
from sentemo.data.features import FEATS_JSON, check_source, read_feature_dir
from sentemo.data.fold_files import read_folds
from sentemo.data.kaldi import read_data_dir
from sentemo.data.proxy_labels import is_sentiment_aware
from sentemo.data.sentiment import SENTIMENTS
from sentemo.experiment.description import fold_tables
from sentemo.launch.records import LOG_DIR
from sentemo.recognition.held_out import (
    decode_test,
    predict_sentiment,
    recogniser_of,
    refuse_leaks,
)
from sentemo.scoring.predictions import write_predictions
from sentemo.scoring.transcripts import write_transcripts
from sentemo.upstreams import Upstream


def main(argv: list[str] | None = None) -> None:
    """Write `decode_test/`, and of SA2SR `sentiment_test.tsv`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument("--data", type=Path, required=True, help="data directory")
    parser.add_argument("--dump", type=Path, required=True, help="its feature directory")
    parser.add_argument(
        "--folds", type=Path, required=True, help="fold file; its first fold counts"
    )
    parser.add_argument("--exp", type=Path, required=True, help="experiment directory")
    parser.add_argument(
        "--beam_size", type=positive_int, default=1, help="width of the beam search; 1 is greedy"
    )
    add_recogniser_arguments(parser)
    args = parser.parse_args(argv)

    asr = Upstream(args.exp)
    marker = Marker(
        args.exp / ".done.decode.json",
        [asr.weights_file, *fold_tables(args.data, "text"), args.folds, args.dump / FEATS_JSON],
        {"beam_size": args.beam_size},
        args.exp / "decode_test" / "hyp.tsv",
    )
    if marker.is_current():
        print(f"{args.exp}: transcripts are up to date")
        return
    utterances = read_data_dir(args.data)
    fold = read_folds(args.folds, utterances)[0]
    check_source(args.dump, utterances)
    features = read_feature_dir(args.dump)
    refuse_leaks(args.exp, utterances, fold)
    recogniser = recogniser_of(asr, features, args.ngpu)
    workers = resources_of(args).training_workers(args.exp / LOG_DIR, "recognise")
    transcripts = decode_test(recogniser, utterances, fold, workers, args.beam_size)
    write_transcripts(args.exp / "decode_test", transcripts)
    if is_sentiment_aware(asr.config.get("model")):
        workers = resources_of(args).training_workers(args.exp / LOG_DIR, "predict_sentiment")
        predictions = predict_sentiment(recogniser, utterances, fold, workers)
        write_predictions(args.exp / "sentiment_test.tsv", SENTIMENTS, predictions)
    marker.write()
    print(
        f"{args.exp}: {len(transcripts.hypotheses)} utterances, {transcripts.hours:.2f} h decoded"
    )


if __name__ == "__main__":
    run_command(main)
