import sys

import pytest

from sentemo.errors import SentemoError
from sentemo.frontends.huggingface import HuggingFaceSSLFrontend


def test_without_transformers_the_remedy_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(SentemoError, match=r"facebook/hubert.* pip install transformers"):
        HuggingFaceSSLFrontend("facebook/hubert-base-ls960")
