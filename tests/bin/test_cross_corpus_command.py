"""Three small corpora become a table of each left out, and the command need not work twice."""

import numpy as np
import pytest
import soundfile

from sentemo.bin.cross_corpus import main
from sentemo.bin.extract_features import main as extract_features
from sentemo.bin.import_recordings import main as import_recordings
from sentemo.bin.merge_data import main as merge_data
from sentemo.bin.results import main as results

RATE = 16000
PITCH = {"calm": 120, "wild": 420}


@pytest.fixture
def work_dir(tmp_path, monkeypatch):
    """Return a working directory with the features of three corpora of two tones."""
    monkeypatch.chdir(tmp_path)
    draw = np.random.default_rng(0)
    directories = []
    for corpus in ("one", "two", "three"):
        for label, pitch in PITCH.items():
            (tmp_path / corpus / label).mkdir(parents=True)
            for number in range(4):
                time = np.arange(int(0.4 * RATE)) / RATE
                tone = 0.3 * np.sin(2 * np.pi * pitch * draw.uniform(0.9, 1.1) * time)
                samples = tone + draw.normal(0, 0.01, len(time))
                soundfile.write(tmp_path / corpus / label / f"s{number}.wav", samples, RATE)
        import_recordings([corpus, "--speaker_from", r"^(s\d)", "--dest", f"data/{corpus}"])
        directories += ["--data", f"data/{corpus}"]
    (tmp_path / "labels.txt").write_text("calm\nwild\n")
    merged = ["--labels", "labels.txt", "--name", "tones", "--dest", "data/all"]
    merge_data([*directories, *merged])
    raw = ["--dest", "dump/raw/all", "--feature_type", "raw", "--nj", "1"]
    extract_features(["--data", "data/all", *raw])
    return tmp_path


def test_the_table_is_that_of_the_scores(work_dir, capsys):
    command = ["--data", "data/all", "--dump", "dump/raw/all", "--labels", "labels.txt"]
    command += ["--upstream", "built-in", "--exp", "exp/cross_corpus"]
    main(command)
    printed = capsys.readouterr().out
    assert "| known of the tested corpus " in printed
    assert printed.count("| one ") == 3 + 1  # its column, and a line for each normalisation
    main(command)
    assert "exp/cross_corpus/scores.json: up to date" in capsys.readouterr().out
    results(["--work_dir", "."])
    assert printed.strip().splitlines()[-1] in (work_dir / "RESULTS.md").read_text()
    for how in ("none", "corpus", "speaker"):
        lines = (work_dir / f"exp/cross_corpus/predictions/{how}.tsv").read_text().splitlines()
        assert len(lines) == 1 + 24
