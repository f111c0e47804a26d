"""The page that a browser shows: hosts, uploads and ports of strangers."""

import json
import os
import socket
import tempfile
from collections.abc import Iterator
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from hostile.answers import BAD
from hostile.audio_files import RATE, as_floats, sound
from hostile.case import Case, command
from sentemo.bin import serve as serve_command
from sentemo.inference import SpeechEmotion
from sentemo.inference.serving.server import served

HEARD = ("silence.wav", "nan.wav", "scale.wav", "short.wav")  # whose headers are right
GOOD = as_floats(sound(RATE))


def serving() -> Iterator[Case]:
    """Yield requests, and ports."""
    for host, status in (
        ("evil.example", 400),
        ("evil.example:7860", 400),
        ("127.0.0.1.evil.example", 400),
        ("localhost@evil.example", 400),
        ("", 400),
        ("localhost", 200),
    ):
        yield Case(f"host {host!r}", partial(_status, {"Host": host}), answer=status)
    for origin, status in (
        ("https://evil.example", 403),
        ("null", 403),
        ("http://127.0.0.1:1", 403),
        ("http://127.0.0.1.evil.example", 403),
        ("nonsense", 403),
    ):
        yield Case(f"origin {origin!r}", partial(_status, {"Origin": origin}), answer=status)
    for name, content in BAD.items():
        said = ["recording", "error"] if name in HEARD else ["error"]
        yield Case(f"upload: {name}", partial(_answer, content), answer=said)
    yield Case("upload: a good one", partial(_answer, GOOD), answer=["recording", "overall"])
    yield Case("an upload that never ends", _stuck, answer=["recording", "overall"])
    for path in ("/examples/-1", "/examples/999999", "/examples/../../etc/passwd", "/x"):
        yield Case(f"path {path}", partial(_of_path, path), answer=404)
    for port in ("-1", "0", "65536", "70000", "1e3", "7860.5", "port", "9" * 5000, ""):
        yield Case(f"--port {port[:20]!r}", partial(_port, port), "whole number from 1 to 65535")
    yield Case("a port in use", _port_in_use, "is in use")


def _asked(
    method: str, path: str, body: bytes | None, headers: dict[str, str], stuck: int = 0
) -> tuple[int, bytes]:
    with served(SpeechEmotion.from_pretrained("open"), None) as address:
        host = urlsplit(address).netloc
        waiting = []
        for _ in range(stuck):
            waiting.append(socket.create_connection(host.split(":")))
            head = (
                f"POST /answers HTTP/1.1\r\nHost: {host}\r\nContent-Length: 100000000\r\n\r\nRIFF"
            )
            waiting[-1].sendall(head.encode())
        connection = HTTPConnection(host, timeout=30)
        connection.request(method, path, body, headers)
        found = connection.getresponse()
        result = found.status, found.read()
        for one in waiting:
            one.close()
    return result


def _status(headers: dict[str, str], folder: Path) -> int:
    return _asked("POST", "/answers", GOOD, headers)[0]


def _of_path(path: str, folder: Path) -> int:
    return _asked("GET", path, None, {})[0]


def _answer(content: bytes, folder: Path, stuck: int = 0) -> list[str]:
    """Return what the lines of an answer are about, and insist that no recording stays."""
    tempfile.tempdir = str(folder)
    status, said = _asked("POST", "/answers", content, {}, stuck)
    assert status == 200 and os.listdir(folder) == []
    lines = [json.loads(line) for line in said.splitlines()]
    return [key for line in lines for key in ("error", "recording", "overall") if key in line]


def _stuck(folder: Path) -> list[str]:
    return _answer(GOOD, folder, stuck=20)


def _port(port: str, folder: Path) -> Any:
    return command(serve_command.main, "--port", port)


def _port_in_use(folder: Path) -> Any:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        return command(serve_command.main, "--port", busy.getsockname()[1])
