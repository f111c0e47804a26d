from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from sentemo.core.errors import SentemoError
from sentemo.data import perturbation
from sentemo.data.kaldi import Utterance, read_data_dir
from sentemo.data.perturbation import Speed, copy_of, trainable, write_copies
from sentemo.data.splits import Fold, side_of_fold
from sentemo.launch.workers import InThisProcess, LocalWorkers

SLOWER, FASTER = Decimal("0.9"), Decimal("1.1")


def tone(hertz, seconds=1.0, rate=16000):
    return np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate).astype(np.float32)


def pitch(samples, rate=16000):
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return np.argmax(spectrum) * rate / len(samples)


@pytest.mark.parametrize("factor", ["0.5", "0.9", "0.95", "1.1", "1.15", "2"])
def test_pitch_and_tempo_change_together(factor):
    copy = Speed(Decimal(factor))(tone(440), "a")
    assert len(copy) == round(16000 / float(factor))
    assert pitch(copy) == pytest.approx(440 * float(factor), abs=2)
    assert np.abs(copy[500:-500]).max() == pytest.approx(1, abs=0.01)


def test_what_a_faster_copy_cannot_hold_does_not_come_back_as_another_pitch():
    copy = Speed(FASTER)(tone(7600), "a")  # would be 8360 Hz, beyond the 8000 of 16 kHz
    assert np.abs(copy[500:-500]).max() < 0.01


names = st.lists(st.sampled_from("abcdefgh"), min_size=3, max_size=8, unique=True)


@st.composite
def divisions(draw):
    """Utterances, and folds that name their speakers or the parts of their partition."""
    speakers = draw(names)
    parts = [draw(st.sampled_from(speakers)) for _ in range(12)]
    utterances = [
        Utterance(f"{s}-{n}", s, Path("none.wav"), split=parts[n]) for s in speakers for n in (1, 2)
    ]
    by = draw(st.sampled_from(["speaker", "split"]))
    folds = []
    for number in range(1, draw(st.integers(1, 3)) + 1):
        order = draw(st.permutations(speakers))
        first, second = sorted(draw(st.tuples(*[st.integers(0, len(order))] * 2)))
        folds.append(
            Fold(
                number, tuple(order[second:]), tuple(order[:first]), tuple(order[first:second]), by
            )
        )
    return utterances, folds


@given(divisions())
def test_copies_only_stand_where_their_original_trains(division):
    utterances, folds = division
    factors = (SLOWER, FASTER)
    copies = [
        copy_of(utt, Speed(factor).prefix, Path("dump")) for utt in utterances for factor in factors
    ]
    for fold in folds:
        sides = {
            s: side_of_fold([*utterances, *copies], fold, s) for s in ("train", "valid", "test")
        }
        assert all(utt.original is None for utt in sides["valid"] + sides["test"])
        trained = [utt.id for utt in sides["train"] if utt.original is None]
        copied = sorted(utt.original for utt in sides["train"] if utt.original is not None)
        assert copied == sorted(trained * len(factors))


def test_what_never_trains_is_not_copied():
    def parts(*names):
        return [Utterance(str(n), "s", Path("x"), split=name) for n, name in enumerate(names)]

    official = parts("train-clean-100", "dev-clean", "train_by_speaker", "test1")
    assert trainable(official) == [official[0], official[2]]
    assert trainable(parts(None, None)) == parts(None, None)
    # Divided by speakers, whatever the part is called.
    assert trainable(parts("test-clean", "test-clean")) == parts("test-clean", "test-clean")


def test_a_copy_is_a_voice_of_its_own_with_the_same_content(tmp_path):
    original = Utterance(
        "ann-1", "ann", Path("a.wav"), "calm", "well", avd=(1, 2, 3), split="train", channel=1
    )
    assert copy_of(original, "sp0.9-", tmp_path) == Utterance(
        *("sp0.9-ann-1", "sp0.9-ann", tmp_path / "sp0.9-ann-1.flac", "calm", "well"),
        avd=(1, 2, 3),
        split="train",
        original="ann-1",
    )


