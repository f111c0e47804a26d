"""The labels file: one class per line, in the order that is used everywhere."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sentemo.core.errors import Problems, SentemoError
from sentemo.core.files import read_bytes
from sentemo.data.kaldi import Utterance
from sentemo.data.spellings import LOOK_ALIKE, look_of
from sentemo.data.splits import Fold, side_of_fold


def read_labels(path: Path) -> list[str]:
    """Read the classes in their order.

    Raises
    ------
    SentemoError
        When the file names fewer than two classes, a class twice or two that look alike, or a class
        with white space.
    """
    problems = Problems(str(path))
    labels: list[str] = []
    seen: dict[str, str] = {}
    try:
        lines = read_bytes(path).decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        problems.add("not UTF-8", str(path), f"byte {error.start + 1}")
        lines = []
    for number, line in enumerate(lines, start=1):
        label = line.strip()
        if not label or len(label.split()) > 1:
            problems.add("not one label", f"{path}:{number}", repr(line))
        elif label in labels:
            problems.add("duplicate label", f"{path}:{number}", label)
        elif other := seen.get(look := look_of(label)):
            problems.add(LOOK_ALIKE.format("label"), f"{path}:{number}", f"{label!a} and {other!a}")
        else:
            labels.append(label)
            seen[look] = label
    if len(problems) == 0 and len(labels) < 2:
        problems.add("too few labels", str(path), f"{len(labels)}")
    problems.raise_if_any("A labels file has one label per line, at least two, without spaces.")
    return labels


def class_numbers(utterances: list[Utterance], labels: list[str]) -> dict[str, str]:
    """Return each utterance's class number, as text for a table.

    Raises
    ------
    SentemoError
        Naming the utterances without a label or with one that `labels` lacks.
    """
    number = {label: str(index) for index, label in enumerate(labels)}
    problems = Problems("labels")
    numbers = {}
    for utt in utterances:
        if utt.label is not None and utt.label in number:
            numbers[utt.id] = number[utt.label]
        else:
            problems.add("label not in labels.txt", utt.id, str(utt.label))
    problems.raise_if_any("Add these labels to labels.txt, or leave the utterances out.")
    return numbers


def class_shares(utterances: Sequence[Utterance], labels: Sequence[str]) -> dict[str, list[float]]:
    """Return the share of each class by utterance: of the annotators, or all of its label.

    Shares of classes that `labels` lacks are left out, and the others scaled to add up to 1. An
    utterance without a distribution, or of whose agreed class it has no share, has its label as the
    only class.

    Raises
    ------
    SentemoError
        Naming the utterances of which no share is left.
    """
    problems = Problems("distributions")
    found = {}
    for utt in utterances:
        known = utt.distribution or {}
        if not (utt.is_training_only or known.get(str(utt.label))):
            known = {str(utt.label): 1.0}
        shares = [known.get(label, 0.0) for label in labels]
        if total := sum(shares):
            found[utt.id] = [share / total for share in shares]
        else:
            problems.add("no share of a class of labels.txt", utt.id, ", ".join(known))
    problems.raise_if_any("Add these classes to labels.txt, or leave the utterances out.")
    return found


def without_distributions(utterances: Sequence[Utterance]) -> list[Utterance]:
    """Return the utterances with a class to learn, and nothing but this class of each."""
    agreed = (utt for utt in utterances if not utt.is_training_only)
    return [replace(utt, distribution=None) for utt in agreed]


def balanced_weights(training: Sequence[Utterance], labels: Sequence[str]) -> list[float]:
    """Return class weights that balance the classes; their mean over the utterances is 1.

    With distributions, the sum of a class's shares is its count. Every class needs an utterance;
    see `require_all_classes`.
    """
    counts = [sum(shares) for shares in zip(*class_shares(training, labels).values(), strict=True)]
    return [len(training) / len(labels) / count for count in counts]


def require_all_classes(training: Sequence[Utterance], labels: Sequence[str], fold: int) -> None:
    """Insist that the training side of a fold has utterances of every class.

    Raises
    ------
    SentemoError
        Naming the fold and the classes without a training utterance.
    """
    present = {utt.label for utt in training}
    if missing := [label for label in labels if label not in present]:
        raise SentemoError(
            f"fold {fold}: no training utterance is labelled {', '.join(missing)}. "
            "Use other folds, or take the class out of labels.txt."
        )


def require_all_classes_everywhere(
    folds: Sequence[Fold], utterances: Sequence[Utterance], labels: Sequence[str]
) -> None:
    """Insist that the training side of every fold has all classes, before anything is computed.

    Raises
    ------
    SentemoError
        Naming each class and the folds whose training sides lack it.
    """
    problems = Problems("folds")
    for label in labels:
        of_class = [utt for utt in utterances if utt.label == label]
        if lacking := [f for f in folds if not side_of_fold(of_class, f, "train")]:
            speakers = ", ".join(sorted({utt.speaker for utt in of_class}))
            numbers = ", ".join(str(fold.number) for fold in lacking)
            problems.add(
                "class that no training side of a fold has",
                label,
                f"{len(of_class)} recordings, of {speakers or 'nobody'}; folds {numbers}",
            )
    problems.raise_if_any(
        "Take these classes out, or give recordings of more speakers, or folds of your own."
    )
