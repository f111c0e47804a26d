import os
import re
import statistics
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from measure_speech import level, median_pitch, pitch_range
from mini_files import files_of

from sentemo.bin.make_mini_corpus import main
from sentemo.core.errors import SentemoError
from sentemo.corpora import emodb
from sentemo.corpora.mini.emodb import EMODB_EMOTIONS, plan

NAME = re.compile(r"(\d\d)([ab]\d\d)([WFTN])([a-z])")
ROW = re.compile(r"\d+\xa0\xa0\t\d\d[ab]\d\d[A-Z][a-z]\.wav\t\d+,\d\d\xa0{5}\t\d+,\d\d\xa0{5}")


def make(dest, *options):
    main(["--corpus", "emodb", "--dest", str(dest), *map(str, options)])


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """The default corpus, at a path with a space."""
    dest = tmp_path_factory.mktemp("mini") / "a corpus"
    make(dest)
    return dest


@pytest.fixture(scope="module")
def recordings(corpus):
    """Samples of each file by emotion letter, as (name, samples)."""
    by_emotion = defaultdict(list)
    for path in sorted((corpus / "wav").iterdir()):
        samples, _ = soundfile.read(path, dtype="int16")
        by_emotion[NAME.fullmatch(path.stem)[3]].append((path.stem, samples))
    return by_emotion


@given(seed=st.integers(0, 10**6), per_speaker=st.integers(4, 100))
def test_any_plan_is_a_valid_emodb(seed, per_speaker):
    planned = plan(seed, per_speaker)
    names = [utterance.name for utterance in planned]
    assert names == sorted(set(names))
    parts = [NAME.fullmatch(name).groups() for name in names]
    assert Counter(speaker for speaker, *_ in parts) == dict.fromkeys(emodb.GENDERS, per_speaker)
    assert {text for _, text, *_ in parts} <= emodb.TEXTS.keys()
    shares = Counter((speaker, emotion) for speaker, _, emotion, _ in parts)
    assert len(shares) == 40
    assert max(shares.values()) - min(shares.values()) <= 1


@given(seed=st.integers(0, 10**6), few=st.integers(4, 100), more=st.integers(4, 100))
def test_a_larger_plan_keeps_the_smaller_ones_utterances(seed, few, more):
    few, more = sorted((few, more))
    assert set(plan(seed, few)) <= set(plan(seed, more))


def test_another_seed_is_another_corpus():
    assert plan(0, 8) != plan(1, 8)


def test_each_emotion_prefers_its_texts():
    counts = Counter((u.name[5], u.text) for u in plan(0, 100))
    for letter, emotion in EMODB_EMOTIONS.items():
        commonest = sorted(emodb.TEXTS, key=lambda text: -counts[letter, text])[:3]
        assert set(commonest) == set(emotion.texts)
        assert all(counts[letter, text] > 0 for text in emodb.TEXTS)


def test_recordings_are_like_the_originals(corpus):
    paths = sorted((corpus / "wav").iterdir())
    assert len(paths) == 80
    for path in paths:
        info = soundfile.info(path)
        assert (info.samplerate, info.channels, info.subtype) == (16000, 1, "PCM_16")
        assert 1 < info.duration < 10
        samples, _ = soundfile.read(path, dtype="int16")
        assert abs(samples.astype(int)).max() < 32767, f"{path.name} is clipped"
        assert (samples[-800:] != 0).any(), f"{path.name} ends in digital silence"


def test_the_listening_test_has_the_originals_format(corpus):
    content = (corpus / "erkennung.txt").read_bytes().decode("latin-1")
    header, *rows = content.removesuffix("\n").split("\n")
    assert header == "Nr.\tSatz\terkannt\tnatuerlich"
    assert all(ROW.fullmatch(row) for row in rows)
    assert [int(row.split("\xa0")[0]) for row in rows] == list(range(1, 81))
    assert {row.split("\t")[1] for row in rows} == {p.name for p in (corpus / "wav").iterdir()}


def test_the_format_is_that_of_the_real_corpus():
    if "EMODB" not in os.environ:
        pytest.skip("EMODB does not name the real corpus")
    content = (Path(os.environ["EMODB"]) / "erkennung.txt").read_bytes().decode("latin-1")
    header, *rows, _ = content.splitlines()  # the last row lacks two of its spaces
    assert header == "Nr.\tSatz\terkannt\tnatuerlich"
    assert all(ROW.fullmatch(row) for row in rows)


def test_the_recipe_of_emodb_reads_it(corpus):
    parsed = emodb.parse_emodb(corpus, ["happy", "neutral", "sad", "angry"], allow_partial=True)
    labels = Counter(utterance.label for utterance in parsed.utterances)
    assert labels == {"happy": 20, "neutral": 20, "sad": 20, "angry": 20}
    assert len({utterance.speaker for utterance in parsed.utterances}) == 10


