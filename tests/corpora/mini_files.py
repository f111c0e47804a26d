"""What the tests of all mini corpora share."""


def files_of(directory):
    """Every file's content but that of the marker, which holds the command and the time."""
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file() and not path.name.startswith(".done")
    }
