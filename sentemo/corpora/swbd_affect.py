"""Switchboard-Affect: Switchboard (LDC97S62) with emotion labels (Romana et al., ACII 2025).

10,000 segments of the transcripts of telephone conversations, each rated by six graders: ten
classes, and activation, valence and dominance from 1 to 5. `swbd_affect_labels` describes the
labels, `switchboard` the files of the corpus.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from sentemo.core.errors import Problems, SentemoError
from sentemo.corpora.release import check_counts, check_labels, unlearnable
from sentemo.corpora.swbd_affect_labels import (
    CLASS_OF_WORD,
    REMEDY,
    Rating,
    agreed_class,
    find_labels,
    mean_ratings,
    parse_columns,
    read_ratings,
)
from sentemo.corpora.swbd_conversations import (
    CALLERS_SOURCE,
    UNKNOWN_CALLER,
    files_left_out,
    limits,
    require_files,
    require_folders,
    words_of_segments,
    words_within,
)
from sentemo.corpora.swbd_conversations import REMEDY as FILES_REMEDY
from sentemo.corpora.swbd_splits import conversation_of
from sentemo.corpora.switchboard import (
    CALLER_SIDES,
    CALLERS_FILE,
    SwitchboardFiles,
    Timed,
    check_readable,
    find_switchboard,
    pronounced_text,
    read_callers,
    read_segments,
)
from sentemo.data.distributions import distribution_of
from sentemo.data.kaldi import NO_AGREEMENT, UNKNOWN_SPEAKER, Utterance
from sentemo.data.preparation import ParsedCorpus
from sentemo.data.splits import speaker_groups

GRADERS = 6
PUBLISHED_COUNTS = {"segments": 10_000, "segments of six graders": 10_000}
GROUPS = 5  # of speakers, which are tested in turn
NO_SEGMENT = "segment that the transcripts do not have"


def find_sources(swbd_dir: Path, affect_dir: Path) -> list[Path]:
    """Return the folders that `parse_swbd_affect` reads, after checking that they are there."""
    _find(swbd_dir, affect_dir)
    return [Path(swbd_dir), Path(affect_dir)]


def _find(swbd_dir: Path, affect_dir: Path) -> tuple[SwitchboardFiles, Path]:
    require_folders(swbd_dir=swbd_dir, affect_dir=affect_dir)
    files = find_switchboard(swbd_dir, affect_dir)
    if files.callers is None:
        raise SentemoError(
            f"{swbd_dir}: the folds divide the callers, but there is no {CALLERS_FILE} below this "
            f"folder. Put it there; it is in {CALLERS_SOURCE}."
        )
    return files, find_labels(affect_dir)


def parse_swbd_affect(
    swbd_dir: Path,
    affect_dir: Path,
    labels: Sequence[str],
    target: str = "label",
    columns: str = "",
    allow_partial: bool = False,
) -> ParsedCorpus:
    """Parse ratings, transcripts and callers into utterances with text, words, votes and a group.

    Parameters
    ----------
    swbd_dir
        A folder above audio, transcripts and callers.
    affect_dir
        The folder of the labels.
    labels
        The classes to keep, out of the values of `CLASS_OF_WORD`.
    target
        ``label`` keeps these classes; ``soft`` keeps them with the graders' distributions, and
        beside them the segments on which these did not agree; ``avd`` keeps all segments.
    columns
        Names of the labels' columns, see `parse_columns`.
    allow_partial
        Accept other counts than the published ones, and leave out and count labels without audio or
        transcript and malformed lines.

    Raises
    ------
    SentemoError
        When a folder is not the corpus', columns cannot be told, lines are malformed (naming file
        and line), audio is compressed, files are missing, or the callers are unknown.
    """
    check_labels(labels, list(CLASS_OF_WORD.values()), "Switchboard-Affect")
    files, labels_file = _find(swbd_dir, affect_dir)
    dropped = files_left_out(files)
    where = f"{swbd_dir} and {affect_dir}"
    problems = Problems(where)
    ratings = read_ratings(labels_file, parse_columns(columns), problems)
    notes = problems.settle(allow_partial, dropped, REMEDY)
    counts = {"the published labels": (_counts(ratings), PUBLISHED_COUNTS)}
    notes += check_counts(labels_file, counts, allow_partial)

    problems = Problems(where)
    segments = _segments(ratings, files, dropped, None if allow_partial else problems, problems)
    callers = read_callers(files.callers, problems) if files.callers else {}
    words = words_of_segments(((_side(name), name) for name in segments), files, problems)
    notes += problems.settle(allow_partial, dropped, FILES_REMEDY)
    utterances = _in_groups(
        _utterance(segment, ratings[name], files, callers) for name, segment in segments.items()
    )
    if target == "soft":
        utterances = [
            replace(utt, distribution=distribution_of(r.classes for r in ratings[name]))
            for utt, name in zip(utterances, segments, strict=True)
        ]
    corpus = ParsedCorpus(
        [],
        dropped,
        name="Switchboard-Affect",
        elicitation="conversation",
        tables={"utt2votes": {}, "text_tagged": {}},
    )
    for utt, segment in zip(utterances, segments.values(), strict=True):
        of_segment = ratings[segment.segment]
        votes = [rating.primary for rating in of_segment]
        reason = "" if target == "avd" else unlearnable(utt, labels)
        if utt.speaker == UNKNOWN_SPEAKER:
            reason = UNKNOWN_CALLER
        if reason:
            dropped[reason].append(utt.id)
            continue
        corpus.utterances.append(utt)
        corpus.tables["utt2votes"][utt.id] = " ".join(votes)
        corpus.tables["text_tagged"][utt.id] = segment.text
        if utt.label != NO_AGREEMENT:
            corpus.agreement[utt.id] = votes.count(str(utt.label)) / len(votes)
        if spoken := words_within(segment.start, segment.end, words[segment.segment]):
            corpus.words[utt.id] = spoken
    if not corpus.utterances:
        raise SentemoError(f"{labels_file}: no segment of a known caller has one of the classes")
    notes += [*limits(corpus, files), *_shared_conversations(corpus.utterances)]
    return replace(corpus, notes=notes)


def _counts(ratings: Mapping[str, Sequence[Rating]]) -> dict[str, int]:
    graders = Counter(map(len, ratings.values()))
    return {"segments": len(ratings), "segments of six graders": graders[GRADERS]}


def _side(segment: str) -> str:
    """Return the side of a segment: ``sw02005-A`` of ``sw2005A-ms98-a-0012``."""
    return f"sw0{segment[2:6]}-{segment[6]}"


def _segments(
    names: Iterable[str],
    files: SwitchboardFiles,
    dropped: defaultdict[str, list[str]],
    refused: Problems | None,
    problems: Problems,
) -> dict[str, Timed]:
    """Return the segments of these names as the transcripts have them, sorted.

    Parameters
    ----------
    refused
        See `require_files`.
    """
    of_conversation: defaultdict[str, list[str]] = defaultdict(list)
    for name in sorted(names):
        of_conversation[_side(name).partition("-")[0]].append(name)
    there = require_files(of_conversation, files, dropped, refused)
    check_readable([files.audio[name] for name in there], problems)
    found: dict[str, Timed] = {}
    for conversation in there:
        wanted = of_conversation[conversation]
        sides = sorted({_side(name) for name in wanted})
        read = [s for side in sides for s in read_segments(files.transcripts[side], problems)]
        timed = {segment.segment: segment for segment in read}
        for name in wanted:
            if name in timed:
                found[name] = timed[name]
            else:
                problems.add(NO_SEGMENT, name, f"in {files.transcripts[_side(name)].name}")
    return found


def _utterance(
    segment: Timed,
    ratings: Sequence[Rating],
    files: SwitchboardFiles,
    callers: Mapping[str, str],
) -> Utterance:
    side = _side(segment.segment)
    speaker = callers.get(side, UNKNOWN_SPEAKER)
    return Utterance(
        id=f"{speaker}-{segment.segment}",
        speaker=speaker,
        audio=files.audio[side.partition("-")[0]],
        label=agreed_class(ratings),
        text=pronounced_text(segment.text) or None,
        start=segment.start,
        end=segment.end,
        recording=side,
        channel=CALLER_SIDES.index(side[-1]),
        avd=mean_ratings(ratings),
    )


def _in_groups(utterances: Iterable[Utterance]) -> list[Utterance]:
    """Divide the callers into groups of about as many segments, whatever classes are kept."""
    utterances = list(utterances)
    known = [utt for utt in utterances if utt.speaker != UNKNOWN_SPEAKER]
    group_of = {
        speaker: f"group{number}"
        for number, group in enumerate(speaker_groups(known, GROUPS), start=1)
        for speaker in group
    }
    return [replace(utt, split=group_of.get(utt.speaker)) for utt in utterances]


def _shared_conversations(utterances: Sequence[Utterance]) -> list[str]:
    """Note how many conversations have callers in two groups: their words go together."""
    groups: defaultdict[str, set[str | None]] = defaultdict(set)
    for utt in utterances:
        groups[conversation_of(utt)].add(utt.split)
    shared = sum(len(of_one) > 1 for of_one in groups.values())
    if not shared:
        return []
    return [f"the callers of {shared} of {len(groups)} conversations are in different groups"]
