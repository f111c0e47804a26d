"""File names of known corpora say the speaker, and others say nothing."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentemo.corpora.emodb import EMOTION_OF_LETTER, GENDERS, TEXTS
from sentemo.corpora.recording_names import (
    SCHEMES,
    published_counts,
    read_names,
    speakers_in_names,
)
from sentemo.data.class_words import class_of_word

ROOT = Path(__file__).parent.parent.parent
# Name, corpus, speaker, sentence, class; from the lists of EmoBox, or the corpora's documentation.
NAMES = [
    ("downloads/emodb/wav/03a01Fa.wav", "EmoDB", "03", "a01", "happy"),
    ("16b10Wb.flac", "EmoDB", "16", "b10", "angry"),
    ("samples/EB0_surprised_90.wav", "nEMO", "EB0", "90", "surprised"),
    (
        *("Session1/sentences/wav/Ses01F_script02_2/Ses01F_script02_2_M048.wav", "IEMOCAP"),
        *("Ses01_M", None, None),
    ),
    ("Ses03M_impro05a_F017", "IEMOCAP", "Ses03_F", None, None),
    ("Actor_18/03-01-05-01-02-01-18.wav", "RAVDESS", "18", "02", "angry"),
    ("AudioWAV/1074_IWL_ANG_XX.wav", "CREMA-D", "1074", "IWL", "angry"),
    ("1040_ITH_SAD_X.wav", "CREMA-D", "1040", "ITH", "sad"),
    ("YAF_tire_fear.wav", "TESS", "YAF", "tire", "fearful"),
    ("OA_bite_neutral.wav", "TESS", "OAF", "bite", "neutral"),
    ("DC_sa05.wav", "SAVEE", "DC", None, "sad"),
    ("AudioData/KL/n25.wav", "SAVEE", "KL", None, "neutral"),
    ("m3/tri-m3-n2.wav", "EMOVO", "m3", "n2", "sad"),
    ("F_10_FAHMEE_S_6_FEAR_5.wav", "SUBESCO", "F_10", "6", "fearful"),
    ("female/F02S05.wav", "ShEMO", "F02", None, "sad"),
    ("female1_apologetic_15b_2.wav", "JL corpus", "female1", "15b", None),
    ("Peur/Faible/01-P-1-5.wav", "CaFE", "01", "5", "fearful"),
    ("01-N-3.wav", "CaFE", "01", "3", "neutral"),
    ("sentence 1/s19_an_1.avi", "eNTERFACE'05", "19", "an_1", "angry"),
    ("s_3_su_2.avi", "eNTERFACE'05", "3", "su_2", "surprised"),
    ("0011/Angry/0011_000351.wav", "ESD", "0011", None, None),
    ("fear/f09 (1).wav", "AESDD", "1", None, "fearful"),
    ("d03 (01).wav", "AESDD", "1", None, "disgusted"),
]
OTHERS = [
    *("a.wav", "03a01Fa/a.wav", "17a01Fa.wav", "03a03Fa.wav", "03a01Xa.wav", "x03a01Fa.wav"),
    *("EB0_anger_0.wav", "XX0_anger_1.wav", "1074_IWL_XXX_XX.wav", "03-01-09-01-02-01-18.wav"),
    *("MSP-PODCAST_0001_0008.wav", "dia0_utt0.mp4", "Ses06F_impro01_F000.wav", ""),
]


@pytest.mark.parametrize("name", NAMES, ids=lambda name: name[0])
def test_a_name_says_corpus_speaker_sentence_and_class(name):
    file, *said = name
    found = read_names([file])[file]
    assert [found.corpus, found.speaker, found.sentence, found.label] == said


@pytest.mark.parametrize("file", OTHERS)
def test_other_names_say_nothing(file):
    assert read_names([file]) == {file: None}


def test_every_scheme_has_a_name_of_its_own():
    assert {corpus for _, corpus, *_ in NAMES} == {scheme.corpus for scheme in SCHEMES}
    for scheme in SCHEMES:
        assert read_names([scheme.example])[scheme.example].corpus == scheme.corpus


def test_a_few_names_that_fit_by_accident_say_nothing():
    names = [f"m/{speaker}a07Na.wav" for speaker in range(20, 32)]
    assert set(read_names(["m/11a07Na.wav", *names]).values()) == {None}
    found = read_names(["m/11a07Na.wav", "n/x.wav"])
    assert found["m/11a07Na.wav"] is not None


@given(
    st.sampled_from(sorted(GENDERS)),
    st.sampled_from(sorted(TEXTS)),
    st.sampled_from(sorted(EMOTION_OF_LETTER)),
    st.sampled_from("abcdef"),
    st.sampled_from(["", "wav/", "/x y/"]),
)
def test_every_name_of_emodb_is_read(speaker, text, letter, version, folder):
    file = f"{folder}{speaker}{text}{letter}{version}.wav"
    found = read_names([file])[file]
    assert (found.corpus, found.speaker, found.sentence) == ("EmoDB", speaker, text)
    assert found.label == EMOTION_OF_LETTER[letter]


@given(st.lists(st.text()))
def test_any_names_can_be_read(files):
    assert read_names(files).keys() == set(files)


@pytest.mark.parametrize("recipe", ["emodb", "nemo"])
def test_the_published_counts_are_those_of_the_recipes(recipe):
    counts = json.loads((ROOT / "egs" / recipe / "corpus.json").read_text())
    published = published_counts(counts["corpus"])["release"]
    assert {label: published[label] for label in counts["labels"]} == counts["labels"]


def test_the_published_counts_are_of_known_classes_and_have_known_totals():
    totals = {
        (scheme.corpus, version): sum(counts.values())
        for scheme in SCHEMES
        for version, counts in scheme.published.items()
    }
    assert totals["EmoDB", "release"] == 535
    assert totals["nEMO", "release"] == 4481
    assert totals["IEMOCAP", "excited as happy"] == 5531
    assert totals["RAVDESS", "speech"] == 1440
    assert totals["RAVDESS", "songs"] + 1440 == totals["RAVDESS", "speech and songs"] == 2452
    assert totals["CREMA-D", "release"] == 7442
    assert totals["TESS", "release"] == 2800
    for scheme in SCHEMES:
        for counts in scheme.published.values():
            assert counts.keys() <= set(map(class_of_word, counts)) | {"calm"}


def test_words_of_lists_are_classes():
    assert class_of_word("Ang") == class_of_word("ANGER") == "angry"
    assert class_of_word("1") is None


def test_speakers_of_names_are_told_where_all_are_known():
    files = ["x/1001_IEO_ANG_XX.wav", "y/03a01Fa.wav"]
    speakers, corpora = speakers_in_names(files)
    assert list(speakers.values()) == ["CREMA-D 1001", "EmoDB 03"]
    assert corpora == ["CREMA-D", "EmoDB"]
    assert speakers_in_names(files[1:])[0] == {"y/03a01Fa.wav": "03"}
    assert speakers_in_names([*files, "z/call.wav"]) == ({}, [])
