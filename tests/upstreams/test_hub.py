"""Models of the Hugging Face Hub by name, from a local server that answers as the Hub does."""

import sys

import pytest
import transformers
from local_hub import local_hub
from tiny_speech import write_speech_model

from sentemo.core.errors import SentemoError
from sentemo.upstreams import Upstream


@pytest.fixture
def model(tmp_path):
    """The files of a repository: a model in two formats, and files that nobody needs."""
    write_speech_model(tmp_path / "repository", "HuBERT base")
    (tmp_path / "repository" / "pytorch_model.bin").write_bytes(b"the same in another format")
    (tmp_path / "repository" / "code.py").write_text("raise SystemExit\n")
    return tmp_path / "repository"


@pytest.fixture
def hub(model, tmp_path, monkeypatch):
    """A server with the model as ``someone/hubert``, whose `asked` lists the files downloaded."""
    with local_hub("someone/hubert", model, tmp_path, monkeypatch) as server:
        yield server


def test_a_name_is_downloaded_once_in_one_format_and_needs_no_network_again(hub, monkeypatch):
    upstream = Upstream("someone/hubert")
    assert "encoder huggingface_layers; on raw" in upstream.describe()
    assert sorted(hub.asked) == ["config.json", "model.safetensors", "preprocessor_config.json"]
    hub.asked.clear()
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert Upstream("someone/hubert").fingerprint == upstream.fingerprint
    assert not hub.asked


def test_of_weights_in_shards_all_are_downloaded(hub, model):
    weights = transformers.AutoModel.from_pretrained(model)
    (model / "model.safetensors").unlink()
    weights.save_pretrained(model, max_shard_size="8KB")
    described = Upstream("someone/hubert@main").describe()
    assert "weights model.safetensors.index.json" in described
    assert "pytorch_model.bin" not in hub.asked


def test_a_packed_model_is_downloaded_whole_and_without_espnets_model_zoo(hub, model, monkeypatch):
    monkeypatch.setitem(sys.modules, "espnet_model_zoo.downloader", None)
    (model / "meta.yaml").write_text("yaml_files: {}\nfiles: {}\n")
    with pytest.raises(SentemoError, match="names no asr_train_config, so this is not an ASR"):
        Upstream("someone/hubert")
    assert {"meta.yaml", "config.json", "model.safetensors"} <= set(hub.asked)


def test_names_that_nobody_published_are_refused(hub, monkeypatch):
    def refuse(name, where):
        raise SentemoError(f"{where}: no tag.")

    monkeypatch.setattr("sentemo.upstreams.hub.fetch", refuse)
    with pytest.raises(SentemoError, match=r"^--upstream someone/else: no tag\.$"):
        Upstream("someone/else")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(
        SentemoError, match=r"no such file .* the Hugging Face Hub does not answer \("
    ):
        Upstream("someone/else")
