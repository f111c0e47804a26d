import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentemo.core.errors import SentemoError
from sentemo.corpora.msp_podcast import (
    CLASS_OF_LETTER,
    NO_ROW,
    WITHHELD,
    find_root,
    find_sources,
    parse_msp_podcast,
)
from sentemo.corpora.release import CLASS_LEFT_OUT
from sentemo.data.fold_files import read_folds
from sentemo.data.kaldi import UNKNOWN_SPEAKER
from sentemo.data.labels import read_labels

RECIPE = Path(__file__).parents[2] / "egs/msp_podcast"
FOUR = ["neutral", "happy", "sad", "angry"]
COLUMNS = ["FileName", "EmoClass", "EmoAct", "EmoVal", "EmoDom", "SpkrID", "Gender", "Split_Set"]
CSV = "Labels/labels_consensus.csv"
JSON = "Labels/labels_consensus.json"
A = "MSP-PODCAST_0001_0001.wav"
B = "MSP-PODCAST_0001_0002.wav"


def row(name=A, **values):
    defaults = ["N", "2.2", "4.0", "2.6", "127", "Female", "Train"]
    return {**dict(zip(COLUMNS, [name, *defaults], strict=True)), **values}


def as_csv(rows, columns=COLUMNS):
    stream = io.StringIO()
    writer = csv.DictWriter(stream, columns, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def as_json(rows):
    return json.dumps(
        {r["FileName"]: {k: v for k, v in r.items() if k != "FileName"} for r in rows}
    )


def fill(root, files, names=None, audio="Audios"):
    """Write text files into a release; the parser only reads names of audio, so it is empty."""
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content, encoding="utf-8", newline="")
    (root / audio).mkdir(parents=True, exist_ok=True)
    for name in (A, B) if names is None else names:
        (root / audio / name).touch()
    return root


@pytest.fixture
def root(tmp_path):
    return tmp_path / "my corpora" / "MSP-PODCAST-Publish-1.11"


def one(root, labels=FOUR, **options):
    (utterance,) = parse_msp_podcast(root, labels, **options).utterances
    return utterance


def error_of(root, labels=FOUR, **options):
    with pytest.raises(SentemoError) as error:
        parse_msp_podcast(root, labels, **options)
    return str(error.value)


def test_a_row_says_everything(root):
    fill(
        root,
        {CSV: as_csv([row()]), f"Transcripts/{A[:-4]}.txt": "Well,  it is\n  what it is. "},
        [A],
    )
    corpus = parse_msp_podcast(root, FOUR)
    (utt,) = corpus.utterances
    assert (utt.id, utt.speaker) == ("MSP_127-MSP-PODCAST_0001_0001", "MSP_127")
    assert (utt.label, utt.avd, utt.split) == ("neutral", (2.2, 4.0, 2.6), "train")
    assert utt.text == "Well, it is what it is."
    assert utt.audio == root / "Audios" / A
    assert (corpus.name, corpus.elicitation) == ("MSP-Podcast 1.11", "podcasts")
    assert (corpus.notes, corpus.dropped) == ([], {})


@given(columns=st.permutations([*COLUMNS, "Extra"]))
def test_the_order_of_the_columns_does_not_matter(tmp_path_factory, columns):
    root = tmp_path_factory.mktemp("MSP-PODCAST-1.11")
    fill(root, {CSV: as_csv([row()], columns)}, [A])
    utt = one(root)
    assert (utt.label, utt.avd, utt.split) == ("neutral", (2.2, 4.0, 2.6), "train")
    assert utt.speaker == "MSP_127"


def test_missing_and_repeated_columns_are_named(root):
    fill(root, {CSV: as_csv([row()], ["FileName", "EmoClass", "EmoAct", "EmoAct", "Split_Set"])})
    message = error_of(root)
    assert "labels_consensus.csv:1: columns missing or repeated" in message
    assert ": EmoAct, EmoVal, EmoDom, SpkrID\n" in message
    fill(root, {CSV: ""})
    assert "it has: none" in error_of(root)


def test_every_class_has_a_name_and_the_label_files_are_among_them(root):
    rows = [row(f"MSP-PODCAST_0001_{n:04}.wav", EmoClass=c) for n, c in enumerate(CLASS_OF_LETTER)]
    fill(root, {CSV: as_csv(rows)}, [r["FileName"] for r in rows])
    everything = parse_msp_podcast(root, FOUR, target="avd")
    assert [utt.label for utt in everything.utterances] == list(CLASS_OF_LETTER.values())
    assert read_labels(RECIPE / "labels.txt") == FOUR
    eight = read_labels(RECIPE / "labels8.txt")
    assert {*eight, "other", "no_agreement"} == set(CLASS_OF_LETTER.values())
    chosen = parse_msp_podcast(root, FOUR)
    assert {utt.label for utt in chosen.utterances} == set(FOUR)
    assert len(chosen.dropped) == 6
    assert chosen.dropped[f"{CLASS_LEFT_OUT}: no_agreement"] == ["MSP_127-MSP-PODCAST_0001_0009"]


