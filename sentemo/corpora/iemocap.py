"""IEMOCAP (Busso et al., Language Resources and Evaluation 2008; licence by form).

``Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_M003.wav`` is from session 1 and dialogue
Ses01F_impro01 (in which the female actor, F, wore the motion capture), and is spoken by the male
actor. The release has 10039 utterances of ten actors; the four classes neutral, happy (with
excited), sad and angry have 5531 of them.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sentemo.core.errors import Problems, SentemoError
from sentemo.corpora.iemocap_counts import FOUR_CLASS_COUNTS, RELEASE_COUNTS
from sentemo.corpora.iemocap_texts import parse_transcripts, parse_word_times, spoken_words
from sentemo.corpora.iemocap_votes import (
    CLASS_OF_CODE,
    Evaluation,
    evaluators_distribution,
    format_votes,
    parse_evaluations,
)
from sentemo.corpora.release import OTHER_NAME, check_counts, check_labels, find_files, listing
from sentemo.data.dimensions import SCALES
from sentemo.data.kaldi import NO_AGREEMENT, Utterance
from sentemo.data.preparation import ParsedCorpus

DIALOGUE_TYPES = {"impro": "improvised", "script": "scripted"}
WAVS, ALIGNMENTS = "sentences/wav", "sentences/ForcedAlignment"
EVALUATIONS, TRANSCRIPTS = "dialog/EmoEvaluation", "dialog/transcriptions"
REMEDY = (
    "Correct these lines, or unpack the release again. --allow_partial true leaves them out and "
    "counts them (results are then not comparable)."
)
SCALE = SCALES["iemocap"]
_EXAMPLE = "Ses01F_impro01_M003.wav"
UTTERANCE_NAME = re.compile(
    r"(?P<session>Ses0[1-5])[FM]_(?P<type>impro|script)\w*_(?P<letter>[FM])\d+", re.ASCII
)


@dataclass(frozen=True)
class ReleaseEntry:
    """An utterance of the release: its wav, the parts of the wav's name, and its evaluation."""

    audio: Path
    session: str
    speaker: str
    type: str
    evaluation: Evaluation
    label: str

    @property
    def id(self) -> str:
        """Return the utterance's id: speaker and name."""
        return f"{self.speaker}-{self.audio.stem}"


def find_release(corpus_dir: Path) -> Path:
    """Find the folder of ``Session1`` to ``Session5``: `corpus_dir`, or a folder in it.

    Raises
    ------
    SentemoError
        When there is none, saying what was expected and what was found.
    """
    corpus_dir = Path(corpus_dir)
    if not corpus_dir.is_dir():
        raise SentemoError(f"{corpus_dir}: no such directory; give --corpus_dir IEMOCAP's folder")
    below = sorted(entry for entry in corpus_dir.iterdir() if entry.is_dir())
    roots = [root for root in (corpus_dir, *below) if any(root.glob("Session[1-5]"))]
    if len(roots) > 1:
        several = ", ".join(root.name for root in roots)
        raise SentemoError(f"{corpus_dir}: several copies; set --corpus_dir to one of {several}")
    if not roots:
        raise SentemoError(
            f"{corpus_dir}: not IEMOCAP. Expected Session1 to Session5 in it, "
            f"found {listing(corpus_dir)}"
        )
    (root,) = roots
    problems = Problems(str(root))
    for session in sorted(root.glob("Session[1-5]")):
        for part in (WAVS, EVALUATIONS, TRANSCRIPTS):
            if not (session / part).is_dir():
                problems.add("missing folder", session.name, part)
    problems.raise_if_any("Unpack the release again, as it needs all of its folders.")
    return root


def find_sources(corpus_dir: Path) -> list[Path]:
    """Return the folders that `parse_iemocap` reads; for errors see `find_release`."""
    root = find_release(corpus_dir)
    parts = (WAVS, ALIGNMENTS, EVALUATIONS, TRANSCRIPTS)
    return [folder for part in parts for folder in sorted(root.glob(f"Session[1-5]/{part}"))]


