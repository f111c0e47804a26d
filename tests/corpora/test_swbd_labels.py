from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from swbd_release import (
    A_LABEL,
    NEUTRAL,
    add_side,
    make_release,
    parse,
    temporary_release,
    the_error_of,
    write_labels,
)

from sentemo.core.errors import SentemoError
from sentemo.corpora.swbd_labels import (
    AMBIGUOUS_SIDE,
    NO_SEGMENT,
    PUBLISHED_LINES,
    Label,
    check_label_counts,
)
from sentemo.data.labels import read_labels
from sentemo.data.sentiment import SENTIMENTS

RECIPE = Path(__file__).parents[2] / "egs/swbd_sentiment"


@pytest.fixture
def release(tmp_path):
    return make_release(tmp_path / "my corpora")


def test_the_labels_file_of_the_recipe_has_the_classes():
    assert tuple(read_labels(RECIPE / "labels.txt")) == SENTIMENTS


# --- Votes


@pytest.mark.parametrize(
    ("votes", "label", "kept"),
    [
        ("Positive-{Laughter}#Neutral-{a}#Positive-{b}", "positive", "positive neutral positive"),
        ("Negative-{}", "negative", "negative"),
        ("Mixed-{a}#Neutral-{b}", "neutral", "neutral"),
        ("neutral-{a}#Neutral-{Positive}#Neutralish-{}", "neutral", "neutral"),
        ("Positive#Neutral-{a}", "neutral", "neutral"),
    ],
)
def test_the_label_is_the_majority_of_the_valid_votes(release, votes, label, kept):
    write_labels(release, (*A_LABEL[:3], votes))
    corpus = parse(release)
    assert corpus.utterances[0].label == label
    assert list(corpus.tables["utt2votes"].values()) == [kept]
    share = kept.split().count(label) / len(kept.split())
    assert list(corpus.agreement.values()) == [pytest.approx(share)]


def test_ties_and_lines_without_a_vote_are_dropped_under_their_reason(release):
    write_labels(
        release,
        A_LABEL,
        ("sw02005_1", "2.5", "4", "Positive-{a}#Negative-{b}"),
        ("sw02005_2", "2.5", "4", "Neutral-{a}#Negative-{b}#Mixed-{c}"),
        ("sw02005_3", "2.5", "4", "Mixed-{a}"),
    )
    corpus = parse(release)
    assert len(corpus.utterances) == 1
    assert corpus.dropped == {
        "tied votes": ["sw02005_1", "sw02005_2"],
        "no vote for a class": ["sw02005_3"],
    }


def test_an_utterance_named_again_is_dropped_with_its_line(release):
    write_labels(release, A_LABEL, ("sw02005_0", "2.5", "4", "Negative-{a}"))
    corpus = parse(release)
    assert [utt.label for utt in corpus.utterances] == ["neutral"]
    assert corpus.dropped == {"utterance named before": ["sentiment_labels.tsv:2 sw02005_0"]}


# --- Sides


@pytest.mark.parametrize("difference", [0.02, 0.05, -0.05])
@pytest.mark.parametrize("moved", ["start", "end", "both"])
def test_times_may_differ_a_little(release, difference, moved):
    start = 0.5 + difference * (moved != "end")
    end = 2.5 + difference * (moved != "start")
    write_labels(release, ("sw02005_0", str(start), str(end), NEUTRAL))
    (utt,) = parse(release).utterances
    assert (utt.recording, utt.start, utt.end) == ("sw02005-A", start, end)


@pytest.mark.parametrize(("start", "end"), [("0.56", "2.5"), ("0.5", "2.44"), ("0.7", "1.1")])
def test_a_label_without_a_segment_is_dropped(release, start, end):
    write_labels(release, ("sw02005_1", "2.5", "4", NEUTRAL), ("sw02005_0", start, end, NEUTRAL))
    corpus = parse(release)
    assert corpus.dropped == {NO_SEGMENT: ["sw02005_0"]}
    assert len(corpus.utterances) == 1


def test_of_both_callers_at_once_the_nearer_one_is_meant(release):
    add_side(release, "A", [(0.53, 2.5, "yes")])
    add_side(release, "B", [(0.48, 2.5, "no")])
    assert parse(release).utterances[0].text == "no"


def test_a_label_that_fits_both_sides_equally_is_dropped(release):
    add_side(release, "A", [(0.48, 2.5, "yes")])
    add_side(release, "B", [(0.5, 2.52, "no"), (2.5, 4, "so")])
    write_labels(release, A_LABEL, ("sw02005_1", "2.5", "4", NEUTRAL))
    corpus = parse(release)
    assert corpus.dropped == {AMBIGUOUS_SIDE: ["sw02005_0"]}
    assert [utt.text for utt in corpus.utterances] == ["so"]