def test_an_unknown_label_names_the_choices(root):
    fill(root, {CSV: as_csv([row()])})
    assert "not a class of MSP-Podcast: hapy; choose from angry" in error_of(root, ["hapy", "sad"])


def test_the_json_alone_serves_and_beside_the_csv_it_must_agree(root):
    rows = [row(), row(B, EmoAct="3.00")]
    fill(root, {JSON: as_json([row(), row(B, EmoAct=3)])})
    from_json = parse_msp_podcast(root, FOUR)
    assert [utt.avd[0] for utt in from_json.utterances] == [2.2, 3.0]
    fill(root, {CSV: as_csv(rows)})
    assert parse_msp_podcast(root, FOUR) == from_json
    fill(root, {JSON: as_json([row(EmoClass="S"), row("MSP-PODCAST_9999_0001.wav")])})
    message = error_of(root)
    assert "file in only one of csv and json: 2" in message
    assert f"labels_consensus.csv:2: EmoClass of {A} is 'N', in the json 'S'" in message
    assert "csv and json disagree: 1" in message


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "not JSON .*line 1"),
        ("[1]", "wanted a mapping"),
        ('{"a": {}, "a": {}}', "the key 'a' stands twice"),
        ('{"MSP-PODCAST_0001_0001.wav": 5}', "lacks FileName, EmoClass"),
        ("[" * 10**5, "nested too deeply"),
    ],
)
def test_a_json_that_is_no_table_is_refused(root, content, message):
    fill(root, {JSON: content})
    with pytest.raises(SentemoError, match=rf"labels_consensus.json(.|\n)*{message}"):
        parse_msp_podcast(root, FOUR)


def test_older_releases_have_other_names_and_a_file_of_partitions(root):
    """Older releases: Audio/, misspelt labels, no column of partitions, "Validation"."""
    columns = [column for column in COLUMNS if column != "Split_Set"]
    labels = {"Labels/labels_concensus.csv": as_csv([row(), row(B)], columns)}
    fill(root, labels, audio="Audio")
    assert "the partitions are unknown" in error_of(root)
    fill(root, {"Partitions.txt": f"Validation; {A}\r\n\r\nTest1; {B}\r\n"}, audio="Audio")
    assert [u.split for u in parse_msp_podcast(root, FOUR).utterances] == ["valid", "test1"]
    fill(root, {"Partitions.txt": f"Validation; {A}\nTest1 {B}\nTrain; {A}\n"}, audio="Audio")
    message = error_of(root)
    assert "malformed line: 1\n    Partitions.txt:2: " in message
    assert "file named twice: 1\n    Partitions.txt:3: " in message
    assert "labels_concensus.csv:3: 'not in Partitions.txt' is none of Train" in message


def test_partitions_have_one_name_each(root):
    names = {"Train": "train", "Development": "valid", "Validation": "valid"}
    names |= {"Test1": "test1", "Test2": "test2"}
    rows = [row(f"MSP-PODCAST_0001_{n:04}.wav", Split_Set=p) for n, p in enumerate(names)]
    fill(root, {CSV: as_csv(rows)}, [r["FileName"] for r in rows])
    assert [u.split for u in parse_msp_podcast(root, FOUR).utterances] == list(names.values())


def test_test3_is_dropped_while_its_labels_are_withheld(root):
    empty = dict.fromkeys(("EmoClass", "EmoAct", "EmoVal", "EmoDom"), "")
    rows = [row(), row("MSP-PODCAST_test3_0001.wav", Split_Set="Test3", **empty)]
    fill(root, {CSV: as_csv(rows)}, [A, B, "MSP-PODCAST_test3_0001.wav", "._" + A, "notes.txt"])
    corpus = parse_msp_podcast(root, FOUR)
    assert [utt.audio.name for utt in corpus.utterances] == [A]
    assert corpus.dropped == {
        "macOS resource file": ["Audios/._" + A],
        WITHHELD: ["MSP-PODCAST_test3_0001.wav"],
        NO_ROW: [B],
    }
    fill(root, {CSV: as_csv([row(**empty)])})
    assert "unknown EmoClass: 1" in error_of(root)
    fill(root, {CSV: as_csv([row(Split_Set="Test3")])})
    assert one(root).split == "test3"


