"""The ONNX model: any length, and never kept where it says something else than torch."""

import numpy as np
import pytest
import torch

from sentemo.core.errors import SentemoError
from sentemo.data.filterbank import fbank
from sentemo.inference.checkpoint_files import files_of_experiment
from sentemo.inference.export import export_onnx
from sentemo.inference.onnx_backend import native_fbank
from sentemo.inference.torch_backend import TorchBackend
from sentemo.modules.averaging import StatesAveraging


@pytest.fixture
def ensemble(separate):
    return TorchBackend(files_of_experiment(separate, fold=1), "separate").ensemble


@pytest.mark.parametrize("dim", [40, 80])
@pytest.mark.parametrize("samples", [400, 401, 479, 480, 16000, 50_123])
def test_native_features_are_ours(dim, samples):
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, samples).astype(np.float32)
    noise[: samples // 4] = 0.0  # the floor of the logarithm, too
    expected = fbank(noise, dim)
    np.testing.assert_allclose(native_fbank(noise, dim), expected, atol=2e-3)


def test_inputs_and_outputs_are_named_and_of_any_length(ensemble, tmp_path):
    import onnxruntime

    exported = export_onnx(ensemble, 40, tmp_path / "model.onnx")
    assert exported.difference < 1e-4
    assert exported.weight_bits == 32
    session = onnxruntime.InferenceSession(str(tmp_path / "model.onnx"))
    assert [(i.name, i.shape) for i in session.get_inputs()] == [("features", [1, "frames", 40])]
    for frames in (1, 2, 3, 4, 50, 1234):
        features = np.full((1, frames, 40), 9, np.float32)
        found = dict(
            zip(
                [output.name for output in session.get_outputs()],
                session.run(None, {"features": features}),
                strict=True,
            )
        )
        assert found["probabilities"].shape == (1, 2)
        assert found["dimensions"].shape == (1, 3)
        assert found["attention"].shape == (1, -(-frames // 3), 2)
        np.testing.assert_allclose(found["attention"].sum(axis=1), 1, atol=1e-5)


def test_averaged_states_are_exported_with_attention_to_every_encoder_frame(ensemble, tmp_path):
    import onnxruntime

    for model in ensemble.models:
        model.decoder.averaging = StatesAveraging(4)
    assert export_onnx(ensemble, 40, tmp_path / "model.onnx").difference < 1e-4
    session = onnxruntime.InferenceSession(str(tmp_path / "model.onnx"))
    for frames in (1, 3, 50, 1234):
        features = np.full((1, frames, 40), 9, np.float32)
        (attention,) = session.run(["attention"], {"features": features})
        assert attention.shape == (1, -(-frames // 3), 2)
        np.testing.assert_allclose(attention.sum(axis=1), 1, atol=1e-5)


class ShapedByLength(torch.nn.Module):
    """A decoder that looks at the number of frames as a number, which no trace follows."""

    def __init__(self, decoder):
        super().__init__()
        self.decoder = decoder

    def forward(self, states, lengths):
        embedding, attention = self.decoder(states, lengths)
        return embedding * (1.0 if states.size(1).__index__() < 100 else -1.0), attention


def test_a_model_that_onnx_does_not_follow_is_refused(ensemble, tmp_path):
    (model,) = ensemble.models
    model.decoder = ShapedByLength(model.decoder)
    with pytest.raises(SentemoError, match=r"onnxruntime differs from torch for \d+ frames"):
        export_onnx(ensemble, 40, tmp_path / "model.onnx")


class Unsupported(torch.nn.Module):
    """A decoder with an operator that ONNX does not have."""

    def __init__(self, decoder):
        super().__init__()
        self.decoder = decoder

    def forward(self, states, lengths):
        return self.decoder(torch.nn.utils.rnn.pad_sequence([states[0]], batch_first=True), lengths)


def test_an_operator_that_onnx_lacks_is_named_in_one_line(ensemble, tmp_path, capfd):
    (model,) = ensemble.models
    model.decoder = Unsupported(model.decoder)
    with pytest.raises(SentemoError, match=r"cannot be exported to ONNX .*pad_sequence") as raised:
        export_onnx(ensemble, 40, tmp_path / "model.onnx")
    assert "\n" not in str(raised.value)
    assert capfd.readouterr().out == ""
