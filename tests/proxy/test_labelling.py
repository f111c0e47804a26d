import pytest

from sentemo.core.errors import SentemoError
from sentemo.proxy import labelling
from sentemo.proxy.labelling import Score, label_texts


class Counting:
    """Scores by length, and remembers the texts of each call."""

    def __init__(self, version=1, dies_at=None):
        self.description = {"version": version}
        self.calls, self.dies_at = [], dies_at

    def score(self, texts):
        if len(self.calls) == self.dies_at:
            raise KeyboardInterrupt
        self.calls.append(list(texts))
        return [Score(1 / len(text), 1 - 1 / len(text), 0.0, len(text) > 6) for text in texts]


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    monkeypatch.setattr(labelling, "TEXTS_PER_PART", 2)


TEXTS = {f"u{n}": "x" * n for n in range(8)}  # u0 has no word


def test_every_utterance_with_words_has_a_score(tmp_path):
    scores = label_texts(TEXTS, Counting(), tmp_path / "new folder" / "partial")
    assert set(scores) == set(TEXTS) - {"u0"}
    assert scores["u4"] == (0.25, 0.75, 0.0, False)
    assert scores["u7"].truncated


def test_each_distinct_text_is_scored_once_the_longest_first(tmp_path):
    backend = Counting()
    copies = {f"sp0.9-{utt}": text for utt, text in TEXTS.items()}
    scores = label_texts({**copies, **TEXTS}, backend, tmp_path / "partial")
    assert [[len(text) for text in call] for call in backend.calls] == [[7, 6], [5, 4], [3, 2], [1]]
    assert scores["sp0.9-u3"] == scores["u3"]


def test_texts_all_in_capitals_are_read_in_small_letters(tmp_path):
    backend = Counting()
    label_texts(
        {"a": "OH I'M SO SO", "b": "Oh NO no", "c": "3 ÉTÉS"}, backend, tmp_path / "partial"
    )
    assert backend.calls == [["oh i'm so so", "Oh NO no"], ["3 étés"]]


def test_without_any_words_there_is_nothing_to_label(tmp_path):
    with pytest.raises(SentemoError, match="2 transcripts, and none has a word"):
        label_texts({"a": "", "b": ""}, Counting(), tmp_path / "partial")


@pytest.mark.parametrize("torn", ["", "[[0.5, 0.5, 0.0, false], [0."])
def test_a_killed_run_goes_on_where_it_stopped(tmp_path, torn):
    expected = label_texts(TEXTS, Counting(), tmp_path / "whole")
    partial = tmp_path / "partial"
    with pytest.raises(KeyboardInterrupt):
        label_texts(TEXTS, Counting(dies_at=2), partial)
    partial.write_text(partial.read_text() + torn)
    backend = Counting()
    assert label_texts(TEXTS, backend, partial) == expected
    assert [len(text) for call in backend.calls for text in call] == [3, 2, 1]
    assert partial.read_text() == (tmp_path / "whole").read_text()


@pytest.mark.parametrize(
    ("texts", "version"), [(TEXTS, 2), ({**TEXTS, "u3": "abc"}, 1), ({"u1": "x"}, 1)]
)
def test_what_was_scored_of_other_texts_or_otherwise_is_not_gone_on_with(tmp_path, texts, version):
    with pytest.raises(KeyboardInterrupt):
        label_texts(TEXTS, Counting(dies_at=2), tmp_path / "partial")
    backend = Counting(version)
    label_texts(texts, backend, tmp_path / "partial")
    assert sum(map(len, backend.calls)) == len(set(texts.values()) - {""})