@pytest.mark.parametrize("name", ["Unknown", "UNKNOWN", ""])
def test_unknown_speakers_are_marked_as_such(root, name):
    fill(root, {CSV: as_csv([row(SpkrID=name)])})
    utt = one(root)
    assert (utt.speaker, utt.id) == (UNKNOWN_SPEAKER, "Unknown-MSP-PODCAST_0001_0001")


def test_missing_transcripts_are_counted(root):
    rows = [row(), row(B), row("MSP-PODCAST_0001_0003.wav")]
    texts = {f"Transcripts/{A[:-4]}.txt": "hello", f"Transcripts/{B[:-4]}.txt": " \n"}
    fill(root, {CSV: as_csv(rows)}, [r["FileName"] for r in rows])
    assert "3 of 3 utterances have no transcript" in parse_msp_podcast(root, FOUR).notes
    fill(root, texts)
    corpus = parse_msp_podcast(root, FOUR)
    assert [utt.text for utt in corpus.utterances] == ["hello", None, None]
    assert corpus.notes == ["2 of 3 utterances have no transcript"]


def test_wrong_rows_are_all_counted_with_their_lines(root):
    rows = [
        row(EmoAct="7.01"),
        row(B, EmoVal="high", EmoDom="nan"),
        row(B),
        row("MSP-PODCAST_0001_0003.wav", EmoClass="Q", Split_Set="Dev"),
        row("MSP-PODCAST_0001_0004.wav", SpkrID="1 2"),
        row("other.wav"),
        row("MSP-PODCAST_0404_0001.wav"),
    ]
    names = [A, B, "MSP-PODCAST_0001_0003.wav", "MSP-PODCAST_0001_0004.wav"]
    text = as_csv(rows) + 'only,two\n"a quote that never ends,N\n'
    fill(root, {CSV: text}, names)
    message = error_of(root)
    assert "11 problems" in message
    for expected in (
        "not a number from 1 to 7: 3\n    CSV:2: EmoAct '7.01'\n    CSV:3: EmoVal 'high'",
        "\n    CSV:3: EmoDom 'nan'",
        "file named twice: 1\n    CSV:4: ",
        "unknown EmoClass: 1\n    CSV:5: 'Q' is none of A, ",
        "unknown Split_Set: 1\n    CSV:5: 'Dev'",
        "speaker that cannot be an id: 1\n    CSV:6: '1 2'",
        "not a file name of MSP-Podcast: 1\n    CSV:7: 'other.wav'",
        "labels without audio: 1\n    CSV:8: no Audios/MSP-PODCAST_0404_0001.wav",
        "malformed row: 2\n    CSV:9: ",
        "\n    CSV:10: ",
    ):
        assert expected.replace("CSV", CSV) in message


LINES = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
FIELDS = st.one_of(LINES, st.sampled_from(["", "A", "X", "Test3", "Train", "4", "inf", '"', A]))


@given(
    lines=st.lists(
        st.one_of(
            LINES,
            st.lists(FIELDS, min_size=8, max_size=8).map(",".join),
            st.integers(3, 9).map(
                lambda n: as_csv([row(f"MSP-PODCAST_0001_000{n}.wav")]).splitlines()[1]
            ),
        ),
        max_size=6,
    )
)
def test_any_label_file_is_parsed_whole_or_refused_with_a_line(tmp_path_factory, lines):
    root = tmp_path_factory.mktemp("MSP-PODCAST-1.11")
    content = as_csv([row()]) + "\n".join(lines)
    fill(root, {CSV: content}, [f"MSP-PODCAST_0001_000{n}.wav" for n in range(1, 10)])
    lines = [line.decode().strip("\ufeff").strip() for line in content.encode().splitlines()]
    rows = len([line for line in lines[1:] if line])
    try:
        corpus = parse_msp_podcast(root, FOUR)
    except SentemoError as error:
        assert "Labels/labels_consensus.csv:" in str(error)
    else:
        unlisted = len(corpus.dropped.pop(NO_ROW, []))
        kept = len(corpus.utterances) + sum(map(len, corpus.dropped.values()))
        withheld = len(corpus.dropped.get(WITHHELD, []))
        assert kept == rows
        assert unlisted == 9 - (kept - withheld)


@given(content=st.binary(max_size=80))
def test_bytes_of_any_encoding_end_in_no_traceback(tmp_path_factory, content):
    root = tmp_path_factory.mktemp("MSP-PODCAST-1.11")
    fill(root, {CSV: as_csv([row()])}, [A])
    (root / "Transcripts").mkdir()
    (root / "Transcripts" / f"{A[:-4]}.txt").write_bytes(content)
    text = one(root).text
    assert text is None or text == " ".join(text.split())
    with open(root / CSV, "ab") as stream:
        stream.write(b"\xe9" + content)
    with pytest.raises(SentemoError, match=r"labels_consensus.csv:3"):
        parse_msp_podcast(root, FOUR)


