"""Tools to parse a corpus as published: its folders, files, lines, and published counts."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from sentemo.core.errors import SentemoError
from sentemo.core.files import read_bytes
from sentemo.core.printable import printable
from sentemo.data.caveats import PARTIAL
from sentemo.data.kaldi import Utterance

_EXCERPT_LENGTH = 80  # characters
OTHER_NAME = "recording with a name that is none of the corpus"  # one that somebody put there
# Reasons to leave an utterance out.
NOT_A_CLASS = "class not in labels.txt"
CLASS_LEFT_OUT = "class not in labels"
NO_SHARE = "no agreement, and no vote for a class of labels"


def listing(folder: Path) -> str:
    """List the content of a folder for an error message: ``a.txt, b, c and 7 more``."""
    names = sorted(entry.name for entry in folder.iterdir())
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more or "an empty directory"


def find_files(root: Path, pattern: str, dropped: dict[str, list[str]]) -> Iterator[Path]:
    """Find files below `root`, sorted; resource files of macOS and folders go to `dropped`."""
    for file in sorted(root.glob(pattern)):
        if file.name.startswith("._"):
            dropped.setdefault("macOS resource file", []).append(str(file.relative_to(root)))
        elif file.is_dir():
            dropped.setdefault("folder in place of a file", []).append(str(file.relative_to(root)))
        else:
            yield file


def numbered_lines(file: Path, root: Path) -> Iterator[tuple[str, str]]:
    """Read the lines of a file that are not blank, without leading and trailing white space.

    Yields
    ------
    where, line
        ``<path below root>:<number>`` and the text. A line that is not UTF-8 is read as cp1252.
    """
    name = file.relative_to(root)
    for number, raw in enumerate(read_bytes(file).splitlines(), start=1):
        try:
            line = raw.decode("utf-8")
        except UnicodeDecodeError:
            line = raw.decode("cp1252", errors="replace")
        if line := line.lstrip("\N{ZERO WIDTH NO-BREAK SPACE}").strip():
            yield f"{name}:{number}", line


def excerpt(line: str) -> str:
    """Quote the beginning of a line for an error message."""
    return repr(line[:_EXCERPT_LENGTH])


def check_labels(labels: Sequence[str], classes: Collection[str], corpus: str) -> None:
    """Insist that every label is a class of the corpus."""
    if unknown := [label for label in labels if label not in classes]:
        raise SentemoError(
            f"not a class of {corpus}: {', '.join(unknown)}; choose from {', '.join(classes)}"
        )


def unlearnable(utt: Utterance, labels: Sequence[str]) -> str:
    """Return why an utterance has no class to learn, nor a distribution; "" if it has."""
    if utt.label in labels:
        return ""
    if not utt.is_training_only:
        return f"{CLASS_LEFT_OUT}: {utt.label}"
    return "" if any((utt.distribution or {}).get(label) for label in labels) else NO_SHARE


def check_counts(
    root: Path,
    checks: Mapping[str, tuple[Mapping[str, int], Mapping[str, int]]],
    allow_partial: bool,
    dropped: Mapping[str, Sequence[str]] | None = None,
) -> list[str]:
    """Compare the counts of this copy with published ones.

    Parameters
    ----------
    root
        Folder of the corpus, for messages.
    checks
        Found and published counts, by their source. A published count that was not found is 0.
    allow_partial
        Return differences as notes instead of raising an error.
    dropped
        What was left out; an error names the files of `OTHER_NAME`, which may be the missing ones.

    Returns
    -------
    list
        One note per check that fails, with every difference.

    Raises
    ------
    SentemoError
        With these notes, unless `allow_partial`.
    """
    notes = []
    for what, (found, published) in checks.items():
        differing = [
            f"{name} {found.get(name, 0)} of {count}"
            for name, count in published.items()
            if found.get(name, 0) != count
        ]
        if differing:
            notes.append(f"{PARTIAL} {what} (found of expected): {', '.join(differing)}")
    if notes and not allow_partial:
        others = (dropped or {}).get(OTHER_NAME, ())
        some = printable(", ".join(others[:5]))
        named = [f"{OTHER_NAME}: {len(others)} ({some})"] if others else []
        raise SentemoError(
            "\n  ".join([f"{root}: not the published corpus", *notes, *named])
            + "\nComplete the corpus, or accept this copy with --allow_partial true (results are "
            "then not comparable)."
        )
    return notes
