from collections import Counter
from pathlib import Path

import pytest

from sentemo.core.errors import SentemoError
from sentemo.corpora.release import OTHER_NAME
from sentemo.corpora.speechocean762 import (
    NOT_NAMED,
    VALIDATION_SPEAKERS,
    find_sources,
    parse_speechocean762,
)
from sentemo.data.fold_files import read_folds
from sentemo.data.sentiment import SENTIMENTS, most_likely
from sentemo.data.splits import SIDES, side_of_fold
from sentemo.proxy.labelling import label_texts
from sentemo.proxy.vader import Vader

RECIPE = Path(__file__).parents[2] / "egs/speechocean762"
FOLDS, README = RECIPE / "folds", RECIPE / "README.md"
# Side, gender, age and texts of each speaker.
SPEAKERS = {
    "0001": ("train", "m", "6", ["WE CALL IT BEAR", "ZERO THREE"]),
    "2089": ("train", "f", "20", ["IT'S FINE"]),
    "0003": ("test", "m", "7", ["MARK IS GOING", "GO"]),
}


@pytest.fixture
def corpus(tmp_path):
    """Tables of five utterances with tabs and ages in no order; the recordings are empty files."""
    root = tmp_path / "my corpora" / "speechocean762"
    for speaker, (side, gender, age, texts) in reversed(SPEAKERS.items()):
        ids = [f"0{speaker}{number:04}" for number in range(len(texts))]
        paths = [f"WAVE/SPEAKER{speaker}/{utt}.WAV" for utt in ids]
        for path in paths:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).touch()
        append(root, side, "text", map("\t".join, zip(ids, texts, strict=True)))
        append(root, side, "wav.scp", map("\t".join, zip(ids, paths, strict=True)))
        append(root, side, "utt2spk", [f"{utt} {speaker}" for utt in ids])
        append(root, side, "spk2gender", [f"{speaker}\t{gender}"])
        append(root, side, "spk2age", [f"{speaker}\t{age}"])
    return root


def append(root, side, table, lines):
    (root / side).mkdir(parents=True, exist_ok=True)
    with open(root / side / table, "a") as stream:
        stream.writelines(f"{line}\n" for line in lines)


def change(root, table, old, new):
    content = (root / table).read_text()
    assert old in content
    (root / table).write_text(content.replace(old, new))


def parse(root):
    return parse_speechocean762(root, allow_partial=True)


def test_tables_become_utterances_with_the_publishers_sides_and_a_validation_side(corpus):
    parsed = parse(corpus)
    assert (parsed.name, parsed.elicitation, parsed.dropped) == (
        "speechocean762",
        "read speech",
        {},
    )
    found = {utt.id: (utt.speaker, utt.text, utt.split) for utt in parsed.utterances}
    assert found == {
        "000010000": ("0001", "WE CALL IT BEAR", "train"),
        "000010001": ("0001", "ZERO THREE", "train"),
        "020890000": ("2089", "IT'S FINE", "valid"),
        "000030000": ("0003", "MARK IS GOING", "test"),
        "000030001": ("0003", "GO", "test"),
    }
    first = next(utt for utt in parsed.utterances if utt.id == "000010000")
    assert first.audio == corpus / "WAVE/SPEAKER0001/000010000.WAV"
    assert parsed.tables == {
        "spk2gender": {"0001": "m", "2089": "f", "0003": "m"},
        "spk2age": {"0001": "6", "2089": "20", "0003": "7"},
    }


def test_the_folds_take_these_sides(corpus):
    utterances = parse(corpus).utterances
    (fold,) = read_folds(FOLDS / "official.tsv", utterances)
    sides = [{utt.speaker for utt in side_of_fold(utterances, fold, side)} for side in SIDES]
    assert sides == [{"0001"}, {"2089"}, {"0003"}]
    assert fold.speaker_disjoint


