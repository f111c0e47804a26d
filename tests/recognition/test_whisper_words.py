"""Words by a tiny Whisper with random weights, against Transformers' own, and what a user gives."""

import json

import numpy as np
import pytest
import torch
import transformers
from tiny_whisper import LANGUAGES, tokenizer, unwritten, write_whisper

from sentemo.core.errors import SentemoError
from sentemo.recognition.whisper import Whisper, cut_long
from sentemo.recognition.whisper_decoder import is_repetitive
from sentemo.recognition.word_alignment import Unaligned
from sentemo.upstreams import Upstream

RATE = 16000


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("tiny") / "whisper"
    write_whisper(path)
    return path


@pytest.fixture(scope="module")
def whisper(folder):
    return Whisper(Upstream(folder))


def noise(seconds, seed=1):
    return np.random.default_rng(seed).normal(0, 0.1, round(seconds * RATE)).astype(np.float32)


def transformers_text(folder, samples, language, length):
    """Return what Whisper's own `generate` writes, whose configuration is complete."""
    model = transformers.WhisperForConditionalGeneration.from_pretrained(folder)
    tokens = tokenizer()
    settings = model.generation_config
    settings.lang_to_id = {f"<|{code}|>": tokens.token_to_id(f"<|{code}|>") for code in LANGUAGES}
    settings.task_to_id = {
        task: tokens.token_to_id(f"<|{task}|>") for task in ("transcribe", "translate")
    }
    settings.no_timestamps_token_id = tokens.token_to_id("<|notimestamps|>")
    special = range(256, tokens.get_vocab_size())
    end = tokens.token_to_id("<|endoftext|>")
    settings.suppress_tokens = [*unwritten(), *(n for n in special if n != end)]
    settings.begin_suppress_tokens = [*tokens.encode(" ").ids, tokens.token_to_id("<|endoftext|>")]
    mel = transformers.WhisperFeatureExtractor()(samples, sampling_rate=RATE, return_tensors="pt")
    with torch.no_grad():
        found = model.generate(
            mel.input_features, language=language, task="transcribe", max_new_tokens=length
        )
    text = tokens.decode(found[0].tolist(), skip_special_tokens=True)
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def test_the_words_are_those_of_transformers(folder, whisper):
    signals = [noise(0.6), noise(1.1, seed=2)]
    for language in ("de", None):
        for samples, heard in zip(signals, whisper.hear(signals, language), strict=True):
            length = 20 + int(np.ceil(15 * len(samples) / RATE))
            expected = transformers_text(folder, samples, language, length)
            if not heard.repetitive:
                assert heard.text == expected
            assert heard.language in ([language] if language else LANGUAGES)


def test_each_recording_is_heard_by_itself(whisper):
    signals = [noise(0.5 + 0.1 * n, seed=n) for n in range(3)]
    together = whisper.hear(signals)
    assert together == [whisper.hear([samples])[0] for samples in signals]


def test_a_language_that_it_does_not_know_is_refused_with_those_that_it_does(whisper):
    with pytest.raises(SentemoError, match=r"language fr: .* knows de, en, pl"):
        whisper.hear([noise(0.5)], "fr")


def test_a_model_for_english_alone_is_told_no_language(tmp_path):
    write_whisper(tmp_path / "english", multilingual=False)
    english = Whisper(Upstream(tmp_path / "english"))
    assert english.hear([noise(0.5)])[0].language is None
    assert english.hear([noise(0.5)], "en")[0].language is None
    with pytest.raises(SentemoError, match=r"language de: .* knows en"):
        english.hear([noise(0.5)], "de")


def test_a_text_that_repeats_itself_is_written_again(tmp_path):
    write_whisper(tmp_path / "stuck", says="a")
    [heard] = Whisper(Upstream(tmp_path / "stuck")).hear([noise(3.0)], "de")
    assert heard.repetitive
    assert heard.text and not is_repetitive(heard.text)
    assert is_repetitive("a" * 40) and not is_repetitive("The quick brown fox jumps over it.")


def test_words_have_times_in_their_order_within_the_recording(whisper):
    samples = noise(1.5)
    words = whisper.align(samples, ["ES", "ist", "so."], "de")
    assert [word.text for word in words] == ["ES", "ist", "so."]
    edges = [edge for word in words for edge in (word.start, word.end)]
    assert edges == sorted(edges) and edges[0] >= 0 and edges[-1] <= 1.5
    small = whisper.align(samples, ["es", "ist", "so."], "de")
    assert [(w.start, w.end) for w in small] == [(w.start, w.end) for w in words]


@pytest.mark.parametrize(
    ("seconds", "words", "reason"),
    [(0.5, [], "no words"), (0.1, ["longer", "than", "it"], "too few frames"), (31, ["a"], "30 s")],
)
def test_words_that_cannot_be_timed_say_why(whisper, seconds, words, reason):
    with pytest.raises(Unaligned, match=reason):
        whisper.align(noise(seconds), words, "de")


def test_a_long_recording_is_cut_where_it_is_quietest():
    samples = noise(70)
    samples[int(27.5 * RATE) : int(27.7 * RATE)] = 0
    parts = cut_long(samples)
    assert np.array_equal(np.concatenate([part for _, part in parts]), samples)
    assert all(len(part) <= 30 * RATE for _, part in parts)
    assert 27.5 * RATE < parts[1][0] < 27.7 * RATE
    assert [first for first, _ in cut_long(samples[:100])] == [0]


def test_a_long_recording_has_the_words_of_its_parts(whisper):
    samples = noise(32)
    [heard] = whisper.hear([samples], "pl")
    parts = cut_long(samples)
    texts = [one.text for one in whisper.hear([part for _, part in parts], "pl")]
    assert heard.text == " ".join(filter(None, texts))
    assert all(word.end <= 32.1 for word in heard.words)


def test_heads_of_the_configuration_time_the_words_and_must_be_there(tmp_path):
    write_whisper(tmp_path / "named", alignment_heads=[[0, 1], [1, 0]])
    decoder = Whisper(Upstream(tmp_path / "named")).decoder
    assert decoder.heads == [(0, 1), (1, 0)] and "configuration" in decoder.heads_from
    described = tmp_path / "named" / "generation_config.json"
    changed = {**json.loads(described.read_text()), "alignment_heads": [[2, 0]]}
    described.write_text(json.dumps(changed))
    with pytest.raises(SentemoError, match=r"alignment_heads names \[2, 0\].*2 layers of 2 heads"):
        Whisper(Upstream(tmp_path / "named"))


def test_without_a_tokenizer_or_with_that_of_another_model_it_is_no_recogniser(tmp_path):
    write_whisper(tmp_path / "whisper")
    other = tokenizer().to_str().replace("<|notimestamps|>", "<|other|>")
    (tmp_path / "whisper" / "tokenizer.json").write_text(other)
    with pytest.raises(SentemoError, match=r"no <\|notimestamps\|>; no tokenizer of a Whisper"):
        Whisper(Upstream(tmp_path / "whisper"))
    (tmp_path / "whisper" / "tokenizer.json").unlink()
    assert not Upstream(tmp_path / "whisper").is_whisper
    with pytest.raises(SentemoError, match=r"no whole Whisper.*tokenizer\.json"):
        Whisper(Upstream(tmp_path / "whisper"))
