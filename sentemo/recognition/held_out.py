"""Outputs of a recogniser for the test side of its fold: transcripts, and sentiment (SA2SR)."""

from collections.abc import Sequence
from pathlib import Path

from sentemo.core.errors import SentemoError
from sentemo.data.features import SHIFT_MS, FeatureDir
from sentemo.data.kaldi import UNKNOWN_SPEAKER, Utterance
from sentemo.data.proxy_labels import read_target_sentiment
from sentemo.data.sentiment import SENTIMENTS
from sentemo.data.splits import Fold, side_of_fold
from sentemo.data.tables import read_table
from sentemo.launch.workers import ONE_PROCESS, Workers
from sentemo.recognition.recogniser import Recogniser, decoder_name
from sentemo.recognition.training import transcripts
from sentemo.scoring.predictions import Prediction
from sentemo.scoring.transcripts import Transcripts
from sentemo.training.inputs import side_dir
from sentemo.upstreams import Upstream

LOG = "decode.log"


def recogniser_of(asr: Upstream, features: FeatureDir, ngpu: int = 0) -> Recogniser:
    """Return an experiment's recogniser, which writes the experiment's ``decode.log``."""
    return Recogniser(asr, features, asr.config_file.parent / LOG, ngpu)


def decode_test(
    recogniser: Recogniser,
    utterances: Sequence[Utterance],
    fold: Fold,
    workers: Workers = ONE_PROCESS,
    beam_size: int = 1,
) -> Transcripts:
    """Decode the fold's test side; see `Recogniser.transcribe`."""
    test = side_of_fold(utterances, fold, "test")
    name = decoder_name(recogniser.asr)
    references = transcripts(test, recogniser.asr.config["token_list"])
    hypotheses = recogniser.transcribe(list(references), workers, beam_size)
    frames = sum(recogniser.features.num_frames[utt] for utt in references)
    return Transcripts(
        references=references,
        hypotheses=hypotheses,
        decoding=f"greedy {name}" if beam_size == 1 else f"{name}, beam {beam_size}",
        hours=frames * SHIFT_MS / 1000 / 3600,
    )


def predict_sentiment(
    recogniser: Recogniser,
    utterances: Sequence[Utterance],
    fold: Fold,
    workers: Workers = ONE_PROCESS,
) -> list[Prediction]:
    """Predict the sentiment of the fold's test side, as far as its transcripts have labels."""
    labels = read_target_sentiment(side_dir(recogniser.asr.config_file.parent, "test"))
    speakers = {utt.id: utt.speaker for utt in side_of_fold(utterances, fold, "test")}
    labelled = sorted(labels.keys() & speakers)
    return [
        Prediction(
            utterance=utt,
            fold=fold.number,
            speaker=speakers[utt],
            label=labels[utt],
            predicted=SENTIMENTS[max(range(len(found)), key=found.__getitem__)],
            probabilities=tuple(found),
        )
        for utt, found in recogniser.predict_sentiment(labelled, workers).items()
    ]


def refuse_leaks(exp: Path, utterances: Sequence[Utterance], fold: Fold) -> None:
    """Insist that the experiment was not trained on anything that the fold tests.

    Raises
    ------
    SentemoError
        When the experiment's own tables name test utterances, or test speakers though the fold
        keeps them apart: the folds or the data have changed since the training.
    """
    by_id = {utt.id: utt for utt in utterances}
    trained = [by_id[utt] for utt in read_table(side_dir(exp, "train") / "text") if utt in by_id]
    test = side_of_fold(utterances, fold, "test")
    leaks = {utt.id for utt in trained} & {utt.id for utt in test}
    if fold.speaker_disjoint and not leaks:
        leaks = {u.speaker for u in trained} & {u.speaker for u in test} - {UNKNOWN_SPEAKER}
    if leaks:
        raise SentemoError(
            f"{exp} was trained on {len(leaks)} of the utterances or speakers that these folds "
            f"test, as {min(leaks)}: folds or data have changed. Train again under another --tag."
        )
