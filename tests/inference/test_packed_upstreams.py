"""Archives of models upon upstreams that hear audio: they answer through onnxruntime alone."""

import io
import shutil
import zipfile
from contextlib import redirect_stdout

import numpy as np
import pytest
from small_experiments import LABELS, judged_apart, train_upon

from sentemo.inference import SpeechEmotion
from sentemo.inference.embedding import Embedder, find_upstream
from sentemo.inference.pack import pack_experiment
from sentemo.inference.packing import Packing


@pytest.fixture(scope="module")
def built_in(work):
    """The archive of folds upon the third layer of the built-in upstream."""
    exp = train_upon("built-in", work / "upon_built_in", model_conf={"encoder_layer": 3})
    said = io.StringIO()
    with redirect_stdout(said):
        Packing(exp, dest=work / "built_in.zip").run()
    assert (
        "the models of folds 1, 2, 3; ONNX model with weights of 8 bits within" in said.getvalue()
    )
    return work / "built_in.zip"


def assert_alike(packed, path):
    by_onnx, by_torch = (
        SpeechEmotion.from_pretrained(packed, backend=backend)(path)
        for backend in ("onnx", "torch")
    )
    assert [*by_onnx.probabilities] == LABELS
    np.testing.assert_allclose(
        [*by_onnx.probabilities.values()], [*by_torch.probabilities.values()], atol=1e-4
    )
    if by_torch.attention is None:
        assert by_onnx.attention is None
    else:
        assert by_onnx.attention.shape[1] == 3 * 2  # of three folds' decoders
        np.testing.assert_allclose(by_onnx.attention, by_torch.attention, atol=1e-4)


def test_both_backends_judge_alike_at_any_length(whisper, tmp_path, recording):
    upstream = shutil.copytree(whisper, tmp_path / "whisper")
    small = train_upon(str(upstream), tmp_path / "small", model_conf={"encoder_layer": 2})
    shutil.rmtree(upstream)
    packed = pack_experiment(small, tmp_path / "model.zip")
    assert packed.description.window == "utterance"
    assert packed.description.weight_bits == 32
    for seconds in (0.5, 5.0, 31.0):
        assert_alike(tmp_path / "model.zip", recording(f"{seconds}.wav", seconds))
    with zipfile.ZipFile(tmp_path / "model.zip") as archive:
        card = archive.read("README.md").decode()
    assert "Whisper's energies of the utterance and a second of silence" in card
    assert "in `speech` (1, samples) float32 at 16000 Hz" in card


PROBE = {
    "decoder": "statistics_pooling",
    "decoder_conf": {},
    "probe_conf": {"choice": "fold", "penalties": [1, 100]},
}


@pytest.mark.parametrize(
    "changes",
    [
        {"model_conf": {"encoder_layer": "all", "standardise_states": True}},
        {"model_conf": {"encoder_layer": [1, 3]}},
        {"model_conf": {"encoder_layer": "weighted"}},
        {"model_conf": {"encoder_layer": "best"}, **PROBE},
    ],
    ids=lambda changes: f"{changes['model_conf']['encoder_layer']}",
)
def test_several_layers_and_probes_are_exported_too(changes, whisper, tmp_path, recording):
    exp = train_upon(str(whisper), tmp_path / "exp", **changes)
    pack_experiment(exp, tmp_path / "model.zip")
    assert_alike(tmp_path / "model.zip", recording(seconds=2.0))


def test_the_built_in_upstream_is_stored_in_8_bits_without_the_layers_above(built_in, recording):
    with zipfile.ZipFile(built_in) as archive:
        assert archive.getinfo("model.onnx").file_size < 12e6
        assert "weights came from 8 bits" in archive.read("README.md").decode()
    assert_alike(built_in, recording(seconds=1.3))


def test_the_archive_is_judged_with_neither_torch_nor_features_of_kaldi(built_in, recording):
    unneeded = "torch", "torchaudio", "espnet2", "scipy", "kaldi_native_fbank"
    line, modules = judged_apart(built_in, recording(rate=44100), unneeded)
    assert line["label"] in LABELS
    assert modules == "[]"


def test_the_encoder_in_an_archive_embeds_as_its_upstream_does(built_in, recording):
    path = recording()
    found = []
    for model in ("built-in", str(built_in)):
        embedder = Embedder(find_upstream(model))
        found.append(embedder(embedder.open(path)))
    np.testing.assert_allclose(*found, rtol=1e-4, atol=1e-4)
