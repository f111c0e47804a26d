"""The published counts of IEMOCAP, and the folds of its speakers."""

import itertools
import re
from collections import Counter
from pathlib import Path

import pytest
from iemocap_tree import FOUR, append, block, parse

from sentemo.core.errors import SentemoError
from sentemo.corpora.iemocap import parse_iemocap
from sentemo.corpora.iemocap_counts import FOUR_CLASS_COUNTS, RELEASE_COUNTS
from sentemo.corpora.iemocap_votes import CLASS_OF_CODE
from sentemo.data.fold_files import read_folds
from sentemo.data.kaldi import Utterance
from sentemo.data.labels import read_labels
from sentemo.data.splits import SIDES, side_of_fold

RECIPE = Path(__file__).parents[2] / "egs/iemocap"
NINE = read_labels(RECIPE / "labels9.txt")


def published_utterances():
    """Names and codes of 10039 utterances that have every published count."""
    codes = {name: code for code, name in CLASS_OF_CODE.items()}
    of_type = {"improvised": [], "scripted": []}
    for label, improvised in FOUR_CLASS_COUNTS["improvised"].items():
        of_label = [codes[label]] * RELEASE_COUNTS[label]
        if label == "happy":
            of_label += [codes["excited"]] * RELEASE_COUNTS["excited"]
        of_type["improvised"] += of_label[:improvised]
        of_type["scripted"] += of_label[improvised:]
    utterances = [(kind, code) for kind, of_kind in of_type.items() for code in of_kind]
    others = codes.keys() - {*FOUR, "excited"}
    others = [codes[name] for name in sorted(others) for _ in range(RELEASE_COUNTS[name])]
    improvised = RELEASE_COUNTS["improvised"] - len(of_type["improvised"])
    utterances += [("improvised", code) for code in others[:improvised]]
    utterances += [("scripted", code) for code in others[improvised:]]

    counts = {name: count for name, count in FOUR_CLASS_COUNTS["all"].items() if "_" in name}
    speakers = [speaker for speaker, count in counts.items() for _ in range(count)]
    turns = Counter()
    for (kind, code), speaker in zip(utterances, itertools.cycle(speakers), strict=False):
        dialogue = f"{speaker[:5]}F_{'impro01' if kind == 'improvised' else 'script01_1'}"
        turns[dialogue] += 1
        yield f"{dialogue}_{speaker[-1]}{turns[dialogue]:04}", code


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A release as large as the published one."""
    root = tmp_path_factory.mktemp("whole") / "IEMOCAP"
    by_dialogue = {}
    for name, code in published_utterances():
        by_dialogue.setdefault(name.rpartition("_")[0], []).append((name, code))
    for dialogue, utterances in by_dialogue.items():
        session = root / f"Session{dialogue[4]}"
        folder = session / "sentences/wav" / dialogue
        folder.mkdir(parents=True)
        for name, _ in utterances:
            (folder / f"{name}.wav").touch()
        blocks = [block(name, code, votes="") for name, code in utterances]
        append(session / f"dialog/EmoEvaluation/{dialogue}.txt", "".join(blocks))
        lines = [f"{name} [000.0000-001.0000]: Yes.\n" for name, _ in utterances]
        append(session / f"dialog/transcriptions/{dialogue}.txt", "".join(lines))
    return root


@pytest.mark.parametrize(
    ("labels", "options", "kept"),
    [
        (FOUR, {}, 5531),
        (FOUR, {"subset": "improvised"}, 2943),
        (NINE, {}, 10039 - 2507 - 3),
        (FOUR, {"target": "avd"}, 10039),
    ],
)
def test_the_whole_release_has_the_published_counts(whole, labels, options, kept):
    parsed = parse_iemocap(whole, labels, **options)
    assert len(parsed.utterances) == kept
    assert len(parsed.utterances) + sum(map(len, parsed.dropped.values())) == 10039
    assert parsed.notes == []


def test_every_other_count_is_named_and_refused_unless_allowed(whole):
    files = sorted(whole.glob("Session*/dialog/EmoEvaluation/*_impro01.txt"))
    file = next(file for file in files if "\tang\t" in file.read_text())
    before = file.read_text()
    speaker = f"{file.name[:5]}_" + re.search(r"([FM])\d+\tang\t", before)[1]
    file.write_text(before.replace("\tang\t", "\txxx\t", 1))
    try:
        with pytest.raises(SentemoError, match="--allow_partial true") as error:
            parse_iemocap(whole, FOUR)
        notes = parse(whole).notes
        improvised = parse(whole, subset="improvised").notes
    finally:
        file.write_text(before)
    published = FOUR_CLASS_COUNTS["all"]
    assert notes == [
        "differs from the release (found of expected): no_agreement 2508 of 2507, "
        "angry 1102 of 1103",
        "differs from the release's four classes (found of expected): angry 1102 of 1103, "
        + ", ".join(f"{n} {published[n] - 1} of {published[n]}" for n in (speaker[:5], speaker)),
    ]
    assert all(note in str(error.value) for note in notes)
    assert improvised[-1].endswith("(found of expected): angry 288 of 289")


@pytest.fixture
def everyone(tmp_path):
    return [
        Utterance(f"{speaker}-1", speaker, tmp_path / "x.wav")
        for speaker in (f"Ses0{session}_{letter}" for session in range(1, 6) for letter in "FM")
    ]


def partner(speaker):
    return speaker[:-1] + {"F": "M", "M": "F"}[speaker[-1]]


@pytest.mark.parametrize(("name", "number"), [("loso", 10), ("session", 5)])
def test_no_speaker_is_on_two_sides_of_a_fold(everyone, name, number):
    folds = read_folds(RECIPE / f"folds/{name}.tsv", everyone)
    assert [fold.number for fold in folds] == list(range(1, number + 1))
    tested = Counter()
    for fold in folds:
        sides = {s: {u.speaker for u in side_of_fold(everyone, fold, s)} for s in SIDES}
        together = [speaker for side in sides.values() for speaker in side]
        assert sorted(together) == sorted({utt.speaker for utt in everyone})
        tested.update(sides["test"])
        if name == "loso":
            (speaker,) = sides["test"]
            assert sides["valid"] == {partner(speaker)}
        else:
            (session,) = {speaker[:5] for speaker in sides["test"]}
            (next_session,) = {speaker[:5] for speaker in sides["valid"]}
            assert int(next_session[-1]) == int(session[-1]) % 5 + 1
            assert [len(sides[side]) for side in SIDES] == [6, 2, 2]
    assert tested == Counter({utt.speaker for utt in everyone})
