"""A server on this machine that answers as the Hugging Face Hub does, with one repository."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@contextmanager
def local_hub(
    name: str, folder: Path, tmp_path: Path, monkeypatch
) -> Iterator[ThreadingHTTPServer]:
    """Serve the files of a folder as the repository `name`; `asked` lists those downloaded."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self._answer()

        def do_HEAD(self):
            self._answer()

        def _answer(self):
            path = self.path.partition("?")[0]
            if not path.startswith((f"/api/models/{name}", f"/{name}/")):
                return self._send(404, b"{}", {"X-Error-Code": "RepoNotFound"})
            if path.startswith("/api/"):
                return self._send(200, self._listing("/tree/" in path))
            file = folder / path.removeprefix(f"/{name}/resolve/").partition("/")[2]
            if not file.is_file():
                return self._send(404, b"", {"X-Error-Code": "EntryNotFound"})
            if self.command == "GET":
                server.asked.append(file.name)
            return self._send(200, file.read_bytes())

        def _listing(self, as_tree):
            files = [file for file in sorted(folder.rglob("*")) if file.is_file()]
            named = {str(file.relative_to(folder)): file.stat().st_size for file in files}
            if as_tree:
                facts = {"type": "file", "oid": COMMIT}
                found = [{**facts, "path": path, "size": size} for path, size in named.items()]
                return json.dumps(found).encode()
            siblings = [{"rfilename": path} for path in named]
            return json.dumps({"id": name, "sha": COMMIT, "siblings": siblings}).encode()

        def _send(self, status, content, headers=()):
            self.send_response(status)
            digest = hashlib.sha256(content).hexdigest()
            common = {
                "ETag": f'"{digest}"',
                "X-Repo-Commit": COMMIT,
                "Content-Length": len(content),
            }
            for header, value in {**common, **dict(headers)}.items():
                self.send_header(header, str(value))
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
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
