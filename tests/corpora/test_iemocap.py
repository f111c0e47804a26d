from pathlib import Path

import pytest
from iemocap_tree import ALIGNMENT_HEADER, FOUR, VOTES, add, append, block, ids, parse

from sentemo.core.errors import SentemoError
from sentemo.corpora.iemocap import find_release, find_sources
from sentemo.corpora.iemocap_votes import CLASS_OF_CODE
from sentemo.corpora.release import OTHER_NAME
from sentemo.data.kaldi import Utterance
from sentemo.data.labels import read_labels
from sentemo.data.word_times import Word

RECIPE = Path(__file__).parents[2] / "egs/iemocap"
NINE = [*FOUR, "excited", "frustrated", "surprised", "fearful", "disgusted"]


@pytest.fixture
def root(tmp_path):
    """A release with one angry utterance, in a path with spaces."""
    root = tmp_path / "my corpora" / "IEMOCAP full release"
    add(root, "Ses01F_impro05_F019")
    return root


def test_an_utterance_is_what_its_files_say(tmp_path):
    wav = add(
        tmp_path,
        "Ses03F_script01_1_M002",
        text="Excuse me. [LAUGHTER]  The [GARBAGE] door.",
        alignment=ALIGNMENT_HEADER
        + "\t    0\t   12\t  -135938 <s>\n"
        + "\t   13\t   56\t -1118044 EXCUSE\n"
        + "\t   57\t   57\t  -100000 <sil>\n"
        + "\t   58\t   99\t    20000 ++LAUGHTER++\n"
        + "\t  100\t  119\t  -200000 THE(2)\n"
        + "\t  120\t  130\t  -135938 </s>\n"
        + "Total score: -1234567\n",
    )
    parsed = parse(tmp_path)
    utt = "Ses03_M-Ses03F_script01_1_M002"
    assert parsed.utterances == [
        Utterance(
            id=utt,
            speaker="Ses03_M",
            audio=wav,
            label="angry",
            text="Excuse me. The door.",
            avd=(4.0, 1.5, 4.5),  # the file has valence first
        )
    ]
    assert parsed.tables == {
        "text_tagged": {utt: "Excuse me. [LAUGHTER] The [GARBAGE] door."},
        "utt2type": {utt: "scripted"},
        "utt2votes": {utt: "C-E1:angry C-E3:angry,frustrated C-F1:neutral"},
    }
    assert parsed.words == {
        utt: [Word(0.13, 0.44, "EXCUSE"), Word(0.58, 0.42, "[LAUGHTER]"), Word(1.0, 0.2, "THE")]
    }
    assert parsed.agreement == {utt: 0.75}
    assert (parsed.name, parsed.elicitation, parsed.dropped) == ("IEMOCAP", "play-acted", {})


@pytest.mark.parametrize(
    ("name", "speaker", "kind"),
    [
        ("Ses01F_impro01_M003", "Ses01_M", "improvised"),
        ("Ses03M_impro05a_F012", "Ses03_F", "improvised"),
        ("Ses02F_script01_1_M000", "Ses02_M", "scripted"),
        ("Ses05M_script03_2_F101", "Ses05_F", "scripted"),
    ],
)
def test_the_last_letter_names_the_speaker(tmp_path, name, speaker, kind):
    add(tmp_path, name)
    parsed = parse(tmp_path)
    assert [(utt.id, utt.speaker) for utt in parsed.utterances] == [(f"{speaker}-{name}", speaker)]
    assert parsed.tables["utt2type"] == {f"{speaker}-{name}": kind}


@pytest.fixture
def one_of_each(tmp_path):
    """A release with one utterance of each class, named F000 and on in `CLASS_OF_CODE`'s order."""
    for number, code in enumerate(CLASS_OF_CODE):
        name = f"Ses01F_{'impro01' if number % 2 else 'script01_1'}_F{number:03}"
        add(tmp_path, name, block(name, code))
    return tmp_path


def labels_by_number(parsed):
    return {int(utt.id[-3:]): utt.label for utt in parsed.utterances}


