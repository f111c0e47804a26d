import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from swbd_release import make_release, parse, temporary_release, the_error_of

from sentemo.corpora.switchboard import pronounced_text, pronounced_word


@pytest.fixture
def release(tmp_path):
    return make_release(tmp_path / "my corpora")


@pytest.mark.parametrize(
    ("token", "word"),
    [
        ("Yes", "yes"),
        ("uh-huh", "uh-huh"),
        ("i'd", "i'd"),
        ("[silence]", ""),
        ("[vocalized-noise]", ""),
        ("<b_aside>", ""),
        ("[laughter-yes]", "yes"),
        ("[laughter-sto[ry]-]", "sto"),
        ("[laughter-[it'n/isn't]]", "isn't"),
        ("them_1", "them"),
        ("them_1's", "them's"),
        ("{yuppiedom}", "yuppiedom"),
        ("[it'n/isn't]", "isn't"),
        ("[lem[guini]-/linguini]", "linguini"),
        ("ex[specially]-/especially]", "especially"),
        ("th[e]-", "th"),
        ("[ab]out-", "out"),
        ("-[an]y", "y"),
        ("-[a]b[out]-", "b"),
        ("ammu[n]it-", "ammuit"),
        ("-", ""),
    ],
)
def test_a_word_is_what_was_pronounced(token, word):
    assert pronounced_word(token) == word


@given(st.text())
def test_plain_text_has_no_tags(text):
    plain = pronounced_text(text)
    assert not set(plain) & set("[]{}<>")
    assert plain == " ".join(plain.split())


@pytest.mark.parametrize(
    "line",
    [
        "sw2005A-ms98-a-0003 2.5 4",
        "sw2005B-ms98-a-0003 2.5 4 no",
        "sw2005A 2.5 4 no",
        "sw2005A-ms98-a-0003 4 2.5 no",
        "sw2005A-ms98-a-0003 -1 2.5 no",
        "sw2005A-ms98-a-0003 2.5 nan no",
        "sw2005A-ms98-a-0003 soon later no",
    ],
)
@pytest.mark.parametrize("kind", ["trans", "word"])
def test_a_malformed_transcript_line_is_named(release, kind, line):
    if kind == "word":
        line = line.replace("0003", "0002")  # only the words of labelled segments are looked at
    (file,) = release.rglob(f"sw2005A-ms98-a-{kind}.text")
    before = file.read_text()
    file.write_text(before + line + "\n")
    message = the_error_of(release, allow_partial=False)
    assert "malformed transcript line: 1" in message
    assert f"sw2005A-ms98-a-{kind}.text:{before.count(chr(10)) + 1}: " in message
    assert len(parse(release).dropped["malformed transcript line"]) == 1


def test_a_line_of_words_has_one(release):
    (file,) = release.rglob("sw2005A-ms98-a-word.text")
    file.write_text("sw2005A-ms98-a-0002 0.5 1 i yes\n")
    assert "sw2005A-ms98-a-word.text:1: " in the_error_of(release, allow_partial=False)


def test_windows_line_ends_blank_lines_and_other_encodings_are_read(release):
    for file in release.rglob("*.t*"):
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n") + b"\r\n")
    (file,) = release.rglob("sw2005A-ms98-a-trans.text")
    file.write_bytes(file.read_bytes().replace(b"okay_1", b"caf\xe9"))
    assert parse(release).utterances[0].text == "i yes café"


@given(st.binary(), st.sampled_from(["trans", "word"]))
def test_any_bytes_in_a_transcript_are_parsed_or_named_with_their_line(content, kind):
    with temporary_release() as root:
        (file,) = root.rglob(f"sw2005A-ms98-a-{kind}.text")
        file.write_bytes(file.read_bytes() + content)
        corpus = parse(root)
        assert corpus.utterances
        for item in corpus.dropped.get("malformed transcript line", ()):
            assert re.match(rf"sw2005A-ms98-a-{kind}\.text:\d+: ", item)
