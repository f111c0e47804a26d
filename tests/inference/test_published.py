"""A packed model that was uploaded to the Hugging Face Hub is used by its name."""

import sys
import zipfile

import pytest
from local_hub import local_hub

from sentemo.core.errors import SentemoError
from sentemo.inference import SpeechEmotion


@pytest.fixture
def hub(packed, tmp_path, monkeypatch):
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(tmp_path / "repository")
    monkeypatch.setitem(sys.modules, "espnet_model_zoo.downloader", None)
    with local_hub("someone/emotion", tmp_path / "repository", tmp_path, monkeypatch) as server:
        yield server


def test_its_name_needs_the_network_once_and_no_model_zoo(hub, packed, recording, monkeypatch):
    def judged(model):
        return SpeechEmotion.from_pretrained(model)(recording()).probabilities

    expected = judged(packed)
    assert judged("someone/emotion") == expected
    hub.asked.clear()
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert judged("someone/emotion") == expected
    assert not hub.asked


def test_a_name_that_nobody_published_says_so(hub, monkeypatch):
    with pytest.raises(SentemoError, match=r"^someone/else: no such file or folder, and the Hug"):
        SpeechEmotion.from_pretrained("someone/else")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(SentemoError, match="does not answer"):
        SpeechEmotion.from_pretrained("someone/else")


@pytest.mark.parametrize("path", ["./none", "/none/of/it", "a/b/c", "exp/model.zip", "none"])
def test_what_is_a_path_is_not_asked_of_the_network(hub, path):
    with pytest.raises(SentemoError, match=r"no such file or folder\.$"):
        SpeechEmotion.from_pretrained(path)


def test_without_the_hubs_client_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(SentemoError) as refused:
        SpeechEmotion.from_pretrained("someone/emotion")
    assert str(refused.value) == (
        "someone/emotion: no such file or folder. To fetch it from the Hugging Face Hub: "
        "pip install huggingface_hub"
    )
