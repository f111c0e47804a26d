from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentemo.core.errors import SentemoError
from sentemo.corpora.emodb import (
    EMOTION_OF_LETTER,
    GENDERS,
    PUBLISHED_COUNTS,
    TEXTS,
    find_wav_dir,
    parse_emodb,
)
from sentemo.corpora.release import NOT_A_CLASS, OTHER_NAME
from sentemo.data.labels import read_labels

FOUR = ["happy", "neutral", "sad", "angry"]
RECIPE = Path(__file__).parents[2] / "egs/emodb"


def name_files(corpus, names):
    """Write empty files, as the parser only reads names."""
    (corpus / "wav").mkdir(parents=True, exist_ok=True)
    for name in names:
        (corpus / "wav" / name).touch()
    return corpus


def published_names():
    """535 names with the published counts of each emotion."""
    stems = [f"{speaker}{text}" for text in TEXTS for speaker in GENDERS]
    return [
        f"{stems[i % len(stems)]}{letter}{'abcdefgh'[i // len(stems)]}.wav"
        for letter, emotion in EMOTION_OF_LETTER.items()
        for i in range(PUBLISHED_COUNTS[emotion])
    ]


def test_a_name_says_everything(tmp_path):
    name_files(tmp_path, ["03a01Fa.wav"])
    (utt,) = parse_emodb(tmp_path, FOUR, allow_partial=True).utterances
    assert (utt.id, utt.speaker, utt.label) == ("03-03a01Fa", "03", "happy")
    assert utt.text == "Der Lappen liegt auf dem Eisschrank."
    assert utt.audio == tmp_path / "wav" / "03a01Fa.wav"


def test_the_classes_of_the_whole_corpus_are_listed_too(tmp_path):
    name_files(tmp_path, published_names())
    seven = read_labels(RECIPE / "labels7.txt")
    assert seven[:4] == FOUR
    assert len(parse_emodb(tmp_path, seven).utterances) == 535


def test_the_whole_corpus_has_535_utterances_of_seven_classes(tmp_path):
    name_files(tmp_path, published_names())
    corpus = parse_emodb(tmp_path, list(PUBLISHED_COUNTS))
    assert len(corpus.utterances) == 535
    assert (corpus.dropped, corpus.notes) == ({}, [])


def test_the_recipe_asks_for_the_four_usual_classes():
    assert read_labels(RECIPE / "labels.txt") == FOUR


def test_other_classes_and_mac_files_are_dropped_and_counted(tmp_path):
    name_files(tmp_path, [*published_names(), "._03a01Fa.wav", "readme.txt"])
    corpus = parse_emodb(tmp_path, FOUR)
    assert len(corpus.utterances) == 339
    assert {utt.label for utt in corpus.utterances} == set(FOUR)
    assert len(corpus.dropped[NOT_A_CLASS]) == 535 - 339
    assert corpus.dropped["macOS resource file"] == ["._03a01Fa.wav"]


@pytest.mark.parametrize("change", ["fewer", "more"])
def test_other_counts_are_refused_unless_allowed(tmp_path, change):
    names = published_names()
    names = names[1:] if change == "fewer" else [*names, "16b10Wz.wav"]
    found = {"fewer": 126, "more": 128}[change]
    name_files(tmp_path, names)
    with pytest.raises(SentemoError, match=rf"angry {found} of 127(.|\n)*--allow_partial true"):
        parse_emodb(tmp_path, FOUR)
    corpus = parse_emodb(tmp_path, FOUR, allow_partial=True)
    assert len(corpus.utterances) == 339 + found - 127
    assert "sad" not in corpus.notes[0]
    assert f"angry {found} of 127" in corpus.notes[0]


