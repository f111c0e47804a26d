"""Leave one corpus out: linear probes are tested on a corpus that they were not trained on.

Layers and penalty are chosen on the other corpora, each of which is left out in turn, and never on
the tested corpus. Its states are normalised without knowledge of it, by the mean and the deviation
of the corpus without its labels, or by those of each speaker.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations_with_replacement

import numpy as np

from sentemo.core.errors import SentemoError
from sentemo.data.kaldi import UNKNOWN_SPEAKER, Utterance
from sentemo.folds.probe_choice import Setting, learnt_maps
from sentemo.folds.probe_table import TOGETHER
from sentemo.folds.ridge import ClassTarget
from sentemo.scoring.metrics import confusion_matrix, unweighted_accuracy
from sentemo.scoring.predictions import Prediction
from sentemo.scoring.temperature import softmax
from sentemo.states.kept import KeptStates

NONE, CORPUS, SPEAKER = NORMALISATIONS = ("none", "corpus", "speaker")
FEWEST_CORPORA = 3  # one to test, and two that validate each other
FEWEST_RECORDINGS = 16  # of a speaker, which give a mean and a deviation worth having
LAYERS = ("1", "2", "3", "4", "1+2", "1+2+3")
PENALTIES = (0.3, 1.0, 3.0, 10.0)

# Outputs for the tested rows of a corpus, by this corpus and the other one that was left out.
Outputs = dict[tuple[int, int], np.ndarray]


@dataclass(frozen=True)
class LeftOut:
    """A corpus that is left out, with the choice of the others and the answers for it.

    Attributes
    ----------
    setting
        Layers and penalty, by the mean UA of the other corpora, each left out in turn.
    valid_ua
        Mean UA of the other corpora with this setting.
    predictions
        Predictions of the corpus' own utterances, not of copies; the fold is the number of the
        corpus, from 1.
    """

    corpus: str
    setting: Setting
    valid_ua: float
    predictions: list[Prediction]


class CrossCorpus:
    """Probes that leave one corpus out, of all corpora of a data directory.

    Parameters
    ----------
    utterances
        Utterances of several corpora; copies of them are only trained on.
    labels
        Classes in their order.
    kept
        States of all utterances.

    Raises
    ------
    SentemoError
        When the corpora are fewer than `FEWEST_CORPORA`, or one lacks a class.
    """

    def __init__(
        self, utterances: Sequence[Utterance], labels: Sequence[str], kept: KeptStates
    ) -> None:
        self.utterances = sorted(utterances, key=lambda utt: utt.id)
        self.labels, self._kept = list(labels), kept
        self.names, self._corpus = np.unique(
            [utt.corpus or "" for utt in self.utterances], return_inverse=True
        )
        self._is_own = np.array([utt.original is None for utt in self.utterances])
        numbers = np.array([self.labels.index(utt.label or "") for utt in self.utterances])
        self._target = ClassTarget(numbers, len(self.labels), self._corpus)
        self._require_enough()

    def _require_enough(self) -> None:
        if len(self.names) < FEWEST_CORPORA:
            raise SentemoError(
                f"{len(self.names)} corpora: leaving one out needs {FEWEST_CORPORA}, one to test "
                "and two that validate each other. Add data directories of others."
            )
        for number, name in enumerate(self.names):
            held = set(self._target.numbers[self._corpus == number].tolist())
            if missing := [label for n, label in enumerate(self.labels) if n not in held]:
                raise SentemoError(
                    f"{name}: no utterance of {', '.join(missing)}. Leave the corpus out, or map "
                    "its labels to these classes."
                )

    def test(
        self,
        how: str,
        layers: Sequence[str] = LAYERS,
        penalties: Sequence[float] = PENALTIES,
        advance: Callable[[], object] = lambda: None,
    ) -> list[LeftOut]:
        """Choose, learn and test for each corpus that is left out.

        Parameters
        ----------
        how
            One of `NORMALISATIONS`.
        layers
            Candidates: a layer, or several side by side such as ``1+2+3``.
        advance
            Called after each of `steps`.
        """
        valid: dict[Setting, Outputs] = {}
        for layer in layers:
            pooled = self._normalised(layer, how)
            for penalty in penalties:
                valid[Setting(layer, penalty)] = {}
            for first, second in self._pairs():
                for penalty, found in zip(
                    penalties, self._outputs(pooled, (first, second), penalties), strict=True
                ):
                    valid[Setting(layer, penalty)] |= found
                advance()
        return [self._chosen(tested, valid) for tested in range(len(self.names))]

    def steps(self, layers: Sequence[str] = LAYERS) -> int:
        """Return how often `test` calls `advance`."""
        return len(layers) * len(list(self._pairs()))

    def _pairs(self) -> Iterator[tuple[int, int]]:
        """Yield the corpora that are left out together; the tested one is a pair with itself."""
        return combinations_with_replacement(range(len(self.names)), 2)

    def _outputs(
        self, pooled: np.ndarray, left_out: tuple[int, int], penalties: Sequence[float]
    ) -> Iterator[Outputs]:
        """Learn from the other corpora; yield the outputs for those left out, by penalty."""
        train = np.flatnonzero(~np.isin(self._corpus, left_out))
        first, second = left_out
        for found in learnt_maps(pooled, train, self._target, self._corpus, penalties):
            yield {
                (judged, other): found(pooled[self._tested(judged)])
                for judged, other in ((first, second), (second, first))
            }

    def _tested(self, corpus: int) -> np.ndarray:
        return np.flatnonzero((self._corpus == corpus) & self._is_own)

    def _chosen(self, tested: int, outputs: dict[Setting, Outputs]) -> LeftOut:
        """Choose the setting by the other corpora, and return its predictions of the tested one."""
        others = [number for number in range(len(self.names)) if number != tested]
        by_ua = {
            setting: float(np.mean([self._ua(other, found[other, tested]) for other in others]))
            for setting, found in outputs.items()
        }
        setting = max(by_ua, key=lambda one: by_ua[one])
        found = outputs[setting]
        rows = np.concatenate([self._tested(other) for other in others])
        valid = np.concatenate([found[other, tested] for other in others])
        logits = self._target.scale(valid, rows) * found[tested, tested]
        predictions = [
            Prediction(
                utterance=self.utterances[row].id,
                fold=tested + 1,
                speaker=self.utterances[row].speaker,
                label=str(self.utterances[row].label),
                predicted=self.labels[int(share.argmax())],
                probabilities=tuple(share.tolist()),
            )
            for row, share in zip(self._tested(tested), softmax(logits), strict=True)
        ]
        return LeftOut(str(self.names[tested]), setting, by_ua[setting], predictions)

    def _ua(self, corpus: int, outputs: np.ndarray) -> float:
        references = self._target.numbers[self._tested(corpus)]
        found = confusion_matrix(references, outputs.argmax(axis=1), len(self.labels))
        return float(unweighted_accuracy(found))

    def _normalised(self, layer: str, how: str) -> np.ndarray:
        """Return pooled states ``(utterances, layers, 2, size)``, normalised."""
        names = [utt.id for utt in self.utterances]
        pooled = self._kept.pooled(names, layer.split(TOGETHER))
        if how == NONE:
            return pooled
        for group in self._corpus_rows if how == CORPUS else self._speaker_rows:
            own = pooled[group[self._is_own[group]]]
            deviation = own.std(axis=0)
            pooled[group] -= own.mean(axis=0)
            pooled[group] /= np.where(deviation > 0, deviation, np.inf)
        return pooled

    @property
    def _corpus_rows(self) -> list[np.ndarray]:
        return [np.flatnonzero(self._corpus == number) for number in range(len(self.names))]

    @cached_property
    def _speaker_rows(self) -> list[np.ndarray]:
        """Rows of each speaker; of those with too few recordings, their corpus' rest."""
        speaker = {utt.id: utt.speaker for utt in self.utterances}
        own = np.array([speaker[utt.original or utt.id] for utt in self.utterances])
        found = []
        for rows in self._corpus_rows:
            names, counts = np.unique(own[rows[self._is_own[rows]]], return_counts=True)
            many = set(names[counts >= FEWEST_RECORDINGS].tolist()) - {UNKNOWN_SPEAKER}
            found += [rows[own[rows] == name] for name in sorted(many)]
            rest = rows[~np.isin(own[rows], list(many))]
            found += [rest] if len(rest) else []
        return found
