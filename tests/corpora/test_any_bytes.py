"""Whatever bytes a file of a corpus holds, it is read or refused by name."""

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from swbd_release import make_release
from swbd_release import parse as parse_swbd

from sentemo.core.errors import SentemoError
from sentemo.corpora.emodb import parse_emodb
from sentemo.corpora.librispeech import parse_librispeech
from sentemo.corpora.msp_podcast import parse_msp_podcast
from sentemo.corpora.nemo import parse_nemo
from sentemo.corpora.speechocean762 import parse_speechocean762
from sentemo.data.kaldi import read_data_dir
from sentemo.data.preparation import write_data_dir

CLASSES = ["angry", "neutral", "happy", "sad"]
SEGMENTS = "LDC97S62/swb_ms98_transcriptions/20/2005/"
SPEECHOCEAN_TABLES = {
    "text": "000010011\tWE CALL IT BEAR\n",
    "wav.scp": "000010011\tWAVE/SPEAKER0001/000010011.WAV\n",
    "utt2spk": "000010011 0001\n",
    "spk2gender": "0001\tm\n",
    "spk2age": "0001\t6\n",
}
FILES = {
    "emodb": {
        "wav/03a01Fa.wav": "",
        "erkennung.txt": "Nr.\tSatz\terkannt\tnat\n1\t03a01Fa.wav\t65,00\t35,00\n",
    },
    "librispeech": {
        "dev-clean/1/2/1-2-0000.flac": "",
        "dev-clean/1/2/1-2.trans.txt": "1-2-0000 IT'S SO\n1-2-0001 NO\n",
    },
    "nemo": {
        "samples/EB0_anger_3.wav": "",
        "data.tsv": "file_id\temotion\traw_text\tnormalized_text\tspeaker_id\tgender\tage\n"
        "EB0_anger_3.wav\tanger\tChodźmy, już.\tchodźmy już\tEB0\tfemale\t27\n",
    },
    "speechocean762": {
        "WAVE/SPEAKER0001/000010011.WAV": "",
        **{f"{side}/{name}": "" for side in ("train", "test") for name in SPEECHOCEAN_TABLES},
        **{f"train/{name}": line for name, line in SPEECHOCEAN_TABLES.items()},
    },
    "msp": {
        "Audios/MSP-PODCAST_0001_0001.wav": "",
        "Labels/labels_consensus.csv": "FileName,EmoClass,EmoAct,EmoVal,EmoDom,SpkrID,Gender\n"
        "MSP-PODCAST_0001_0001.wav,N,2.2,4.0,2.6,127,Female\n",
        "Labels/labels_consensus.json": '{"MSP-PODCAST_0001_0001.wav": {"EmoClass": "N", '
        '"EmoAct": 2.2, "EmoVal": 4.0, "EmoDom": 2.6, "SpkrID": 127, "Gender": "Female"}}',
        "Partitions.txt": "Train; MSP-PODCAST_0001_0001.wav\n",
        "Transcripts/MSP-PODCAST_0001_0001.txt": "so it is\n",
    },
}
PARSERS = {
    "emodb": lambda root: parse_emodb(root, CLASSES, allow_partial=True),
    "librispeech": lambda root: parse_librispeech(root, allow_partial=True),
    "nemo": lambda root: parse_nemo(root, CLASSES, allow_partial=True),
    "speechocean762": lambda root: parse_speechocean762(root, allow_partial=True),
    "msp": lambda root: parse_msp_podcast(root, CLASSES, release="1.11", allow_partial=True),
    "swbd": parse_swbd,
}
READ = [
    *((corpus, file) for corpus, files in FILES.items() for file in files if files[file]),
    *(("swbd", f"{SEGMENTS}sw2005A-ms98-a-{kind}.text") for kind in ("trans", "word")),
    ("swbd", "LDC97S62/docs/call_con_tab.csv"),
    ("swbd", "LDC2020T14/speech_sentiment_annotations/data/sentiment_labels.tsv"),
]
PIECES = st.sampled_from(
    [
        *(b"\n", b"\r\n", b"\t", b" ", b",", b";", b'"', b"\0", b"\xff", b"\xa0", b"\x85", b"=1"),
        *(b"nan", b"-1", b"1e999", b"9" * 5000, b"{", b"}", b"[", b"#", b"%s", b"<b>", b"../x"),
        *(text.encode() for text in ("\ufeff", "\u202e", "\u200b", "\u2028", "٣", "ä", "𝟚")),
    ]
)
EDITS = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 20), PIECES), max_size=4)


@pytest.fixture(params=READ, ids=lambda given: given[1].rpartition("/")[2])
def place(request, tmp_path):
    """Return the corpus, its folder, and the file of it that is changed."""
    corpus, name = request.param
    root = tmp_path / corpus
    if corpus == "swbd":
        make_release(root)
    for file, content in FILES.get(corpus, {}).items():
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text(content, encoding="utf-8")
    return corpus, root, root / name


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(edits=EDITS, tail=st.binary(max_size=20))
def test_any_bytes_are_read_or_refused(place, tmp_path, edits, tail):
    corpus, root, file = place
    before = file.read_bytes()
    content = bytearray(before)
    for start, length, new in edits:
        content[start : start + length] = new
    file.write_bytes(bytes(content) + tail)
    try:
        parsed = PARSERS[corpus](root)
        write_data_dir(tmp_path / "data", parsed)
        read = read_data_dir(tmp_path / "data")
        assert len(read) == len(parsed.utterances)
        assert {utt.label for utt in read} <= {*CLASSES, "positive", "negative", None}
    except SentemoError as error:
        assert str(root) in str(error) or file.name in str(error)
    finally:
        file.write_bytes(before)


def test_a_device_is_not_read(place):
    corpus, root, file = place
    file.unlink()
    file.symlink_to("/dev/zero")
    with suppress(SentemoError):  # a file that may be missing is missing
        PARSERS[corpus](root)
