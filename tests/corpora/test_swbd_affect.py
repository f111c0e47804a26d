"""Switchboard-Affect: ratings of segments of Switchboard, and what does not fit."""

import csv
from collections import Counter
from pathlib import Path

import pytest
from swbd_release import add_audio, add_side, make_release, write_callers

from sentemo.core.errors import Problems, SentemoError
from sentemo.corpora.swbd_affect import find_sources, parse_swbd_affect
from sentemo.corpora.swbd_affect_labels import (
    Rating,
    agreed_class,
    parse_columns,
    read_ratings,
)
from sentemo.data.labels import read_labels

RECIPE = Path(__file__).parents[2] / "egs/swbd_affect"
TEN = read_labels(RECIPE / "labels.txt")
HEADER = ["segment", "grader", "primary", "secondary", "valence", "activation", "dominance"]
SEGMENT, OTHER = "sw2005A-ms98-a-0002", "sw2006A-ms98-a-0001"
# Four of six chose anger first or second, and three of these first.
VOTES = ["Anger", "Anger", "Anger", ("Sadness", "Anger, Fear"), "Sadness", "Neutral"]


def rows(segment=SEGMENT, votes=VOTES, ratings=("2", "4", "5")):
    found = []
    for number, vote in enumerate(votes):
        primary, secondary = (vote, "") if isinstance(vote, str) else vote
        found.append([segment, f"grader{number}", primary, secondary, *ratings])
    return found


def write(root, *lines, header=HEADER):
    folder = root / "ml-switchboard-affect"
    folder.mkdir(exist_ok=True)
    with open(folder / "labels_detailed.csv", "w", newline="") as stream:
        csv.writer(stream).writerows([header, *lines])
    return folder


@pytest.fixture
def release(tmp_path):
    root = make_release(tmp_path / "my corpora")
    write(root, *rows(), *rows(OTHER, ["Happiness"] * 6))
    return root


def parse(root, allow_partial=True, **options):
    folders = root / "LDC97S62", root / "ml-switchboard-affect"
    return parse_swbd_affect(*folders, TEN, allow_partial=allow_partial, **options)


def error_of(root, **options):
    with pytest.raises(SentemoError) as error:
        parse(root, **options)
    return str(error.value)


def test_a_segment_is_what_its_graders_and_its_transcript_say(release):
    corpus = parse(release)
    utt, other = corpus.utterances
    assert (utt.id, utt.speaker, utt.label) == (f"sw1020-{SEGMENT}", "sw1020", "angry")
    assert utt.avd == (4.0, 2.0, 5.0)  # the file has valence first
    assert (utt.recording, utt.channel, utt.start, utt.end) == ("sw02005-A", 0, 0.5, 2.5)
    assert utt.audio == release / "LDC97S62/swb1_d1/data/sw02005.sph"
    assert utt.text == "i yes okay"
    assert corpus.tables["text_tagged"][utt.id] == "i- [laughter-yes] okay_1"
    assert corpus.tables["utt2votes"][utt.id] == "angry angry angry sad sad neutral"
    assert [word.text for word in corpus.words[utt.id]] == ["i", "yes"]
    assert corpus.agreement == {utt.id: 0.5, other.id: 1.0}
    assert utt.distribution is None
    assert (corpus.name, corpus.elicitation) == ("Switchboard-Affect", "conversation")
    assert find_sources(release / "LDC97S62", release / "ml-switchboard-affect") == [
        release / "LDC97S62",
        release / "ml-switchboard-affect",
    ]


@pytest.mark.parametrize(
    ("votes", "agreed"),
    [
        (VOTES, "angry"),
        (["Anger", "Anger", ("Fear", "Anger"), "Neutral", "Calmness", "Other"], "angry"),
        (["Anger", "Anger", "Fear", "Neutral", "Calmness", "Other"], "no_agreement"),
        ([*["Anger"] * 3, *["Fear"] * 3], "no_agreement"),
        ([*["Anger"] * 3, *[("Fear", "Anger")] * 2, "Fear"], "angry"),
        ([("Anger", "Fear")] * 4 + [("Fear", "Anger")] * 2, "angry"),
        (["Other"] * 6, "other"),
    ],
)
def test_half_of_the_graders_agree_on_a_primary_or_secondary_emotion(release, votes, agreed):
    ratings = read_ratings(
        write(release, *rows(votes=votes)) / "labels_detailed.csv", {}, Problems("labels")
    )
    assert agreed_class(ratings[SEGMENT]) == agreed


def test_distributions_have_all_that_graders_chose_and_keep_what_is_not_agreed(release):
    spread = ["Anger", "Fear", "Neutral", "Calmness", "Other", "Other"]
    write(release, *rows(), *rows(OTHER, spread))
    assert len(parse(release).utterances) == 1
    angry, unagreed = parse(release, target="soft").utterances
    assert angry.distribution == pytest.approx(  # of one grader, three classes count a third each
        {"angry": 5 / 9, "sad": 2 / 9, "fearful": 1 / 18, "neutral": 1 / 6}
    )
    assert unagreed.is_training_only
    assert unagreed.distribution["other"] == pytest.approx(1 / 3)
    everyone = parse(release, target="avd").utterances
    assert [utt.distribution for utt in everyone] == [None, None]
    assert [utt.split for utt in everyone] == [
        utt.split for utt in parse(release, target="soft").utterances
    ]


