"""ASR on one fold: token list, statistics, data files, ESPnet's task; greedy decoding."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sentemo.data.features import SHIFT_MS, FeatureDir
from sentemo.data.kaldi import Utterance
from sentemo.data.splits import Fold, side_of_fold
from sentemo.errors import Problems
from sentemo.training.inputs import data_arguments, side_dir, use_features, write_side
from sentemo.training.logs import log_to
from sentemo.transcripts import Transcripts

SPACE = "<space>"


def character_tokens(transcripts: Sequence[str]) -> list[str]:
    """Return the character tokens of these transcripts, with ESPnet's special ones.

    For English capitals, 31: the 29 of SA2SR (26 letters, apostrophe, space, blank) plus
    ``<unk>``, without which ESPnet fails, and ``<sos/eos>``, in place of which it would take the
    last letter.
    """
    characters = sorted({character for text in transcripts for character in text})
    named = [SPACE if character == " " else character for character in characters]
    return ["<blank>", "<unk>", *named, "<sos/eos>"]


def transcripts(utterances: Sequence[Utterance], tokens: Sequence[str]) -> dict[str, str]:
    """Return the transcript of each utterance, insisting that the tokens can spell it.

    Raises
    ------
    SentemoError
        Naming the utterances without a transcript or with characters outside the tokens.
    """
    known = {" " if token == SPACE else token for token in tokens}
    problems = Problems("transcripts")
    for utt in utterances:
        if not utt.text:
            problems.add("no transcript", utt.id, "needed to train and score ASR")
        elif strange := set(utt.text) - known:
            problems.add("character outside the token list", utt.id, repr("".join(sorted(strange))))
    problems.raise_if_any("Correct these lines of data/all/text.")
    return {utt.id: utt.text for utt in utterances if utt.text}


def train_asr(
    config: Path,
    utterances: Sequence[Utterance],
    fold: Fold,
    features: FeatureDir,
    exp: Path,
    settings: Mapping[str, Any],
) -> None:
    """Train on the fold's training side, choosing epochs on its validation side.

    Parameters
    ----------
    config
        A configuration for the ASR task.
    settings
        Further arguments of the task, like ``seed`` and ``ngpu``.
    """
    train = side_of_fold(utterances, fold, "train")
    tokens = character_tokens([utt.text or "" for utt in train])
    files = {
        side: write_side(
            side_dir(exp, side),
            features,
            transcripts(side_of_fold(utterances, fold, side), tokens),
            "text",
            "text",
        )
        for side in ("train", "valid", "test")  # a wrong transcript shows now, not at decoding
    }
    with log_to(exp / "train.log", show_progress=True):
        from sentemo.tasks.asr import ASRTask
        from sentemo.training.arguments import training_arguments

        args = training_arguments(
            ASRTask,
            config,
            {
                **data_arguments(exp, files),
                "token_list": tokens,
                "token_type": "char",
                **settings,
            },
        )
        use_features(args, features, [utt.id for utt in train])
        ASRTask.main(args=args)


def decode_test(
    utterances: Sequence[Utterance],
    fold: Fold,
    features: FeatureDir,
    exp: Path,
    weights: Path,
    ngpu: int,
) -> Transcripts:
    """Decode the fold's test side greedily."""
    test = side_of_fold(utterances, fold, "test")
    with log_to(exp / "decode.log"):
        from sentemo.tasks.asr import ASRTask
        from sentemo.training.arguments import read_config
        from sentemo.training.evaluation import evaluate_files

        tokens = read_config(exp / "config.yaml")["token_list"]
        files = write_side(
            side_dir(exp, "test"), features, transcripts(test, tokens), "text", "text"
        )
        records = evaluate_files(ASRTask, exp, weights, files, ngpu)
    frames = sum(features.num_frames[utt] for utt in records)
    return Transcripts(
        references={utt: record["reference"] for utt, record in records.items()},
        hypotheses={utt: record["hypothesis"] for utt, record in records.items()},
        decoding="greedy CTC",
        hours=frames * SHIFT_MS / 1000 / 3600,
    )
