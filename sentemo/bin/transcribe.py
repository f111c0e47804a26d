"""Recognise every utterance of a data directory, for a model that reads words.

Usage:
  python -m sentemo.bin.transcribe --asr_model ../librispeech/exp/asr_ctc_small \
      --data data/all --dump dump/fbank80/all --dest exp/transcripts_asr_ctc_small
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

from sentemo.bin.options import add_recogniser_arguments, resources_of
from sentemo.core.errors import run_command
from sentemo.core.markers import Marker
from sentemo.data.features import FEATS_JSON, check_source, read_feature_dir
from sentemo.data.kaldi import Utterance, read_data_dir
from sentemo.data.tables import write_table
from sentemo.launch.records import LOG_DIR
from sentemo.recognition.recogniser import Recogniser, decoder_name
from sentemo.scoring.transcripts import error_counts
from sentemo.upstreams import Upstream


def main(argv: list[str] | None = None) -> None:
    """Write `text` into the destination, unless it is up to date."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument(
        "--asr_model",
        required=True,
        help="a recogniser trained here: its experiment, one of its .pth files, or a packed zip",
    )
    parser.add_argument("--data", type=Path, required=True, help="data directory")
    parser.add_argument(
        "--dump", type=Path, required=True, help="its features, of the type that the model is for"
    )
    parser.add_argument("--dest", type=Path, required=True, help="receives the table text")
    add_recogniser_arguments(parser)
    args = parser.parse_args(argv)

    asr, text = Upstream(args.asr_model), args.dest / "text"
    decoder = decoder_name(asr)
    options = {"asr_model": asr.fingerprint}
    marker = Marker(args.dest / ".done.transcribe.json", [args.dump / FEATS_JSON], options, text)
    if marker.is_current():
        print(f"{text}: up to date")
        return
    utterances = read_data_dir(args.data)
    check_source(args.dump, utterances)
    features = read_feature_dir(args.dump)
    print(f"{text}: {len(utterances)} utterances, greedy {decoder}", flush=True)
    workers = resources_of(args).training_workers(args.dest / LOG_DIR, "transcribe")
    ids, log = [utt.id for utt in utterances], args.dest / "transcribe.log"
    heard = Recogniser(asr, features, log, args.ngpu).transcribe(ids, workers)
    heard = {utt: " ".join(words.split()) for utt, words in heard.items()}
    write_table(text, heard, may_be_empty=True)
    marker.write()
    print(f"{text}: {sum(not words for words in heard.values())} without a word")
    print(f"{text}: {_error_rates(utterances, heard)}")


def _error_rates(utterances: Sequence[Utterance], heard: Mapping[str, str]) -> str:
    """Compare with the corpus' own transcripts, where it has them."""
    spoken = {utt.id: utt.text for utt in utterances if utt.text}
    if not spoken:
        return "the data directory has no text to compare with"
    counts = error_counts(list(spoken.values()), [heard[utt] for utt in spoken])
    cer, wer = (100 * errors / units for errors, units in (counts["cer"], counts["wer"]))
    return (
        f"CER {cer:.1f} %, WER {wer:.1f} % on the {len(spoken)} with a reference, which are "
        "compared as they are written"
    )


if __name__ == "__main__":
    run_command(main)