def test_recordings_that_somebody_put_there_are_left_out_and_counted(tmp_path):
    foreign = ["x.wav", "03a01Fa (copy).wav", "03a01F.wav", "03a01Fa\udce4.wav", "$\n{}.wav"]
    name_files(tmp_path, [*published_names(), *foreign])
    (tmp_path / "wav" / "03a02Za.wav").mkdir()
    corpus = parse_emodb(tmp_path, FOUR)
    assert len(corpus.utterances) == 339
    assert sorted(corpus.dropped[OTHER_NAME]) == sorted(foreign)
    assert corpus.dropped["folder in place of a file"] == ["03a02Za.wav"]
    (tmp_path / "wav" / published_names()[0]).unlink()
    with pytest.raises(SentemoError, match=rf"angry 126 of 127\s+{OTHER_NAME}: 5 \(.*\(copy\)"):
        parse_emodb(tmp_path, FOUR)


def test_files_that_name_what_is_unknown_are_all_counted(tmp_path):
    wrong = ("99a01Fa.wav", "03a03Fa.wav", "03a01Xa.wav")
    name_files(tmp_path, ["03a01Fa.wav", *wrong])
    with pytest.raises(SentemoError) as error:
        parse_emodb(tmp_path, FOUR, allow_partial=True)
    message = str(error.value)
    assert "3 problems" in message
    assert "unknown speaker: 1" in message
    assert "unknown text: 1" in message
    assert "unknown emotion letter: 1" in message


def test_an_unknown_label_names_the_choices(tmp_path):
    name_files(tmp_path, ["03a01Fa.wav"])
    with pytest.raises(SentemoError, match=r"not a class of EmoDB: hapy; choose from angry, bored"):
        parse_emodb(tmp_path, ["hapy", "sad"])


def test_a_wrong_folder_says_what_was_found(tmp_path):
    with pytest.raises(SentemoError, match="no such directory"):
        find_wav_dir(tmp_path / "gone")
    with pytest.raises(SentemoError, match="found an empty directory"):
        find_wav_dir(tmp_path)
    for index in range(7):
        (tmp_path / f"Session{index}").mkdir()
    with pytest.raises(
        SentemoError, match=r"Expected files such as wav/03a01Fa.* Session0, .* and 2 more"
    ):
        find_wav_dir(tmp_path)
    (tmp_path / "wav").mkdir()
    with pytest.raises(SentemoError, match="no utterances of the classes"):
        parse_emodb(tmp_path, FOUR)


def test_the_real_corpus_has_339_utterances_of_four_classes(real_emodb):
    corpus = parse_emodb(real_emodb, FOUR)
    assert Counter(utt.label for utt in corpus.utterances) == {
        "angry": 127,
        "happy": 71,
        "neutral": 79,
        "sad": 62,
    }
    assert {utt.speaker for utt in corpus.utterances} == GENDERS.keys()
    assert {utt.text for utt in corpus.utterances} == set(TEXTS.values())
    assert corpus.tables["spk2gender"]["08"] == "f"
    assert corpus.tables["spk2age"].keys() == GENDERS.keys()
    assert set(corpus.tables["utt2sentence"].values()) == TEXTS.keys()


HEADER = "Nr.\tSatz\terkannt\tnatuerlich\n"


def test_the_listening_test_says_how_many_agree(tmp_path):
    name_files(tmp_path, ["03a01Fa.wav", "03a01Na.wav"])
    rows = "1\xa0\xa0\t03a01Fa.wav\t65,00\xa0\xa0\t35,00\xa0\n2\t03a01Ab.wav\t90,00\t60,00\n"
    (tmp_path / "erkennung.txt").write_text(HEADER + rows, encoding="latin-1")
    assert parse_emodb(tmp_path, FOUR, allow_partial=True).agreement == {"03-03a01Fa": 0.65}


@given(row=st.text(st.characters(max_codepoint=255), min_size=1))
def test_any_row_of_the_listening_test_is_read_or_named(tmp_path_factory, row):
    folder = name_files(tmp_path_factory.mktemp("emodb"), ["03a01Fa.wav"])
    (folder / "erkennung.txt").write_text(HEADER + row, encoding="latin-1")
    try:
        parse_emodb(folder, FOUR, allow_partial=True)
    except SentemoError as error:
        assert "erkennung.txt:2" in str(error)


def test_humans_recognise_most_of_the_real_corpus(real_emodb):
    agreement = parse_emodb(real_emodb, FOUR).agreement
    assert len(agreement) == 339
    assert 0.8 < sum(agreement.values()) / 339 < 1
