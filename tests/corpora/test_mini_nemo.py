import statistics
from collections import Counter, defaultdict

import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from measure_speech import level, median_pitch
from mini_files import files_of

from sentemo.bin.make_mini_corpus import main
from sentemo.core.errors import SentemoError
from sentemo.corpora import nemo
from sentemo.corpora.mini.nemo import NEMO_EMOTIONS, NEMO_SPEAKERS, NEMO_TEXTS, plan
from sentemo.data.audio import read_headers


def make(dest, *options):
    main(["--corpus", "nemo", "--dest", str(dest), *map(str, options)])


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """The default corpus, at a path with a space."""
    dest = tmp_path_factory.mktemp("mini") / "a corpus"
    make(dest)
    return dest


@pytest.fixture(scope="module")
def recordings(corpus):
    """Samples of each file by emotion, as (speaker, samples)."""
    by_emotion = defaultdict(list)
    for path in sorted((corpus / "samples").glob("[A-Z]*.wav")):
        samples, _ = soundfile.read(path, dtype="int16")
        speaker, emotion, _ = path.stem.split("_")
        by_emotion[emotion].append((speaker, samples))
    return by_emotion


@given(seed=st.integers(0, 10**6), per_speaker=st.integers(6, 100))
def test_any_plan_is_a_valid_nemo(seed, per_speaker):
    planned = plan(seed, per_speaker)
    names = [recording.name for recording in planned]
    assert names == sorted(set(names))
    assert Counter(r.speaker for r in planned) == dict.fromkeys(nemo.GENDER_AND_AGE, per_speaker)
    assert {r.emotion for r in planned} == nemo.LABEL_OF_EMOTION.keys()
    assert {r.sentence for r in planned} <= set(range(1, nemo.SENTENCES + 1))
    shares = Counter((r.speaker, r.emotion) for r in planned)
    assert len(shares) == 9 * 6 - 1
    assert ("MK0", "surprised") not in shares  # as in the original
    for speaker in NEMO_SPEAKERS:
        own = [count for (name, _), count in shares.items() if name == speaker]
        assert max(own) - min(own) <= 1


@given(seed=st.integers(0, 10**6), few=st.integers(6, 100), more=st.integers(6, 100))
def test_a_larger_plan_keeps_the_smaller_ones_recordings(seed, few, more):
    few, more = sorted((few, more))
    assert set(plan(seed, few)) <= set(plan(seed, more))


def test_another_seed_is_another_corpus():
    assert plan(0, 8) != plan(1, 8)


def test_every_sentence_is_said_in_every_emotion():
    said = Counter((r.sentence, r.emotion) for r in plan(0, 100) if r.speaker == "MK0")
    assert len(said) == 5 * len(NEMO_TEXTS)


def test_recordings_are_like_the_originals(corpus):
    paths = sorted((corpus / "samples").glob("[A-Z]*.wav"))
    assert len(paths) == 72
    for path in paths:
        info = soundfile.info(path)
        assert (info.samplerate, info.channels, info.subtype) == (24000, 1, "PCM_16")
        assert 0.5 < info.duration < 6
        samples, _ = soundfile.read(path, dtype="int16")
        assert abs(samples.astype(int)).max() < 32767, f"{path.name} is clipped"
        assert (samples[-800:] != 0).any(), f"{path.name} ends in digital silence"


def test_the_recipe_of_nemo_reads_it(corpus):
    parsed = nemo.parse_nemo(corpus, list(nemo.LABEL_OF_EMOTION.values()), allow_partial=True)
    assert len(parsed.utterances) == 72
    assert {utt.speaker for utt in parsed.utterances} == nemo.GENDER_AND_AGE.keys()
    assert {reason: len(items) for reason, items in parsed.dropped.items()} == {
        "macOS resource file": 1
    }
    assert len(parsed.notes) == 2  # other counts of emotions, and of speakers
    assert {h.rate for h in read_headers(u.audio for u in parsed.utterances).values()} == {24000}


def test_anger_is_loud_and_sadness_quiet_and_low(recordings):
    loudness = {
        emotion: statistics.mean(level(samples) for _, samples in spoken)
        for emotion, spoken in recordings.items()
    }
    pitch = {
        emotion: statistics.mean(median_pitch(samples, 24000) for _, samples in spoken)
        for emotion, spoken in recordings.items()
    }
    assert loudness.keys() == NEMO_EMOTIONS.keys()
    assert loudness["anger"] > loudness["neutral"] + 1 > loudness["sadness"] + 3
    assert min(pitch["surprised"], pitch["happiness"]) > pitch["neutral"] > pitch["sadness"]


def test_women_speak_higher_than_men(recordings):
    pitches = defaultdict(list)
    for speaker, samples in recordings["neutral"]:
        gender, _ = nemo.GENDER_AND_AGE[speaker]
        pitches[gender].append(median_pitch(samples, 24000))
    assert min(pitches["female"]) > max(pitches["male"])


def test_two_runs_are_equal_byte_for_byte(corpus, tmp_path):
    make(tmp_path / "again")
    assert files_of(tmp_path / "again") == files_of(corpus)


@pytest.mark.parametrize("per_speaker", [5, 101])
def test_an_option_out_of_range_leaves_nothing(tmp_path, per_speaker):
    with pytest.raises(SentemoError, match=f"--per_speaker {per_speaker}: 6 "):
        make(tmp_path / "corpus", "--per_speaker", per_speaker)
    assert list(tmp_path.iterdir()) == []
