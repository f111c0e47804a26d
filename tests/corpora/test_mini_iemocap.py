import re
import statistics
from collections import Counter, defaultdict
from pathlib import Path

import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from mini_files import files_of

from sentemo.bin import check_data_dir, make_mini_corpus, prepare_corpus
from sentemo.core.errors import SentemoError
from sentemo.corpora.iemocap import parse_iemocap
from sentemo.corpora.mini.english import TEXTS_OF_EMOTION
from sentemo.corpora.mini.iemocap import plan

RECIPE = Path(__file__).parents[2] / "egs/iemocap"
FOUR = ["neutral", "happy", "sad", "angry"]
NAME = re.compile(r"Ses0[1-5][FM]_(impro|script)\d\d(a|_\d)?_[FM]\d{3}")


def make(dest):
    make_mini_corpus.main(["--corpus", "iemocap", "--dest", str(dest)])


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """The default corpus, at a path with a space."""
    dest = tmp_path_factory.mktemp("mini") / "a corpus"
    make(dest)
    return dest


@pytest.fixture(scope="module")
def parsed(corpus):
    return parse_iemocap(corpus, FOUR, allow_partial=True)


@given(seed=st.integers(0, 10**6), per_speaker=st.integers(4, 100))
def test_any_plan_is_balanced(seed, per_speaker):
    planned = plan(seed, per_speaker)
    names = [utterance.name for utterance in planned]
    assert len(set(names)) == len(names)
    assert all(NAME.fullmatch(name) for name in names)
    of_four = [u for u in planned if u.label not in ("no_agreement", "frustrated")]
    assert len(planned) - len(of_four) == 10
    assert set(Counter(u.name[:5] + u.name[-4] for u in of_four).values()) == {per_speaker}
    assert {u.label for u in of_four} == {*FOUR, "excited"}
    strange = sum(u.name[5] != u.name[-4] for u in of_four)
    assert abs(strange / len(of_four) - 0.5) < 0.15
    for utterance in planned:
        chosen = Counter(vote[0] for vote in utterance.votes[:3] if len(vote) == 1)
        agreed = [label for label, count in chosen.items() if count > 1]
        assert agreed in ([], [utterance.label])


@pytest.mark.parametrize("per_speaker", [3, 101])
def test_a_plan_has_limits(per_speaker):
    with pytest.raises(SentemoError, match=rf"--per_speaker {per_speaker}: 4 .* to 100"):
        plan(0, per_speaker)


def test_the_same_seed_makes_the_same_bytes(corpus, tmp_path):
    make(tmp_path / "again")
    assert files_of(tmp_path / "again") == files_of(corpus)
    assert plan(1, 8) != plan(0, 8)


def test_the_parser_meets_every_trap(corpus, parsed):
    assert Counter(utt.label for utt in parsed.utterances) == dict.fromkeys(FOUR, 20)
    assert set(Counter(utt.speaker for utt in parsed.utterances).values()) == {8}
    assert {reason: len(items) for reason, items in parsed.dropped.items()} == {
        "macOS resource file": 40,
        "annotators did not agree (xxx)": 5,
        "class not in labels: frustrated": 5,
        "transcript line without wav": 20,
        "transcript line with a letter instead of an utterance": 20,
    }
    nine = parse_iemocap(corpus, [*FOUR, "excited"], allow_partial=True)
    assert Counter(utt.label for utt in nine.utterances)["excited"] == 10
    improvised = parse_iemocap(corpus, FOUR, subset="improvised", allow_partial=True)
    assert Counter(utt.label for utt in improvised.utterances) == dict.fromkeys(FOUR, 10)
    everything = parse_iemocap(corpus, FOUR, target="avd", allow_partial=True)
    assert len(everything.utterances) == 90
    assert all(" C-" in votes for votes in everything.tables["utt2votes"].values())
    assert any("," in votes for votes in everything.tables["utt2votes"].values())
    assert any(tagged.startswith("[") for tagged in parsed.tables["text_tagged"].values())
    assert all("[" not in utt.text for utt in parsed.utterances)
    assert 0.5 < statistics.mean(parsed.agreement.values()) < 1


def test_word_times_fit_the_audio(parsed):
    (unaligned,) = {utt.id for utt in parsed.utterances} - parsed.words.keys()
    for utt in parsed.utterances:
        if utt.id == unaligned:
            continue
        words = parsed.words[utt.id]
        end = max(word.start + word.duration for word in words)
        assert end <= soundfile.info(utt.audio).duration
        heard = [word.text for word in words if not word.text.startswith("[")]
        assert heard == re.sub("[,.?]", "", utt.text).upper().split()


def test_recordings_are_like_the_originals(parsed):
    for utt in parsed.utterances:
        info = soundfile.info(utt.audio)
        assert (info.samplerate, info.channels, info.subtype) == (16000, 1, "PCM_16")
        assert 0.5 < info.duration < 6


def test_dimensions_and_words_go_with_the_emotion():
    planned = plan(0, 40)
    ratings, favourites = defaultdict(list), defaultdict(list)
    for utterance in planned:
        ratings[utterance.label] += utterance.ratings
        favourites[utterance.label].append(
            utterance.line.text in TEXTS_OF_EMOTION.get(utterance.label, ())
        )
    activation, valence = (
        {label: statistics.mean(rating[index] for rating in rs) for label, rs in ratings.items()}
        for index in (0, 1)
    )
    assert activation["angry"] > activation["neutral"] > activation["sad"]
    assert valence["happy"] > valence["neutral"] > valence["angry"]
    assert all(statistics.mean(favourites[label]) > 0.5 for label in FOUR)


def test_the_recipe_prepares_it_for_both_fold_files(corpus, tmp_path, capsys):
    data, labels = tmp_path / "my data", RECIPE / "labels.txt"
    command = ["iemocap", "--corpus_dir", corpus, "--labels", labels, "--dest", data]
    prepare_corpus.main([str(argument) for argument in (*command, "--allow_partial", "true")])
    assert "IEMOCAP look-alike" in capsys.readouterr().out
    for folds in ("loso", "session"):
        options = ["--labels", labels, "--folds", RECIPE / f"folds/{folds}.tsv"]
        check_data_dir.main([str(argument) for argument in (data, *options)])
        assert "80 utterances, 10 speakers" in capsys.readouterr().out
