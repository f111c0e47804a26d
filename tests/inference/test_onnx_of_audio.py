"""The ONNX model of Whisper's encoder: it hears audio, in the windows that torch hears it in."""

import numpy as np
import onnx
import pytest
import torch

from sentemo.inference.compact_weights import quantised
from sentemo.inference.ensemble import Ensemble
from sentemo.inference.export import export_onnx
from sentemo.inference.onnx_backend import open_session
from sentemo.models.encoding import EncoderParts
from sentemo.models.ser import SpeechEmotionModel
from sentemo.modules.decoders.rnn_attention import RNNAttentionDecoder
from sentemo.modules.encoders.huggingface import HuggingFaceEncoder, RawSamples
from sentemo.modules.encoders.whisper import WhisperEncoder, WhisperFrontend
from sentemo.upstreams.quantised import read_quantised, write_quantised

SIZE = 8


def build(layer, window="utterance", seed=0):
    """A model upon a small Whisper of random weights."""
    torch.manual_seed(seed)
    encoder = WhisperEncoder(80, SIZE, num_layers=4, heads=2, units=12, window=window)
    decoder = RNNAttentionDecoder(SIZE, units=4, heads=2, head_size=3)
    parts = EncoderParts(encoder, WhisperFrontend(window=window))
    return SpeechEmotionModel(
        parts, decoder, labels=["happy", "sad"], freeze_encoder=True, encoder_layer=layer
    )


def session_of(ensemble, path, shortest=0.01):
    assert export_onnx(ensemble, 160, path, shortest).difference < 1e-4
    return open_session(path)


def noise(samples):
    draw = np.random.default_rng(samples)
    return draw.normal(0, 0.1, (1, samples)).astype(np.float32)


def nodes_of(graph):
    """All nodes, those of loops too."""
    for node in graph.node:
        yield node
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.GRAPH:
                yield from nodes_of(attribute.g)


@pytest.mark.parametrize("window", ["utterance", "30s"])
@torch.no_grad()
def test_audio_of_any_length_is_judged_as_by_torch(window, tmp_path):
    ensemble = Ensemble([build(2, window)]).eval()
    session = session_of(ensemble, tmp_path / "model.onnx")
    assert [(i.name, i.shape) for i in session.get_inputs()] == [("speech", [1, "samples"])]
    # Less than a frame; 0.5 and 5 s; 29.5 s with less than its second of silence; two and three
    # windows, the second of which is whole or has one sample.
    for samples in (90, 8000, 80_123, 472_000, 480_000, 480_001, 496_000, 960_007):
        speech = noise(samples)
        found = session.run(["probabilities", "attention"], {"speech": speech})
        expected = ensemble(torch.from_numpy(speech), torch.tensor([samples]))
        np.testing.assert_allclose(found[0], expected["probabilities"].numpy(), atol=1e-4)
        np.testing.assert_allclose(found[1], expected["attention"].numpy(), atol=1e-4)


@pytest.mark.parametrize(
    ("layer", "heard"), [(1, 1), (3, 3), ("last", 4), ("weighted", 4)], ids=str
)
def test_layers_that_nobody_reads_are_not_in_the_graph(layer, heard, tmp_path):
    session_of(Ensemble([build(layer)]).eval(), tmp_path / "model.onnx")
    graph = onnx.load(str(tmp_path / "model.onnx")).graph
    softmaxes = sum(node.op_type == "Softmax" for node in nodes_of(graph))
    assert softmaxes == heard + 2  # the attention of each layer, of the decoder, and the classes
    wide = [tensor for tensor in graph.initializer if sorted(tensor.dims) == [SIZE, 12]]
    assert len(wide) == 2 * heard


def test_each_of_several_encoders_has_the_layers_that_its_decoder_reads(tmp_path):
    session_of(Ensemble([build(1), build(3, seed=1)]).eval(), tmp_path / "model.onnx")
    graph = onnx.load(str(tmp_path / "model.onnx")).graph
    wide = [tensor for tensor in graph.initializer if sorted(tensor.dims) == [SIZE, 12]]
    assert len(wide) == 2 * (1 + 3)


