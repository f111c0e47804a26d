"""Whom a model fails."""

import numpy as np
import pytest

from sentemo.data.kaldi import Utterance
from sentemo.data.tables import write_table
from sentemo.scoring.groupings import Grouping, read_groupings
from sentemo.scoring.groups import gap_p, score_groups
from sentemo.scoring.predictions import Prediction

LABELS = ["happy", "sad"]


def said(rates, each=40, seed=0):
    """Predictions of speakers, each with a rate of right answers."""
    draw = np.random.default_rng(seed)
    found = []
    for speaker, rate in rates.items():
        for number in range(each):
            label = LABELS[number % 2]
            predicted = label if draw.uniform() < rate else LABELS[label == "happy"]
            shares = (0.8, 0.2) if predicted == "happy" else (0.2, 0.8)
            found.append(Prediction(f"{speaker}{number}", 1, speaker, label, predicted, shares))
    return found


def by_speaker(name, groups, predictions):
    return Grouping(name, {p.utterance: groups[p.speaker] for p in predictions}, True)


MEN = {f"m{n}": "men" for n in range(5)}
WOMEN = {f"f{n}": "women" for n in range(5)}
SEX = {**MEN, **WOMEN}


def test_a_group_that_is_misheard_comes_first_with_its_gap_and_is_too_sure():
    test = said({**dict.fromkeys(MEN, 0.6), **dict.fromkeys(WOMEN, 0.95)})
    found = score_groups(LABELS, test, [by_speaker("sex", SEX, test)])["sex"]
    assert [*found["groups"]] == ["men", "women"]
    men, women = found["groups"].values()
    assert found["gap"] == pytest.approx(women["ua"] - men["ua"])
    assert found["p"] == found["p_holm"] < 0.05
    assert (men["utterances"], men["speakers"]) == (200, 5)
    assert men["ci95"][0] < men["ua"] < men["ci95"][1] < women["ci95"][0]
    assert men["sure"] == pytest.approx(0.8 - np.mean([men["recall"][c] for c in LABELS]))
    assert men["sure"] > 0.1 > 0 > women["sure"]


def test_speakers_who_differ_are_no_gap_of_their_groups():
    """One man whom nobody understands says nothing of men."""
    rates = dict.fromkeys(SEX, 0.9) | {"m0": 0.2}
    test = said(rates)
    assert gap_p(LABELS, _groups(test, SEX), by_speaker("sex", SEX, test)) > 0.05
    themselves = {name: name for name in SEX}
    of_speakers = by_speaker("speaker", themselves, test)
    assert gap_p(LABELS, _groups(test, themselves), of_speakers) < 0.01


def _groups(test, groups):
    found = {}
    for p in test:
        found.setdefault(groups[p.speaker], []).append(p)
    return found


def test_length_is_compared_within_speakers_and_classes():
    """Short utterances are those of one speaker who is hard to hear: length itself does nothing."""
    test = said({"a": 0.5, "b": 0.95, "c": 0.95})
    lengths = {
        p.utterance: "short" if (int(p.utterance[1:]) < 30) == (p.speaker == "a") else "long"
        for p in test
    }
    grouping = Grouping("length", lengths, False)
    found = score_groups(LABELS, test, [grouping])["length"]
    assert found["gap"] > 0.1
    assert found["p"] > 0.05


def test_small_groups_are_counted_and_a_single_one_is_no_grouping():
    test = said({"a": 0.9, "b": 0.9})
    few = {p.utterance: "rare" if p.utterance in ("a0", "a1") else p.speaker for p in test}
    found = score_groups(LABELS, test, [Grouping("sentence", few, False)])["sentence"]
    assert (sorted(found["groups"]), found["left_out"]) == (["a", "b"], 2)
    assert score_groups(LABELS, test, [Grouping("sentence", {"a0": "x"}, False)]) == {}


def test_of_two_speakers_there_is_no_interval_over_speakers():
    test = said({"a": 0.9, "b": 0.9, "c": 0.9, "d": 0.9})
    groups = {"a": "men", "b": "men", "c": "women", "d": "women"}
    found = score_groups(LABELS, test, [by_speaker("sex", groups, test)])["sex"]
    assert all(of["ci95"] is None for of in found["groups"].values())


def test_the_tables_of_a_directory_divide_its_utterances(tmp_path):
    utterances = [Utterance(f"{s}{n}", s, tmp_path / "a.wav") for s in "abc" for n in range(2)]
    write_table(tmp_path / "spk2gender", {"a": "f", "b": "m", "c": "f"})
    write_table(tmp_path / "spk2age", {"a": "23", "b": "28", "c": "27"})
    write_table(
        tmp_path / "utt2dur", {u.id: "0.5" if u.speaker == "a" else "9" for u in utterances}
    )
    levels = {"a": "-41.20", "b": "-24.00", "c": "-3.50"}
    write_table(tmp_path / "utt2level", {u.id: levels[u.speaker] for u in utterances})
    found = {grouping.name: grouping for grouping in read_groupings(tmp_path, utterances)}
    assert [*found] == ["sex", "age", "speaker", "length", "level"]
    assert found["sex"].groups["a0"] == found["sex"].groups["c1"] == "women"
    assert {*found["age"].groups.values()} == {"20 to 24", "25 to 29"}  # in one band of ten years
    assert found["length"].groups["a0"] == "0 to 1 s"
    assert found["length"].groups["b0"] == "8 s and more"
    assert found["level"].groups["a0"] == "under -36 dB"
    assert found["level"].groups["b1"] == "-24 to -18 dB"
    assert found["level"].groups["c1"] == "-12 dB and more"


def test_decades_are_bands_of_age_where_there_are_several(tmp_path):
    utterances = [Utterance(s, s, tmp_path / "a.wav") for s in "ab"]
    write_table(tmp_path / "spk2age", {"a": "23", "b": "38"})
    age, _ = read_groupings(tmp_path, utterances)
    assert age.groups == {"a": "20 to 29", "b": "30 to 39"}


def test_one_speaker_or_unknown_ones_divide_nothing(tmp_path):
    assert read_groupings(tmp_path, [Utterance("a", "Unknown", tmp_path / "a.wav")]) == []