def test_excited_counts_as_happy_unless_it_is_a_class(one_of_each):
    four = {0: "neutral", 1: "happy", 2: "sad", 3: "angry"}
    assert labels_by_number(parse(one_of_each)) == {**four, 4: "happy"}
    assert labels_by_number(parse(one_of_each, [*FOUR, "excited"])) == {**four, 4: "excited"}
    assert labels_by_number(parse(one_of_each, ["sad", "angry"])) == {2: "sad", 3: "angry"}


def test_other_classes_are_dropped_under_their_names(one_of_each):
    parsed = parse(one_of_each)
    assert {reason: len(items) for reason, items in parsed.dropped.items()} == {
        "class not in labels: frustrated": 1,
        "class not in labels: surprised": 1,
        "class not in labels: fearful": 1,
        "class not in labels: disgusted": 1,
        "class not in labels: other": 1,
        "annotators did not agree (xxx)": 1,
    }
    assert parsed.dropped["class not in labels: frustrated"] == ["Ses01_F-Ses01F_impro01_F005"]


def test_dimensions_keep_every_utterance_under_its_own_class(one_of_each):
    parsed = parse(one_of_each, target="avd")
    assert labels_by_number(parsed) == dict(enumerate(CLASS_OF_CODE.values()))
    assert parsed.dropped == {}
    assert len(parsed.agreement) == len(CLASS_OF_CODE) - 1  # nothing to agree with in no_agreement
    assert "Ses01_F-Ses01F_script01_1_F010" not in parsed.agreement


def test_improvised_leaves_the_scripted_dialogues_out(one_of_each):
    parsed = parse(one_of_each, subset="improvised")
    assert labels_by_number(parsed) == {1: "happy", 3: "angry"}
    assert len(parsed.dropped["scripted dialogue"]) == 6
    assert len(parse(one_of_each, target="avd", subset="improvised").utterances) == 5


def test_the_recipe_asks_for_the_usual_classes():
    assert read_labels(RECIPE / "labels.txt") == FOUR
    assert read_labels(RECIPE / "labels9.txt") == NINE


def test_an_unknown_label_names_the_choices(root):
    with pytest.raises(SentemoError, match=r"not a class of IEMOCAP: hapy; choose from neutral,"):
        parse(root, ["hapy", "sad"])
    with pytest.raises(SentemoError, match="not a class of IEMOCAP: no_agreement"):
        parse(root, ["no_agreement", "sad"])


@pytest.mark.parametrize(
    ("votes", "code", "labels", "share"),
    [
        ("C-E1:\tAnger;\t()\nC-E2:\tAnger;\t()\n", "ang", FOUR, 1),
        ("C-E1:\tAnger;\t()\nC-E2:\tSadness;\t()\n", "ang", FOUR, 0.5),
        ("C-E1:\tAnger; Fear; Disgust;\t()\n", "ang", FOUR, 1 / 3),
        ("C-E1:\tAnger;\t()\nC-F1:\tSadness;\t()\nC-M1:\tOther;\t()\n", "ang", FOUR, 1),
        ("C-E1:\tHappiness; Excited;\t()\nC-E2:\tSurprise;\t()\n", "exc", FOUR, 0.5),
        ("C-E1:\tHappiness; Excited;\t()\nC-E2:\tSurprise;\t()\n", "exc", NINE, 0.25),
        ("C-E1:\tneutral  state\nC-E2:\tNeutral;\n", "neu", FOUR, 1),
        ("C-E1:\tAnger;\t()\nC-E2:\t;\t()\n", "ang", FOUR, 1),
        ("C-F1:\tAnger;\t()\n", "ang", FOUR, None),
        ("", "ang", FOUR, None),
    ],
)
def test_agreement_is_that_of_the_outside_evaluators(tmp_path, votes, code, labels, share):
    name = "Ses01F_impro01_F000"
    add(tmp_path, name, block(name, code, votes=votes))
    expected = {} if share is None else {f"Ses01_F-{name}": pytest.approx(share)}
    assert parse(tmp_path, labels).agreement == expected