def test_the_release_comes_from_the_folders_or_the_option(tmp_path):
    inner = fill(tmp_path / "MSP_Podcast v1.8" / "data", {CSV: as_csv([row()])})
    assert parse_msp_podcast(inner, FOUR).name == "MSP-Podcast 1.8"
    assert parse_msp_podcast(inner, FOUR, release="1.10").name == "MSP-Podcast 1.10"
    nameless = fill(tmp_path / "podcasts", {CSV: as_csv([row()])})
    assert "Give --release" in error_of(nameless)
    assert parse_msp_podcast(nameless, FOUR, release="1.11").name == "MSP-Podcast 1.11"


def test_the_folder_above_serves_unless_it_has_several_releases(root):
    fill(root, {CSV: as_csv([row()]), JSON: as_json([row()]), "Transcripts/a.txt": ""})
    assert parse_msp_podcast(root.parent, FOUR) == parse_msp_podcast(root, FOUR)
    sources = {path.name for path in find_sources(root.parent)}
    assert sources == {"Audios", "Transcripts", "labels_consensus.csv", "labels_consensus.json"}
    fill(root.with_name("MSP-PODCAST-Publish-1.10"), {CSV: as_csv([row()])})
    assert "set --corpus_dir to one of MSP-PODCAST-Publish-1.10, MSP" in error_of(root.parent)
    assert one(root).speaker == "MSP_127"


def test_a_wrong_folder_says_what_was_found(tmp_path):
    with pytest.raises(SentemoError, match="no such directory"):
        find_root(tmp_path / "gone")
    with pytest.raises(SentemoError, match=r"Expected Labels/.* found an empty directory"):
        find_root(tmp_path)
    (tmp_path / "Labels").mkdir()
    with pytest.raises(SentemoError, match=r"Expected Labels/.* found Labels"):
        find_root(tmp_path)


def test_when_nothing_is_left_the_reasons_are_told(root):
    fill(root, {CSV: as_csv([row()])})
    assert "no utterances are left (1 class not in labels: neutral)" in error_of(
        root, ["sad", "happy"]
    )
    fill(root, {CSV: as_csv([])})
    assert "the labels are empty" in error_of(root)


@pytest.mark.parametrize("test_set", ["test1", "test2"])
def test_the_recipes_folds_take_the_partition_and_claim_nothing(root, test_set):
    """A speaker in Train and in the test set is no error, as the release does not exclude it."""
    partitions = ["Train", "Development", "Test1", "Test2"]
    rows = [row(f"MSP-PODCAST_0001_{n:04}.wav", Split_Set=p) for n, p in enumerate(partitions)]
    fill(root, {CSV: as_csv(rows)}, [r["FileName"] for r in rows])
    utterances = parse_msp_podcast(root, FOUR).utterances
    (fold,) = read_folds(RECIPE / f"folds/{test_set}.tsv", utterances)
    assert (fold.train, fold.valid, fold.test) == (("train",), ("valid",), (test_set,))
    assert not fold.speaker_disjoint


def test_the_json_may_have_more_decimals_and_other_words_for_nothing(root):
    short, full = row(EmoAct="3.777778", SpkrID="Unknown"), row(EmoAct="3.7777777777777777")
    full["SpkrID"], full["Gender"] = "nan", "not as in the csv"
    fill(root, {CSV: as_csv([short]), JSON: as_json([full])}, [A])
    assert one(root).speaker == "Unknown"


def test_what_is_wrong_is_left_out_counted_and_noted_where_that_is_allowed(root):
    rows = [row(A), row(B, EmoAct="9")]
    fill(root, {CSV: as_csv(rows), JSON: as_json([row(A, EmoAct="3"), rows[1]])}, [A, B])
    with pytest.raises(SentemoError, match="csv and json disagree: 1"):
        parse_msp_podcast(root, FOUR)
    c = "MSP-PODCAST_0009_0009.wav"
    in_json = as_json([row(A, EmoAct="3"), rows[1], row(c)])
    fill(root, {CSV: as_csv([*rows, row(c)]), JSON: in_json}, [c])
    corpus = parse_msp_podcast(root, FOUR, allow_partial=True)
    assert [utt.audio.name for utt in corpus.utterances] == [c]
    assert {reason: len(items) for reason, items in corpus.dropped.items()} == {
        "csv and json disagree": 1,
        "not a number from 1 to 7": 1,
    }
    assert "left out, csv and json disagree: 1" in corpus.notes
