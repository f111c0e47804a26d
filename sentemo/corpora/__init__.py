"""One parser per corpus: from what is on the disk to utterances, without side effects."""

from dataclasses import dataclass, field

from sentemo.data.kaldi import Utterance


@dataclass(frozen=True)
class ParsedCorpus:
    """What a parser found.

    Parameters
    ----------
    utterances
        The utterances to keep.
    dropped
        Ids or file names that were left out on purpose, by reason.
    notes
        Deviations from the published corpus that results must mention.
    """

    utterances: list[Utterance]
    dropped: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
