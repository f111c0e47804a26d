"""Lists of splits in every layout are read as the same utterances, and wrong ones are refused."""

import json
import re
from contextlib import suppress

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sentemo.core.errors import SentemoError
from sentemo.data.kaldi import Utterance
from sentemo.data.preparation import ParsedCorpus, write_data_dir
from sentemo.data.spellings import MISSING
from sentemo.data.split_lists.columns import ListReading
from sentemo.data.split_lists.content import content_digests
from sentemo.data.split_lists.entries import fold_in_name, side_in_name, side_of_word
from sentemo.data.split_lists.reading import read_split

TRAIN = {"wav": "wavs/a.wav", "emo": "sad", "spk": "anna"}
TEST = {"wav": "wavs/b.wav", "emo": "happy", "spk": "ben"}
S3PRL = {"labels": {"sad": 0, "happy": 1}}


def lines(*records):
    return "".join(f"{json.dumps(record)}\n" for record in records)


def s3prl(record):
    entry = {"path": record["wav"], "label": record["emo"], "speaker": record["spk"]}
    return json.dumps(S3PRL | {"meta_data": [entry]})


def hugging_face(name, record):
    return f"file_name,emotion,speaker_id\n{name},{record['emo']},{record['spk']}\n"


CSV = "File;Label;Speaker;Side\nwavs/a.wav;sad;anna;Train\nwavs\\b.wav;happy;ben;Test1\n"
LAYOUTS = {
    "one table": ({"all.csv": CSV}, ["all.csv"]),
    "tables with tabs": (
        {
            "my_training.tsv": "path\temotion\tspeaker\nwavs/a.wav\tsad\tanna\n",
            "eval.tsv": "path\temotion\tspeaker\nwavs/b.wav\thappy\tben\n",
        },
        ["my_training.tsv", "eval.tsv"],
    ),
    "lines of JSON": (
        {"all.jsonl": lines(TRAIN | {"split": "train"}, TEST | {"split": "test"})},
        ["all.jsonl"],
    ),
    "an array of JSON": (
        {"all.json": json.dumps([TRAIN | {"split": "train"}, TEST | {"split": "evaluation"}])},
        ["all.json"],
    ),
    "SpeechBrain": (
        {
            "train.json": json.dumps({"a": TRAIN | {"length": 1.5}}),
            "test.json": json.dumps({"b": TEST | {"length": 2.5}}),
        },
        ["."],
    ),
    "EmoBox": (
        {
            "emodb/fold_1/emodb_train_fold_1.jsonl": lines(TRAIN | {"channel": 1}),
            "emodb/fold_1/emodb_test_fold_1.jsonl": lines(TEST | {"channel": 1}),
            "emodb/fold_1/emodb_test_fold_1.json": json.dumps({"b": TEST}),
            "emodb/fold_1/emodb_test_fold1.jsonl": lines(TRAIN),
            "emodb/label_map.json": json.dumps({"sad": "Sad"}),
        },
        ["emodb"],
    ),
    "S3PRL": (
        {
            "meta_data/Session1/train_meta_data.json": s3prl(TRAIN),
            "meta_data/Session1/test_meta_data.json": s3prl(TEST),
        },
        ["meta_data"],
    ),
    "EmoBox, older": (
        {
            "emodb/fold_1/emodb_train_fold1.jsonl": lines(TRAIN),
            "emodb/fold_1/emodb_test_fold1.jsonl": lines(TEST),
        },
        ["emodb"],
    ),
    "S3PRL, above its folder": (
        {
            "emotion/meta_data/Session1/train_meta_data.json": s3prl(TRAIN),
            "emotion/meta_data/Session1/test_meta_data.json": s3prl(TEST),
        },
        ["emotion"],
    ),
    "Hugging Face, a table for each side": (
        {
            "train/metadata.csv": hugging_face("wavs/a.wav", TRAIN),
            "test/metadata.csv": hugging_face("wavs/b.wav", TEST),
        },
        ["."],
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_says_the_same(tmp_path, monkeypatch, layout):
    files, sources = LAYOUTS[layout]
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    split = read_split([tmp_path / source for source in sources], ListReading())
    found = {(u.side, u.fold, u.file, u.label, u.speaker) for u in split.utterances}
    assert found == {
        ("train", "1", "wavs/a.wav", "sad", "anna"),
        ("test", "1", "wavs/b.wav", "happy", "ben"),
    }


def test_one_table_of_hugging_face_takes_sides_from_paths(tmp_path):
    (tmp_path / "metadata.csv").write_text(
        "file_name,label\ndata/train/a.wav,sad\nvalidation/c.wav,sad\ndata/test/x/b.wav,happy\n"
    )
    split = read_split([tmp_path], ListReading())
    assert [utt.side for utt in split.utterances] == ["train", "valid", "test"]
    assert split.layouts == ["Hugging Face"]


def test_folders_of_classes_are_read_too(tmp_path):
    for name in ("train/sad/a.wav", "test/happy/b.wav"):
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.write_bytes(b"")
    split = read_split([tmp_path], ListReading(speaker_from=r"^(.)"))
    assert {(u.side, u.label, u.speaker) for u in split.utterances} == {
        ("train", "sad", "a"),
        ("test", "happy", "b"),
    }


def test_parquet_files_are_read_with_the_recordings_in_them(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    (tmp_path / "data").mkdir()
    for side, record in (("train", TRAIN), ("test", TEST)):
        row = {
            "audio": {"bytes": b"RIFF", "path": record["wav"]},
            "emotion": record["emo"],
            "speaker_id": record["spk"],
        }
        table = pyarrow.Table.from_pylist([row])
        parquet.write_table(table, tmp_path / f"data/{side}-00000-of-00001.parquet")
    split = read_split([tmp_path], ListReading())
    digests = {utt.digest for utt in split.utterances}
    assert len(digests) == 1 and None not in digests
    assert {(u.side, u.file, u.label, u.speaker) for u in split.utterances} == {
        ("train", "wavs/a.wav", "sad", "anna"),
        ("test", "wavs/b.wav", "happy", "ben"),
    }
    (tmp_path / "data/test-00000-of-00001.parquet").write_bytes(b"no parquet")
    with pytest.raises(SentemoError, match="not a Parquet file to read"):
        read_split([tmp_path], ListReading())


def data_directory(folder, splits=(None, None, None), speakers="abc", name="data"):
    utterances = [
        Utterance(f"{s}-1", s, folder / f"{s}.wav", label="sad", text="Yes.", split=split)
        for s, split in zip(speakers, splits, strict=True)
    ]
    for utt in utterances:
        soundfile.write(
            utt.audio, np.random.default_rng(ord(utt.speaker)).normal(0, 0.1, 800), 8000
        )
    write_data_dir(folder / name, ParsedCorpus(utterances, {}, [], "x"))
    return folder / name


def test_a_data_directory_is_divided_by_its_fold_file(tmp_path):
    data = data_directory(tmp_path)
    folds = tmp_path / "folds.tsv"
    folds.write_text("fold\tvalid\ttest\n1\tb\ta\n2\tc\tb\n3\ta\tc\n")
    split = read_split([data], ListReading(), folds)
    sides = {(u.fold, u.side, u.speaker, u.text) for u in split.utterances}
    assert len(sides) == 9
    assert ("2", "train", "a", "Yes.") in sides
    with pytest.raises(SentemoError, match="--folds FILE"):
        read_split([data], ListReading())


def test_a_data_directory_may_have_its_own_sides(tmp_path):
    data = data_directory(tmp_path, ("train", "dev", "test"))
    split = read_split([data], ListReading())
    assert [(u.speaker, u.side) for u in split.utterances] == [
        ("a", "train"),
        ("b", "valid"),
        ("c", "test"),
    ]


def test_data_directories_may_be_a_side_each(tmp_path):
    sources = [
        data_directory(tmp_path, [None], speaker, name)
        for speaker, name in (("a", "train_clean"), ("b", "dev"), ("c", "test"))
    ]
    found = read_split(sources, ListReading()).utterances
    assert [(u.speaker, u.side) for u in found] == [("a", "train"), ("b", "valid"), ("c", "test")]


def test_no_recording_where_they_should_be_is_an_error(tmp_path):
    (tmp_path / "a.csv").write_text("file,side\na.wav,train\nb.wav,test\n")
    with pytest.raises(SentemoError, match=r"none of the recordings, such as a\.wav"):
        read_split([tmp_path / "a.csv"], ListReading(audio=[tmp_path]))


def test_folds_without_sides_are_each_tested_once(tmp_path):
    (tmp_path / "x.csv").write_text("file,fold\na.wav,1\nb.wav,2\nc.wav,3\n")
    split = read_split([tmp_path / "x.csv"], ListReading())
    tested = {(u.fold, u.file) for u in split.utterances if u.side == "test"}
    assert tested == {("1", "a.wav"), ("2", "b.wav"), ("3", "c.wav")}
    assert len(split.utterances) == 9


WRONG = {
    "no such file": ({}, ["gone.csv"], "no such file or folder"),
    "nothing in the folder": ({"x.txt.bak": ""}, ["."], "no lists of a split in it"),
    "no column of files": ({"a.csv": "label,side\nsad,train\n"}, ["a.csv"], "no column of files"),
    "no side": ({"a.csv": "file,label\na.wav,sad\n"}, ["a.csv"], "--column side=YOURS"),
    "a side that is none": ({"a.csv": "file,side\na.wav,left\n"}, ["a.csv"], "a.csv:2: left"),
    "an empty side": ({"a.csv": "file,side\na.wav,\nb.wav,test\n"}, ["a.csv"], "no side: 1"),
    "an empty file": ({"a.csv": "file,side\n,test\nb.wav,train\n"}, ["a.csv"], "no file: 1"),
    "one side only": ({"train.csv": "file\na.wav\n"}, ["train.csv"], "only the side train"),
    "one fold only": ({"a.csv": "file,fold\na.wav,1\n"}, ["a.csv"], "all utterances are in"),
    "no numbers": (
        {"a.csv": "file,side,start,end\na.wav,train,x,2\n"},
        ["a.csv"],
        "start is no number of seconds",
    ),
    "no objects": ({"train.json": "[1]"}, ["train.json"], "no object"),
    "a text of JSON": ({"train.json": '"x"'}, ["train.json"], "no object"),
    "a broken line": ({"train.jsonl": '{"wav": "a"}\n{"wav"\n'}, ["train.jsonl"], "train.jsonl:2"),
    "two formats of one side": (
        {"train.json": '{"a": {"wav": "a"}}', "train.csv": "file\na\n"},
        ["."],
        "both are lists of one side",
    ),
    "a fold file": (
        {"a.tsv": "# By speaker.\nfold\tvalid\ttest\n1\ta\tb\n"},
        ["a.tsv"],
        "a fold file; give the data directory, and --folds",
    ),
    "another ending": ({"train.xlsx": "x"}, ["train.xlsx"], "no list that can be read"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_lists_are_refused_with_their_places(tmp_path, case):
    files, sources, message = WRONG[case]
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    with pytest.raises(SentemoError, match=re.escape(message)):
        read_split([tmp_path / source for source in sources], ListReading())


def test_a_fold_file_needs_a_data_directory(tmp_path):
    (tmp_path / "a.csv").write_text("file,side\na.wav,train\nb.wav,test\n")
    with pytest.raises(SentemoError, match="a fold file is for a data directory"):
        read_split([tmp_path / "a.csv"], ListReading(), tmp_path / "folds.tsv")


def test_copies_have_one_digest_in_every_format(tmp_path):
    samples = (np.random.default_rng(0).normal(0, 3000, 1600)).astype(np.int16)
    soundfile.write(tmp_path / "a.wav", samples, 16000)
    soundfile.write(tmp_path / "b.flac", samples, 16000)
    soundfile.write(tmp_path / "c.wav", samples[::-1], 16000)
    (tmp_path / "d.wav").write_bytes(b"no audio")
    rows = "".join(f"{name},test\n" for name in ("a.wav", "b.flac", "c.wav", "d.wav", "gone.wav"))
    (tmp_path / "x.csv").write_text(f"file,side\nz.wav,train\n{rows}")
    utterances = read_split([tmp_path / "x.csv"], ListReading()).utterances
    digests, unreadable = content_digests(utterances)
    by_name = {path.name: digest for (path, _), digest in digests.items()}
    assert by_name["a.wav"] == by_name["b.flac"] != by_name["c.wav"]
    assert by_name.keys() == {"a.wav", "b.flac", "c.wav"}
    assert [path.name for path, _ in unreadable] == ["d.wav"]


@pytest.mark.parametrize(
    ("word", "side"),
    [
        *[("Train", "train"), ("training", "train"), ("Development", "valid"), ("dev", "valid")],
        *[("val", "valid"), ("Test1", "test"), ("test_2", "test"), ("eval", "test")],
        *[("left", None), ("", None), ("latest", None)],
    ],
)
def test_words_of_sides(word, side):
    assert side_of_word(word) == side


@pytest.mark.parametrize(
    ("name", "side", "fold"),
    [
        ("emodb_test_fold_3", "test", "3"),
        ("train-00000-of-00001", "train", None),
        ("Session05", None, "5"),
        ("train_dev", None, None),
        ("metadata", None, None),
        ("manifold2", None, None),
    ],
)
def test_names_of_lists(name, side, fold):
    assert (side_in_name(name), fold_in_name(name)) == (side, fold)


NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), min_size=1).filter(
    lambda text: text.strip() == text and text
)
LABELS = NAMES.filter(lambda text: text not in MISSING)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=st.lists(st.tuples(NAMES, LABELS, st.sampled_from(["train", "dev"])), min_size=1))
def test_what_is_written_as_json_is_read_back(tmp_path, rows):
    path = tmp_path / "all.jsonl"
    records = [{"file": f, "label": lab, "split": side} for f, lab, side in rows]
    path.write_text(lines({"file": "x", "label": "y", "split": "test"}, *records), encoding="utf-8")
    found = read_split([path], ListReading()).utterances[1:]
    assert [(u.file, u.label) for u in found] == [(f.replace("\\", "/"), lab) for f, lab, _ in rows]
    assert [u.side for u in found] == ["valid" if side == "dev" else side for *_, side in rows]


ALPHABET = st.sampled_from(
    [
        *(b"file", b"side", b"train", b"test", b"wav", b",", b"\t", b"\n", b'"', b"{", b"}", b"["),
        *(b"]", b":", b"\\", b"/", b"..", b"\0", b"\xff", b"1", b"nan", b"null", "ä".encode()),
        *(b'{"wav": "a", "split": "train"}', b"file,side\na.wav,train\n", b"fold", b" "),
    ]
)


@pytest.mark.parametrize("ending", ["csv", "tsv", "json", "jsonl", "parquet"])
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(content=st.lists(ALPHABET, max_size=20).map(b"".join))
def test_any_bytes_are_read_or_refused(tmp_path, ending, content):
    path = tmp_path / f"train.{ending}"
    path.write_bytes(content)
    (tmp_path / "test.csv").write_text("file\nb.wav\n")
    with suppress(SentemoError):
        read_split([path, tmp_path / "test.csv"], ListReading())
