"""Leave one corpus out: nothing of the tested corpus decides but what a normalisation may know."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sentemo.core.errors import SentemoError
from sentemo.data.kaldi import Utterance
from sentemo.folds.cross_corpus import CORPUS, NONE, SPEAKER, CrossCorpus
from sentemo.scoring.metrics import confusion_matrix, unweighted_accuracy

LABELS = ["happy", "sad"]
SIZE, EACH = 6, 20  # features of a state; recordings of a speaker


class States:
    """Pooled states of some utterances, as `KeptStates` returns them."""

    layers = ("1", "2")

    def __init__(self, by_id):
        self.by_id = by_id

    def pooled(self, utterances, layers):
        return np.stack(
            [self.by_id[utt][[int(layer) - 1 for layer in layers]] for utt in utterances]
        )


@pytest.fixture
def corpora():
    """Four corpora of two speakers; each corpus, and each speaker, has an offset of its own.

    The class is a step along the first feature of layer 1; layer 2 is noise.
    """
    draw = np.random.default_rng(0)
    utterances, states = [], {}
    for corpus in ("A", "B", "C", "D"):
        corpus_offset = draw.normal(0, 8, SIZE)
        for speaker in ("x", "y"):
            offset = corpus_offset + draw.normal(0, 4, SIZE)
            for number in range(EACH):
                label = LABELS[number % 2]
                name = f"{corpus}-{speaker}-{number}"
                utterances.append(
                    Utterance(name, f"{corpus}-{speaker}", Path("a.wav"), label, corpus=corpus)
                )
                heard = draw.normal(0, 0.5, (2, 2, SIZE))
                heard[0, 0] += offset
                heard[0, 0, 0] += 2 * (label == "sad")
                states[name] = heard.astype(np.float32)
    return utterances, States(states)


def heard(corpora, how, layers=("1", "2"), **changes):
    utterances, states = corpora
    return CrossCorpus(utterances, LABELS, states).test(how, layers, **changes)


def ua(left_out):
    found = [(LABELS.index(p.label), LABELS.index(p.predicted)) for p in left_out.predictions]
    references, predicted = np.array(found).T
    return unweighted_accuracy(confusion_matrix(references, predicted, len(LABELS)))


def mean_ua(found):
    return np.mean([ua(one) for one in found])


def test_what_is_known_of_a_corpus_takes_its_offset_away(corpora):
    none, corpus, speaker = (mean_ua(heard(corpora, how)) for how in (NONE, CORPUS, SPEAKER))
    assert none < corpus < speaker
    assert speaker > 0.95


def test_every_utterance_is_tested_once_by_probes_of_the_other_corpora(corpora):
    found = heard(corpora, CORPUS)
    assert [one.corpus for one in found] == ["A", "B", "C", "D"]
    tested = [p.utterance for one in found for p in one.predictions]
    assert sorted(tested) == sorted(utt.id for utt in corpora[0])
    assert all(p.utterance.startswith(one.corpus) for one in found for p in one.predictions)
    assert {one.setting.layer for one in found} == {"1"}
    assert all(np.isclose(sum(p.probabilities), 1) for one in found for p in one.predictions)


@pytest.mark.parametrize("how", [NONE, CORPUS, SPEAKER])
def test_labels_of_the_tested_corpus_decide_nothing(corpora, how):
    utterances, states = corpora
    swapped = [
        replace(utt, label=LABELS[1 - LABELS.index(utt.label)]) if utt.corpus == "B" else utt
        for utt in utterances
    ]
    before, after = heard((utterances, states), how)[1], heard((swapped, states), how)[1]
    assert before.setting == after.setting
    assert before.valid_ua == after.valid_ua
    assert [p.probabilities for p in before.predictions] == [
        p.probabilities for p in after.predictions
    ]


def test_states_of_the_tested_corpus_decide_nothing_where_nothing_is_known_of_it(corpora):
    utterances, states = corpora
    other = States({utt: 3 * s if utt.startswith("B") else s for utt, s in states.by_id.items()})
    before, after = heard((utterances, states), NONE)[1], heard((utterances, other), NONE)[1]
    assert (before.setting, before.valid_ua) == (after.setting, after.valid_ua)


def test_copies_are_learnt_from_and_never_tested(corpora):
    utterances, states = corpora
    copies = [
        replace(utt, id=f"dg1-{utt.id}", speaker=f"dg1-{utt.speaker}", original=utt.id)
        for utt in utterances
    ]
    by_id = states.by_id | {copy.id: 0.5 * states.by_id[copy.original] for copy in copies}
    found = heard(([*utterances, *copies], States(by_id)), SPEAKER)
    tested = {p.utterance for one in found for p in one.predictions}
    assert tested == {utt.id for utt in utterances}
    plain = heard(corpora, SPEAKER)
    assert [p.probabilities for p in plain[0].predictions] != [
        p.probabilities for p in found[0].predictions
    ]


def test_speakers_of_few_recordings_are_taken_together(corpora):
    utterances, states = corpora
    many = [replace(utt, speaker=f"{utt.speaker}{n}") for n, utt in enumerate(utterances)]
    by_speaker, by_corpus = (heard((many, states), how) for how in (SPEAKER, CORPUS))
    assert [one.predictions for one in by_speaker] == [one.predictions for one in by_corpus]


def test_steps_are_counted(corpora):
    done = []
    heard(corpora, NONE, advance=lambda: done.append(1))
    assert len(done) == CrossCorpus(*corpora_arguments(corpora)).steps(("1", "2"))


def corpora_arguments(corpora):
    utterances, states = corpora
    return utterances, LABELS, states


def test_two_corpora_cannot_validate_each_other(corpora):
    utterances, states = corpora
    two = [utt for utt in utterances if utt.corpus in "AB"]
    with pytest.raises(SentemoError, match="2 corpora: leaving one out needs 3"):
        CrossCorpus(two, LABELS, states)


def test_a_corpus_without_a_class_is_named(corpora):
    utterances, states = corpora
    happy = [utt for utt in utterances if utt.corpus != "C" or utt.label == "happy"]
    with pytest.raises(SentemoError, match="C: no utterance of sad"):
        CrossCorpus(happy, LABELS, states)
