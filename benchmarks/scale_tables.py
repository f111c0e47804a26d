"""The tables of a corpus without audio, through every reader and writer of the stages."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from sentemo.core.errors import SentemoError
from sentemo.data.kaldi import Utterance

LABELS = ["angry", "happy", "neutral", "sad"]
OF_SPEAKER = 60  # utterances: of as many speakers as MSP-Podcast has
FRAMES, RATE, SHARDS = 450, 16000, 32


def tables(work: Path, size: float) -> Iterator[str]:
    """Take tables through the stages; yield the name of each step when it is done."""
    from sentemo.data.kaldi import read_data_dir
    from sentemo.data.listing import read_table_listing
    from sentemo.data.tables import write_table

    made = list(utterances(work, int(size)))
    yield "make the utterances"
    columns = {
        "wav.scp": {utt.id: str(utt.audio) for utt in made},
        "utt2spk": {utt.id: utt.speaker for utt in made},
        "utt2label": {utt.id: str(utt.label) for utt in made},
        "text": {utt.id: str(utt.text) for utt in made},
    }
    for name, values in columns.items():
        write_table(work / "data" / name, values)
    yield "data: write the tables"
    read = read_data_dir(work / "data")
    yield "data: read the tables"
    rows = [f"{u.audio},{u.label},{u.speaker}" for u in made]
    (work / "list.csv").write_text("\n".join(["file,label,speaker", *rows]), encoding="utf-8")
    read_table_listing(work / "list.csv")
    yield "data: write and read a list in CSV"
    yield from divide(work, read)
    yield from answer(work, read)


def divide(work: Path, read: Sequence[Utterance]) -> Iterator[str]:
    """Take utterances through features, folds and shards."""
    from sentemo.data.audio import audio_fingerprint
    from sentemo.data.features import read_feature_dir
    from sentemo.data.fold_files import read_folds, write_folds
    from sentemo.data.same_recordings import require_recordings_apart
    from sentemo.data.splits import SIDES, choose_folds, side_of_fold, speakers_on_two_sides

    audio_fingerprint(utt.audio for utt in read)
    yield "feats: fingerprint of the audio"
    write_feature_tables(work / "dump", read)
    yield "feats: write the tables"
    features = read_feature_dir(work / "dump")
    yield "feats: read the tables"
    size = -(-len(read) // SHARDS)
    for first in range(0, len(read), size):
        features.only(utt.id for utt in read[first : first + size])
    yield "states: features of every shard"
    folds, protocol = choose_folds(read)
    write_folds(work / "folds.tsv", folds, protocol)
    folds = read_folds(work / "folds.tsv", read)
    yield "folds: choose, write and read"
    sides = [side_of_fold(read, fold, side) for fold in folds for side in SIDES]
    assert sum(map(len, sides)) == len(folds) * len(read)
    yield "folds: the sides of all of them"
    for fold in folds:
        speakers_on_two_sides(fold, read)
    yield "folds: speakers on two sides"
    digests = {utt.id: utt.id[:-1] for utt in read}
    with suppress(SentemoError):  # as ten utterances have the same content
        require_recordings_apart(folds, read, digests, "data")
    yield "folds: recordings on two sides"
    for fold in folds:
        features.stats(utt.id for utt in side_of_fold(read, fold, "train"))
    yield "train: statistics of every fold"


def answer(work: Path, read: Sequence[Utterance]) -> Iterator[str]:
    """Take random answers through the stages decode and score."""
    from sentemo.scoring.classes import score_predictions
    from sentemo.scoring.predictions import Prediction, read_predictions, write_predictions

    draw = np.random.default_rng(0).dirichlet(np.ones(len(LABELS)), len(read))
    predictions = [
        Prediction(u.id, 1, u.speaker, str(u.label), LABELS[int(p.argmax())], tuple(p.tolist()))
        for u, p in zip(read, draw, strict=True)
    ]
    write_predictions(work / "test.tsv", LABELS, predictions)
    _, predictions = read_predictions(work / "test.tsv")
    yield "decode: write and read the answers"
    score_predictions(LABELS, predictions, predictions)
    yield "score: measures and intervals"


def utterances(work: Path, count: int) -> Iterator[Utterance]:
    """Yield utterances with everything that tables hold; their audio does not exist."""
    for number in range(count):
        speaker = f"s{number // OF_SPEAKER:05}"
        yield Utterance(
            f"{speaker}-{number:07}",
            speaker,
            work / "audio" / f"{number:07}.wav",
            LABELS[number % len(LABELS)],
            text=f"this is sentence {number} of many",
            avd=(1.0 + number % 5, 3.0, 2.5),
        )


def write_feature_tables(dump: Path, read: Sequence[Utterance]) -> None:
    """Write a feature directory without its archives, as stage feats does."""
    from sentemo.core.files import write_json
    from sentemo.data.features import DIGESTS, FEATS_JSON, UTT_STATS, describe_files
    from sentemo.data.tables import write_table

    dump.mkdir()
    write_table(dump / "feats.scp", {u.id: f"{dump}/feats.1.ark:{n}" for n, u in enumerate(read)})
    write_table(dump / "utt2num_frames", {utt.id: str(FRAMES) for utt in read})
    write_table(dump / DIGESTS, {utt.id: f"{n:064x}" for n, utt in enumerate(read)})
    np.save(dump / UTT_STATS, np.zeros((len(read), 2, 80)))
    described = {"dim": 80, "feature_type": "fbank80", "sample_rate": RATE, "source": "none"}
    write_json(dump / FEATS_JSON, {**described, "notes": [], **describe_files(dump)})
