"""Whisper as an upstream: directories with a small random model, and the built-in one."""

import json
from argparse import Namespace

import pytest
import torch
import transformers
from tiny_speech import WHISPER

from sentemo.core.errors import SentemoError
from sentemo.tasks.parts import build_encoder_parts
from sentemo.upstreams import Upstream


@pytest.fixture
def published():
    torch.manual_seed(0)
    config = transformers.WhisperConfig(**WHISPER)
    return transformers.WhisperForConditionalGeneration(config).eval()


@pytest.fixture
def folder(published, tmp_path):
    """A small Whisper as its authors publish them."""
    published.save_pretrained(tmp_path / "my whisper")
    return tmp_path / "my whisper"


def encoder_of(upstream, tmp_path):
    """Build the upstream's encoder as a task does, and copy its weights."""
    args = Namespace(feature_type="raw", output_dir=str(tmp_path))
    upstream.inherit(args)
    parts = build_encoder_parts(args)
    model = torch.nn.Module()
    for name, part in parts.items():
        setattr(model, name, part)
    upstream.load_weights(model)
    return model.encoder.eval(), model.frontend


def assert_taken_over(upstream, published, tmp_path):
    ours, _ = encoder_of(upstream, tmp_path)
    theirs = published.model.encoder.state_dict()
    assert ours.state_dict().keys() == theirs.keys()
    for name, value in ours.state_dict().items():
        torch.testing.assert_close(value, theirs[name].float())


def test_the_encoder_of_a_directory_is_taken_over_whole(folder, published, tmp_path):
    upstream = Upstream(folder)
    assert upstream.feature_type == "raw"
    assert "encoder whisper_layers" in upstream.describe()
    assert_taken_over(upstream, published, tmp_path)


def test_weights_in_shards_and_in_half_precision_are_those_of_one_file(published, tmp_path):
    published.half().save_pretrained(tmp_path / "shards", max_shard_size="20KB")
    assert len(list((tmp_path / "shards").glob("*.safetensors"))) > 1
    assert_taken_over(Upstream(tmp_path / "shards"), published, tmp_path)


def test_a_description_without_weights_is_refused(folder):
    (folder / "model.safetensors").unlink()
    with pytest.raises(SentemoError, match=r"config.json and no weights .* Download the whole"):
        Upstream(folder)


def test_half_of_the_shards_and_an_index_that_is_none_are_refused(published, tmp_path):
    folder = tmp_path / "shards"
    published.save_pretrained(folder, max_shard_size="20KB")
    last = max(folder.glob("*.safetensors"))
    last.unlink()
    with pytest.raises(SentemoError, match=rf"{last.name} is missing"):
        Upstream(folder)
    (folder / "model.safetensors.index.json").write_text("[]")
    with pytest.raises(SentemoError, match=r"index\.json: 1 problem"):
        Upstream(folder)


def test_a_description_that_lacks_a_size_is_refused(folder):
    described = json.loads((folder / "config.json").read_text())
    del described["num_mel_bins"]
    (folder / "config.json").write_text(json.dumps(described))
    with pytest.raises(SentemoError, match="num_mel_bins"):
        Upstream(folder)


def test_damaged_weights_are_named(folder):
    (folder / "model.safetensors").write_bytes(b"not weights")
    with pytest.raises(SentemoError, match=r"model\.safetensors cannot be read as weights"):
        Upstream(folder)


def test_weights_of_another_size_are_refused(folder, published, tmp_path):
    described = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**described, "encoder_layers": 2}))
    with pytest.raises(SentemoError, match=r"does not fit its own config\.yaml"):
        encoder_of(Upstream(folder), tmp_path)


@torch.no_grad()
def test_the_built_in_upstream_hears_a_vowel_and_silence_apart(tmp_path):
    """Its four layers are finite and differ, and neither depends on the other utterance."""
    encoder, frontend = encoder_of(Upstream("built-in"), tmp_path)
    time = torch.arange(16000) / 16000
    vowel = sum(torch.sin(2 * torch.pi * 120 * k * time) / k for k in range(1, 20))
    both = torch.stack([0.1 * vowel, torch.zeros(16000)])
    layers, lengths = encoder.forward_layers(*frontend(both, torch.tensor([16000, 16000])))
    assert len(layers) == 4
    assert lengths.tolist() == [50, 50]
    assert all(layer.isfinite().all() for layer in layers)
    means = layers[2].mean(dim=1)
    assert torch.nn.functional.cosine_similarity(means[0], means[1], dim=0) < 0.9
