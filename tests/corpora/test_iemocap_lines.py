import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from iemocap_tree import ALIGNMENT_HEADER, RATINGS, VOTES, add, append, ids, parse

from sentemo.core.errors import SentemoError
from sentemo.corpora.iemocap_votes import CLASS_OF_CODE
from sentemo.data.word_times import Word

NAMES = [f"Ses01F_impro01_{letter}00{number}" for letter in "FM" for number in range(3)]
LABEL_FILE = "Session1/dialog/EmoEvaluation/Ses01F_impro01.txt"
TRANSCRIPT = "Session1/dialog/transcriptions/Ses01F_impro01.txt"
ALIGNMENT = f"Session1/sentences/ForcedAlignment/Ses01F_impro01/{NAMES[0]}.wdseg"


@pytest.fixture
def root(tmp_path):
    """A release with one angry utterance, in a path with spaces."""
    root = tmp_path / "my corpora" / "IEMOCAP full release"
    add(root, "Ses01F_impro05_F019")
    return root


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("[1.0 - 2.0]\tSes01F_impro05_F020\tang", "malformed first line of an utterance"),
        ("[1.0 - 2.0]\tSes01F_impro05_F020\tang\t[1, 2]", "malformed first line of an utterance"),
        ("[1.0 - 2.0]\tSes01F_impro05_F020\tang\t[1, 2, nan]", "malformed first line"),
        ("[1.0 - 2.0]\tSes01F_impro05_F020\tang\t[1, 2, -3]", "malformed first line"),
        ("[1.0 - 2.0]\tSes01F_impro05_F020\thap;\t[1, 2, 3]", "unknown class"),
        ("[1.0 - 2.0]\tSes01F_impro05_F019\tang\t[1, 2, 3]", "utterance labelled twice"),
        ("C-E1:\tJoy;\t()", "unknown vote"),
        ("C-E1:\tAnger, Fear;\t()", "unknown vote"),
        ("C-E1\tAnger;\t()", "malformed vote"),
        ("C-X1:\tAnger;\t()", "malformed vote"),
        ("Anger;\t()", "not a line of a label file"),
    ],
)
def test_malformed_label_lines_are_named(root, line, reason):
    append(root / "Session1/dialog/EmoEvaluation/Ses01F_impro05.txt", f"{line}\n")
    with pytest.raises(SentemoError) as error:
        parse(root, allow_partial=False)
    assert reason in str(error.value)
    assert "Session1/dialog/EmoEvaluation/Ses01F_impro05.txt:10: " in str(error.value)


def test_a_vote_for_nobody_is_named(root):
    file = root / "Session1/dialog/EmoEvaluation/Ses01F_impro05.txt"
    file.write_text(f"C-E1:\tAnger;\t()\n{file.read_text()}")
    with pytest.raises(
        SentemoError, match=r"vote before the first utterance: 1\n.*impro05.txt:1: "
    ):
        parse(root, allow_partial=False)


def test_votes_after_a_malformed_first_line_are_no_further_problem(root):
    text = f"[1.0 - 2.0] Ses01F_impro05_F020 ang\n{VOTES}"
    append(root / "Session1/dialog/EmoEvaluation/Ses01F_impro05.txt", text)
    with pytest.raises(SentemoError, match=": 1 problem\n"):
        parse(root, allow_partial=False)


def test_transcript_lines_that_belong_to_no_wav_are_counted(root):
    transcript = "Session1/dialog/transcriptions/Ses01F_impro05.txt"
    append(
        root / transcript,
        "Ses01F_impro05_FXX0 [008.0000-008.5000]: Mm-hmm.\n"
        "M: yeah\n"
        "\n"
        "F:\n"
        "Ses01F_impro05_M033 [009.0000-009.5000]: No wav.\r\n"
        "Ses01F_impro05_F019 [009.0000-009.5000]: Again.\n",
    )
    parsed = parse(root)
    assert parsed.dropped == {
        "transcript line without wav": [f"{transcript}:2", f"{transcript}:6"],
        "transcript line with a letter instead of an utterance": [
            *(f"{transcript}:3", f"{transcript}:5")
        ],
        "transcript line that repeats an utterance": [f"{transcript}:7"],
    }
    assert parsed.utterances[0].text == "Excuse me."


@pytest.mark.parametrize("line", ["Excuse me.", "Ses01F_impro05_F020 Excuse me.", "Fine: yes"])
def test_malformed_transcript_lines_are_named(root, line):
    append(root / "Session1/dialog/transcriptions/Ses01F_impro05.txt", f"{line}\n")
    with pytest.raises(SentemoError, match=r"malformed transcript line: 1\n.*impro05.txt:2: "):
        parse(root, allow_partial=False)


def test_utterances_without_a_transcript_are_kept_and_noted(root):
    add(root, "Ses01M_impro01_M000", text=None)
    add(root, "Ses01M_impro01_M001", text="")
    add(root, "Ses01M_impro01_M002", text="[LAUGHTER] .")
    parsed = parse(root)
    texts = {utt.id: utt.text for utt in parsed.utterances}
    assert texts == {
        "Ses01_F-Ses01F_impro05_F019": "Excuse me.",
        "Ses01_M-Ses01M_impro01_M000": None,
        "Ses01_M-Ses01M_impro01_M001": None,
        "Ses01_M-Ses01M_impro01_M002": None,
    }
    assert parsed.tables["text_tagged"]["Ses01_M-Ses01M_impro01_M002"] == "[LAUGHTER] ."
    assert parsed.notes[-1] == (
        "utterances without a transcript: 2, the first Ses01_M-Ses01M_impro01_M000"
    )


