"""Inputs of an emotion recognition experiment: checks, fingerprints, and the data it reads."""

from dataclasses import dataclass
from pathlib import Path

from sentemo.core.config import read_config
from sentemo.core.errors import SentemoError
from sentemo.data import distributions
from sentemo.data.dimensions import Scale
from sentemo.data.features import FeatureDir, check_source, read_digests, read_feature_dir
from sentemo.data.fold_files import read_folds
from sentemo.data.kaldi import Utterance, read_data_dir
from sentemo.data.labels import read_labels, without_distributions
from sentemo.data.same_recordings import require_recordings_apart
from sentemo.data.splits import Fold
from sentemo.data.targets import HARD, SOFT, TARGET_KINDS, TASKS, targets_of
from sentemo.data.texts import read_texts
from sentemo.experiment.directory import started_options
from sentemo.upstreams import Upstream


@dataclass(frozen=True)
class SERInputs:
    """Data that all folds of an experiment are made from.

    Attributes
    ----------
    labels
        Class names in their order; None where no class is learnt.
    texts
        Transcripts that a text encoder reads; None where the model has none.
    """

    folds: list[Fold]
    utterances: list[Utterance]
    features: FeatureDir
    labels: list[str] | None
    texts: dict[str, str] | None


def read_inputs(
    data: Path,
    dump: Path,
    folds: Path,
    labels: Path | None,
    scale: Scale | None,
    text: Path | None,
    label_targets: str = HARD,
) -> SERInputs:
    """Read the inputs of an experiment, and check that they fit each other.

    Parameters
    ----------
    data, dump
        Data directory and its feature directory.
    labels, scale
        Labels file and scale of the dimensions; None where these targets are not learnt.
    text
        Table of transcripts; None where the model reads none.
    label_targets
        One of `TARGET_KINDS`. The soft ones are the shares of the annotators; with hard ones,
        utterances without an agreed class are left out.

    Raises
    ------
    SentemoError
        When data, features, transcripts and folds do not fit each other, or the data have no
        distributions to learn.
    """
    everyone = utterances = read_data_dir(data)
    names = None if labels is None else read_labels(labels)
    if names is not None:
        utterances = _with_label_targets(everyone, label_targets, data)
    targets_of(utterances, names, scale)  # a wrong target shows before hours of training
    divided = read_folds(folds, utterances)
    check_source(dump, everyone)
    require_recordings_apart(divided, utterances, read_digests(dump), str(data))
    return SERInputs(
        folds=divided,
        utterances=utterances,
        features=read_feature_dir(dump),
        labels=names,
        texts=None if text is None else read_texts(text, utterances),
    )


def _with_label_targets(
    utterances: list[Utterance], label_targets: str, data: Path
) -> list[Utterance]:
    """Return the utterances that can be learnt, with distributions only if these are learnt."""
    if label_targets == HARD:
        return without_distributions(utterances)
    if all(utt.distribution is None for utt in utterances):
        raise SentemoError(
            f"{data}: has no {distributions.TABLE}, which label_targets: {SOFT} learns from. Only "
            "corpora whose annotators' votes are published have one (run stage data again)."
        )
    return utterances


def label_targets_of(config: Path) -> str:
    """Return which kind of targets of classes a configuration learns.

    Raises
    ------
    SentemoError
        When it is not one of `TARGET_KINDS`.
    """
    kind = read_config(config).get("label_targets", HARD)
    if kind not in TARGET_KINDS:
        raise SentemoError(f"{config}: label_targets: {kind}; write {' or '.join(TARGET_KINDS)}.")
    return kind


def required_targets(task: str, labels: Path | None, scale: str | None) -> tuple[str, ...]:
    """Return the names of a task's targets, and require what they are read with.

    Raises
    ------
    SentemoError
        When the labels file or the scale is missing that they need.
    """
    targets = TASKS[task]
    for target, option, value in (("label", "labels", labels), ("avd", "scale", scale)):
        if target in targets and value is None:
            raise SentemoError(f"--task {task} needs --{option}.")
    return targets


def require_text_where_read(config: Path, text: Path | None) -> None:
    """Require transcripts for a text encoder, and a text encoder for transcripts.

    Raises
    ------
    SentemoError
        When there is only one of the two, or when the table of transcripts does not exist.
    """
    reads = bool(read_config(config).get("text_encoder"))
    if reads and text is None:
        raise SentemoError(
            f"{config} has a text_encoder, which reads transcripts. Give them with --text."
        )
    if text is not None and not reads:
        raise SentemoError(
            f"--text {text}: {config} has no text_encoder to read it. Leave --text "
            "away, or use a configuration that has one, like "
            "conf/train_ser_acoustic_text.yaml."
        )
    if text is not None and not text.is_file():
        raise SentemoError(f"--text {text}: no such file. Stage asr_score makes one.")


def upstream_fingerprint(upstream: str, window: str, directory: Path) -> str:
    """Return the upstream's fingerprint; if it is gone, the one noted when training started.

    Parameters
    ----------
    upstream, window
        See `Upstream`.
    directory
        Experiment directory, which holds that note.

    Raises
    ------
    SentemoError
        When the upstream is gone and no training was started upon it.
    """
    try:
        return Upstream(upstream, window=window).fingerprint
    except SentemoError:
        if (recorded := started_options(directory).get("asr_model")) is None:
            raise
        print(f"{upstream}: not there any more; {directory} was started upon it", flush=True)
        return recorded
