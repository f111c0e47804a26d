"""The page to try a model on: in a browser, and as a server that strangers reach."""

import json
import os
import socket
import tempfile
from contextlib import suppress
from http.client import HTTPConnection
from urllib.parse import urlsplit

import numpy as np
import pytest
import soundfile
from page_colours import brightness, contrast
from small_experiments import LABELS

from sentemo.bin.serve import main
from sentemo.core.errors import SentemoError
from sentemo.core.markdown import percent
from sentemo.inference import SpeechEmotion
from sentemo.inference.serving import server
from sentemo.inference.serving.answers import HOP, LEVELS, MOST_CHANNELS, WINDOW

RATE = 16000


@pytest.fixture
def served():
    """Serve a model; return its address."""
    started = []

    def serve(model):
        started.append(server.served(SpeechEmotion.from_pretrained(model), None))
        return started[-1].__enter__()

    yield serve
    for running in started:
        running.__exit__(None, None, None)


@pytest.fixture
def open_page(served, new_page, tmp_path):
    """Open a model's page; afterwards keep a picture, and insist on no error and no other host."""
    complaints, asked, pages = [], [], []

    def opened(model, **options):
        page = new_page(**options)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(served(model))
        pages.append(page)
        return page

    yield opened
    for number, page in enumerate(pages, start=1):
        page.screenshot(path=tmp_path / f"page{number}.png", full_page=True)
        page.close()
    own = ("http://127.0.0.1:", "data:", "blob:")
    assert complaints == [] and [url for url in asked if not url.startswith(own)] == []


def listen_to(page, path):
    page.locator("#file").set_input_files(path)
    page.locator("#answer:visible, #status.error").first.wait_for()
    return page.locator("#answer")


def test_an_answer_has_its_class_its_shares_and_words_by_their_attention(
    open_page, packed, recording
):
    path = recording(seconds=2.0)
    expected = SpeechEmotion.from_pretrained(packed)(path)
    answer = listen_to(open_page(packed), path)
    assert answer.locator(".verdict strong").inner_text() == expected.label
    shares = answer.locator(".bars .value").all_inner_texts()
    assert shares == [f"{percent(share)} %" for share in expected.probabilities.values()]
    attended = expected.attended_words()
    words = answer.locator(".words span")
    assert attended and words.all_inner_texts() == [found.word.text for found in attended]
    # Not by colour alone.
    titles = [word.get_attribute("title") for word in words.all()]
    assert titles == [f"{LEVELS[found.bin]} attention" for found in attended]


def test_dimensions_are_on_their_scale_and_a_file_that_is_no_audio_says_so(
    open_page, separate, recording, tmp_path
):
    page = open_page(separate)
    (tmp_path / "text.wav").write_text("no audio")
    listen_to(page, tmp_path / "text.wav")
    page.get_by_text("It could not be judged: unreadable audio").wait_for()
    path = recording(seconds=1.0)
    answer = listen_to(page, path)
    expected = SpeechEmotion.from_pretrained(separate)(path).dimensions
    answer.get_by_text("On a scale of 1 to 7").wait_for()
    shown = answer.locator(".bars").last.locator(".value").all_inner_texts()
    assert shown == [f"{rating:.2f}" for rating in expected.values()]


@pytest.fixture
def call(tmp_path):
    """Six minutes and a bit of two sides; the second one is silent in the first minute."""
    noise = np.random.default_rng(5).uniform(-0.3, 0.3, (370 * RATE, 2)).astype(np.float32)
    noise[: 60 * RATE, 1] = 0
    soundfile.write(tmp_path / "call.wav", noise, RATE)
    return tmp_path / "call.wav"