def test_a_speaker_on_both_sides_is_refused_by_the_folds(corpus):
    (corpus / "WAVE/SPEAKER0001/000010009.WAV").touch()
    append(corpus, "test", "text", ["000010009 AGAIN"])
    append(corpus, "test", "wav.scp", ["000010009 WAVE/SPEAKER0001/000010009.WAV"])
    append(corpus, "test", "utt2spk", ["000010009 0001"])
    append(corpus, "test", "spk2gender", ["0001 m"])
    append(corpus, "test", "spk2age", ["0001 6"])
    with pytest.raises(SentemoError, match="speaker on two sides"):
        read_folds(FOLDS / "official.tsv", parse(corpus).utterances)


def test_other_counts_than_the_published_ones_are_refused_or_noted(corpus):
    with pytest.raises(SentemoError, match=r"train 3 of 2500, test 2 of 2500(.|\n)*allow_partial"):
        parse_speechocean762(corpus)
    assert "train 3 of 2500, test 2 of 2500" in parse(corpus).notes[0]


def test_a_wrong_folder_says_what_was_expected(corpus, tmp_path):
    with pytest.raises(SentemoError, match="gone: no such directory; give --corpus_dir"):
        find_sources(tmp_path / "gone")
    with pytest.raises(SentemoError, match=r"Expected train/text, .*WAVE in it, found my corpora"):
        find_sources(tmp_path)
    (corpus / "test/spk2age").unlink()
    with pytest.raises(SentemoError, match="Expected test/spk2age in it, found WAVE, test"):
        find_sources(corpus)


def test_recordings_that_no_table_names_are_left_out_and_counted(corpus):
    (corpus / "WAVE/SPEAKER9600").mkdir()
    for name in ("SPEAKER9600/096000023.WAV", "SPEAKER0001/my notes.txt", "SPEAKER0001/._a.WAV"):
        (corpus / "WAVE" / name).touch()
    assert parse(corpus).dropped == {
        "macOS resource file": ["WAVE/SPEAKER0001/._a.WAV"],
        OTHER_NAME: ["WAVE/SPEAKER0001/my notes.txt"],
        NOT_NAMED: ["WAVE/SPEAKER9600/096000023.WAV"],
    }


def test_texts_become_capitals_with_single_spaces(corpus):
    change(corpus, "train/text", "WE CALL IT BEAR", "we  call\tit Bear ")
    assert "WE CALL IT BEAR" in {utt.text for utt in parse(corpus).utterances}


@pytest.mark.parametrize(
    ("table", "old", "new"),
    [
        ("text", "ZERO THREE", "03"),
        ("text", "ZERO THREE", "ZÉRO"),
        ("text", "ZERO THREE", ""),
        ("wav.scp", "WAVE/SPEAKER0001/000010001.WAV", "a b.WAV"),
        ("utt2spk", "000010001 0001", "000010001 anna"),
    ],
)
def test_a_malformed_line_is_named_and_left_out_where_that_is_allowed(corpus, table, old, new):
    change(corpus, f"train/{table}", old, new)
    lines = (corpus / "train" / table).read_text().splitlines()
    number = next(n for n, line in enumerate(lines, start=1) if line.startswith("000010001"))
    with pytest.raises(SentemoError) as error:
        parse_speechocean762(corpus)
    expected = f": 1 problem\n  malformed line: 1\n    train/{table}:{number}: '000010001"
    assert expected in str(error.value)
    parsed = parse(corpus)
    assert "left out, malformed line: 1" in parsed.notes
    assert len(parsed.utterances) == 4


