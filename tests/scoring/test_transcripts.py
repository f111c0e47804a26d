import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentemo.core.errors import SentemoError
from sentemo.scoring.transcripts import (
    Transcripts,
    comparable,
    read_transcripts,
    write_transcripts,
    write_trn,
)

ids = st.text(st.characters(exclude_categories=["Z", "C"]), min_size=1, max_size=8)
texts = st.text(st.characters(exclude_categories=["Zl", "Zp", "C"]), max_size=20)


@given(st.dictionaries(ids, st.tuples(texts, texts), min_size=1, max_size=5))
def test_what_is_written_is_read(tmp_path_factory, drawn):
    transcripts = Transcripts(
        {u: r for u, (r, _) in drawn.items()}, {u: h for u, (_, h) in drawn.items()}, "greedy", 1.5
    )
    directory = tmp_path_factory.mktemp("with space") / "decode_test"
    write_transcripts(directory, transcripts)
    assert read_transcripts(directory) == transcripts


@pytest.mark.parametrize(
    ("utterance", "text"), [("a 1", "x"), ("", "x"), ("a", "x\ny"), ("a", "x\n")]
)
def test_what_could_not_be_read_back_is_not_written(tmp_path, utterance, text):
    texts = {utterance: text}
    with pytest.raises(ValueError):
        write_transcripts(tmp_path / "decode_test", Transcripts(texts, texts, "greedy", 1.0))
    assert list(tmp_path.iterdir()) == []


def test_ids_without_a_partner_are_counted(tmp_path):
    write_transcripts(tmp_path / "d", Transcripts({"a": "", "b": ""}, {"b": "", "c": ""}, "g", 1.0))
    with pytest.raises(SentemoError, match=r"(?s)2 problems.*hypothesis: 1.*a:.*reference: 1.*c:"):
        read_transcripts(tmp_path / "d")


def test_a_missing_file_and_a_duplicate_id_are_named(tmp_path):
    with pytest.raises(SentemoError, match=r"ref\.tsv.*Decode"):
        read_transcripts(tmp_path)
    write_transcripts(tmp_path / "d", Transcripts({"a": "x"}, {"a": "x"}, "greedy", 1.0))
    (tmp_path / "d" / "hyp.tsv").write_text("a x\na y\n")
    with pytest.raises(SentemoError, match=r"hyp\.tsv:2: a"):
        read_transcripts(tmp_path / "d")


def test_no_utterances_are_no_transcripts(tmp_path):
    write_transcripts(tmp_path / "d", Transcripts({}, {}, "greedy", 0.0))
    with pytest.raises(SentemoError, match="no utterances"):
        read_transcripts(tmp_path / "d")


def test_trn_has_the_id_behind_the_text(tmp_path):
    write_trn(tmp_path / "ref.trn", {"b-1": "", "a-1": "SO IT IS"})
    assert (tmp_path / "ref.trn").read_text() == "SO IT IS (a-1)\n (b-1)\n"


def test_words_are_compared_without_case_and_punctuation():
    assert comparable("„Well,“ she said — it’s 5 o'clock!") == "well she said it's 5 o'clock"
    assert comparable("Das_will SIE: «Mittwoch» 'ja'") == "das will sie mittwoch ja"
    assert comparable("Zażółć gęślą jaźń...") == "zażółć gęślą jaźń"
    assert comparable(" -- ") == ""