def test_callers_are_in_one_group_each_whatever_classes_are_kept(release):
    for number in range(2010, 2020):
        add_audio(release / "LDC97S62/swb1_d1/data", f"sw0{number}.sph")
        for side in "AB":
            add_side(release, side, [(0, 3, "hello")], number=number)
    sides = [(number, side) for number in range(2010, 2020) for side in "AB"]
    write_callers(release, *(f'{n}, "{s}", {1000 + (n + (s == "B")) % 7}' for n, s in sides))
    ratings = [
        row
        for place, (number, side) in enumerate(sides)
        for row in rows(f"sw{number}{side}-ms98-a-0001", [["Anger", "Other"][place % 2]] * 6)
    ]
    write(release, *ratings)
    groups = {
        target: {utt.speaker: utt.split for utt in parse(release, target=target).utterances}
        for target in ("label", "avd")
    }
    assert set(groups["avd"].values()) == {f"group{n}" for n in range(1, 6)}
    assert groups["label"].items() <= groups["avd"].items()
    corpus = parse(release, target="avd")
    assert Counter(utt.speaker for utt in corpus.utterances).total() == 20
    assert any("conversations are in different groups" in note for note in corpus.notes)


def test_columns_are_found_by_name_or_as_one_says(release):
    assert parse_columns(" segment = clip,valence=V ") == {"segment": "clip", "valence": "V"}
    for wrong in ("clip", "name=clip", "segment="):
        with pytest.raises(SentemoError, match=f"'{wrong}' is not one of segment"):
            parse_columns(wrong)
    header = ["Clip", "Grader ID", "Primary Emotion", "SECONDARY_EMOTIONS", "V", "Activation"]
    write(release, *rows(), header=[*header, "dominance"])
    message = error_of(release)
    assert "labels_detailed.csv:1: no column for segment; there are Clip, Grader ID" in message
    assert "--columns segment=NAME" in message
    [utt] = parse(release, columns="segment=Clip,valence=V").utterances
    assert utt.label == "angry"
    write(release, *rows(), header=["segment", "filename", *HEADER[2:]])
    assert "several columns for segment" in error_of(release)


def test_what_does_not_fit_is_refused_by_line_or_counted(release):
    wrong = [
        ["sw02005_3", *rows()[0][1:]],
        [*rows()[0][:2], "Joy", *rows()[0][3:]],
        [*rows()[0][:3], "Anger, Joy", *rows()[0][4:]],
        rows(ratings=("0", "4", "5"))[0],
        rows(ratings=("nan", "4", "5"))[0],
        rows()[0][:5],
    ]
    write(release, *rows(), *wrong)
    message = error_of(release, allow_partial=False)
    for kind in (
        *("segment that is not named like sw2005A-ms98-a-0012: 1", "primary emotion that is none"),
        *("secondary emotion that is none", "dimension that is not a number from 1 to 5: 2"),
        "wrong number of columns: 1",
    ):
        assert kind in message
    assert "labels_detailed.csv:8: 'sw02005_3," in message
    assert len(parse(release).utterances) == 1


def test_the_published_counts_are_required(release):
    message = error_of(release, allow_partial=False)
    assert "segments 2 of 10000, segments of six graders 2 of 10000" in message
    write(release, *rows(votes=VOTES[:5]))
    assert "segments of six graders 0 of 10000" in parse(release).notes[0]


def test_segments_and_files_that_are_not_there_are_refused_or_counted(release):
    write(release, *rows(), *rows("sw2005A-ms98-a-0099"), *rows("sw2999A-ms98-a-0001"))
    corpus = parse(release)
    assert [utt.id for utt in corpus.utterances] == [f"sw1020-{SEGMENT}"]
    reasons = {reason: len(items) for reason, items in corpus.dropped.items()}
    assert reasons["no audio of the conversation"] == 1
    assert "segment that the transcripts do not have: 1" in corpus.notes[1]


def test_without_callers_nothing_is_divided(release):
    (release / "LDC97S62/docs/call_con_tab.csv").unlink()
    assert "the folds divide the callers, but there is no call_con_tab.csv" in error_of(release)


def test_a_folder_without_labels_says_what_is_there(release, tmp_path):
    (release / "ml-switchboard-affect/labels_detailed.csv").rename(tmp_path / "other.csv")
    assert "Expected one labels_detailed.csv in it, found an empty directory" in error_of(release)


def test_a_rating_is_what_its_line_says(release):
    file = write(release, *rows(votes=[("Happiness", "Tenderness;Surprise")]))
    [rating] = read_ratings(file / "labels_detailed.csv", {}, Problems("labels"))[SEGMENT]
    assert rating == Rating("happy", ("tender", "surprised"), (4.0, 2.0, 5.0))