def test_texts_in_another_encoding_are_read(root):
    with open(root / "Session1/dialog/transcriptions/Ses01F_impro05.txt", "wb") as stream:
        stream.write(b"Ses01F_impro05_F019 [006.2901-008.2357]: Don\x92t.\r\n")
    assert parse(root).utterances[0].text == "Don’t."


def test_an_utterance_without_alignment_has_no_words(root):
    add(root, "Ses01F_impro05_F020", alignment=ALIGNMENT_HEADER + "0 9 -1 <s>\n10 19 -1 YES\n")
    parsed = parse(root)
    assert len(parsed.utterances) == 2
    assert parsed.words == {"Ses01_F-Ses01F_impro05_F020": [Word(0.1, 0.1, "YES")]}


@pytest.mark.parametrize("line", ["10 9 -1 YES", "10 -1 YES", "a 9 -1 YES", "1 9 -1 OH YES", "?"])
def test_malformed_alignment_lines_are_named(root, line):
    add(root, "Ses01F_impro05_F020", alignment=f"{ALIGNMENT_HEADER}{line}\n")
    with pytest.raises(SentemoError, match=r"malformed line of an alignment: 1\n.*F020.wdseg:2: "):
        parse(root, allow_partial=False)


# --- Whatever stands in a file


anything = st.text(max_size=40)


@st.composite
def damaged(draw, lines):
    """A well-formed line with a piece of it replaced."""
    line = draw(lines)
    start = draw(st.integers(0, len(line)))
    end = draw(st.integers(start, len(line)))
    return line[:start] + draw(anything) + line[end:]


def lines_of(well_formed):
    return st.lists(st.one_of(well_formed, damaged(well_formed), anything), max_size=6)


headings = st.builds(
    "[1.0 - 2.0]\t{}\t{}\t[1.0000, 2.5000, 5.0000]".format,
    st.sampled_from(NAMES),
    st.sampled_from(list(CLASS_OF_CODE)),
)
votes = st.sampled_from(VOTES.splitlines())
label_lines = lines_of(st.one_of(headings, votes, st.sampled_from(RATINGS.splitlines())))
transcript_lines = lines_of(
    st.one_of(
        st.builds("{} [001.0000-002.0000]: {}".format, st.sampled_from(NAMES), anything),
        st.just("M: yeah"),
        st.just("Ses01F_impro01_FXX0 [001.0000-002.0000]: Mm-hmm."),
    )
)
alignment_lines = lines_of(
    st.builds("{} {} -1 {}".format, st.integers(0, 50), st.integers(50, 99), st.just("YES"))
)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A release with six utterances in Ses01F_impro01, and one in Ses01F_impro02 to keep."""
    root = tmp_path_factory.mktemp("small") / "IEMOCAP"
    for name in (*NAMES, "Ses01F_impro02_F000"):
        add(root, name)
    return root


def parse_or_name_a_line(root, file, content):
    """Parse with a file's content replaced; an error has to name its lines."""
    before = file.read_bytes() if file.exists() else None
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    try:
        with pytest.raises(SentemoError) as refused:
            parse(root, allow_partial=False)
        if "not the published corpus" in str(refused.value):  # every line was right
            return parse(root)
        where = re.escape(str(file.relative_to(root)))
        numbers = [int(number) for number in re.findall(rf"{where}:(\d+): ", str(refused.value))]
        assert numbers or "wav without label" in str(refused.value)
        assert max(numbers, default=0) <= len(content.splitlines())
        assert parse(root).dropped  # left out and counted, where that was asked for
        return None
    finally:
        if before is None:
            file.unlink()
        else:
            file.write_bytes(before)


def filled_lines(content):
    lines = [raw.decode().lstrip("\ufeff").strip() for raw in content.splitlines()]
    return [line for line in lines if line]


@given(label_lines)
def test_any_label_file_parses_or_is_named_by_line(small, lines):
    content = "\n".join(lines).encode()
    parsed = parse_or_name_a_line(small, small / LABEL_FILE, content)
    if parsed is not None:
        dropped = [item for items in parsed.dropped.values() for item in items]
        labelled = [item.partition("-")[2] for item in [*ids(parsed), *dropped]]
        assert sorted(labelled) == [*NAMES, "Ses01F_impro02_F000"]
        headings = [line for line in filled_lines(content) if line.startswith("[")]
        assert len(headings) == len(labelled) - 1


@given(transcript_lines)
def test_any_transcript_parses_or_is_named_by_line(small, lines):
    content = "\n".join(lines).encode()
    parsed = parse_or_name_a_line(small, small / TRANSCRIPT, content)
    if parsed is not None:
        assert len(parsed.utterances) == 7
        said = len(parsed.tables["text_tagged"]) - 1
        counted = sum(len(items) for items in parsed.dropped.values())
        filled = filled_lines(content)
        empty = sum(line.endswith("]:") for line in filled)
        assert said + counted <= len(filled) <= said + counted + empty


@given(alignment_lines)
def test_any_alignment_parses_or_is_named_by_line(small, lines):
    parsed = parse_or_name_a_line(small, small / ALIGNMENT, "\n".join(lines).encode())
    if parsed is not None:
        assert len(parsed.utterances) == 7
        for word in parsed.words.get(f"Ses01_F-{NAMES[0]}", []):
            assert word.start >= 0
            assert word.duration > 0
            assert len(word.text.split()) == 1


@pytest.mark.parametrize("file", [LABEL_FILE, TRANSCRIPT, ALIGNMENT])
@given(content=st.binary(max_size=100))
def test_any_bytes_parse_or_are_named_by_line(small, file, content):
    parse_or_name_a_line(small, small / file, content)
