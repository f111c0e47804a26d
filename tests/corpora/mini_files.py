"""Helpers for the tests of all mini corpora."""


def files_of(directory):
    """Return the content of all files except the marker, which contains command and time."""
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file() and not path.name.startswith(".done")
    }
