"""Audio that is not what it claims is refused, or read with a note; the test prints its table."""

import re

import pytest
import soundfile
from hostile_audio import SIZED, Case, cut_short, written, wrong_sizes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sentemo.core.errors import SentemoError
from sentemo.data.audio import read_audio, read_header


def answer(case: Case, folder) -> tuple[str, bool]:
    """Read the file of a case, and return what happened and whether that is right."""
    path = folder / case.file
    path.write_bytes(case.content)
    try:
        header = read_header(path)
        samples = read_audio(path, header.rate, convert=True)
    except SentemoError as error:
        reason = str(error).removeprefix(f"{path}: ")
        wanted = case.answer if isinstance(case.answer, str) else None
        return f"refused: {reason}", wanted is not None and re.search(wanted, reason) is not None
    said = f"read: {len(samples)} samples" + (f" ({header.note})" if header.note else "")
    read = case.answer is None or case.answer == len(samples)
    return said, read and case.note in header.note


@pytest.mark.parametrize("cases", [cut_short, wrong_sizes])
def test_what_a_file_claims_is_compared_with_what_it_holds(tmp_path, capsys, cases):
    rows = [(case.name, *answer(case, tmp_path)) for case in cases()]
    with capsys.disabled():
        print(f"\n{cases.__name__.replace('_', ' ')}: {len(rows)} files")
        for name, said, right in rows:
            print(f"  {'  ' if right else '!!'} {name:<42} {said}")
    assert [row for row in rows if not row[2]] == []


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(sorted(SIZED)),
    edits=st.lists(st.tuples(st.integers(0, 200), st.binary(min_size=1, max_size=8)), max_size=4),
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
