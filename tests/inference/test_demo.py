"""The page to try a model on, in a real browser."""

import socket

import pytest

from sentemo.bin.serve import main
from sentemo.core.errors import SentemoError
from sentemo.inference import SpeechEmotion
from sentemo.inference.plot import attended


@pytest.fixture
def serve(new_page):
    """Serve a model's page and open it; afterwards insist that it asked this machine alone."""
    from sentemo.inference.demo import demo_page, launch

    started, asked = [], []

    def opened(model):
        served = demo_page(SpeechEmotion.from_pretrained(model))
        started.append(served)
        page = new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.goto(launch(served, None, wait=False))
        return page

    yield opened
    for served in started:
        served.close()
    own = ("http://127.0.0.1:", "data:", "blob:")
    assert [address for address in asked if not address.startswith(own)] == []


def listen_to(page, path):
    page.locator("input[type=file]").first.set_input_files(path)
    page.locator("audio").first.wait_for(state="attached")  # it was uploaded
    page.get_by_role("button", name="Listen").click()


def test_an_uploaded_recording_gets_its_class_its_words_and_a_plot(serve, packed, recording):
    from sentemo.inference.demo import LEVEL_COLOURS

    page = serve(packed)
    path = recording(seconds=2.0)
    listen_to(page, path)
    expected = SpeechEmotion.from_pretrained(packed)(path)
    assert expected.words
    page.get_by_test_id("label-output-value").wait_for()
    assert page.get_by_test_id("label-output-value").inner_text() == expected.label
    page.get_by_test_id("matplotlib").locator("img").wait_for()
    shown = page.locator(".textfield").inner_text().lower()
    assert all(word.text.lower() in shown for word in expected.words)
    # Not by colour alone.
    bins = {list(LEVEL_COLOURS)[found.bin] for found in attended(expected)}
    assert all(name in shown for name in bins)


def test_dimensions_are_on_their_scale_and_a_file_that_is_no_audio_says_so(
    serve, separate, recording, tmp_path
):
    page = serve(separate)
    (tmp_path / "noise.wav").write_text("no audio")
    listen_to(page, tmp_path / "noise.wav")
    page.get_by_text("unreadable audio").wait_for()
    page.reload()
    path = recording(seconds=1.0)
    listen_to(page, path)
    expected = SpeechEmotion.from_pretrained(separate)(path).dimensions
    page.get_by_role("columnheader", name="rating, 1 to 7").wait_for()
    for name, rating in expected.items():
        page.get_by_role("row", name=f"{name} {rating:.2f}").wait_for()


def test_a_port_in_use_and_a_missing_model_are_named(packed, tmp_path):
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        with pytest.raises(SentemoError, match=f"port {port} is in use"):
            main([str(packed), "--port", str(port)])
    with pytest.raises(SentemoError, match="no such file"):
        main([str(tmp_path / "none.zip")])
