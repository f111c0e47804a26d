"""The command that writes report.html."""

import re
from base64 import b64decode
from io import BytesIO

import pytest
import soundfile
from scored_experiments import make_experiment

from sentemo.bin.report import main
from sentemo.core.errors import SentemoError


@pytest.fixture
def made(tmp_path, make_audio):
    """A scored experiment and its data directory."""
    data = tmp_path / "my data"
    audio = make_audio(tmp_path / "a.wav", seconds=0.5, rate=44100, channels=2)
    exp = make_experiment(tmp_path / "my exp", data, audio, utterances=6)
    return exp, [f"--exp={exp}", f"--data={data}"]


def test_it_is_written_once_and_again_when_predictions_change(made, capsys):
    exp, arguments = made
    main(arguments)
    assert "6 utterances" in capsys.readouterr().out
    first = (exp / "report.html").stat().st_mtime_ns
    main(arguments)
    assert "up to date" in capsys.readouterr().out
    assert (exp / "report.html").stat().st_mtime_ns == first
    (exp / "scores.json").write_text((exp / "scores.json").read_text() + " ")
    main(arguments)
    assert "6 utterances" in capsys.readouterr().out


def test_the_sound_of_every_utterance_is_within_it_when_asked_for(made):
    exp, arguments = made
    main([*arguments, "--audio", "true"])
    sounds = re.findall(r"data:audio/mpeg;base64,([\w+/=]+)", (exp / "report.html").read_text())
    assert len(sounds) == 6
    samples, rate = soundfile.read(BytesIO(b64decode(sounds[0])))
    assert rate == 16000
    assert len(samples) / rate == pytest.approx(0.5, abs=0.1)


def test_a_wrong_data_directory_is_named(made, tmp_path):
    exp, arguments = made
    with pytest.raises(SentemoError, match="no data directory"):
        main([arguments[0], f"--data={tmp_path}"])
    assert not (exp / "report.html").exists()
