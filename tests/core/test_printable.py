import os

from hypothesis import given
from hypothesis import strategies as st

from sentemo.core.files import fingerprint, write_json
from sentemo.core.printable import is_utf8, printable


@given(st.binary(max_size=50))
def test_any_name_of_a_file_becomes_one_line_of_text(name):
    shown = printable(os.fsdecode(name))
    assert shown.isprintable()
    shown.encode()
    assert is_utf8(os.fsdecode(name)) == _decodes(name)


def _decodes(name):
    try:
        name.decode()
    except UnicodeDecodeError:
        return False
    return True


def test_readable_names_stay_as_they_are():
    assert printable("Ärger, 5 $ – 好.wav") == "Ärger, 5 $ – 好.wav"
    assert printable("a\nb\x1b[31m", "\n") == "a\nb\\x1b[31m"


def test_files_of_any_name_count_in_a_folder_and_in_a_json_file(tmp_path):
    before = fingerprint(tmp_path)
    name = os.fsdecode(b"\xdcbung.txt")
    (tmp_path / name).write_text("x")
    assert fingerprint(tmp_path) != before
    write_json(tmp_path / "x.json", {"file": name})
    (tmp_path / "x.json").read_text(encoding="utf-8")