def parse_iemocap(
    corpus_dir: Path,
    labels: Sequence[str],
    target: str = "label",
    subset: str = "all",
    allow_partial: bool = False,
) -> ParsedCorpus:
    """Parse IEMOCAP's label files, transcripts and alignments.

    Parameters
    ----------
    corpus_dir
        The folder that contains the sessions, or the folder above.
    labels
        The classes to keep. If excited is not among them, excited counts as happy.
    target
        ``label`` keeps the utterances of these classes; ``soft`` keeps them with the evaluators'
        distributions, and beside them those on which these did not agree; ``avd`` keeps all
        utterances, with their own class or `NO_AGREEMENT`.
    subset
        ``improvised`` leaves the scripted dialogues out, ``all`` keeps them.
    allow_partial
        Accept a copy that is not the published release: other counts are noted; wav files without
        labels, labels without wav files, and malformed lines are left out and counted.

    Raises
    ------
    SentemoError
        When the folder is not IEMOCAP's or is incomplete, or a label is not one of its classes;
        naming file and line of all malformed lines.
    """
    classes = [name for name in CLASS_OF_CODE.values() if name != NO_AGREEMENT]
    check_labels(labels, classes, "IEMOCAP")
    root = find_release(corpus_dir)
    problems = Problems(str(root))
    dropped: dict[str, list[str]] = defaultdict(list)
    merged = {"excited": "happy"} if target != "avd" and "excited" not in labels else {}

    wavs = _find_wavs(root, dropped, problems)
    files = find_files(root, f"Session[1-5]/{EVALUATIONS}/*.txt", dropped)
    evaluations = [e for file in files for e in parse_evaluations(file, root, problems)]
    entries = _match(wavs, evaluations, merged, problems)
    kept = [e for e in entries if _is_wanted(e, target, labels, merged, subset, dropped)]
    files = find_files(root, f"Session[1-5]/{TRANSCRIPTS}/*.txt", dropped)
    transcripts = parse_transcripts(files, root, wavs, dropped, problems)
    files = find_files(root, f"Session[1-5]/{ALIGNMENTS}/*/*.wdseg", dropped)
    alignments = {file.stem: file for file in files}
    words = {
        entry.id: parse_word_times(alignments[entry.audio.stem], root, problems)
        for entry in kept
        if entry.audio.stem in alignments
    }
    notes = problems.settle(allow_partial, dropped, REMEDY)
    notes += _out_of_scale(kept)
    if not kept:
        raise SentemoError(f"{root}: no utterances of the classes {', '.join(labels)}")
    is_four_class = target != "avd" and set(labels) == FOUR_CLASS_COUNTS["improvised"].keys()
    checks = _counts_to_check(entries, kept, subset if is_four_class else None)
    notes += check_counts(root, checks, allow_partial, dropped)

    tagged = {e.id: transcripts[e.audio.stem] for e in kept if transcripts.get(e.audio.stem)}
    if missing := sorted({entry.id for entry in kept} - tagged.keys()):
        notes.append(f"utterances without a transcript: {len(missing)}, the first {missing[0]}")
    untimed = sum(not words.get(entry.id) for entry in kept)
    if alignments and untimed:  # a release without any alignments needs no note
        notes.append(f"utterances without times of words: {untimed}")
    shares = {e.id: evaluators_distribution(e.evaluation.votes, merged) for e in kept}
    utterances = [_utterance(entry, tagged.get(entry.id, "")) for entry in kept]
    if target == "soft":
        utterances = [replace(utt, distribution=shares[utt.id]) for utt in utterances]
    return ParsedCorpus(
        utterances,
        dict(dropped),
        notes,
        name="IEMOCAP" if subset == "all" else f"IEMOCAP, {subset}",
        elicitation="play-acted",
        tables={
            "text_tagged": tagged,
            "utt2type": {e.id: e.type for e in kept},
            "utt2votes": {
                e.id: format_votes(e.evaluation.votes) for e in kept if e.evaluation.votes
            },
        },
        words={utt: timed for utt, timed in words.items() if timed},
        agreement={
            e.id: votes.get(e.label, 0.0)
            for e in kept
            if e.label != NO_AGREEMENT and (votes := shares[e.id])
        },
    )


def _counts_to_check(
    entries: Iterable[ReleaseEntry], kept: Iterable[ReleaseEntry], four_class_subset: str | None
) -> dict[str, tuple[Mapping[str, int], Mapping[str, int]]]:
    """Return found and published counts: of the release, and of the four usual classes if kept."""
    found = Counter(k for e in entries for k in ("utterances", e.type, e.evaluation.emotion))
    checks: dict[str, tuple[Mapping[str, int], Mapping[str, int]]] = {
        "the release": (found, RELEASE_COUNTS)
    }
    if four_class_subset is not None:
        agreed = (entry for entry in kept if entry.label != NO_AGREEMENT)
        of_classes = Counter(k for e in agreed for k in (e.label, e.session, e.speaker))
        published = FOUR_CLASS_COUNTS[four_class_subset]
        checks["the release's four classes"] = (of_classes, published)
    return checks


