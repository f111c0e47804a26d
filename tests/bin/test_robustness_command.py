"""A trained probe is tested under conditions by its folds' own models, and stays as it is."""

import numpy as np
import pytest
import soundfile

from sentemo.bin.decode import main as decode
from sentemo.bin.extract_features import main as extract_features
from sentemo.bin.import_recordings import main as import_recordings
from sentemo.bin.make_folds import main as make_folds
from sentemo.bin.results import main as results
from sentemo.bin.robustness import main
from sentemo.bin.score import main as score
from sentemo.bin.train import main as train
from sentemo.core.errors import SentemoError

RATE = 16000
PITCH = {"calm": 150, "wild": 450}
CONFIG = """
decoder: statistics_pooling
decoder_conf: {}
model_conf: {freeze_encoder: true, encoder_layer: [1, 2]}
probe_conf: {penalties: [1]}
max_epoch: 1
best_model_criterion: [[valid, loss, min]]
early_stopping_criterion: [valid, loss, min]
keep_nbest_models: 1
"""


@pytest.fixture
def trained(tmp_path, monkeypatch):
    """Return the options of a probe of two tones, trained and scored in this folder."""
    monkeypatch.chdir(tmp_path)
    draw = np.random.default_rng(0)
    for label, pitch in PITCH.items():
        (tmp_path / "tones" / label).mkdir(parents=True)
        for number in range(9):
            time = np.arange(int(0.4 * RATE)) / RATE
            tone = 0.3 * np.sin(2 * np.pi * pitch * draw.uniform(0.9, 1.1) * time)
            samples = tone + draw.normal(0, 0.001, len(time))
            soundfile.write(tmp_path / f"tones/{label}/s{number % 3}_{number}.wav", samples, RATE)
    (tmp_path / "labels.txt").write_text("calm\nwild\n")
    (tmp_path / "probe.yaml").write_text(CONFIG)
    import_recordings(["tones", "--speaker_from", r"^(s\d)", "--dest", "data/all"])
    make_folds(["--data", "data/all", "--labels", "labels.txt", "--dest", "folds.tsv"])
    raw = ["--feature_type", "raw", "--nj", "1"]
    extract_features(["--data", "data/all", "--dest", "dump/raw/all", *raw])
    options = ["--config", "probe.yaml", "--data", "data/all", "--dump", "dump/raw/all"]
    options += ["--labels", "labels.txt", "--folds", "folds.tsv", "--exp", "exp/probe"]
    options += ["--nj", "1", "--upstream", "built-in"]
    train(options)
    decode(options)
    score(["--exp", "exp/probe", *options[2:4], *options[6:10]])
    return options


def files(folder):
    return {p: p.read_bytes() for p in folder.rglob("*") if p.is_file() and p.suffix != ".log"}


def test_a_fainter_voice_costs_nothing_and_loud_noise_does(trained, tmp_path, capsys):
    before = files(tmp_path / "exp/probe")
    main([*trained, "--dest", "exp/robustness", "--conditions", "level", "noise0"])
    table = {
        cells[1].strip(): cells[2]
        for line in capsys.readouterr().out.splitlines()
        if len(cells := line.split("|")) == 4
    }
    assert table["as recorded"].strip().startswith("100.0")
    assert table["20 dB fainter"].strip().endswith(", +0.0")
    assert "noise as loud as the speech" in table
    assert files(tmp_path / "exp/probe") == before
    results(["--work_dir", "."])
    assert "20 dB fainter" in (tmp_path / "RESULTS.md").read_text()


def test_an_experiment_that_reads_no_kept_states_is_refused(trained):
    with pytest.raises(SentemoError, match="frozen upstream whose states are kept"):
        main([*trained[:-2], "--dest", "exp/robustness"])
