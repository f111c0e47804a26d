r"""Say what a trained model attends to in its test utterances, frame by frame and word by word.

Writes EXP/attention/: words.jsonl (a line per utterance), summary.json (the most attended words of
each class), attention.ark (frames x heads of each utterance), and pictures of some.

Usage: the arguments of the training, and what aligns words
  python -m sentemo.bin.attention --config conf/train_ser_scratch.yaml --data data/all \
      --dump dump/fbank80/all --labels labels.txt --folds folds/loso.tsv --exp exp/ser_scratch \
      --align_model ../librispeech/exp/asr_ctc_small --align_dump dump/fbank80/all
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

from sentemo.bin.options import add_experiment_arguments, experiment_of
from sentemo.core.errors import SentemoError, run_command
from sentemo.core.markers import Marker
from sentemo.data.features import read_feature_dir
from sentemo.data.kaldi import Utterance
from sentemo.data.word_times import WORD_TIMES, Word, read_word_times
from sentemo.inference.fold_attention import attend_test
from sentemo.launch.records import LOG_DIR
from sentemo.recognition.recogniser import Recogniser, decodes_by_ctc
from sentemo.upstreams import Upstream, model_name

WORDS = ("auto", "times", "reference", "asr")
FOLDER, SUMMARY = "attention", "summary.json"

Words = Mapping[str, list[Word] | str]


def main(argv: list[str] | None = None) -> None:
    """Compute attention, unless that is done, of every fold's test side."""
    args = _parse(argv)
    experiment = experiment_of(args).with_one_gpu()
    if not experiment.is_done("decode"):
        raise SentemoError(f"{args.exp}: no predictions of these settings. Run stage decode first.")
    aligner = _aligner(args)
    folder = args.exp / FOLDER
    words = [args.data / name for name in (WORD_TIMES, "text")]
    options = {
        "words": args.words,
        "aligner": aligner and aligner.fingerprint,
        "pictures": args.pictures,
    }
    inputs = [args.exp / "predictions", *filter(Path.is_file, words)]
    marker = Marker(folder / ".done.json", inputs, options, folder / SUMMARY)
    if marker.is_current():
        print(f"{folder}: up to date")
        return
    jobs = experiment.jobs()
    attention, folds, frame_shift = {}, {}, 0.0
    attended = experiment.run_folds("attention", attend_test, jobs)
    for done, (job, found) in enumerate(attended, start=1):
        frame_shift, of_fold = found
        if not of_fold:
            print(f"{args.exp}: its decoder does not attend to frames; nothing to show")
            return
        attention |= of_fold
        folds |= dict.fromkeys(of_fold, job.fold.number)
        print(f"{done}/{len(jobs)} folds, attention of {len(attention)} utterances", flush=True)
    utterances = [utt for utt in jobs[0].utterances if utt.id in attention]
    timed, source = _timed_words(args, utterances, aligner)
    from sentemo.visualization.attention_files import write_attention

    write_attention(
        folder, args.exp, utterances, attention, folds, frame_shift, timed, source, args.pictures
    )
    marker.write()
    without = sum(isinstance(found, str) for found in timed.values())
    print(f"{folder}: {len(attention)} utterances, {without} of them without words; {source}")


def _parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add_experiment_arguments(parser)
    parser.add_argument(
        "--words",
        choices=WORDS,
        default="auto",
        help="times: of the corpus (words.ctm); reference: its transcripts, aligned; asr: what "
        "the recogniser hears, as in the paper; auto: the first of these that there is",
    )
    parser.add_argument(
        "--align_model", help="a CTC recogniser of characters (default: --asr_model, if it is one)"
    )
    parser.add_argument("--align_dump", type=Path, help="features that it hears (default: --dump)")
    parser.add_argument(
        "--pictures", type=int, default=2, help="utterances to draw, of each class (default: 2)"
    )
    return parser.parse_args(argv)


def _aligner(args: argparse.Namespace) -> Upstream | None:
    """Return the recogniser that aligns words, if there is one."""
    if args.align_model is not None:
        return Upstream(args.align_model)
    upstream = Upstream(args.asr_model) if args.asr_model else None
    fits = upstream and decodes_by_ctc(upstream) and upstream.config["token_type"] == "char"
    return upstream if fits else None


def _timed_words(
    args: argparse.Namespace, utterances: Sequence[Utterance], aligner: Upstream | None
) -> tuple[Words, str]:
    """Return the words of each utterance or why it has none, and where they come from."""
    ids = [utt.id for utt in utterances]
    times, spoken = args.data / WORD_TIMES, {utt.id: utt.text or "" for utt in utterances}
    kind = args.words
    if kind == "auto":
        kind = "times" if times.is_file() else "reference" if any(spoken.values()) else "asr"
    if kind == "times":
        if not times.is_file():
            raise SentemoError(f"--words times: the corpus brings none, there is no {times}.")
        found = read_word_times(times)
        return {utt: found.get(utt) or "no times of words" for utt in ids}, "words of the corpus"
    if kind == "reference" and not any(spoken.values()):
        raise SentemoError(f"--words reference: {args.data} has no transcripts.")
    if aligner is None:
        reason = "no recogniser aligns its words: --align_model"
        return dict.fromkeys(ids, reason), "without words"
    print(f"aligning the words of {len(ids)} utterances with {aligner.name}", flush=True)
    texts = spoken if kind == "reference" else None
    features = read_feature_dir(args.align_dump or args.dump)
    resources = experiment_of(args).resources.with_one_gpu()
    workers = resources.training_workers(args.exp / LOG_DIR, "align")
    log = args.exp / "align.log"
    recogniser = Recogniser(aligner, features, log, resources.ngpu)
    words = recogniser.align_words(ids, texts, workers)
    origin = "what it hears" if texts is None else "the corpus' transcripts"
    return words, f"{origin}, aligned by {model_name(aligner.name)}"


if __name__ == "__main__":
    run_command(main)
