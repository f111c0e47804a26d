"""What was said, by a whole Whisper beside a packed model."""

import json

import numpy as np
import pytest
import soundfile
from tiny_whisper import write_whisper

from sentemo.bin.predict import main
from sentemo.bin.serve import main as serve
from sentemo.core.errors import SentemoError
from sentemo.inference import SpeechEmotion
from sentemo.inference.serving.answers import answers
from sentemo.inference.spoken_words import Listener
from sentemo.recognition.whisper import Whisper
from sentemo.upstreams import Upstream

RATE = 16000


@pytest.fixture(scope="module")
def whisper(tmp_path_factory):
    folder = tmp_path_factory.mktemp("spoken") / "whisper"
    write_whisper(folder)
    return str(folder)


@pytest.fixture
def call(tmp_path):
    path = tmp_path / "call.wav"
    samples = np.random.default_rng(1).normal(0, 0.1, 2 * RATE)
    soundfile.write(path, samples, RATE)
    return path


@pytest.fixture
def predict(capsys):
    def run(*arguments):
        with pytest.raises(SystemExit) as end:
            main([*map(str, arguments)])
        found = capsys.readouterr()
        return end.value.code, found.out.splitlines(), found.err

    return run


def test_the_words_are_those_that_whisper_hears(predict, whisper, call):
    [heard] = Whisper(Upstream(whisper)).hear([soundfile.read(call)[0]], "de")
    words = ("--recogniser", whisper, "--language", "de")
    status, (line,), _ = predict("open", call, "--json", *words)
    assert (status, json.loads(line)["transcript"]) == (0, heard.text)
    _, (header, _), _ = predict("open", call, *words)
    assert header.split()[-1] == "transcript"


def test_each_part_of_a_recording_has_its_own_words(whisper, call):
    model = SpeechEmotion.from_pretrained("open", recogniser=whisper, language="pl")
    samples = soundfile.read(call, dtype="float32")[0]
    found = model(call, window=1.0, hop=1.0)
    expected = Whisper(Upstream(whisper)).hear([samples[:RATE], samples[RATE:]], "pl")
    assert [result.transcript for result in found] == [heard.text for heard in expected]
    assert found[1].start == 1.0  # of the part; its words' times count from there
    assert all(0 <= word.start < word.end <= 1.1 for r in found for word in r.words)


def test_words_have_the_attention_of_a_model_that_attends(packed, whisper, call):
    model = SpeechEmotion.from_pretrained(packed, recogniser=whisper, language="de")
    result = model(call)
    assert result.words
    assert [attended.word for attended in result.attended_words()] == [*result.words]


def test_what_cannot_hear_words_is_refused(predict, whisper, call):
    status, _, error = predict("open", call, "--transcript")
    assert status == 2 and "has no recogniser in it. Name a whole Whisper with --recogn" in error
    status, _, error = predict("open", call, "--recogniser", whisper, "--language", "fr")
    assert status == 2 and "language fr: " in error and "knows de, en, pl" in error
    status, _, error = predict("open", call, "--recogniser", "built-in")
    assert status == 2 and "no whole Whisper" in error
    status, _, error = predict("open", call, "--language", "de")
    assert status == 2 and "--language is that of --recogniser" in error


def test_audio_of_a_telephone_is_brought_to_the_rate_that_whisper_hears(whisper):
    signal = np.random.default_rng(2).normal(0, 0.1, 8000).astype(np.float32)
    listener = Listener(whisper, "de", 8000)
    result = SpeechEmotion.from_pretrained("open").judge(np.repeat(signal, 2), 16000)
    [heard] = listener.heard([result], [signal])
    assert heard.transcript is not None and all(word.end <= 1.1 for word in heard.words)
    with pytest.raises(SentemoError, match="language fr"):
        Listener(whisper, "fr", 8000)


def test_words_that_are_heard_are_silenced_one_after_the_other(predict, packed, whisper, call):
    words = ("--recogniser", whisper, "--language", "de", "--occlude", "words")
    status, (line,), _ = predict(packed, call, "--json", *words)
    found = json.loads(line)
    assert status == 0
    assert [one["word"] for one in found["occlusion"]] == found["transcript"].split()
    _, (_, _, *lines), _ = predict(packed, call, *words)
    assert len(lines) == len(found["occlusion"]) > 0
    assert f'points without "{found["occlusion"][0]["word"]}", ' in lines[0]


def test_the_page_shows_what_was_said(whisper, call, monkeypatch):
    served = []
    monkeypatch.setattr(
        "sentemo.inference.serving.server.serve", lambda model, _: served.append(model)
    )
    serve(["open", "--recogniser", whisper, "--language", "de"])
    [heard] = Whisper(Upstream(whisper)).hear([soundfile.read(call)[0]], "de")
    [part] = [found["part"] for found in answers(served[0], call, False) if "part" in found]
    assert [word for word, _ in part["words"]] == [heard.text]
    with pytest.raises(SentemoError, match="give one too"):
        serve(["open", "--language", "de"])
