import statistics
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from mini_files import files_of

from sentemo.bin import check_data_dir, make_mini_corpus, prepare_corpus
from sentemo.core.errors import SentemoError
from sentemo.corpora.mini.english import TEXTS_OF_EMOTION
from sentemo.corpora.mini.swbd_calls import plan
from sentemo.corpora.swbd_sentiment import parse_swbd_sentiment

RECIPE = Path(__file__).parents[2] / "egs/swbd_sentiment"


def make(dest):
    make_mini_corpus.main(["--corpus", "swbd_sentiment", "--dest", str(dest)])


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """The default corpus, at a path with a space."""
    dest = tmp_path_factory.mktemp("mini") / "a corpus"
    make(dest)
    return dest


def parse(corpus, split="paper"):
    return parse_swbd_sentiment(corpus / "LDC97S62", corpus / "LDC2020T14", split, True)


@pytest.fixture(scope="module")
def parsed(corpus):
    return parse(corpus)


@given(seed=st.integers(0, 10**6), per_speaker=st.integers(4, 100))
def test_any_plan_lets_every_caller_talk_to_four_others(seed, per_speaker):
    *calls, traps = plan(seed, per_speaker)
    spoken, others, emotions = Counter(), defaultdict(set), defaultdict(Counter)
    for call in calls:
        for turn in call.turns:
            caller = call.callers["AB".index(turn.side)]
            spoken[caller] += 1
            emotions[caller][turn.emotion] += 1
        for caller, other in (call.callers, call.callers[::-1]):
            others[caller].add(other)
    assert list(spoken.values()) == [per_speaker] * 10
    assert all(len(of_one) == 4 for of_one in others.values())
    assert all(max(of_one.values()) - min(of_one.values()) <= 1 for of_one in emotions.values())
    assert len(traps.turns) == 4


@pytest.mark.parametrize("per_speaker", [3, 101])
def test_a_plan_has_limits(per_speaker):
    with pytest.raises(SentemoError, match=rf"--per_speaker {per_speaker}: 4 .* to 100"):
        plan(0, per_speaker)


def test_the_same_seed_makes_the_same_bytes(corpus, tmp_path):
    make(tmp_path / "again")
    assert files_of(tmp_path / "again") == files_of(corpus)
    assert plan(1, 8) != plan(0, 8)


def test_the_parser_meets_every_trap(parsed):
    assert {reason: len(items) for reason, items in parsed.dropped.items()} == {
        "macOS resource file": 5,
        "tied votes": 1,
        "no vote for a class": 1,
        "utterance named before": 1,
        "ambiguous side: both callers have such a segment": 1,
        "no transcript segment within 0.05 s": 1,
    }
    assert Counter(utt.label for utt in parsed.utterances) == {
        "negative": 40,
        "neutral": 21,
        "positive": 20,
    }
    after_last = Counter()  # seconds from the last word's end to the label's, which may be shifted
    for utt in parsed.utterances:
        last = parsed.words[utt.id][-1]
        after_last[round(utt.end - utt.start - last.start - last.duration, 3)] += 1
    assert {0.0, 0.02} <= after_last.keys()
    suffixes = {utt.audio.suffix for utt in parsed.utterances}
    assert suffixes == {".sph", ".SPH"}
    tagged = " ".join(parsed.tables["text_tagged"].values())
    for tag in ("[laughter-", "[laughter]", "]-", "_1", "/", "<b_aside>", "[vocalized-noise]"):
        assert tag in tagged
    assert any(len(votes.split()) == 2 for votes in parsed.tables["utt2votes"].values())
    assert 0.5 < statistics.mean(parsed.agreement.values()) < 1


def test_recordings_are_like_the_originals_and_only_the_caller_is_heard(parsed):
    for utt in parsed.utterances:
        info = soundfile.info(utt.audio)
        assert (info.format, info.subtype) == ("NIST", "ULAW")
        assert (info.samplerate, info.channels) == (8000, 2)
        start, end = round(utt.start * 8000), round(utt.end * 8000)
        samples, _ = soundfile.read(utt.audio, start=start, stop=end)
        level = np.sqrt(np.mean(samples**2, axis=0))
        assert level[utt.channel] > 20 * level[1 - utt.channel]


def test_words_fit_their_utterances(parsed):
    for utt in parsed.utterances:
        words = parsed.words[utt.id]
        assert max(word.start + word.duration for word in words) <= utt.end - utt.start + 1e-9
        assert [word.text for word in words if word.text[0] != "["] == utt.text.split()


def test_words_go_with_the_sentiment():
    of_emotion = defaultdict(list)
    for call in plan(0, 40):
        for turn in call.turns:
            of_emotion[turn.emotion].append(turn.line.text in TEXTS_OF_EMOTION[turn.emotion])
    assert all(statistics.mean(found) > 0.5 for found in of_emotion.values())


@pytest.mark.parametrize("split", ["paper", "speaker"])
def test_the_recipe_prepares_it_for_both_splits(corpus, split, tmp_path, capsys):
    data = tmp_path / "my data"
    folders = ["--swbd_dir", corpus / "LDC97S62", "--sentiment_dir", corpus / "LDC2020T14"]
    options = ["--split", split, "--allow_partial", "true", "--dest", data]
    prepare_corpus.main([str(argument) for argument in ("swbd_sentiment", *folders, *options)])
    assert "SWBD-sentiment look-alike" in capsys.readouterr().out
    options = ["--labels", RECIPE / "labels.txt", "--folds", RECIPE / f"folds/{split}.tsv"]
    command = [data, *options, "--convert_audio", "true"]
    check_data_dir.main([str(argument) for argument in command])
    output = capsys.readouterr().out
    assert "10 speakers" in output
    assert ("not speaker-disjoint: 6 of 10 known speakers" in output) == (split == "paper")


@pytest.mark.parametrize("split", ["paper", "speaker"])
def test_each_side_of_a_split_has_each_class(corpus, split):
    sides = {(utt.split, utt.label) for utt in parse(corpus, split).utterances}
    assert len(sides) == 9


def test_the_split_by_lines_has_conversations_on_several_sides(parsed):
    assert "split by line order: 9 of 21 conversations and 6 of 10 speakers" in parsed.notes[-1]
