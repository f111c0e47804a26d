import zipfile

import pytest

from sentemo.bin.train_recordings import main
from sentemo.core.errors import SentemoError
from sentemo.inference import SpeechEmotion


@pytest.fixture
def recordings(tmp_path, make_audio, monkeypatch):
    """A table of stereo recordings at 8 kHz, with classes and dimensions, of four speakers."""
    rows = ["Datei\tlabel\tspeaker\tactivation\tvalence\tdominance"]
    for number in range(12):
        name = f"meine töne/{number} a.wav"
        make_audio(tmp_path / name, seconds=0.5 + 0.1 * number, rate=8000, channels=2, seed=number)
        speaker, label = number % 4, ("laut", "leise")[number % 3 > 0]
        rows.append(f"{name}\t{label}\tSprecher {speaker}\t{1 + number % 5}\t{number % 4 + 1}\t3,5")
    table = tmp_path / "labels.tsv"
    table.write_text("\r\n".join(rows), encoding="utf-8-sig")
    monkeypatch.chdir(tmp_path)
    return table


def test_a_table_becomes_a_result_a_page_and_a_model(recordings, capsys):
    command = [str(recordings), "--column", "file=Datei", "--nj", "1"]
    main(command)
    output = recordings.parent / "labels-sentemo"
    told = capsys.readouterr().out
    assert "dimensions are taken to be rated from 1 to 5" in told
    assert "Leave one speaker out" in told
    for what, name in (("table", "RESULTS.md"), ("page", "report.html"), ("model", "model.zip")):
        assert f"{what}: {output / name}\n" in told and (output / name).is_file()
    results = (output / "RESULTS.md").read_text()
    assert "| states, built-in" in results and "| probe, built-in" in results
    assert "resampled from 8000 Hz to 16000 Hz" in results
    model = SpeechEmotion.from_pretrained(str(output / "model.zip"))
    assert model(recordings.parent / "meine töne" / "0 a.wav").label in ("laut", "leise")

    with zipfile.ZipFile(output / "model.zip") as archive:
        card = archive.read("README.md").decode()
    assert "a final one, trained on all of these utterances" in card

    main(command)
    again = capsys.readouterr().out
    assert "training is finished" in again and "the final model is trained" in again
    lines = recordings.read_text(encoding="utf-8-sig").splitlines()
    recordings.write_text("\n".join(lines[:-1]), encoding="utf-8")
    with pytest.raises(SentemoError, match=r"holds a training with other settings(.|\n)*overwrite"):
        main(command)


def test_dimensions_alone_are_learnt_on_their_scale(recordings, capsys):
    command = [str(recordings), "--column", "file=Datei", "--task", "dimensional", "--nj", "1"]
    main([*command, "--scale", "0,10", "--output", "dimensions"])
    output = recordings.parent / "dimensions"
    assert "training the final model on all 12 utterances" in capsys.readouterr().out
    assert "| avd_states, built-in" in (output / "RESULTS.md").read_text()
    model = SpeechEmotion.from_pretrained(str(output / "model.zip"))
    answer = model(recordings.parent / "meine töne" / "0 a.wav")
    assert answer.label is None and model.description.scale == (0, 10)
    assert set(answer.dimensions) == {"activation", "valence", "dominance"}