def mean_by_emotion(recordings, measure):
    return {
        letter: statistics.mean(measure(name, samples) for name, samples in spoken)
        for letter, spoken in recordings.items()
    }


def seconds_per_character(name, samples):
    return len(samples) / 16000 / len(emodb.TEXTS[name[2:5]])


def test_anger_is_loud_and_sadness_quiet(recordings):
    mean = mean_by_emotion(recordings, lambda name, samples: level(samples))
    assert mean["W"] > mean["F"] + 1 > mean["N"] + 2 > mean["T"] + 4


def test_anger_is_fast_and_sadness_slow(recordings):
    mean = mean_by_emotion(recordings, seconds_per_character)
    assert mean["W"] < mean["F"] < mean["N"] < 0.9 * mean["T"]


def test_anger_and_happiness_are_high_and_sadness_low(recordings):
    mean = mean_by_emotion(recordings, lambda name, samples: median_pitch(samples, 16000))
    assert min(mean["W"], mean["F"]) > mean["N"] + 2
    assert mean["N"] > mean["T"] + 2


def test_anger_and_happiness_have_a_wide_range_and_sadness_a_narrow_one(recordings):
    mean = mean_by_emotion(recordings, lambda name, samples: pitch_range(samples, 16000))
    assert min(mean["W"], mean["F"]) > mean["N"] > mean["T"]


def test_women_speak_higher_than_men(recordings):
    pitches = defaultdict(list)
    for name, samples in recordings["N"]:
        pitches[emodb.GENDERS[name[:2]]].append(median_pitch(samples, 16000))
    assert min(pitches["female"]) > max(pitches["male"])


def test_no_single_measure_tells_the_emotions_apart(recordings):
    """Neighbouring emotions overlap, so that a classifier has to combine several measures."""
    for measure in (seconds_per_character, lambda name, samples: level(samples)):
        for quieter, louder in ("TN", "NF", "FW"):
            below = [measure(name, samples) for name, samples in recordings[quieter]]
            above = [measure(name, samples) for name, samples in recordings[louder]]
            assert max(below) > min(above)
            assert max(above) > min(below)


def test_two_runs_are_equal_byte_for_byte(corpus, tmp_path):
    command = [sys.executable, "-m", "sentemo.bin.make_mini_corpus", "--corpus", "emodb"]
    subprocess.run([*command, "--dest", str(tmp_path / "again")], check=True)
    assert files_of(tmp_path / "again") == files_of(corpus)


def test_a_second_call_does_nothing(corpus, capsys):
    before = {path: path.stat().st_mtime_ns for path in corpus.rglob("*")}
    make(corpus)
    assert capsys.readouterr().out == f"{corpus}: up to date\n"
    assert {path: path.stat().st_mtime_ns for path in corpus.rglob("*")} == before


def test_other_options_make_it_anew(tmp_path):
    dest = tmp_path / "corpus"
    dest.mkdir()  # an empty directory is nobody's loss
    make(dest, "--per_speaker", 4)
    before = files_of(dest)
    make(dest, "--per_speaker", 4, "--seed", 1)
    assert len(files_of(dest)) == len(before) == 41
    assert files_of(dest) != before
    assert [path.name for path in tmp_path.iterdir()] == ["corpus"]


def test_a_users_directory_is_never_touched(tmp_path):
    thesis = tmp_path / "wav" / "thesis.txt"
    thesis.parent.mkdir()
    thesis.write_text("five years")
    for dest in (tmp_path, thesis):
        with pytest.raises(SentemoError, match="is not a mini corpus"):
            make(dest)
    assert thesis.read_text() == "five years"


@pytest.mark.parametrize("count", [3, 101])
def test_a_count_out_of_range_leaves_nothing(tmp_path, count):
    with pytest.raises(SentemoError, match=f"--per_speaker {count}"):
        make(tmp_path / "corpus", "--per_speaker", count)
    assert list(tmp_path.iterdir()) == []


def test_a_seed_out_of_range_leaves_nothing(tmp_path, capsys):
    with pytest.raises(SystemExit):
        make(tmp_path / "corpus", "--seed", -1)
    assert "--seed: '-1' is not a whole number from 0" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_failure_keeps_the_corpus_that_was_there(corpus):
    before = files_of(corpus)
    with pytest.raises(SentemoError):
        make(corpus, "--per_speaker", 1)
    assert files_of(corpus) == before


@pytest.mark.parametrize("arguments", [["--corpus", "emodbb"], ["--corpus", "emodb", "--sed", "1"]])
def test_misspelt_arguments_end_with_status_2(tmp_path, arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        main([*arguments, "--dest", str(tmp_path / "corpus")])
    assert ended.value.code == 2
    assert arguments[-2] in capsys.readouterr().err