def test_each_utterance_keeps_its_votes_as_they_were_given(tmp_path):
    first, second = "Ses01F_impro01_F000", "Ses01F_impro01_M000"
    votes = "C-E1:\tExcited; Happiness;\t(a (b) c)\nC-E2:\t;\t()\nC-M1:\tOther;\t(bored)\n"
    add(tmp_path, first, block(first, "exc", votes=votes))
    add(tmp_path, second, block(second, "sad", votes="C-E2:\tSadness;\t()\n"))
    assert parse(tmp_path).tables["utt2votes"] == {
        f"Ses01_F-{first}": "C-E1:excited,happy C-E2:none C-M1:other",
        f"Ses01_M-{second}": "C-E2:sad",
    }


@pytest.mark.parametrize("means", ["0.5, 4, 4", "1.5, 5.5, 4"])
def test_dimensions_a_little_out_of_scale_are_kept_and_noted(root, means):
    name = "Ses01F_impro06_M000"
    add(root, name, block(name, means=means))
    parsed = parse(root)
    assert f"dimensions outside of 1 to 5: 1 utterances, such as Ses01_M-{name}" in parsed.notes
    assert f"Ses01_M-{name}" in ids(parsed)


def test_dimensions_that_no_scale_has_are_refused_or_left_out(root):
    name = "Ses01F_impro06_M000"
    add(root, name, block(name, means="1, 2, 99999"))
    problem = r"dimensions far from 1 to 5: 1\n.*Ses01F_impro06.txt:3: (.|\n)*--allow_partial true"
    with pytest.raises(SentemoError, match=problem):
        parse(root, allow_partial=False)
    parsed = parse(root)
    assert f"Ses01_M-{name}" not in ids(parsed)
    assert len(parsed.dropped["dimensions far from 1 to 5"]) == 1


def test_wavs_and_labels_without_each_other_are_refused_unless_allowed(root):
    add(root, "Ses02M_impro01_F000", labels="")
    file = root / "Session1/dialog/EmoEvaluation/Ses01F_impro05.txt"
    append(file, block("Ses01F_impro05_F020"))
    with pytest.raises(SentemoError) as error:
        parse(root, allow_partial=False)
    assert "label without wav: 1" in str(error.value)
    assert "Ses01F_impro05.txt:10: Ses01F_impro05_F020" in str(error.value)
    assert "wav without label: 1\n    Ses02M_impro01_F000" in str(error.value)
    where = "Session1/dialog/EmoEvaluation/Ses01F_impro05.txt:10"
    assert parse(root).dropped == {
        "label without wav": [f"{where}: Ses01F_impro05_F020"],
        "wav without label": ["Ses02M_impro01_F000: no line in dialog/EmoEvaluation"],
    }


@pytest.mark.parametrize(
    "wav",
    [
        "Session1/sentences/wav/Ses01F_impro05/Ses01F_impro06_F000.wav",  # another dialogue
        "Session2/sentences/wav/Ses01F_impro05/Ses01F_impro05_F019.wav",  # another session
    ],
)
def test_wavs_in_the_folder_of_others_are_refused(root, wav):
    add(root, "Ses02M_impro01_F000")
    (root / wav).parent.mkdir(parents=True, exist_ok=True)
    (root / wav).touch()
    with pytest.raises(SentemoError) as error:
        parse(root, allow_partial=False)
    assert f"in the folder of others: 1\n    {wav}: expected" in str(error.value)


def test_wavs_that_somebody_put_there_are_left_out_and_counted(root):
    folder = root / "Session1/sentences/wav/Ses01F_impro05"
    names = ["Ses01F_impro05_FXX0.wav", "copy of it.wav", "\udcff.wav"]
    for name in names:
        (folder / name).write_text("no audio")
    parsed = parse(root)
    assert ids(parsed) == ["Ses01_F-Ses01F_impro05_F019"]
    expected = sorted(str((folder / name).relative_to(root)) for name in names)
    assert sorted(parsed.dropped[OTHER_NAME]) == expected


