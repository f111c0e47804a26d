"""Description of an experiment and its data, which every result repeats."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sentemo.core.config import short_name
from sentemo.data import distributions
from sentemo.data.features import read_summary
from sentemo.data.fold_files import read_protocol
from sentemo.data.kaldi import Utterance
from sentemo.data.preparation import TRAINING_ONLY, read_counts
from sentemo.data.splits import Fold, overlap_notes


def describe_data(
    data: Path,
    dump: Path | None,
    folds_file: Path,
    folds: Sequence[Fold],
    utterances: Sequence[Utterance],
) -> dict[str, Any]:
    """Return the corpus' name, the protocol, and notes on the data.

    The notes count recordings that are missing or converted, utterances without agreement that are
    left out, and speakers on two sides of a fold.

    Parameters
    ----------
    dump
        Feature directory, whose notes are added; None where no features are used.
    """
    counts = read_counts(data)
    notes = [*counts["notes"]]
    learnt = sum(utt.is_training_only for utt in utterances)
    if unlearnt := counts.get(TRAINING_ONLY, 0) - learnt:
        notes.append(f"{unlearnt} utterances without agreement are left out: one class is learnt")
    if dump is not None:
        notes += read_summary(dump)["notes"]
    return {
        "corpus": counts["corpus"],
        "protocol": read_protocol(folds_file),
        "notes": [*notes, *overlap_notes(folds, utterances)],
    }


def fold_tables(data: Path, *targets: str) -> list[Path]:
    """Return the tables that hold the targets and decide the side of a fold."""
    named = ("utt2split", "utt2uniq", "utt2corpus", distributions.TABLE)
    optional = [data / name for name in named]
    learnt = [data / target for target in targets or ("utt2label",)]
    return [*learnt, data / "utt2spk", *filter(Path.is_file, optional)]


def speeds_of_copies(utterances: Sequence[Utterance]) -> list[str]:
    """Return the prefixes of copies at other speeds, for the experiment's title: sp0.9, sp1.1."""
    return sorted({utt.id.split("-")[0] for utt in utterances if utt.original is not None})


def other_corpora(utterances: Sequence[Utterance]) -> list[str]:
    """Return the names of the corpora that were trained on beside the corpus itself."""
    return sorted({utt.corpus for utt in utterances if utt.corpus and utt.is_guest})


def experiment_title(config: Path, upstream: str | None, utterances: Sequence[Utterance]) -> str:
    """Return a title of the configuration, upstream, further corpora and copies' speeds.

    Parameters
    ----------
    upstream
        Name of the pre-trained model; None where the encoder is trained from scratch.
    """
    others = [f"with {corpus}" for corpus in other_corpora(utterances)]
    more = [*others, *speeds_of_copies(utterances)]
    return ", ".join([short_name(config), *([upstream] if upstream else []), *more])