def _utterance(entry: ReleaseEntry, tagged_text: str) -> Utterance:
    return Utterance(
        id=entry.id,
        speaker=entry.speaker,
        audio=entry.audio,
        label=entry.label,
        text=spoken_words(tagged_text),
        avd=entry.evaluation.avd,
    )


def _find_wavs(root: Path, dropped: dict[str, list[str]], problems: Problems) -> dict[str, Path]:
    wavs = {}
    for file in find_files(root, f"Session[1-5]/{WAVS}/*/*.wav", dropped):
        session, dialogue = file.stem[4:5], file.stem.rpartition("_")[0]
        place = root / f"Session{session}" / WAVS / dialogue
        if UTTERANCE_NAME.fullmatch(file.stem) is None:
            dropped[OTHER_NAME].append(str(file.relative_to(root)))
        elif file.parent == place:
            wavs[file.stem] = file
        else:
            expected = f"expected a name such as Session1/{WAVS}/Ses01F_impro01/{_EXAMPLE}"
            problems.add("in the folder of others", str(file.relative_to(root)), expected)
    return wavs


def _match(
    wavs: Mapping[str, Path],
    evaluations: Iterable[Evaluation],
    merged: Mapping[str, str],
    problems: Problems,
) -> list[ReleaseEntry]:
    """Match each wav with its evaluation; the release has exactly one of each."""
    entries: dict[str, ReleaseEntry] = {}
    refused = set()
    for evaluation in evaluations:
        name = evaluation.utterance
        if name in entries:
            problems.add("utterance labelled twice", evaluation.where, name)
        elif SCALE.excess(evaluation.avd) > SCALE.slack:
            numbers = " ".join(f"{value:g}" for value in evaluation.avd)
            problems.add(f"dimensions far from {SCALE}", evaluation.where, numbers)
            refused.add(name)
        elif name in wavs:
            entries[name] = _entry(wavs[name], evaluation, merged)
        else:
            problems.add("label without wav", evaluation.where, name)
    for name in sorted(wavs.keys() - entries.keys() - refused):
        problems.add("wav without label", name, f"no line in {EVALUATIONS}")
    return list(entries.values())


def _entry(audio: Path, evaluation: Evaluation, merged: Mapping[str, str]) -> ReleaseEntry:
    match = UTTERANCE_NAME.fullmatch(audio.stem)
    assert match is not None  # `_find_wavs` has checked the name
    return ReleaseEntry(
        audio=audio,
        session=match["session"],
        speaker=f"{match['session']}_{match['letter']}",
        type=DIALOGUE_TYPES[match["type"]],
        evaluation=evaluation,
        label=merged.get(evaluation.emotion, evaluation.emotion),
    )


def _is_wanted(
    entry: ReleaseEntry,
    target: str,
    labels: Sequence[str],
    merged: Mapping[str, str],
    subset: str,
    dropped: dict[str, list[str]],
) -> bool:
    """Tell whether to keep an utterance; if not, it is added to `dropped`."""
    if subset == "improvised" and entry.type != "improvised":
        reason = "scripted dialogue"
    elif target == "avd" or entry.label in labels:
        return True
    elif entry.label == NO_AGREEMENT:
        reason = "annotators did not agree (xxx)"
        if target == "soft":
            chosen = evaluators_distribution(entry.evaluation.votes, merged) or {}
            if any(label in chosen for label in labels):
                return True
            reason += ", and none chose a class of labels"
    else:
        reason = f"class not in labels: {entry.label}"
    dropped[reason].append(entry.id)
    return False


def _out_of_scale(entries: Iterable[ReleaseEntry]) -> list[str]:
    """Return a note on mean ratings a little outside of the scale, which are kept unchanged."""
    beyond = [e.id for e in entries if SCALE.excess(e.evaluation.avd) > 0]
    if not beyond:
        return []
    return [f"dimensions outside of {SCALE}: {len(beyond)} utterances, such as {beyond[0]}"]