def test_noise_gives_way_to_speech_of_the_same_times(release):
    add_side(release, "B", [(0.5, 2.5, "[noise] [silence]")])
    assert parse(release).utterances[0].recording == "sw02005-A"


def test_a_label_of_silence_fits_no_segment(release):
    write_labels(release, A_LABEL, ("sw02005_1", "0", "0.5", NEUTRAL))
    assert parse(release).dropped == {NO_SEGMENT: ["sw02005_1"]}


# --- Counts


def labels_of(**counts):
    return [
        Label(f"sw02005_{name}{n}", 0, 1, (name,), 0, "")
        for name in SENTIMENTS
        for n in range(counts[name])
    ]


def test_the_published_counts_are_accepted():
    published = labels_of(negative=8415, neutral=26037, positive=15048)
    assert check_label_counts(PUBLISHED_LINES, published, allow_partial=False) == []


@pytest.mark.parametrize(
    ("lines", "changed", "difference"),
    [
        (PUBLISHED_LINES - 1, {}, "label lines 52292 of 52293"),
        (PUBLISHED_LINES, {"neutral": 26037 + 600}, "majority 50100 of about 49500"),
        (PUBLISHED_LINES, {"negative": 8415 + 300}, "negative 17.5 % of 17.0 %"),
    ],
)
def test_other_counts_are_refused_or_noted(lines, changed, difference):
    labels = labels_of(**{"negative": 8415, "neutral": 26037, "positive": 15048, **changed})
    with pytest.raises(SentemoError, match=rf"{difference}(.|\n)*--allow_partial true"):
        check_label_counts(lines, labels, allow_partial=False)
    (note,) = check_label_counts(lines, labels, allow_partial=True)
    assert difference in note


def test_a_few_labels_are_not_the_corpus(release):
    message = the_error_of(release, allow_partial=False)
    assert "label lines 1 of 52293" in message
    assert "neutral 100.0 % of 52.6 %" in message


# --- Malformed lines


BROKEN_LABELS = [
    "sw02005_1\t2.5\t4",
    "sw02005_1\t2.5\t4\tNeutral-{a}\tmore",
    "sw2005_1\t2.5\t4\tNeutral-{a}",
    "sw02005\t2.5\t4\tNeutral-{a}",
    "sw02005_1\tnow\t4\tNeutral-{a}",
    "sw02005_1\t4\t2.5\tNeutral-{a}",
    "sw02005_1\t-1\t2.5\tNeutral-{a}",
    "sw02005_1\t2.5\tnan\tNeutral-{a}",
    "sw02005_1\t2.5\tinf\tNeutral-{a}",
    "sw02005_1\t2.5\t4\t",
]


@pytest.mark.parametrize("line", BROKEN_LABELS)
def test_a_malformed_label_line_is_named(release, line):
    write_labels(release, A_LABEL, [line], [line])
    message = the_error_of(release)
    assert "malformed label line: 2" in message
    assert "sentiment_labels.tsv:2: " in message
    assert "sentiment_labels.tsv:3: " in message


LABEL_LINES = st.builds(
    lambda n, start, votes: f"sw02005_{n}\t{start}\t4\t" + "#".join(f"{v}-{{a}}" for v in votes),
    st.integers(1, 5),
    st.sampled_from(["2.5", "2.53", "3"]),
    st.lists(st.sampled_from(["Positive", "Neutral", "Negative", "Mixed"]), min_size=1),
)


@given(st.lists(LABEL_LINES))
def test_every_well_formed_label_is_kept_or_dropped_under_a_reason(lines):
    with temporary_release() as root:
        write_labels(root, A_LABEL, *([line] for line in lines))
        corpus = parse(root)
    assert len(corpus.utterances) + sum(map(len, corpus.dropped.values())) == 1 + len(lines)
    assert len({utt.id for utt in corpus.utterances}) == len(corpus.utterances)


@given(st.lists(st.one_of(LABEL_LINES, st.text(), st.sampled_from(BROKEN_LABELS))))
def test_any_text_in_the_labels_is_parsed_or_named_with_its_line(lines):
    with temporary_release() as root:
        path = write_labels(root, A_LABEL)
        with open(path, "ab") as stream:
            stream.write("\n".join(lines).encode("utf-8", "surrogatepass"))
        try:
            assert parse(root).utterances
        except SentemoError as error:
            assert "sentiment_labels.tsv:" in str(error)