def test_what_does_not_belong_together_is_named_with_its_line(corpus):
    (corpus / "WAVE/SPEAKER0001/000010000.WAV").unlink()
    change(corpus, "train/wav.scp", "020890000\tWAVE/SPEAKER2089", "020890000\tWAVE/SPEAKER2088")
    change(corpus, "train/utt2spk", "000010001 0001\n", "")
    append(corpus, "train", "wav.scp", ["000010001 WAVE/SPEAKER0001/000010001.WAV"])
    change(corpus, "test/spk2age", "\t7", "\tseven")
    with pytest.raises(SentemoError) as error:
        parse_speechocean762(corpus)
    message = str(error.value)
    for expected in (
        "line without recording: 1\n    train/text:2: no WAVE/SPEAKER0001/000010000.WAV",
        "utterance that a table lacks: 1\n    train/text:3: no 000010001 in train/utt2spk",
        "listed twice: 1\n    train/wav.scp:4: 000010001, also train/wav.scp:3",
        "tables disagree: 1\n    train/text:1: WAVE/SPEAKER2088/020890000.WAV is not",
        "malformed line: 1\n    test/spk2age:1: '0003\\tseven', expected one as 0001 6",
        "utterance whose speaker a table lacks: 2\n    test/text:1: 000030000: no 0003 in test/",
        "--allow_partial true leaves these out and counts them",
    ):
        assert expected in message
    with pytest.raises(SentemoError, match="no utterances are left of train and test"):
        parse(corpus)


def row_of_side(parsed, side):
    """The beginning of the README's row of counts: women, men, girls, boys, utterances."""
    utterances = [utt for utt in parsed.utterances if utt.split == side]
    groups = Counter(
        (int(parsed.tables["spk2age"][name]) <= 15, parsed.tables["spk2gender"][name])
        for name in {utt.speaker for utt in utterances}
    )
    people = [groups[is_child, gender] for is_child in (False, True) for gender in "fm"]
    return f"| {' | '.join(map(str, [side, *people, len(utterances)]))} |"


def test_vader_labels_the_real_transcripts_as_the_readme_says(real_speechocean762, tmp_path):
    utterances = parse_speechocean762(real_speechocean762).utterances
    scores = label_texts({utt.id: utt.text for utt in utterances}, Vader(), tmp_path / "kept")
    for side in SIDES:
        labels = [most_likely(scores[utt.id][:3]) for utt in utterances if utt.split == side]
        shares = [f"{100 * labels.count(name) / len(labels):.1f}" for name in SENTIMENTS]
        row = next(line for line in README.read_text("utf-8").splitlines() if f"| {side} |" in line)
        assert row.endswith(f" | {' | '.join(shares)} |")


def test_real_speechocean762_is_complete_and_its_validation_side_follows_the_rule(
    real_speechocean762,
):
    parsed = parse_speechocean762(real_speechocean762)
    assert Counter(utt.split for utt in parsed.utterances) == {
        "train": 2260,
        "valid": 240,
        "test": 2500,
    }
    assert {reason: len(items) for reason, items in parsed.dropped.items()} == {NOT_NAMED: 245}
    ages = {name: int(age) for name, age in parsed.tables["spk2age"].items()}
    genders = parsed.tables["spk2gender"]

    def middles_of_thirds(*splits):
        speakers = {utt.speaker for utt in parsed.utterances if utt.split in splits}
        found = []
        for is_child in (False, True):
            for gender in "fm":
                group = [s for s in speakers if (genders[s], ages[s] <= 15) == (gender, is_child)]
                group.sort(key=lambda speaker: (ages[speaker], speaker))
                found += [group[(2 * third + 1) * len(group) // 6] for third in range(3)]
        return tuple(found)

    assert set(middles_of_thirds("train", "valid")) == VALIDATION_SPEAKERS
    (fold,) = read_folds(FOLDS / "small_test.tsv", parsed.utterances)
    assert fold.valid == middles_of_thirds("train", "valid")
    assert fold.test == middles_of_thirds("test")

    for side in SIDES:
        assert row_of_side(parsed, side) in README.read_text(encoding="utf-8")
    texts = {side: {utt.text for utt in parsed.utterances if utt.split == side} for side in SIDES}
    assert len(texts["train"] & texts["test"]) == 52
    assert not texts["valid"] & (texts["train"] | texts["test"])
