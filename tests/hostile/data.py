"""Data directories: recordings that stand twice, and features that are damaged."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from hostile.case import Case
from hostile.small_corpus import again, utterances
from sentemo.data.extraction import extract
from sentemo.data.feature_directory import extract_features
from sentemo.data.features import check_source, read_digests, read_feature_dir
from sentemo.data.preparation import ParsedCorpus, write_data_dir
from sentemo.data.same_recordings import SAME, require_recordings_apart
from sentemo.data.splits import leave_one_speaker_out
from sentemo.launch.resources import Resources

FILES = ("feats.1.ark", "feats.scp", "feats.json", "utt2num_frames", "utt_stats.npy", "utt2digest")


def recordings_twice() -> Iterator[Case]:
    """Yield data with a recording under a second id."""
    crossing = r"two sides.*\n *a-happy: a-happy \(test\) = b-9 \(valid\) in fold 1"
    for name, changes, refusal, note in (
        ("of another speaker", {"name": "b-9"}, crossing, ""),
        ("a copy on purpose", {"name": "b-9", "original": "a-happy"}, "", ""),
        ("of the same speaker", {"name": "a-9"}, "", f"{SAME}: 1 recordings (such as"),
        ("with another label", {"name": "a-9", "label": "sad"}, "", "with different labels"),
        ("of an unknown speaker", {"name": "x-9", "speaker": "a"}, "", SAME),
    ):
        yield Case(f"twice: {name}", partial(_twice, changes, note), refusal)


def _twice(changes: dict[str, Any], note: str, folder: Path) -> None:
    found = utterances(folder)
    found.append(again(found[0], folder, **changes))
    notes = extract(found, folder / "dump", "raw")["notes"]
    require_recordings_apart(
        leave_one_speaker_out("abc"), found, read_digests(folder / "dump"), "data/all"
    )
    assert any(note in one for one in notes) or not note


def half(path: Path) -> None:
    """Leave the first half of a file."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def emptied(path: Path) -> None:
    """Leave a file without content."""
    path.write_bytes(b"")


def other_numbers(path: Path) -> None:
    """Change the digits of a text, or leave out the last byte of an archive."""
    content = path.read_bytes()
    changed = bytes(b ^ 1 if chr(b).isdigit() else b for b in content)
    path.write_bytes(changed if path.suffix != ".ark" else content[:-1])


def removed(path: Path) -> None:
    """Remove a file."""
    path.unlink()


def replaced_by_folder(path: Path) -> None:
    """Put a folder in the place of a file."""
    path.unlink()
    path.mkdir()


def noise(path: Path) -> None:
    """Put other bytes in the place of a file."""
    path.write_bytes(bytes(range(256)) * 40)


def damaged_features() -> Iterator[Case]:
    """Yield feature directories of which one file is damaged."""
    for damage in (half, emptied, other_numbers, removed, replaced_by_folder, noise):
        for name in FILES:
            if damage is other_numbers and name in ("feats.json", "utt_stats.npy"):
                continue
            what = damage.__name__.replace("_", " ")
            refusal = rf"{name}.*([Rr]un|Extract|[Dd]irectory)"
            yield Case(f"{name}: {what}", partial(_damaged, damage, name), refusal)
    yield Case("features of other data", _of_other_data, "features of other data")


def _extracted(folder: Path) -> Path:
    write_data_dir(folder / "data", ParsedCorpus(utterances(folder)))
    extract_features(folder / "data", folder / "dump" / "all", Resources(), "fbank40")
    return folder / "dump" / "all"


def _damaged(damage: Callable[[Path], None], name: str, folder: Path) -> Any:
    dump = _extracted(folder)
    damage(dump / name)
    return read_feature_dir(dump)


def _of_other_data(folder: Path) -> Any:
    return check_source(_extracted(folder), utterances(folder)[:-1])
