import re
from dataclasses import replace

import pytest

from sentemo.core.errors import SentemoError
from sentemo.data.kaldi import Utterance, read_data_dir
from sentemo.data.preparation import ParsedCorpus, write_data_dir
from sentemo.data.tables import read_table


def test_a_data_dir_reads_back(small_data_dir):
    utterances = read_data_dir(small_data_dir)
    assert [utt.id for utt in utterances][:3] == ["a-happy", "a-sad", "b-happy"]
    first = utterances[0]
    assert (first.speaker, first.label, first.text) == ("a", "happy", "it is happy")
    assert first.audio.is_file()
    assert read_table(small_data_dir / "spk2utt")["b"] == "b-happy b-sad"
    assert float(read_table(small_data_dir / "utt2dur")["a-sad"]) == pytest.approx(0.4)


def test_segments_read_back(tmp_path, make_audio):
    audio = make_audio(tmp_path / "call.wav", seconds=2)
    parts = [
        Utterance("s-1", "s", audio, start=0.0, end=0.5, recording="call"),
        Utterance("t-2", "t", audio, start=0.75, end=2.01, recording="call"),
    ]
    write_data_dir(tmp_path / "all", ParsedCorpus(parts))
    assert read_data_dir(tmp_path / "all") == parts
    assert read_table(tmp_path / "all" / "wav.scp") == {"call": str(audio)}
    # Cut at the end of the recording.
    assert read_table(tmp_path / "all" / "utt2dur")["t-2"] == "1.2500"


def test_everything_that_an_utterance_can_have_reads_back(tmp_path, make_audio):
    audio = make_audio(tmp_path / "call.wav", seconds=2, channels=2)
    whole = Utterance("s-1", "s", audio, "sad", "oh no", channel=1, avd=(1.5, 2, 3), split="train")
    slow = Utterance("sp0.9-s-1", "sp0.9-s", audio, "sad", avd=(1, 2, 3), split="train")
    utterances = [whole, replace(slow, channel=0, original="s-1")]
    write_data_dir(tmp_path / "all", ParsedCorpus(utterances))
    assert read_data_dir(tmp_path / "all") == utterances
    assert read_table(tmp_path / "all" / "utt2avd")["s-1"] == "1.5000 2.0000 3.0000"
    assert read_table(tmp_path / "all" / "reco2file_and_channel")["s-1"] == "call B"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("wav.scp", "a-happy sox x.wav -t wav - |\n", "command in wav.scp: 1"),
        ("utt2spk", "a-happy a\n", "in wav.scp but not in utt2spk: 7"),
        ("utt2label", "a-happy happy\n", "in wav.scp but not in utt2label: 7"),
        ("text", "a-happy hello\nzz hello\n", "in text but not in wav.scp: 1"),
        ("segments", "a-happy a-happy 0.1\n", "malformed segment: 1"),
        ("segments", "a-happy zz 0 1\n", "segment of an unknown recording: 1"),
        ("segments", "a-happy a-sad 1.0 0.5\n", "segment without length: 1"),
        ("segments", "a-happy a-sad 0 nan\n", "segment without length: 1"),
        ("utt2avd", "a-happy 1 2 3\n", "in wav.scp but not in utt2avd: 7"),
        ("utt2avd", "a-happy 1 2\n", "malformed dimensions: 1"),
        ("utt2avd", "a-happy 1 2 nan\n", "malformed dimensions: 1"),
        ("utt2split", "a-happy train\n", "in wav.scp but not in utt2split: 7"),
        ("utt2uniq", "a-happy b-gone\n", "copy without its original: 1"),
        ("utt2uniq", "a-happy a-sad\na-sad b-sad\n", "copy without its original: 1"),
        ("reco2file_and_channel", "a-happy call C\n", "malformed channel: 1"),
        ("reco2file_and_channel", "zz call A\n", "channel of an unknown recording: 1"),
        ("wav.scp", "", "no utterances"),
    ],
)
def test_files_that_disagree_are_refused(small_data_dir, name, content, message):
    (small_data_dir / name).write_text(content)
    with pytest.raises(SentemoError, match=re.escape(message)):
        read_data_dir(small_data_dir)


def test_bad_lines_of_all_files_are_counted_together(small_data_dir):
    (small_data_dir / "utt2spk").write_text("a\n")
    (small_data_dir / "text").write_text("b x\na x\n")
    with pytest.raises(SentemoError, match="2 problems"):
        read_data_dir(small_data_dir)


def test_what_is_no_data_dir_says_so(tmp_path):
    with pytest.raises(SentemoError, match=r"missing file: 2(.|\n)*stage data"):
        read_data_dir(tmp_path)


def test_a_channel_is_told_whatever_the_file_is_called(tmp_path, make_audio):
    audio = make_audio(tmp_path / "my call.wav", channels=2)
    write_data_dir(tmp_path / "all", ParsedCorpus([Utterance("x", "s", audio, channel=1)]))
    assert read_data_dir(tmp_path / "all")[0].channel == 1


def test_kaldi_lists_originals_as_their_own(small_data_dir):
    ids = [utt.id for utt in read_data_dir(small_data_dir)]
    (small_data_dir / "utt2uniq").write_text("".join(f"{utt} {utt}\n" for utt in ids))
    assert {utt.original for utt in read_data_dir(small_data_dir)} == {None}
