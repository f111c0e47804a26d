"""Whatever bytes a table holds, it is read or refused: no reader fails in another way."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sentemo.core.errors import Problems, SentemoError
from sentemo.data.check import check_data_dir
from sentemo.data.delimited import read_delimited
from sentemo.data.dimensions import parse_scale
from sentemo.data.fold_files import read_folds, read_protocol
from sentemo.data.kaldi import Utterance
from sentemo.data.labels import read_labels
from sentemo.data.preparation import read_prepared
from sentemo.data.sentiment import read_sentiment
from sentemo.data.tables import read_table
from sentemo.data.texts import read_text_table
from sentemo.data.word_times import read_word_times
from sentemo.scoring.predictions import read_dimension_predictions, read_predictions

ALPHABET = st.sampled_from(
    [
        *(b"a", b"b", b"1", b"0", b".", b"-", b",", b";", b'"', b"'", b"|", b"\t", b" ", b"\n"),
        *(b"\r", b"\0", b"\xff", b"\xe4", b"=", b"#", b"{", b"[", b":", b"nan", b"9" * 5000),
        *("ä中\u2028\ufeff٣".encode(), b"fold\tvalid\ttest\n", b"path,label\n"),
        b"utterance\tfold\tspeaker\t",
    ]
)
CONTENT = st.lists(ALPHABET, max_size=30).map(b"".join)


def utterances(path):
    return [Utterance(f"{s}{n}", s, path, "a") for s in "ab" for n in "12"]


READERS = {
    "table": read_table,
    "labels": read_labels,
    "folds": lambda path: read_folds(path, utterances(path)),
    "protocol": read_protocol,
    "delimited": lambda path: read_delimited(path, ["path", "label"], Problems(str(path))),
    "predictions": read_predictions,
    "dimensions": read_dimension_predictions,
    "scale": lambda path: parse_scale(str(path)),
    "words": read_word_times,
}


@pytest.mark.parametrize("name", READERS)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(content=CONTENT)
def test_any_bytes_are_read_or_refused(tmp_path, name, content):
    path = tmp_path / "table"
    path.write_bytes(content)
    with suppress(SentemoError):
        READERS[name](path)


@pytest.mark.parametrize("name", ["table", "labels", "folds", "protocol", "delimited", "words"])
def test_a_device_is_not_read(name):
    with pytest.raises(SentemoError, match="a pipe or a device"):
        READERS[name](Path("/dev/zero"))


TABLES = {
    "wav.scp": "a x.wav\nb x.wav\n",
    "segments": "a1 a 0.0 0.5\nb1 b 0.25 1.0\n",
    "reco2file_and_channel": "a a A\nb b B\n",
    "utt2spk": "a1 a\nb1 b\n",
    "spk2utt": "a a1\nb b1\n",
    "utt2label": "a1 happy\nb1 sad\n",
    "utt2avd": "a1 1 2 3\nb1 2 3.5 4\n",
    "utt2split": "a1 train\nb1 test\n",
    "utt2uniq": "b1 a1\n",
    "utt2dur": "a1 0.5\nb1 0.75\n",
    "utt2level": "a1 -20.5\nb1 -18\n",
    "utt2distribution": "a1 happy:0.75 sad:0.25\nb1 sad:1\n",
    "spk2age": "a 30\nb 41\n",
    "spk2gender": "a f\nb m\n",
    "text": "a1 so it is\nb1 no\n",
    "word_times": "a1\t0.1\t0.2\tso\n",
    "counts.json": '{"corpus": "x", "notes": [], "utterances": 2}',
    "utt2sentiment": "a1 neutral\nb1 neutral\n",
    "utt2sentiment_probs": "a1 0.1 0.8 0.1\nb1 0.2 0.6 0.2\n",
}
EDITS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 12), ALPHABET), max_size=3)


@pytest.mark.parametrize("name", TABLES)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(edits=EDITS)
def test_any_table_of_a_data_directory_is_read_or_refused(tmp_path, make_audio, name, edits):
    audio = tmp_path / "x.wav"
    if not audio.exists():
        make_audio(audio)
    for table, content in TABLES.items():
        (tmp_path / table).write_text(content.replace("x.wav", str(audio)))
    content = bytearray((tmp_path / name).read_bytes())
    for start, length, new in edits:
        content[start : start + length] = new
    (tmp_path / name).write_bytes(bytes(content))
    for read in (
        check_data_dir,
        read_prepared,
        read_sentiment,
        lambda path: read_text_table(path / "text"),
    ):
        with suppress(SentemoError):
            read(tmp_path)
