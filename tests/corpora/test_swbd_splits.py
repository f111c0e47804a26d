import hashlib
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from swbd_release import (
    NEUTRAL,
    make_release,
    parse,
    write_labels,
)

from sentemo.corpora.swbd_labels import (
    PUBLISHED_LINES,
)
from sentemo.corpora.swbd_splits import (
    OTHER_SIDE,
    conversation_of,
    split_by_speaker,
    split_of_line,
)
from sentemo.data.kaldi import Utterance


@pytest.fixture
def release(tmp_path):
    return make_release(tmp_path / "my corpora")


def test_the_published_labels_are_split_where_public_recipes_do():
    sides = [split_of_line(line, PUBLISHED_LINES) for line in range(PUBLISHED_LINES)]
    assert Counter(sides) == {"train": 47056, "valid": 2617, "test": 2620}
    assert (sides[47055], sides[47056], sides[49672], sides[49673]) == (
        *("train", "valid"),
        *("valid", "test"),
    )


@given(st.integers(20, 5000))
def test_other_numbers_of_lines_are_split_by_shares(lines):
    sides = [split_of_line(line, lines) for line in range(lines)]
    counts = Counter(sides)
    assert sides == sorted(sides, key=("train", "valid", "test").index)
    assert counts["valid"] == pytest.approx(0.05 * lines, abs=1)
    assert counts["test"] == pytest.approx(0.05 * lines, abs=1)


def test_lines_count_for_the_split_also_where_they_are_dropped(release):
    tied = "Positive-{a}#Negative-{b}"
    rows = [(f"sw02005_{n}", "0.5", "2.5", tied) for n in range(19)]
    write_labels(release, *rows, ("sw02005_19", "2.5", "4", NEUTRAL))
    assert [utt.split for utt in parse(release).utterances] == ["test"]


def test_a_split_by_lines_says_how_much_its_sides_share(release):
    rows = [(f"sw02005_{n}", "0.5", "2.5", NEUTRAL) for n in range(19)]
    write_labels(release, *rows, ("sw02005_19", "2.5", "4", NEUTRAL))
    assert (
        "split by line order: 1 of 1 conversations and 1 of 2 speakers are on more than one side"
        in parse(release).notes
    )


def utterances_of(calls):
    """Calls are (caller, caller, utterances of the first, utterances of the second)."""
    return [
        Utterance(f"{caller}-{n}-{side}-{k}", caller, Path("a"), recording=f"sw{n:05}-{side}")
        for n, (first, second, *counts) in enumerate(calls)
        for side, caller, count in zip("AB", (first, second), counts, strict=True)
        for k in range(count)
    ]


CALLER = st.integers(1000, 1040).map("sw{}".format)
COUNT = st.integers(0, 9)
CALLS = st.lists(st.tuples(CALLER, CALLER, COUNT, COUNT), max_size=80)


@given(CALLS)
def test_no_speaker_and_no_conversation_is_on_two_sides(calls):
    utterances = utterances_of(calls)
    dropped = defaultdict(list)
    kept = split_by_speaker(utterances, dropped)
    sides = defaultdict(set)
    for utt in kept:
        sides[utt.speaker].add(utt.split)
        sides[conversation_of(utt)].add(utt.split)
    assert all(len(of_one) == 1 for of_one in sides.values())
    left_out = [utt for ids in dropped.values() for utt in ids]
    assert sorted([utt.id for utt in kept] + left_out) == sorted(utt.id for utt in utterances)


@given(CALLS)
def test_only_who_talks_with_a_held_out_caller_is_left_out(calls):
    utterances = utterances_of(calls)
    dropped = defaultdict(list)
    kept = split_by_speaker(utterances, dropped)
    for side, reason in OTHER_SIDE.items():
        held_out = [utt for utt in kept if utt.split == f"{side}_by_speaker"]
        conversations = {conversation_of(utt) for utt in held_out}
        for utt in utterances:
            if utt.id in dropped[reason]:
                assert conversation_of(utt) in conversations
                assert utt.speaker not in {other.speaker for other in held_out}


@given(CALLS, st.randoms(use_true_random=False))
def test_a_split_by_speaker_does_not_depend_on_the_order(calls, random):
    utterances = utterances_of(calls)
    before = {utt.id: utt.split for utt in split_by_speaker(utterances, defaultdict(list))}
    random.shuffle(utterances)
    after = {utt.id: utt.split for utt in split_by_speaker(utterances, defaultdict(list))}
    assert before == after


def test_a_split_by_speaker_holds_out_five_percent_each():
    callers = [f"sw{1000 + n}" for n in range(100)]
    calls = [(callers[n], callers[(n + k) % 100], 5, 5) for n in range(100) for k in (1, 7)]
    dropped = defaultdict(list)
    kept = split_by_speaker(utterances_of(calls), dropped)
    counts = Counter(utt.split for utt in kept)
    for side in ("valid", "test"):
        assert 100 <= counts[f"{side}_by_speaker"] <= 120
    first = min(callers, key=lambda caller: hashlib.sha256(caller.encode()).hexdigest())
    assert {utt.split for utt in kept if utt.speaker == first} == {"test_by_speaker"}
    assert {reason: len(ids) for reason, ids in dropped.items()} == {
        "other side of a test conversation": pytest.approx(100, abs=20),
        "other side of a validation conversation": pytest.approx(100, abs=20),
    }
