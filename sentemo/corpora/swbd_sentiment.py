"""SWBD-sentiment: Switchboard (LDC97S62) with sentiment labels (LDC2020T14; Lu et al., 2020).

In telephone conversations between strangers, three or more annotators labelled segments as
negative, neutral or positive. The modules `switchboard` and `swbd_labels` describe the files.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from sentemo.core.errors import Problems, SentemoError
from sentemo.corpora.swbd_conversations import (
    CALLERS_SOURCE,
    REMEDY,
    UNKNOWN_CALLER,
    files_left_out,
    limits,
    require_files,
    require_folders,
    words_of_segments,
    words_within,
)
from sentemo.corpora.swbd_labels import (
    LABEL_REMEDY,
    Label,
    check_label_counts,
    check_matched,
    find_labels,
    match_sides,
    read_label_lines,
    usable_labels,
)
from sentemo.corpora.swbd_splits import overlap_note, split_by_speaker, split_of_line
from sentemo.corpora.switchboard import (
    CALLER_SIDES,
    CALLERS_FILE,
    SwitchboardFiles,
    check_readable,
    find_switchboard,
    pronounced_text,
    read_callers,
    read_segments,
)
from sentemo.data.kaldi import UNKNOWN_SPEAKER, Utterance
from sentemo.data.preparation import ParsedCorpus


def find_sources(swbd_dir: Path, sentiment_dir: Path) -> list[Path]:
    """Return the folders that `parse_swbd_sentiment` reads, after checking that they are there."""
    _find(swbd_dir, sentiment_dir)
    return [Path(swbd_dir), Path(sentiment_dir)]


def _find(swbd_dir: Path, sentiment_dir: Path) -> tuple[SwitchboardFiles, Path]:
    require_folders(swbd_dir=swbd_dir, sentiment_dir=sentiment_dir)
    return find_switchboard(swbd_dir, sentiment_dir), find_labels(sentiment_dir)


def parse_swbd_sentiment(
    swbd_dir: Path, sentiment_dir: Path, split: str = "paper", allow_partial: bool = False
) -> ParsedCorpus:
    """Parse labels, transcripts and callers into utterances with text, words, votes and a split.

    Parameters
    ----------
    swbd_dir
        A folder above audio and transcripts.
    sentiment_dir
        The folder of the sentiment annotations.
    split
        ``paper`` splits by line order; ``speaker`` splits without shared speakers or conversations.
    allow_partial
        Accept other counts than the published ones, and leave out and count labels without audio or
        transcript and malformed lines.

    Raises
    ------
    SentemoError
        When a folder is not the corpus', lines are malformed (naming file and line), audio is
        compressed, files are missing, or the callers that ``speaker`` needs are unknown.
    """
    files, labels_file = _find(swbd_dir, sentiment_dir)
    if split == "speaker" and files.callers is None:
        raise SentemoError(
            f"{swbd_dir}: --split speaker needs the callers, but there is no {CALLERS_FILE} below "
            f"this folder. Put it there; it is in {CALLERS_SOURCE}. Or use --split paper."
        )
    dropped = files_left_out(files)
    problems = Problems(f"{swbd_dir} and {sentiment_dir}")
    lines = read_label_lines(labels_file, problems)
    if not allow_partial:
        problems.raise_if_any(LABEL_REMEDY)
    labels = usable_labels(lines, dropped)
    of_conversation = _with_files(labels, files, dropped, None if allow_partial else problems)
    check_readable([files.audio[name] for name in of_conversation], problems)
    corpus = _parse_conversations(of_conversation, len(lines), files, dropped, problems)
    accepted = problems.settle(allow_partial, dropped, REMEDY)
    if not corpus.utterances:
        raise SentemoError(f"{labels_file}: no label matches audio and transcripts of {swbd_dir}")
    notes = [*accepted, *check_label_counts(len(lines), labels, allow_partial)]
    notes += [*check_matched(corpus.dropped, len(labels), allow_partial), *limits(corpus, files)]
    if split == "speaker":
        return replace(_disjoint(corpus), notes=notes)
    notes.append(overlap_note(corpus.utterances, files.callers is not None))
    return replace(corpus, notes=notes)


def _with_files(
    labels: Sequence[Label],
    files: SwitchboardFiles,
    dropped: defaultdict[str, list[str]],
    problems: Problems | None,
) -> dict[str, list[Label]]:
    """Group labels by conversation, without conversations whose files are missing."""
    of_conversation = defaultdict(list)
    for label in labels:
        of_conversation[label.conversation].append(label)
    names = {name: [label.utterance for label in of] for name, of in of_conversation.items()}
    return {n: of_conversation[n] for n in require_files(names, files, dropped, problems)}


def _parse_conversations(
    of_conversation: Mapping[str, Sequence[Label]],
    lines: int,
    files: SwitchboardFiles,
    dropped: defaultdict[str, list[str]],
    problems: Problems,
) -> ParsedCorpus:
    callers = read_callers(files.callers, problems) if files.callers else {}
    corpus = ParsedCorpus(
        [],
        dropped,
        name="SWBD-sentiment",
        elicitation="conversation",
        tables={"utt2votes": {}, "text_tagged": {}},
    )
    for name, labels in of_conversation.items():
        sides = [f"{name}-{side}" for side in CALLER_SIDES]
        segments = {side: read_segments(files.transcripts[side], problems) for side in sides}
        matched = match_sides(labels, segments, dropped)
        named = ((side, segment.segment) for _, side, segment in matched)
        words = words_of_segments(named, files, problems)
        for label, side, segment in matched:
            speaker = callers.get(side, UNKNOWN_SPEAKER)
            utt = Utterance(
                id=f"{speaker}-{label.utterance}",
                speaker=speaker,
                audio=files.audio[name],
                label=label.majority,
                text=pronounced_text(segment.text) or None,
                start=label.start,
                end=label.end,
                recording=side,
                channel=CALLER_SIDES.index(side[-1]),
                split=split_of_line(label.line, lines),
            )
            corpus.utterances.append(utt)
            corpus.tables["utt2votes"][utt.id] = " ".join(label.votes)
            corpus.tables["text_tagged"][utt.id] = segment.text
            corpus.agreement[utt.id] = label.votes.count(utt.label) / len(label.votes)
            if spoken := words_within(label.start, label.end, words[segment.segment]):
                corpus.words[utt.id] = spoken
    return corpus


def _disjoint(corpus: ParsedCorpus) -> ParsedCorpus:
    """Split by speakers; utterances that are left out are removed from all tables."""
    known = []
    for utt in corpus.utterances:
        if utt.speaker == UNKNOWN_SPEAKER:
            corpus.dropped.setdefault(UNKNOWN_CALLER, []).append(utt.id)
        else:
            known.append(utt)
    kept = split_by_speaker(known, corpus.dropped)
    ids = {utt.id for utt in kept}
    return replace(
        corpus,
        utterances=kept,
        tables={
            name: {utt: value for utt, value in table.items() if utt in ids}
            for name, table in corpus.tables.items()
        },
        words={utt: words for utt, words in corpus.words.items() if utt in ids},
        agreement={utt: share for utt, share in corpus.agreement.items() if utt in ids},
    )
