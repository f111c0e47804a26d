"""What the tests of several commands share."""

import pytest
import yaml
from small_recogniser import CTC

from sentemo.bin import fold_jobs
from sentemo.bin.extract_features import main as extract_features
from sentemo.data.splits import leave_one_speaker_out, write_folds
from sentemo.launch.workers import InThisProcess


@pytest.fixture
def prepared(tmp_path, small_data_dir, monkeypatch):
    """The options that name data and features, and a recogniser that was trained elsewhere."""
    from sentemo.bin.train_asr import main as train_asr  # seconds, and only here

    recipe, folds = tmp_path / "librispeech", tmp_path / "folds.tsv"
    data = [f"--data={small_data_dir}", f"--dump={tmp_path / 'dump' / 'fbank40'}"]
    extract_features([data[0], f"--dest={tmp_path / 'dump' / 'fbank40'}", "--feature_type=fbank40"])
    write_folds(folds, leave_one_speaker_out("abcd"), "Leave one speaker out")
    recipe.mkdir()
    (recipe / "ctc.yaml").write_text(yaml.safe_dump(CTC))
    monkeypatch.chdir(recipe)  # so that its statistics are known by a path from here
    train_asr(["--config=ctc.yaml", *data, f"--folds={folds}", "--exp=exp/asr"])
    monkeypatch.chdir(tmp_path)
    return [*data, "--asr_model=librispeech/exp/asr", "--dest=exp/transcripts_asr"]


@pytest.fixture
def folds_in_process(monkeypatch):
    """Folds one after another in this process: a worker takes many seconds to start."""
    monkeypatch.setattr(fold_jobs, "workers_of", lambda *_: InThisProcess())
