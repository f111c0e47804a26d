"""What was said: the recogniser of the frozen encoder, in the archive."""

import argparse
import zipfile

import numpy as np
import pytest
import soundfile
import torch
from hypothesis import given
from hypothesis import strategies as st

from sentemo.core.errors import SentemoError
from sentemo.data.filterbank import fbank
from sentemo.data.tokens import text_of
from sentemo.inference import SpeechEmotion
from sentemo.inference.ctc_words import ctc_words

TOKENS = ["<blank>", "<unk>", "<space>", "A", "B", "<sos/eos>"]
PIECES = ["<blank>", "<unk>", "▁a", "b", "▁", "▁cd"]


def scores(path, tokens=TOKENS):
    return np.eye(len(tokens), dtype=np.float32)[[tokens.index(token) for token in path]]


def test_words_have_the_times_of_their_letters():
    path = ["<blank>", "A", "A", "<blank>", "A", "<space>", "<space>", "<blank>", "B", "<blank>"]
    first, second = ctc_words(scores(path), TOKENS, 0.04)
    assert (first.text, second.text) == ("AA", "B")
    assert (first.start, first.end) == pytest.approx((0.04, 0.20))
    assert (second.start, second.end) == pytest.approx((0.32, 0.36))


def test_the_end_of_a_sentence_is_no_word():
    (found,) = ctc_words(scores(["A", "<sos/eos>", "B"]), TOKENS, 0.04)
    assert found.text == "AB"


@given(st.lists(st.sampled_from(range(6)), max_size=30), st.sampled_from([TOKENS, PIECES]))
def test_words_are_those_of_the_recognisers_own_text(path, tokens):
    silent = (0, *(n for n, token in enumerate(tokens) if token == "<sos/eos>"))
    collapsed = [t for n, t in enumerate(path) if t not in silent and (n == 0 or path[n - 1] != t)]
    found = ctc_words(np.eye(6)[path] if path else np.zeros((0, 6)), tokens, 0.04)
    assert [word.text for word in found] == text_of([tokens[t] for t in collapsed]).split()
    edges = [edge for word in found for edge in (word.start, word.end)]
    assert (np.diff(edges) > -1e-9).all()  # but for rounding


@pytest.mark.parametrize("backend", ["onnx", "torch"])
def test_a_packed_model_hears_what_its_recogniser_hears(packed, work, recording, backend):
    from sentemo.tasks.asr import ASRTask
    from sentemo.upstreams import Upstream

    asr = Upstream(work / "asr")
    recogniser = ASRTask.build_model(argparse.Namespace(**asr.located_config())).eval()
    recogniser.load_state_dict(torch.load(asr.weights_file, weights_only=True))
    model = SpeechEmotion.from_pretrained(packed, backend=backend)
    for seconds in (0.7, 2.0):
        path = recording(seconds=seconds)
        result = model(path)
        features = torch.from_numpy(fbank(soundfile.read(path, dtype="float32")[0], 40))[None]
        (heard,) = recogniser.decode_batch(features, torch.tensor([features.size(1)]))
        assert result.transcript == " ".join(heard.split())
        assert result.as_json()["transcript"] == result.transcript
        assert all(0 <= word.start < word.end <= seconds + 0.1 for word in result.words)


def test_an_encoder_that_was_trained_has_no_recogniser(separate, work, recording, capsys):
    from sentemo.bin.pack import main as pack

    pack(["--exp", str(separate), "--dest", str(work / "own.zip"), "--fold", "1"])
    assert "no transcripts: its encoder does not come from a recogniser" in capsys.readouterr().out
    model = SpeechEmotion.from_pretrained(work / "own.zip")
    assert model(recording()).transcript is None
    assert "transcript" not in model(recording()).as_json()


def test_a_recogniser_that_does_not_fit_its_tokens_is_refused(packed, tmp_path):
    with (
        zipfile.ZipFile(packed) as source,
        zipfile.ZipFile(tmp_path / "bad.zip", "w") as changed,
    ):
        for name in source.namelist():
            text = source.read(name)
            if name.endswith("sentemo.json"):
                text = text.replace(b'"<space>",', b"")
            changed.writestr(name, text)
    with pytest.raises(SentemoError, match=r"no CTC layer of \d+ tokens"):
        SpeechEmotion.from_pretrained(tmp_path / "bad.zip", backend="torch")
