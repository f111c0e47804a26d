"""Attention of a fold's model in each utterance, and the cost of silence to its answer."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sentemo.core.errors import Problems
from sentemo.core.files import read_text
from sentemo.core.structured import parse_json, read_json

ATTENTION_WORDS, ATTENTION_SUMMARY = "attention/words.jsonl", "attention/summary.json"
OCCLUSION_UTTERANCES, OCCLUSION_SUMMARY = "occlusion/utterances.jsonl", "occlusion/summary.json"
EXPLANATIONS = (ATTENTION_WORDS, ATTENTION_SUMMARY, OCCLUSION_UTTERANCES, OCCLUSION_SUMMARY)
HIGHEST_CER = 0.3  # of a recogniser whose words are shown
SHOWN = ("word", "start", "end", "attention", "bin")  # fields of a word that the page shows
OCCLUSION_SHOWN = ("answer", "probability", "duration", "pieces")

Entry = dict[str, Any]  # an utterance, as the page's script reads it


def add_attention(exp: Path, entries: Mapping[str, Entry]) -> dict[str, Any] | None:
    """Add the attention of its fold's model to each entry, and return the summary of all.

    Raises
    ------
    SentemoError
        Counting the utterances that have no such prediction.
    """
    words = exp / ATTENTION_WORDS
    if not words.exists():
        return None
    summary = read_json(exp / ATTENTION_SUMMARY, dict[str, Any])
    timed = not is_high(summary.get("cer"))
    for entry, found in _joined(words, entries):
        entry["attention"] = {
            "words": [{key: word[key] for key in SHOWN} for word in found["words"] if timed],
            **{key: found[key] for key in ("curve", "duration", "unaligned")},
        }
    return summary if timed else {**summary, "classes": {}}


def add_occlusion(exp: Path, entries: Mapping[str, Entry]) -> dict[str, Any] | None:
    """Add the occlusion of the utterances that were drawn for it, and return the summary of all.

    Raises
    ------
    SentemoError
        As of `add_attention`.
    """
    utterances = exp / OCCLUSION_UTTERANCES
    if not utterances.exists():
        return None
    for entry, found in _joined(utterances, entries):
        entry["occlusion"] = {key: found[key] for key in OCCLUSION_SHOWN}
    return read_json(exp / OCCLUSION_SUMMARY, dict[str, Any])


def _joined(path: Path, entries: Mapping[str, Entry]) -> Iterator[tuple[Entry, dict[str, Any]]]:
    """Yield each line of a file with the entry of its utterance, whose fold must be the same."""
    problems = Problems(str(path))
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        found = parse_json(line, f"{path}:{number}")
        entry = entries.get(found["utterance"])
        if entry is None or entry["fold"] != found["fold"]:
            missing = f"{found['utterance']} of fold {found['fold']}"
            problems.add("no such prediction", f"line {number}", missing)
        else:
            yield entry, found
    problems.raise_if_any(
        f"The {path.parent.name} belongs to an earlier training. Delete {path.parent} and make it "
        "again."
    )


def is_high(cer: float | None) -> bool:
    """Tell whether a recogniser errs so often that its words' times mean nothing."""
    return cer is not None and cer > HIGHEST_CER
