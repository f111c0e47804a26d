"""Whatever a header says, it is read or refused; what is slightly wrong in it is counted."""

import pytest
import soundfile
from hostile.audio_files import SIZED, sound, written
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sentemo.core.errors import SentemoError
from sentemo.data.audio import read_header, sound_level
from sentemo.data.extraction import extract
from sentemo.data.kaldi import Utterance

SIZES = st.sampled_from(
    [b"\xff" * 4, b"\xff" * 8, bytes(4), bytes(8), b"\xff" * 3 + b"\x7f", b"\x7f" + b"\xff" * 7]
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(sorted(SIZED)),
    edits=st.lists(
        st.tuples(st.integers(0, 200), st.one_of(SIZES, st.binary(max_size=8))), max_size=4
    ),
    length=st.integers(0, 2000),
)
def test_any_header_is_an_answer_or_an_error_of_ours(tmp_path, kind, edits, length):
    content = bytearray(written(kind)[:length])
    for place, new in edits:
        content[place : place + len(new)] = new
    path = tmp_path / f"x.{SIZED[kind][2]}"
    path.write_bytes(content)
    try:
        header = read_header(path)
    except SentemoError as error:
        assert str(error).startswith(f"{path}: ")
    else:
        assert 0 < header.frames <= soundfile.info(path).frames


@pytest.mark.parametrize("kind", SIZED)
def test_a_whole_file_of_any_encoding_has_its_level(tmp_path, kind):
    path = tmp_path / f"x.{SIZED[kind][2]}"
    path.write_bytes(written(kind))
    assert sound_level(path) == pytest.approx(-15.2, abs=4)  # lossy codecs drop much of a noise


def test_a_wrong_header_that_does_not_matter_is_counted(tmp_path):
    utterances = []
    for name, loudness in (("a", 1), ("b", 0.5)):
        path = tmp_path / f"{name}.wav"
        content = bytearray(written("wav", loudness * sound()))
        content[40:44] = (int.from_bytes(content[40:44], "little") + 44).to_bytes(4, "little")
        path.write_bytes(content)
        utterances.append(Utterance(name, name, path))
    notes = extract(utterances, tmp_path / "feats", "raw")["notes"]
    assert notes == ["its header announces up to 44 bytes too many: 2 recordings"]
