"""Reading word times that stage data wrote."""

import pytest

from sentemo.core.errors import SentemoError
from sentemo.data.kaldi import Utterance
from sentemo.data.preparation import ParsedCorpus, write_data_dir
from sentemo.data.word_times import Word, read_word_times


def test_what_stage_data_writes_is_read_back_in_order(tmp_path, make_audio):
    utt = Utterance("u-1", "u", make_audio(tmp_path / "u.wav"))
    words = {"u-1": [Word(0.2, 0.05, "Größe"), Word(0.0, 0.1, "[LAUGHTER]")]}
    write_data_dir(tmp_path / "data", ParsedCorpus([utt], words=words))
    (first, second) = read_word_times(tmp_path / "data" / "words.ctm")["u-1"]
    assert first == Word(0.0, 0.1, "[LAUGHTER]")
    assert (second.text, second.start, second.end) == ("Größe", 0.2, pytest.approx(0.25))


@pytest.mark.parametrize("line", ["u 1 0.0 0.1", "u 1 x 0.1 a", "u 1 -1 0.1 a", "u 1 0 nan a", ""])
def test_every_line_that_is_none_is_named(tmp_path, line):
    (tmp_path / "words.ctm").write_text(f"u 1 0.0 0.1 a\n{line}\n")
    with pytest.raises(SentemoError, match=r"words\.ctm:2"):
        read_word_times(tmp_path / "words.ctm")
