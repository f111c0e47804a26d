import json
import signal
import subprocess
import sys
import time

import pytest

from sentemo.core.errors import Problems, SentemoError
from sentemo.core.files import atomic_dir, atomic_file, fingerprint, write_json
from sentemo.core.markers import Marker
from sentemo.core.processes import is_running


def test_a_file_that_failed_half_way_leaves_the_old_one(tmp_path):
    path = tmp_path / "table"
    path.write_text("old")
    with pytest.raises(KeyError), atomic_file(path) as stream:
        stream.write("half")
        raise KeyError
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["table"]


def test_a_directory_that_failed_half_way_leaves_the_old_one(tmp_path):
    path = tmp_path / "data"
    with atomic_dir(path) as aside:
        (aside / "first").write_text("old")
    with pytest.raises(KeyError), atomic_dir(path) as aside:
        (aside / "second").write_text("half")
        raise KeyError
    assert [p.name for p in path.iterdir()] == ["first"]
    assert [p.name for p in tmp_path.iterdir()] == ["data"]


def test_a_directory_replaces_the_one_before(tmp_path):
    for name in ("first", "second"):
        with atomic_dir(tmp_path / "data") as aside:
            (aside / name).write_text("")
    assert [p.name for p in (tmp_path / "data").iterdir()] == ["second"]


def test_a_marker_stands_until_an_input_or_an_option_changes(tmp_path):
    source = tmp_path / "input"
    source.write_text("one")

    def marker(**options):
        return Marker(tmp_path / "out" / ".done.json", [source], options)

    assert not marker(seed=1).is_current()
    marker(seed=1).write()
    assert marker(seed=1).is_current()
    assert marker(seed=2).differences() == ["seed: 1 → 2"]
    source.write_text("two")
    assert not marker(seed=1).is_current()


def test_a_marker_moves_with_its_inputs(tmp_path):
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "input").write_text("one")
    Marker(tmp_path / "old" / ".done.json", [tmp_path / "old" / "input"], {}).write()
    (tmp_path / "old").rename(tmp_path / "new")
    assert Marker(tmp_path / "new" / ".done.json", [tmp_path / "new" / "input"], {}).is_current()


def write_inputs(directory, **contents):
    directory.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (directory / name).write_text(content)
    return [directory / name for name in contents]


def test_a_marker_stays_where_a_clone_that_it_read_moves(tmp_path):
    path = tmp_path / "work" / ".done.json"
    Marker(path, write_inputs(tmp_path / "old", labels="a", folds="b"), {}).write()
    assert Marker(path, write_inputs(tmp_path / "new", labels="a", folds="b"), {}).is_current()
    changed = Marker(path, write_inputs(tmp_path / "newer", labels="a", folds="c"), {})
    assert changed.differences()
    assert all("folds" in change for change in changed.differences())


def test_inputs_that_change_places_are_a_change(tmp_path):
    path = tmp_path / "work" / ".done.json"
    one, other = write_inputs(tmp_path / "one", text="a"), write_inputs(tmp_path / "b", text="b")
    Marker(path, [*one, *other], {}).write()
    write_inputs(tmp_path / "one", text="b")
    write_inputs(tmp_path / "b", text="a")
    assert not Marker(path, [*one, *other], {}).is_current()


@pytest.mark.parametrize("left", [0, 1])
def test_an_input_more_or_less_is_a_change(tmp_path, left):
    path = tmp_path / "work" / ".done.json"
    both = [*write_inputs(tmp_path / "one", text="a"), *write_inputs(tmp_path / "b", text="a")]
    Marker(path, both if left else both[:1], {}).write()
    assert not Marker(path, both[:1] if left else both, {}).is_current()


def test_a_directorys_fingerprint_sees_new_and_changed_files(tmp_path):
    (tmp_path / "a").write_text("1")
    before = fingerprint(tmp_path)
    (tmp_path / "b").write_text("1")
    added = fingerprint(tmp_path)
    (tmp_path / "b").write_text("12")
    assert len({before, added, fingerprint(tmp_path)}) == 3


def test_the_command_is_recorded_as_one_would_type_it(tmp_path):
    (tmp_path / "job.py").write_text(
        "from pathlib import Path\n"
        "from sentemo.core.markers import Marker\n"
        "Marker(Path('done.json'), [], {}).write()\n"
    )
    command = [sys.executable, "-m", "job", "--dest", str(tmp_path / "my dir")]
    subprocess.run(command, cwd=tmp_path, check=True)
    done = json.loads((tmp_path / "done.json").read_text())
    assert done["command"] == "python -m job --dest 'my dir'"


def test_problems_are_counted_under_their_reasons():
    problems = Problems("data/all")
    for number in range(7):
        problems.add("empty audio", f"utt{number}", "0 samples")
    problems.add("unknown label", "utt9", "hapy")
    with pytest.raises(SentemoError) as error:
        problems.raise_if_any("Repair the files.")
    message = str(error.value)
    assert "8 problems" in message
    assert "empty audio: 7" in message
    assert "and 2 more" in message
    assert "utt9: hapy" in message
    assert message.endswith("Repair the files.")


def test_a_process_that_is_ending_does_not_run_any_more():
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(["cat"], bufsize=0, **pipes) as process:
        process.stdin.write(b"here\n")
        assert process.stdout.readline() == b"here\n"
        assert is_running(process.pid)
        process.kill()
        while is_running(process.pid):  # nobody has waited for it
            time.sleep(0.01)
        assert process.wait() == -signal.SIGKILL


def test_what_json_cannot_hold_is_not_written(tmp_path):
    write_json(tmp_path / "a.json", {"ua": 0.5})
    with pytest.raises(SentemoError, match=r"a\.json: not written"):
        write_json(tmp_path / "a.json", {"ua": float("nan")})
    assert json.loads((tmp_path / "a.json").read_text()) == {"ua": 0.5}
