"""Synthetic look-alikes of corpora: small, free, reproducible, in the original's layout on disk.

With them, a recipe runs from end to end without any data, and every parser is tested on the traps
of its corpus. Pitch, pitch range, tempo, loudness and the choice of words depend on the emotion;
speakers differ, and the emotions overlap. There is one module per corpus, whose ``build`` fills an
empty directory and returns a summary for the user.
"""

import importlib
from pathlib import Path
from types import ModuleType

from sentemo.core.errors import SentemoError
from sentemo.core.files import atomic_dir, fingerprint
from sentemo.core.markers import Marker
from sentemo.corpora import voice

CORPORA = (
    *("emodb", "iemocap", "librispeech", "msp_podcast", "nemo"),
    *("speechocean762", "swbd_affect", "swbd_sentiment"),
)
MARKER = ".done.mini_corpus.json"


def make_mini_corpus(corpus: str, dest: Path, seed: int, per_speaker: int) -> str:
    """Make the look-alike of a corpus at `dest`, unless it is there; return a line for the user.

    Parameters
    ----------
    corpus
        One of `CORPORA`.
    dest
        Directory to write atomically. It is only replaced if it is empty or a mini corpus.
    seed
        Seed of all random choices, 0 or more.
    per_speaker
        Utterances of each speaker.

    Raises
    ------
    SentemoError
        When `dest` has other content, an option is out of range, or the voice is missing.
    """
    if seed < 0:
        raise SentemoError(f"--seed {seed}: must be 0 or more")
    dest = Path(dest)
    if dest.exists() and not _is_replaceable(dest):
        raise SentemoError(
            f"{dest}: exists and is not a mini corpus, so it was not replaced. "
            "Give another --dest, or remove it yourself."
        )
    options = {
        "corpus": corpus,
        "seed": seed,
        "per_speaker": per_speaker,
        "voice": voice.voice_version(),
        "code": [fingerprint(file) for file in (Path(voice.__file__), *_code_of(corpus))],
    }
    if Marker(dest / MARKER, [], options).is_current():
        return f"{dest}: up to date"
    with atomic_dir(dest.resolve()) as aside:
        summary = _builder(corpus).build(aside, seed, per_speaker)
        Marker(aside / MARKER, [], options).write()
    return f"{dest}: {summary}"


def _is_replaceable(dest: Path) -> bool:
    return dest.is_dir() and ((dest / MARKER).is_file() or not any(dest.iterdir()))


def is_mini_corpus(folder: Path) -> bool:
    """Tell whether a folder is a mini corpus, one of its parts, or the folder above one."""
    places = (folder, Path(folder).resolve().parent, *Path(folder).glob("*/"))
    return any((place / MARKER).is_file() for place in places)


def _builder(corpus: str) -> ModuleType:
    return importlib.import_module(f"{__name__}.{corpus}")


def _code_of(corpus: str) -> list[Path]:
    """Return the files of this package that a look-alike depends on."""
    names = ["speech.py", "english.py", f"{corpus}.py"]
    if corpus.startswith("swbd_"):
        names += ["swbd_calls.py", "switchboard.py"]
    return [Path(__file__).with_name(name) for name in names]
