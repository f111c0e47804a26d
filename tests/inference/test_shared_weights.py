"""Models upon the built-in upstream without its weights, and its encoder that is shipped so."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from sentemo.core.errors import SentemoError
from sentemo.inference.description import Description
from sentemo.inference.ensemble import Ensemble
from sentemo.inference.export import export_onnx
from sentemo.inference.onnx_backend import OnnxBackend, open_session
from sentemo.inference.onnx_encoder import BUILT_IN_ENCODER, DESCRIBED, OnnxEncoder
from sentemo.inference.shared_weights import LEFT_OUT, share_weights
from sentemo.models.encoding import EncoderParts
from sentemo.models.ser import SpeechEmotionModel
from sentemo.modules.decoders.rnn_attention import RNNAttentionDecoder
from sentemo.modules.encoders.whisper import WhisperEncoder, WhisperFrontend
from sentemo.states.encoder import FrozenEncoder
from sentemo.upstreams import Upstream

TOOL = Path(__file__).parents[2] / "tools" / "built_in_encoder.py"


@pytest.fixture(scope="module")
def frozen():
    return FrozenEncoder(Upstream("built-in"))


def exported(encoder, frontend, path):
    """A model of two classes upon the second layer of an encoder."""
    torch.manual_seed(0)
    decoder = RNNAttentionDecoder(encoder.output_size(), units=4, heads=2, head_size=3)
    model = SpeechEmotionModel(
        EncoderParts(encoder, frontend),
        decoder,
        labels=["happy", "sad"],
        freeze_encoder=True,
        encoder_layer=2,
    )
    export_onnx(Ensemble([model]).eval(), 160, path, 0.01)
    return path


@pytest.fixture(scope="module")
def whole(frozen, tmp_path_factory):
    path = tmp_path_factory.mktemp("whole") / "model.onnx"
    return exported(frozen.encoder, frozen.frontend, path)


@pytest.fixture
def shared(whole, tmp_path):
    (tmp_path / "model.onnx").write_bytes(whole.read_bytes())
    assert share_weights(tmp_path / "model.onnx") == 2 + 2 * 6  # convolutions, and two layers
    return tmp_path / "model.onnx"


def noise(samples):
    return np.random.default_rng(samples).normal(0, 0.1, samples).astype(np.float32)


def test_a_model_without_the_weights_that_it_shares_is_small_and_answers_the_same(whole, shared):
    assert whole.stat().st_size > 8e6
    assert shared.stat().st_size < 1e6
    sessions = open_session(whole), open_session(shared, shares_weights=True)
    for samples in (8000, 80_123, 500_001):
        answers = [session.run(None, {"speech": noise(samples)[None]}) for session in sessions]
        for expected, found in zip(*answers, strict=True):
            np.testing.assert_array_equal(found, expected)


def test_its_description_says_that_it_shares_weights(shared):
    described = Description(
        *("small", ("happy", "sad"), None, "raw", 0.02, 0.025, 1), shares_weights=True
    )
    described.write(shared.with_name("sentemo.json"))
    backend = OnnxBackend(shared.parent, Description.read(shared.with_name("sentemo.json")))
    (outputs,) = backend([noise(16000)])
    assert outputs.probabilities.sum() == pytest.approx(1.0)


def test_a_model_upon_other_weights_shares_none(tmp_path):
    encoder = WhisperEncoder(80, 8, num_layers=2, heads=2, units=12)
    path = exported(encoder, WhisperFrontend(), tmp_path / "model.onnx")
    with pytest.raises(SentemoError, match=r"model\.onnx: no weights in it are those of the built"):
        share_weights(path)


def test_a_model_upon_another_built_in_upstream_is_refused(shared):
    model = onnx.load(str(shared), load_external_data=False)
    (digest,) = [prop for prop in model.metadata_props if prop.key == LEFT_OUT]
    digest.value = "0" * 16
    shared.write_bytes(model.SerializeToString())
    with pytest.raises(SentemoError, match="another sentemo"):
        open_session(shared, shares_weights=True)


def test_a_model_reads_no_file_but_those_of_the_upstream(shared):
    model = onnx.load(str(shared), load_external_data=False)
    for entry in model.graph.initializer[-1].external_data:
        if entry.key == "location":
            entry.value = "../config.py"
    shared.write_bytes(model.SerializeToString())
    with pytest.raises(Exception, match="escapes model directory"):
        open_session(shared, shares_weights=True)


def test_the_encoder_that_is_shipped_gives_the_states_of_torch(frozen):
    encoder = OnnxEncoder()
    assert [getattr(encoder, name) for name in DESCRIBED] == [
        getattr(frozen, name) for name in DESCRIBED
    ]
    # Less than a frame, a few seconds, and two windows.
    for samples in (90, 80_123, 500_001):
        (expected,) = frozen.states([noise(samples)])
        (found,) = encoder.states([noise(samples)])
        scale = expected.std(axis=(1, 2), keepdims=True)
        np.testing.assert_allclose(found / scale, expected / scale, atol=5e-3)


def test_the_encoder_that_is_shipped_is_what_its_tool_writes(tmp_path):
    subprocess.run([sys.executable, TOOL, tmp_path / "encoder.onnx"], check=True)
    written, shipped = OnnxEncoder(tmp_path / "encoder.onnx"), OnnxEncoder()
    (expected,) = written.states([noise(80_123)])
    (found,) = shipped.states([noise(80_123)])
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
    assert BUILT_IN_ENCODER.stat().st_size < 1e6
