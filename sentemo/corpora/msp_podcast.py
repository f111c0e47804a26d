"""MSP-Podcast (Lotfian and Busso, IEEE Trans. Affective Computing 2019; licence by form).

Segments of podcasts at 16 kHz are in ``Audios/`` (in older releases ``Audio/``). A crowd rated
their class, and activation, valence and dominance from 1 to 7, in ``Labels/``. ``Transcripts/`` may
have a text for each. Releases grow, their partitions change, and speakers may be in several parts:
results are only comparable within one release and one test set.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from sentemo.core.errors import Problems, SentemoError
from sentemo.corpora.msp_podcast_labels import (
    MISSING_VALUES,
    PARTITION,
    RATING_COLUMNS,
    LabelRow,
    find_label_files,
    find_partitions,
    read_label_rows,
)
from sentemo.corpora.msp_podcast_votes import find_vote_files, read_votes
from sentemo.corpora.release import (
    check_labels,
    find_files,
    listing,
    numbered_lines,
    unlearnable,
)
from sentemo.data.dimensions import SCALES
from sentemo.data.distributions import distribution_of
from sentemo.data.kaldi import NO_AGREEMENT, UNKNOWN_SPEAKER, Utterance
from sentemo.data.preparation import ParsedCorpus

CLASS_OF_LETTER = {
    "A": "angry",
    "S": "sad",
    "H": "happy",
    "U": "surprised",
    "F": "fearful",
    "D": "disgusted",
    "C": "contempt",
    "N": "neutral",
    "O": "other",
    "X": NO_AGREEMENT,
}
PARTITIONS = {
    "Train": "train",
    "Development": "valid",
    "Validation": "valid",  # older releases
    "Test1": "test1",
    "Test2": "test2",
    "Test3": "test3",
}
SCALE = SCALES["msp_podcast"]
NOT_TRAINED = "no agreement, and not in Train"
NO_ROW = "audio without a row in the labels"
NO_ROW_OF_VOTES = "votes without a row in the labels"
TEST3 = "MSP-PODCAST_test3_"  # prefix of the names of audio whose labels are withheld
WITHHELD = "Test3: labels are withheld"
REMEDY = (
    "Labels and audio must be of one release: unpack the release again, or correct the entries. A "
    "json file that contradicts the csv file may be removed. --allow_partial true leaves these "
    "entries out and counts them (results are then not comparable)."
)
_SPEAKER = re.compile(r"[\w.-]+", re.ASCII)
_RELEASE = re.compile(r"msp.?podcast.*?(\d+\.\d+)", re.IGNORECASE)


def find_root(corpus_dir: Path) -> Path:
    """Find the release's folder: the corpus folder, or the only folder in it that has labels.

    Raises
    ------
    SentemoError
        When there is none, saying what was expected and what was found.
    """
    corpus_dir = Path(corpus_dir)
    if not corpus_dir.is_dir():
        raise SentemoError(f"{corpus_dir}: no such directory; give --corpus_dir MSP-Podcast's")
    roots = [corpus_dir] if (corpus_dir / "Labels").is_dir() else []
    roots = roots or sorted(folder.parent for folder in corpus_dir.glob("*/Labels"))
    if len(roots) > 1:
        releases = ", ".join(root.name for root in roots)
        raise SentemoError(f"{corpus_dir}: several releases; set --corpus_dir to one of {releases}")
    root = roots[0] if roots else corpus_dir
    if find_label_files(root) and _audio_dirs(root):
        return root
    raise SentemoError(
        f"{root}: not a release of MSP-Podcast. Expected Labels/labels_consensus.csv (or .json) "
        f"and Audios/ (or Audio/) in it, found {listing(root)}"
    )


def find_sources(corpus_dir: Path) -> list[Path]:
    """Return the files and folders that `parse_msp_podcast` reads; for errors see `find_root`."""
    root = find_root(corpus_dir)
    folders = [_audio_dirs(root)[0], *root.glob("Transcripts")]
    return [*folders, *find_label_files(root), *find_vote_files(root), *find_partitions(root)]


def _audio_dirs(root: Path) -> list[Path]:
    return [root / name for name in ("Audios", "Audio") if (root / name).is_dir()]


def parse_msp_podcast(
    corpus_dir: Path,
    labels: Sequence[str],
    target: str = "label",
    release: str = "",
    allow_partial: bool = False,
) -> ParsedCorpus:
    """Parse labels and transcripts into utterances.

    Parameters
    ----------
    corpus_dir
        The release's folder, or the folder above it.
    labels
        The classes to keep, out of the values of `CLASS_OF_LETTER`.
    target
        ``label`` keeps these classes; ``soft`` keeps them with the annotators' distributions, and
        beside them segments of Train on which these did not agree; ``avd`` keeps all classes, as
        all have dimensions.
    release
        Number of the release, such as 1.11. An empty text takes it from the folder's name.
    allow_partial
        Leave out and count malformed or contradictory entries, instead of refusing them.

    Raises
    ------
    SentemoError
        When the folder is not MSP-Podcast's, its release is unknown, it lacks the votes that
        ``soft`` needs, or a label is not one of its classes; naming file and line of every row
        that is malformed or lacks its audio.
    """
    check_labels(labels, CLASS_OF_LETTER.values(), "MSP-Podcast")
    root = find_root(corpus_dir)
    release = release or _release_of(root)
    problems = Problems(str(root))
    refused: set[str] = set()
    rows = read_label_rows(root, problems, refused)
    votes = {} if target == "avd" else read_votes(root, problems)
    if target == "soft" and not votes:
        raise SentemoError(f"{root}: no votes. Expected Labels/labels_detailed.csv or .json in it")
    dropped: dict[str, list[str]] = defaultdict(list)
    audio = _audio_dirs(root)[0]
    wavs = {wav.name: wav for wav in find_files(root, f"{audio.name}/*.wav", dropped)}
    utterances = []
    for name, row in rows.items():
        if row[PARTITION].capitalize() == "Test3" and _is_withheld(row):
            dropped[WITHHELD].append(name)
        elif name not in wavs:
            problems.add("labels without audio", row.where, f"no {audio.name}/{name}")
        elif utt := _parse_row(row, wavs[name], problems):
            if target == "soft":
                chosen = [(vote,) for vote in votes.get(name, ())]
                utt = replace(utt, distribution=distribution_of(chosen))
            if target != "avd" and (reason := _unlearnable(utt, labels)):
                dropped[reason].append(utt.id)
            else:
                utterances.append(utt)
    notes = problems.settle(allow_partial, dropped, REMEDY)
    if not utterances:
        reasons = "; ".join(f"{len(items)} {reason}" for reason, items in dropped.items())
        raise SentemoError(f"{root}: no utterances are left ({reasons or 'the labels are empty'})")
    if unlisted := sorted(wavs.keys() - rows.keys() - refused):
        dropped[NO_ROW] = unlisted
    if unexpected := [name for name in unlisted if not name.startswith(TEST3)]:
        notes.append(f"{NO_ROW}: {len(unexpected)}")
    if unnamed := sorted(votes.keys() - rows.keys() - refused):
        dropped[NO_ROW_OF_VOTES] = unnamed
    utterances = _with_texts(utterances, root, dropped)
    votes = {utt.id: of for utt in utterances if (of := votes.get(utt.audio.name))}
    agreed = [utt for utt in utterances if utt.id in votes and utt.label != NO_AGREEMENT]
    return ParsedCorpus(
        utterances,
        dict(dropped),
        [*notes, *_notes(utterances), *_contradictions(agreed, votes)],
        name=f"MSP-Podcast {release}",
        elicitation="podcasts",
        tables={"utt2votes": {utt: " ".join(of) for utt, of in votes.items()}},
        agreement={u.id: votes[u.id].count(str(u.label)) / len(votes[u.id]) for u in agreed},
    )


def _unlearnable(utt: Utterance, labels: Sequence[str]) -> str:
    """Return why a segment cannot be learnt, or tested on in another part than Train."""
    if utt.is_training_only and utt.split != "train":
        return NOT_TRAINED
    return unlearnable(utt, labels)


def _contradictions(agreed: Sequence[Utterance], votes: Mapping[str, Sequence[str]]) -> list[str]:
    """Note how many classes of the consensus are not what most annotators chose."""
    counts = {utt: Counter(chosen) for utt, chosen in votes.items()}
    wrong = [u for u in agreed if counts[u.id][str(u.label)] < max(counts[u.id].values())]
    return [f"agreed class is not the most chosen one: {len(wrong)} utterances"] if wrong else []


def _release_of(root: Path) -> str:
    place = root.absolute()
    for folder in (place, place.parent):
        if match := _RELEASE.search(folder.name):
            return match[1]
    raise SentemoError(
        f"{root}: the release is unknown, as the folder is not named like "
        "MSP-PODCAST-Publish-1.11. Give --release; results of two releases are not comparable."
    )


def _parse_row(row: LabelRow, audio: Path, problems: Problems) -> Utterance | None:
    found_before = len(problems)
    partition = row[PARTITION].capitalize()
    for column, value, known in (
        ("EmoClass", row["EmoClass"], CLASS_OF_LETTER),
        (PARTITION, partition, PARTITIONS),
    ):
        if value not in known:
            detail = f"{row[column]!r} is none of {', '.join(known)}"
            problems.add(f"unknown {column}", row.where, detail)
    activation, valence, dominance = (
        _dimension(row, column, problems) for column in RATING_COLUMNS
    )
    speaker = UNKNOWN_SPEAKER
    if row["SpkrID"].lower() not in (*MISSING_VALUES, "-1"):
        speaker = f"MSP_{row['SpkrID']}"
    if _SPEAKER.fullmatch(speaker) is None:
        problems.add("speaker that cannot be an id", row.where, repr(row["SpkrID"]))
    if len(problems) > found_before:
        return None
    return Utterance(
        id=f"{speaker}-{audio.stem}",
        speaker=speaker,
        audio=audio,
        label=CLASS_OF_LETTER[row["EmoClass"]],
        avd=(activation, valence, dominance),
        split=PARTITIONS[partition],
    )


def _is_withheld(row: LabelRow) -> bool:
    return all(row[column].lower() in MISSING_VALUES for column in ("EmoClass", *RATING_COLUMNS))


def _dimension(row: LabelRow, column: str, problems: Problems) -> float:
    try:
        value = float(row[column])
    except ValueError:
        value = math.nan
    if not SCALE.low <= value <= SCALE.high:
        problems.add(f"not a number from {SCALE}", row.where, f"{column} {row[column]!r}")
    return value


def _with_texts(
    utterances: Sequence[Utterance], root: Path, dropped: dict[str, list[str]]
) -> list[Utterance]:
    files = {file.stem: file for file in find_files(root, "Transcripts/*.txt", dropped)}
    return [
        replace(utt, text=_read_text(files[utt.audio.stem])) if utt.audio.stem in files else utt
        for utt in utterances
    ]


def _read_text(transcript: Path) -> str | None:
    lines = [line for _, line in numbered_lines(transcript, transcript.parent)]
    return " ".join(" ".join(lines).split()) or None


def _notes(utterances: Sequence[Utterance]) -> list[str]:
    without = sum(utt.text is None for utt in utterances)
    return [f"{without} of {len(utterances)} utterances have no transcript"] if without else []