def test_the_number_of_processes_changes_nothing(small_data_dir, tmp_path, monkeypatch):
    monkeypatch.setattr(perturbation, "UTTERANCES_PER_JOB", 3)
    originals = read_data_dir(small_data_dir)
    results = []
    for workers in (InThisProcess(), LocalWorkers(2)):
        copies, summary = write_copies(
            originals, [Speed(SLOWER), Speed(FASTER)], tmp_path / "speed", workers
        )
        files = {path.name: path.read_bytes() for path in (tmp_path / "speed").iterdir()}
        results.append((copies, summary, files))
    assert results[0] == results[1]
    assert len(results[0][2]) == 17  # and the summary
    for copy in results[0][0]:
        info = soundfile.info(copy.audio)
        assert (info.format, info.subtype, info.samplerate) == ("FLAC", "PCM_16", 16000)


def test_samples_beyond_full_scale_are_clipped_never_wrapped(tmp_path):
    loud = np.sign(tone(311)) * np.float32(32767 / 32768)
    soundfile.write(tmp_path / "loud.wav", loud, 16000)
    expected = Speed(FASTER)(soundfile.read(tmp_path / "loud.wav", dtype="float32")[0], "loud")
    assert expected.max() > 1.05  # the test's own condition
    copies, summary = write_copies(
        [Utterance("a", "s", tmp_path / "loud.wav")], [Speed(FASTER)], tmp_path / "speed"
    )
    written = soundfile.read(copies[0].audio, dtype="float32")[0]
    assert np.abs(written - expected.clip(-1, 1)).max() <= 1 / 32768
    assert summary["clipped_copies"] == 1
    assert summary["clipped_samples"] == pytest.approx((np.abs(expected) > 1).sum(), rel=0.01)


def test_copies_too_short_for_features_are_named_and_not_written(tmp_path, make_audio):
    audio = make_audio(tmp_path / "short.wav", seconds=0.026)
    copies, summary = write_copies(
        [Utterance("a-1", "a", audio)], [Speed(SLOWER), Speed(FASTER)], tmp_path / "speed"
    )
    assert [copy.id for copy in copies] == ["sp0.9-a-1"]
    assert summary["too_short"] == ["sp1.1-a-1"]
    assert not list((tmp_path / "speed").glob("sp1.1*"))


def test_all_bad_audio_is_named_and_nothing_is_written(small_data_dir, tmp_path, make_audio):
    nan = tmp_path / "nan.wav"
    soundfile.write(nan, np.full(8000, np.nan), 16000, subtype="FLOAT")
    originals = [
        *read_data_dir(small_data_dir),
        Utterance("x1", "x", nan),
        Utterance("x2", "x", make_audio(tmp_path / "cd.wav", rate=44100, channels=2)),
    ]
    with pytest.raises(SentemoError) as error:
        write_copies(originals, [Speed(SLOWER)], tmp_path / "dump" / "speed")
    message = str(error.value)
    assert "2 problems" in message
    assert "nan.wav: samples that are NaN" in message
    assert "cd.wav: 44100 Hz, 2 channel(s)" in message
    assert "--convert_audio true" in message
    assert list((tmp_path / "dump").iterdir()) == []

    del originals[-2]
    copies, _ = write_copies(originals, [Speed(SLOWER)], tmp_path / "dump" / "speed", convert=True)
    info = soundfile.info(copies[-1].audio)
    assert (info.samplerate, info.channels) == (16000, 1)
    assert info.duration == pytest.approx(0.3 / 0.9, abs=0.001)


def test_an_id_with_a_slash_stays_in_the_folder(small_data_dir, tmp_path):
    audio = read_data_dir(small_data_dir)[0].audio
    originals = [Utterance("../../a", "a", audio), Utterance("..%2F../a", "a", audio)]
    copies, _ = write_copies(originals, [Speed(SLOWER)], tmp_path / "speed")
    assert len({copy.audio for copy in copies}) == 2
    assert {copy.audio.parent for copy in copies} == {tmp_path / "speed"}
    assert all(copy.audio.is_file() for copy in copies)
