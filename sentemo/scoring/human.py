"""Accuracy of human annotators: the human row of Lu et al., Table 2."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from sentemo.data.kaldi import Utterance


def human_accuracy(
    utterances: Iterable[Utterance], agreement: Mapping[str, float]
) -> dict[str, float] | None:
    """Return how far the annotators agree with the labels.

    Parameters
    ----------
    utterances
        Labelled utterances.
    agreement
        Share of the annotators who agree with the label, 0 to 1, by utterance.

    Returns
    -------
    dict or None
        ``utterances``, the number of utterances with an agreement; ``wa``, the mean over them; and
        ``ua``, the mean over classes of the classes' means. None if no utterance has an agreement.
    """
    of_class = defaultdict(list)
    for utt in utterances:
        if utt.id in agreement:
            of_class[utt.label].append(agreement[utt.id])
    if not of_class:
        return None
    shares = [share for of_one in of_class.values() for share in of_one]
    recalls = [sum(of_one) / len(of_one) for of_one in of_class.values()]
    return {
        "utterances": len(shares),
        "wa": round(sum(shares) / len(shares), 4),
        "ua": round(sum(recalls) / len(recalls), 4),
    }
