"""Unpacking archives into the cache; damaged and hostile ones are in upstreams/test_sources.py."""

import errno
import fcntl
import zipfile

import pytest

from sentemo.core import archive


@pytest.fixture
def packed(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = tmp_path / "model.zip"
    with zipfile.ZipFile(path, "w") as writer:
        writer.writestr("meta.yaml", "files: {}")
    return path


def test_an_archive_is_unpacked_once(packed):
    folder = archive.unpack(packed)
    (folder / "meta.yaml").write_text("mine")
    assert archive.unpack(packed) == folder
    assert (folder / "meta.yaml").read_text() == "mine"


def test_a_cache_on_a_file_system_without_locks_works(packed, monkeypatch, capsys):
    def no_locks(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    assert (archive.unpack(packed) / "meta.yaml").read_text() == "files: {}"
    printed = capsys.readouterr()
    assert "no locks" in printed.err and printed.out == ""
