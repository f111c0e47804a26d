import unicodedata

import pytest

from sentemo.core.errors import SentemoError
from sentemo.data.class_folders import read_class_folders, require_classes
from sentemo.data.listing import located, read_table_listing


@pytest.fixture
def table(tmp_path):
    def write(text):
        path = tmp_path / "labels.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_every_column_is_read_and_others_are_told(table, tmp_path):
    path = table(
        "File;label;speaker;split;text;activation;valence;dominance;channel;start;end;note\n"
        "a.wav;very happy;Anna, B;DEV;good  day;3,5;-1;2.25;left;1,5;2;x\n"
        "/there/b.wav;sad;Ben;train;;1;2;3;;;;\n"
    )
    listing = read_table_listing(path)
    first, second = listing.entries
    assert listing.unread == ["note"]
    assert (first.audio, first.label, first.speaker) == (tmp_path / "a.wav", "very_happy", "Anna_B")
    assert (first.split, first.text, first.avd) == ("valid", "good day", (3.5, -1.0, 2.25))
    assert (first.channel, first.start, first.end) == (0, 1.5, 2.0)
    assert (str(second.audio), second.text, second.channel) == ("/there/b.wav", None, None)
    assert (second.start, second.end, second.where) == (None, None, "labels.csv:3")


def test_columns_may_have_other_names(table):
    path = table("path,emotion\na.wav,x\n")
    (entry,) = read_table_listing(path, {"file": "Path", "label": "emotion"}).entries
    assert (entry.audio.name, entry.label) == ("a.wav", "x")
    with pytest.raises(
        SentemoError,
        match=r"no column 'file'\. The columns that its first line names are path, emotion\.",
    ):
        read_table_listing(path, {"label": "emotion"})
    with pytest.raises(SentemoError, match="no column 'mood' for label"):
        read_table_listing(path, {"file": "path", "label": "mood"})


def test_all_problems_are_counted_and_named_by_line(table):
    path = table(
        "file,label,speaker,split,activation,valence,dominance,channel,start,end\n"
        ",x,s,train,1,2,3,,,\n"
        "a.wav,,,eval,1,high,nan,C,3,2\n"
        "b.wav,x,s,test,1,2,3,1,0,\n"
    )
    with pytest.raises(SentemoError) as error:
        read_table_listing(path)
    told = str(error.value)
    assert "9 problems" in told
    for line in (
        "no file: 1\n    labels.csv:2",
        "no label: 1\n    labels.csv:3",
        "no speaker: 1\n    labels.csv:3",
        "split is none of train, valid, test: 1\n    labels.csv:3: eval",
        "valence is no number: 1\n    labels.csv:3: 'high'",
        "dominance is no number: 1\n    labels.csv:3: 'nan'",
        "channel is none of A, B, 1, 2, left, right: 1\n    labels.csv:3: C",
        "part without length: 1\n    labels.csv:3: from 3 s to 2 s",
        "end is no number: 1\n    labels.csv:4: ''",
    ):
        assert line in told


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("file,mood", "no column 'label', nor activation, valence, dominance"),
        ("file,valence", "of the dimensions only valence"),
        ("file,label,start", "'start' and 'end' are needed together"),
        ("file,label", "no rows"),
    ],
)
def test_tables_that_lack_something_say_what(table, header, message):
    with pytest.raises(SentemoError, match=message):
        read_table_listing(table(f"{header}\n"))


def test_speakers_are_found_in_the_names_of_files(table):
    path = table("file,label\nx/03a01Fa.wav,x\ny/08b.wav,x\n")
    assert [e.speaker for e in read_table_listing(path, speaker_from=r"^(\d\d)").entries] == [
        "03",
        "08",
    ]
    assert [e.speaker for e in read_table_listing(path, speaker_from=r"^(\w)/").entries] == [
        "x",
        "y",
    ]
    with pytest.raises(SentemoError, match=r"finds no speaker: 1\n    labels\.csv:3: y/08b\.wav"):
        read_table_listing(path, speaker_from="^03")
    with pytest.raises(SentemoError, match="no regular expression"):
        read_table_listing(path, speaker_from="(")
    with pytest.raises(SentemoError, match="leave --speaker_from away"):
        read_table_listing(table("file,label,speaker\na.wav,x,y\n"), speaker_from="a")


def test_files_are_found_under_other_spellings(tmp_path):
    decomposed = tmp_path / "audio" / unicodedata.normalize("NFD", "schön.wav")
    decomposed.parent.mkdir()
    decomposed.touch()
    assert located(tmp_path, "audio\\schön.wav") == decomposed
    assert located(tmp_path, "x" * 300) == tmp_path / ("x" * 300)


def test_a_folder_per_class_is_listed_and_the_rest_is_counted(tmp_path):
    for name in ("very happy/01 a.wav", "very happy/deep/02.FLAC", "sad/01.mp3", "sad/notes.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "loose.wav").touch()
    (tmp_path / "sad" / ".hidden.wav").touch()
    listing = read_class_folders(tmp_path, r"^(\d\d)")
    assert [(e.where, e.label, e.speaker) for e in listing.entries] == [
        ("sad/01.mp3", "sad", "01"),
        ("very happy/01 a.wav", "very_happy", "01"),
        ("very happy/deep/02.FLAC", "very_happy", "02"),
    ]
    assert listing.dropped == {
        "no recording": ["sad/notes.txt"],
        "in no subfolder of a class": ["loose.wav"],
    }
    with pytest.raises(SentemoError, match="no recordings in subfolders"):
        read_class_folders(tmp_path / "very happy" / "deep")


@pytest.mark.parametrize(
    ("folders", "message"),
    [
        ("wavs", "all recordings are in its subfolder wavs, and a model needs two classes. Write"),
        ("a/b/sad a/b/angry", "If the subfolders of {}/a/b are the classes, give that folder. If"),
        ("train/sad test/sad", "folders for the sides of a split"),
        ("sad/train angry/dev", "folders for the sides of a split"),
        ("0001/Sad 0001/Angry 0002/Sad", "subfolders are 0001, 0002, and the classes Angry, Sad"),
        ("Actor_01 Actor_02", "its subfolders are Actor_01, Actor_02, which are no classes"),
        ("male female", "which are no classes"),
        ("session1/S01A session2/S01A", "which are no classes"),
        ("sad/0001 angry/0001", ""),
        ("Colère/Fort Colère/Faible Neutre", ""),
        ("neutral actor", ""),
        ("0 1 2", ""),
    ],
)
def test_folders_that_surely_are_no_classes_are_refused(tmp_path, folders, message):
    for folder in folders.split():
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "a.wav").touch()
    entries = read_class_folders(tmp_path).entries
    if not message:
        return require_classes(tmp_path, entries)
    with pytest.raises(SentemoError) as error:
        require_classes(tmp_path, entries)
    assert message.format(tmp_path) in str(error.value)