def test_what_does_not_belong_to_the_labels_is_left_alone(root):
    """MacOS' files are counted; raw votes in subfolders of the label files are not read."""
    extra = (
        "Session1/dialog/EmoEvaluation/._Ses01F_impro05.txt",
        "Session1/dialog/transcriptions/._Ses01F_impro05.txt",
        "Session1/sentences/ForcedAlignment/Ses01F_impro05/._Ses01F_impro05_F019.wdseg",
        "Session1/sentences/wav/Ses01F_impro05/._Ses01F_impro05_F019.wav",
    )
    ignored = (
        "Session1/dialog/EmoEvaluation/Categorical/Ses01F_impro05_e1_cat.txt",
        "Session1/dialog/EmoEvaluation/Self-evaluation/Ses01F_impro05_f1_atr.txt",
        "Session1/sentences/wav/Ses01F_impro05/notes.pdf",
    )
    for name in extra + ignored:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"\x00\x05\x16\x07\xff")
    parsed = parse(root)
    assert ids(parsed) == ["Ses01_F-Ses01F_impro05_F019"]
    assert {reason: sorted(items) for reason, items in parsed.dropped.items()} == {
        "macOS resource file": sorted(extra)
    }


def test_the_folder_above_is_found(root):
    (root.parent / "a folder beside it").mkdir()
    assert find_release(root) == find_release(root.parent) == root
    assert parse(root.parent) == parse(root)
    assert [path.relative_to(root).as_posix() for path in find_sources(root.parent)] == [
        "Session1/sentences/wav",
        "Session1/dialog/EmoEvaluation",
        "Session1/dialog/transcriptions",
    ]


def test_a_wrong_folder_says_what_was_expected_and_found(tmp_path, root):
    with pytest.raises(SentemoError, match="no such directory; give --corpus_dir"):
        find_release(tmp_path / "gone")
    (tmp_path / "empty").mkdir()
    with pytest.raises(SentemoError, match=r"Expected Session1 to Session5 .* an empty directory"):
        find_release(tmp_path / "empty")
    with pytest.raises(SentemoError, match=r"Expected Session1 to Session5 .* dialog, sentences"):
        find_release(root / "Session1")
    (root / "Session2/sentences/wav").mkdir(parents=True)
    with pytest.raises(SentemoError) as error:
        find_release(root)
    assert "Session2: dialog/EmoEvaluation" in str(error.value)
    assert "Session2: dialog/transcriptions" in str(error.value)


def test_a_release_without_the_wanted_classes_is_refused(root):
    with pytest.raises(SentemoError, match="no utterances of the classes neutral, sad"):
        parse(root, ["neutral", "sad"])


def test_soft_targets_are_the_evaluators_shares(tmp_path):
    """Evaluators disagree, and the actor's own vote does not count; excited counts as happy."""
    votes = "C-E1:\tSadness;\t()\nC-E3:\tExcited; Happiness;\t()\nC-F1:\tAnger;\t()\n"
    other = "C-E1:\tFear;\t()\nC-E3:\tOther;\t()\nC-F1:\tAnger;\t()\n"
    for name, code, chosen in (
        ("Ses01F_impro05_F000", "ang", VOTES),
        ("Ses01F_impro05_F001", "xxx", votes),
        ("Ses01F_impro05_F002", "xxx", other),
        ("Ses01F_impro05_F003", "fru", votes),
    ):
        add(tmp_path, name, block(name, code, votes=chosen))
    parsed = parse(tmp_path, target="soft")
    angry, unagreed = parsed.utterances
    assert angry.distribution == {"angry": 0.75, "frustrated": 0.25}
    assert unagreed.distribution == {"sad": 0.5, "happy": 0.5}
    assert (angry.is_training_only, unagreed.is_training_only) == (False, True)
    assert parsed.agreement == {angry.id: 0.75}
    reason = "annotators did not agree (xxx), and none chose a class of labels"
    assert parsed.dropped[reason] == ["Ses01_F-Ses01F_impro05_F002"]
    assert parsed.dropped["class not in labels: frustrated"] == ["Ses01_F-Ses01F_impro05_F003"]
    assert all(utt.distribution is None for utt in parse(tmp_path).utterances)
