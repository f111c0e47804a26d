"""The server of the page, for this machine alone. No recording outlives its answer.

A recording is written into a file without a name, which the system removes when it is closed, also
where the program is killed. Other websites are kept out: a request must name this machine as its
host (or another name could be made to point here) and come from the page itself.
"""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from threading import Thread
from time import sleep
from typing import IO
from urllib.parse import urlsplit

import uvicorn
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, HTMLResponse, Response, StreamingResponse
from starlette.routing import Route

from sentemo.core.errors import SentemoError
from sentemo.inference.serving.about import read_about
from sentemo.inference.serving.answers import answers
from sentemo.inference.serving.page import render
from sentemo.inference.speech_emotion import SpeechEmotion

HOST = "127.0.0.1"
FIRST_PORT, PORTS = 7860, 100
LARGEST = 300_000_000  # bytes of a recording: half an hour of two channels at 44100 Hz
MOST_REQUESTS = 64  # at a time
POLICY = (
    "default-src 'none'; connect-src 'self'; media-src 'self' blob:; img-src data:; "
    "style-src 'unsafe-inline'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


def application(model: SpeechEmotion) -> Starlette:
    """Return the page and the answers of a model as an application of ASGI."""
    about = read_about(model.description, model.folder)
    page, digest = render(model.description, about)
    examples = list(about.examples.values())

    def show(_: Request) -> Response:
        return HTMLResponse(page, headers={"Content-Security-Policy": POLICY.format(digest)})

    def example(request: Request) -> Response:
        number = request.path_params["number"]
        if number >= len(examples):
            raise HTTPException(404)
        return FileResponse(examples[number])

    async def judge(request: Request) -> Response:
        _require_same_origin(request)
        recording = await _received(request)
        apart = request.query_params.get("channels") == "apart"
        lines = _lines(model, recording, apart)
        # Each line is computed in a thread of its own, so that requests take turns. Where the
        # visitor leaves early, the lines never end, so the recording is closed here as well.
        done = BackgroundTask(recording.close)
        return StreamingResponse(lines, media_type="application/x-ndjson", background=done)

    return Starlette(
        routes=[
            Route("/", show),
            Route("/examples/{number:int}", example),
            Route("/answers", judge, methods=["POST"]),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"])],
    )


def _require_same_origin(request: Request) -> None:
    """Refuse what a script of another website sends."""
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers["host"]:
        raise HTTPException(403, "this page answers its own visitors alone")


async def _received(request: Request) -> IO[bytes]:
    """Return the body of a request as a file; too large or cut short, it leaves none."""
    with ExitStack() as stack:
        recording = stack.enter_context(TemporaryFile())
        received = 0
        try:
            async for chunk in request.stream():
                received += len(chunk)
                if received > LARGEST:
                    raise HTTPException(413, f"larger than {LARGEST / 1e6:.0f} MB")
                recording.write(chunk)
        except ClientDisconnect as error:
            raise HTTPException(400) from error
        recording.flush()
        stack.pop_all()
    return recording


def _lines(model: SpeechEmotion, recording: IO[bytes], apart: bool) -> Iterator[str]:
    with recording:
        path = Path(f"/proc/self/fd/{recording.fileno()}")
        for answer in answers(model, path, apart):
            yield json.dumps(answer, ensure_ascii=False) + "\n"


@contextmanager
def served(model: SpeechEmotion, port: int | None) -> Iterator[str]:
    """Serve a model's page as long as the context lasts; its address is the context's value.

    Parameters
    ----------
    port
        Port number; None takes the first free one from 7860 on.

    Raises
    ------
    SentemoError
        When the port is in use.
    """
    listening = _listen(port)
    config = uvicorn.Config(
        application(model),
        log_level="warning",
        lifespan="off",
        limit_concurrency=MOST_REQUESTS,
        timeout_graceful_shutdown=1,  # seconds that answers under way have
    )
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while thread.is_alive() and not server.started:
        sleep(0.01)
    try:
        yield "http://{}:{}".format(*listening.getsockname())
    finally:
        server.should_exit = True
        thread.join()


def serve(model: SpeechEmotion, port: int | None) -> None:
    """Serve a model's page until Ctrl-C; errors are those of `served`."""
    with served(model, port) as address:
        print(f"{address} (Ctrl-C ends it)", flush=True)
        try:
            while True:
                sleep(3600)
        except KeyboardInterrupt:
            print(flush=True)
            os._exit(0)  # threads that compute an answer cannot be stopped; no file needs cleaning


def _listen(port: int | None) -> socket.socket:
    for candidate in [port] if port else range(FIRST_PORT, FIRST_PORT + PORTS):
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((HOST, candidate))
        except OSError:
            listening.close()
            continue
        listening.listen()
        return listening
    named = f"port {port} is" if port else f"ports {FIRST_PORT} to {FIRST_PORT + PORTS - 1} are"
    raise SentemoError(f"{named} in use. Give another with --port.")
