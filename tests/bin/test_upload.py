"""A packed model on the Hub: what would go up; and a hub of this machine, which takes it or not."""

import base64
import json
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from sentemo.bin.upload import main
from sentemo.core.errors import SentemoError

FILES = {
    "meta.yaml": "files: {}\n",
    "sentemo.json": "{}",
    "README.md": "---\nlibrary_name: sentemo\n---\n\n# tiny\n",
    "model.pth": "weights",
}
REPO = "someone/tiny"


@pytest.fixture
def model(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with zipfile.ZipFile(tmp_path / "model.zip", "w") as packed:
        for name, text in FILES.items():
            packed.writestr(name, text)
    return tmp_path / "model.zip"


@pytest.fixture
def hub(monkeypatch):
    """A hub of this machine; what it was asked, and what it answers to a new repository."""
    asked, answers = [], {"create": (200, {"url": REPO}), "files": []}

    class Hub(BaseHTTPRequestHandler):
        def answer(self, status, content):
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self):
            asked.append(self.path)
            siblings = [{"rfilename": name} for name in answers["files"]]
            info = {"id": REPO, "sha": "abc", "siblings": siblings, "tags": []}
            listed = [
                {"type": "file", "path": name, "oid": "a", "size": 1} for name in answers["files"]
            ]
            self.answer(200, listed if "/tree/" in self.path else info)

        def do_POST(self):
            asked.append(self.path)
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == "/api/repos/create":
                self.answer(*answers["create"])
            elif "/preupload/" in self.path:
                files = json.loads(body)["files"]
                modes = [{**f, "uploadMode": "regular", "shouldIgnore": False} for f in files]
                self.answer(200, {"files": modes})
            elif "/commit/" in self.path:
                lines = [json.loads(line) for line in body.splitlines()]
                answers["committed"] = {
                    line["value"]["path"]: base64.b64decode(line["value"]["content"]).decode()
                    for line in lines
                    if line["key"] == "file"
                }
                url = f"http://{self.headers['Host']}/{REPO}/commit/abc"
                self.answer(200, {"commitUrl": url, "commitOid": "abc"})
            else:
                self.answer(200, {})

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(
        "huggingface_hub.constants.ENDPOINT", f"http://127.0.0.1:{server.server_port}"
    )
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setenv("HF_TOKEN", "hf_of_nobody")
    yield asked, answers
    server.shutdown()


def test_a_dry_run_shows_files_sizes_and_card_and_asks_nobody(model, hub, capsys):
    main([f"--model={model}", f"--repo={REPO}", "--dry_run=true"])
    shown = capsys.readouterr().out
    for name, text in FILES.items():
        assert any(line.split()[1::2][:2] == [name, str(len(text))] for line in shown.splitlines())
    assert FILES["README.md"] in shown
    assert "4 files" in shown and "nothing was uploaded" in shown
    assert hub[0] == []


def test_all_files_go_up_in_one_commit(model, hub, capsys):
    asked, answers = hub
    main([f"--model={model}", f"--repo={REPO}"])
    assert answers["committed"] == FILES
    assert sum("/commit/" in path for path in asked) == 1
    assert "uploaded" in capsys.readouterr().out


def test_a_repository_with_files_is_taken_and_an_empty_one_is_filled(model, hub):
    _, answers = hub
    answers["create"] = 409, {"error": "You already created this model repo"}
    answers["files"] = [".gitattributes", "pytorch_model.bin"]
    with pytest.raises(SentemoError, match=f"{REPO} is taken: it has 1 files"):
        main([f"--model={model}", f"--repo={REPO}"])
    assert "committed" not in answers
    answers["files"] = [".gitattributes"]
    main([f"--model={model}", f"--repo={REPO}"])
    assert answers["committed"] == FILES


def test_who_is_not_logged_in_allowed_or_online_learns_what_to_do(model, hub, monkeypatch):
    asked, answers = hub
    answers["create"] = 403, {"error": "You don't have the rights"}
    with pytest.raises(SentemoError, match=f"{REPO} was not uploaded: .*403"):
        main([f"--model={model}", f"--repo={REPO}"])
    asked.clear()
    with monkeypatch.context() as away:
        away.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
        with pytest.raises(SentemoError, match=f"{REPO} was not uploaded: .*refused"):
            main([f"--model={model}", f"--repo={REPO}"])
    monkeypatch.setattr("sentemo.inference.hub.get_token", lambda: None)
    with pytest.raises(SentemoError, match="hf auth login, or set HF_TOKEN"):
        main([f"--model={model}", f"--repo={REPO}"])
    assert asked == []


@pytest.mark.parametrize(
    ("repo", "reason"),
    [("tiny", "give user/tiny"), ("a/b/c", "no name"), ("some one/tiny", "no name")],
)
def test_names_that_the_hub_does_not_allow_are_refused(model, hub, repo, reason):
    with pytest.raises(SentemoError, match=reason):
        main([f"--model={model}", f"--repo={repo}"])
    assert hub[0] == []


def test_what_is_no_packed_model_is_refused(tmp_path, model):
    with pytest.raises(SentemoError, match="pack stage"):
        main([f"--model={tmp_path / 'none.zip'}", f"--repo={REPO}"])
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as packed:
        packed.writestr("meta.yaml", "files: {}\n")
    with pytest.raises(SentemoError, match=r"sentemo\.json is missing"):
        main([f"--model={tmp_path / 'other.zip'}", f"--repo={REPO}"])