SMALL = {
    "hidden_size": SIZE,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "intermediate_size": 12,
    "conv_dim": (4, 4, 4),
    "conv_kernel": (10, 8, 4),
    "conv_stride": (5, 8, 8),
    "num_conv_pos_embeddings": 4,
    "num_conv_pos_embedding_groups": 2,
}


def upon_huggingface(model_type, layer, **described):
    """A model upon a small one of Transformers with random weights."""
    torch.manual_seed(0)
    config = {"model_type": model_type, **SMALL, **described}
    encoder = HuggingFaceEncoder(1, config, {"do_normalize": True})
    size = 3 * SIZE if layer == "all" else SIZE
    decoder = RNNAttentionDecoder(size, units=4, heads=2, head_size=3)
    return SpeechEmotionModel(
        EncoderParts(encoder, RawSamples()), decoder, labels=["happy", "sad"], encoder_layer=layer
    )


@pytest.mark.parametrize(
    ("model_type", "layer", "described"),
    [
        ("wav2vec2", "last", {"feat_extract_norm": "layer", "do_stable_layer_norm": True}),
        ("hubert", "all", {"feat_extract_norm": "group"}),
        ("wavlm", 2, {}),
    ],
)
@torch.no_grad()
def test_models_of_transformers_are_judged_as_by_torch(model_type, layer, described, tmp_path):
    model = upon_huggingface(model_type, layer, **described)
    ensemble = Ensemble([model]).eval()
    session = session_of(ensemble, tmp_path / "model.onnx", shortest=0.04)
    for samples in (1600, 8001, 100_123):
        speech = 0.3 + noise(samples)  # far from the mean of 0 that the model wants
        found = session.run(["probabilities", "attention"], {"speech": speech})
        expected = ensemble(torch.from_numpy(speech), torch.tensor([samples]))
        np.testing.assert_allclose(found[0], expected["probabilities"].numpy(), atol=1e-5)
        np.testing.assert_allclose(found[1], expected["attention"].numpy(), atol=1e-5)
    graph = onnx.load(str(tmp_path / "model.onnx")).graph
    wide = [tensor for tensor in graph.initializer if sorted(tensor.dims) == [SIZE, 12]]
    assert len(wide) == 2 * (layer if isinstance(layer, int) else 3)


def test_weights_of_half_precision_are_stored_in_it(tmp_path):
    model = build(2)
    model.encoder.half().float()
    exported = export_onnx(Ensemble([model]).eval(), 160, tmp_path / "model.onnx")
    assert (exported.weight_bits, exported.difference < 1e-4) == (16, True)
    tensors = onnx.load(str(tmp_path / "model.onnx")).graph.initializer
    wide = [tensor.data_type for tensor in tensors if sorted(tensor.dims) == [SIZE, 12]]
    assert wide == 4 * [onnx.TensorProto.FLOAT16]


@pytest.mark.parametrize("shape", [(30, 40), (20, 9, 3)])
def test_weights_that_came_from_8_bits_come_back_bit_for_bit(shape, tmp_path):
    values = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    values[3] = 0.0
    write_quantised(tmp_path / "weights", {"w": values}, {})
    weights = read_quantised(tmp_path / "weights")["w"]
    for given, axis in ((weights, 0), (np.moveaxis(weights, 0, -1), len(shape) - 1)):
        whole, scales, found = quantised(given)
        assert (whole.dtype, found) == (np.int8, axis)
        scales = scales.reshape([-1 if a == axis else 1 for a in range(len(shape))])
        np.testing.assert_array_equal(whole.astype(np.float32) * scales, given)
    assert quantised(values) is None
    weights[0, 0] *= 1.001
    assert quantised(weights) is None