def test_a_long_call_has_a_time_line_and_its_channels_are_judged_apart(
    open_page, convolutional, call
):
    page = open_page(convolutional)
    answer = listen_to(page, call)
    windows = int(np.ceil((370 - WINDOW) / HOP)) + 1
    assert answer.locator(".lane > span").count() == windows
    assert "on average" in answer.locator(".verdict").inner_text()
    slider = answer.get_by_label("Moment")
    assert slider.get_attribute("aria-valuetext").startswith("0:00 to 0:08: ")
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert answer.locator(".moment").inner_text().startswith("0:04 to 0:12: ")
    answer.get_by_role("button", name="Judge the 2 channels apart").click()
    answer.get_by_text("Channel 2").wait_for()
    assert answer.locator(".channel").count() == 2
    assert answer.locator(".moment").last.inner_text() == "0:00 to 0:08: silence"


def test_two_examples_and_the_microphone_get_an_answer(open_page, convolutional):
    page = open_page(convolutional)
    examples = page.locator(".example")
    assert examples.count() == 2
    examples.first.click()
    page.locator("#answer:visible").wait_for()
    page.get_by_role("button", name="● Record").click()
    page.get_by_role("button", name="Stop 0:02").click()
    page.get_by_role("button", name="● Record").wait_for()
    page.locator("#answer:visible").wait_for()
    assert page.locator("#status").inner_text() == ""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_it_is_read_by_day_and_by_night(open_page, packed, recording, scheme):
    phone = {"viewport": {"width": 390, "height": 844}, "color_scheme": scheme}
    page = open_page(packed, **phone)
    answer = listen_to(page, recording())
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    ground = brightness(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert (ground < 0.1) == (scheme == "dark")
    for style in ("body", ".about", "#facts dt"):
        ink = page.evaluate(f"getComputedStyle(document.querySelector('{style}')).color")
        assert contrast(ground, brightness(ink)) > 4.5
    for bar in answer.locator(".bar").all():
        colour = bar.evaluate("e => getComputedStyle(e, '::before').backgroundColor")
        assert contrast(ground, brightness(colour)) > 3


def test_the_page_says_what_the_model_is_its_figures_and_limits(open_page, packed):
    page = open_page(packed)
    assert page.locator("h1").inner_text() == SpeechEmotion.from_pretrained(packed).description.name
    assert f"output is {LABELS[0]} or {LABELS[1]}" in page.locator(".about").inner_text()
    facts = page.locator("#facts").inner_text()
    assert "not what a person feels" in facts


# --- As a server


def ask(address, method="GET", path="/", body=None, **headers):
    connection = HTTPConnection(urlsplit(address).netloc, timeout=60)
    connection.request(method, path, body, {n.capitalize(): v for n, v in headers.items()})
    return connection.getresponse()


def answers_to(address, path, query=""):
    found = ask(address, "POST", f"/answers{query}", path.read_bytes())
    return found.status, [json.loads(line) for line in found.read().splitlines()]


def test_no_recording_has_a_name_on_the_disk_while_it_is_judged_nor_afterwards(
    served, convolutional, call, tmp_path, monkeypatch
):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    address = served(convolutional)
    response = ask(address, "POST", "/answers", call.read_bytes())
    assert json.loads(response.readline())["recording"]["channels"] == 2
    assert os.listdir(tmp_path / "temporary") == []
    assert "overall" in json.loads(response.read().splitlines()[-1])
    assert os.listdir(tmp_path / "temporary") == []


def held_in(folder):
    """Files without a name that this process, which serves too, keeps open in a folder."""
    links = []
    for descriptor in os.listdir("/proc/self/fd"):
        with suppress(FileNotFoundError):
            links.append(os.readlink(f"/proc/self/fd/{descriptor}"))
    return [link for link in links if link.startswith(str(folder))]


def test_a_recording_is_given_up_when_its_visitor_leaves_early(
    served, convolutional, call, tmp_path, monkeypatch
):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    address = served(convolutional)
    response = ask(address, "POST", "/answers", call.read_bytes())
    response.readline()
    assert len(set(held_in(tmp_path))) == 1  # opened once or twice
    response.close()
    patience = 3000
    while held_in(tmp_path) and patience:
        assert ask(address).status == 200
        patience -= 1
    assert held_in(tmp_path) == []


def test_other_hosts_and_other_websites_are_refused(served, convolutional, recording):
    address = served(convolutional)
    body = recording().read_bytes()
    assert ask(address, host="evil.example").status == 400
    assert ask(address, "POST", "/answers", body, host="evil.example:7860").status == 400
    assert ask(address, "POST", "/answers", body, origin="https://evil.example").status == 403
    assert ask(address, "POST", "/answers", body, origin=address).status == 200
    page = ask(address)
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy


def test_uploads_that_never_end_and_long_answers_keep_nobody_waiting(
    served, convolutional, call, recording
):
    address = served(convolutional)
    host, port = urlsplit(address).netloc.split(":")
    head = f"POST /answers HTTP/1.1\r\nHost: {host}\r\nContent-Length: 100000000\r\n\r\nRIFF"
    stuck = [socket.create_connection((host, int(port))) for _ in range(20)]
    for connection in stuck:
        connection.sendall(head.encode())
    long = ask(address, "POST", "/answers", call.read_bytes())
    assert "recording" in json.loads(long.readline())
    status, found = answers_to(address, recording())
    assert status == 200 and "overall" in found[-1]
    for connection in stuck:
        connection.close()


def test_what_is_too_large_or_too_many_channels_is_refused(
    served, convolutional, recording, monkeypatch
):
    address = served(convolutional)
    many = recording("many.wav", channels=MOST_CHANNELS + 1)
    _, (found,) = answers_to(address, many)
    assert "9 channels; the page takes 8" in found["error"]
    day = recording("day.wav", seconds=2.0, rate=1000)
    soundfile.write(day, np.zeros(20_000_000, np.int16), 1000)
    _, (found,) = answers_to(address, day)
    assert "5.6 h long" in found["error"]
    monkeypatch.setattr(server, "LARGEST", 100)
    assert ask(address, "POST", "/answers", many.read_bytes()).status == 413


def test_what_a_header_has_wrong_and_what_is_left_out_is_noted(
    served, convolutional, recording, tmp_path
):
    address = served(convolutional)
    path = recording()
    path.write_bytes(path.read_bytes()[:-20])
    _, found = answers_to(address, path)
    assert [line["note"] for line in found if "note" in line] == [
        "its header announces up to 44 bytes too many"
    ]
    samples = np.random.default_rng(0).uniform(-0.3, 0.3, (RATE, 1)) * [1, 0]
    soundfile.write(tmp_path / "one_side.wav", samples, RATE)
    _, found = answers_to(address, tmp_path / "one_side.wav", "?channels=apart")
    said = [line["note"] for line in found if "note" in line]
    assert said == ["channel 2 is silence, left out", "no speech: noise"]
    assert "overall" in found[-1]


def test_an_error_of_a_library_ends_one_answer_and_names_no_place_of_this_machine(
    served, convolutional, recording, monkeypatch, tmp_path
):
    address = served(convolutional)
    (tmp_path / "memo.m4a").write_bytes(b"\0\0\0\x20ftypM4A " + bytes(400))
    _, (found,) = answers_to(address, tmp_path / "memo.m4a")
    assert found["error"].endswith("needs ffmpeg: ffmpeg -i FILE FILE.flac")
    with monkeypatch.context() as broken:
        broken.delattr("soundfile.SoundFile.read")
        _, found = answers_to(address, recording())
    assert "has no attribute" in found[-1]["error"]
    assert "overall" in answers_to(address, recording())[1][-1]


def test_channels_apart_are_asked_for_in_the_address(served, convolutional, recording):
    address = served(convolutional)
    _, found = answers_to(address, recording(channels=2), "?channels=apart")
    assert [one["channel"] for one in found[-1]["overall"]] == [1, 2]


def test_a_port_in_use_and_a_missing_model_are_named(packed, tmp_path):
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        with pytest.raises(SentemoError, match=f"port {port} is in use"):
            main([str(packed), "--port", str(port)])
    with pytest.raises(SentemoError, match="no such file"):
        main([str(tmp_path / "none.zip")])
