"""Models of the Hugging Face Hub by name, from a local server that answers as the Hub does."""

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import transformers
from tiny_speech import write_speech_model

from sentemo.core.errors import SentemoError
from sentemo.upstreams import Upstream

COMMIT = "0123456789abcdef0123456789abcdef01234567"


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

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self._answer()

        def do_HEAD(self):
            self._answer()

        def _answer(self):
            path = self.path.partition("?")[0]
            if not path.startswith(("/api/models/someone/hubert", "/someone/hubert/")):
                return self._send(404, b"{}", {"X-Error-Code": "RepoNotFound"})
            if path.startswith("/api/"):
                return self._send(200, self._listing("/tree/" in path))
            file = model / path.rpartition("/")[2]
            if not file.is_file():
                return self._send(404, b"", {"X-Error-Code": "EntryNotFound"})
            if self.command == "GET":
                server.asked.append(file.name)
            return self._send(200, file.read_bytes())

        def _listing(self, as_tree):
            files = [file for file in sorted(model.iterdir()) if file.is_file()]
            if as_tree:
                facts = {"type": "file", "oid": COMMIT}
                found = [{**facts, "path": f.name, "size": f.stat().st_size} for f in files]
                return json.dumps(found).encode()
            siblings = [{"rfilename": file.name} for file in files]
            return json.dumps(
                {"id": "someone/hubert", "sha": COMMIT, "siblings": siblings}
            ).encode()

        def _send(self, status, content, headers=()):
            self.send_response(status)
            digest = hashlib.sha256(content).hexdigest()
            common = {
                "ETag": f'"{digest}"',
                "X-Repo-Commit": COMMIT,
                "Content-Length": len(content),
            }
            for name, value in {**common, **dict(headers)}.items():
                self.send_header(name, str(value))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.asked = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    changed = {
        "ENDPOINT": address,
        "HUGGINGFACE_CO_URL_TEMPLATE": address + "/{repo_id}/resolve/{revision}/{filename}",
        "HF_HUB_CACHE": str(tmp_path / "hub"),
        "HF_HUB_OFFLINE": False,
    }
    for constant, value in changed.items():
        monkeypatch.setattr(f"huggingface_hub.constants.{constant}", value)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    yield server
    server.shutdown()
    server.server_close()


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


def test_a_repository_of_espnet_is_left_to_its_own_downloader(hub, model, monkeypatch):
    (model / "meta.yaml").write_text("yaml_files: {}\nfiles: {}\n")
    monkeypatch.setattr("sentemo.upstreams.hub.fetch", lambda name, where: model)
    with pytest.raises(SentemoError, match="names no asr_train_config, so this is not an ASR"):
        Upstream("someone/hubert")
    assert not hub.asked


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
