"""What the tests of several commands share."""

import pickle

import pytest
import yaml
from small_recogniser import CTC

from sentemo.bin.extract_features import main as extract_features
from sentemo.data.fold_files import write_folds
from sentemo.data.splits import leave_one_speaker_out
from sentemo.launch.resources import Resources
from sentemo.launch.workers import InThisProcess
from sentemo.proxy import labelling
from sentemo.recognition import parts as recognition_parts


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
def trained(prepared, tmp_path, folds_in_process):
    """The options of an experiment upon the recogniser's encoder, trained and decoded."""

    from sentemo.bin import decode, train

    def run(config, *task):
        (tmp_path / "labels.txt").write_text("happy\nsad\n")
        (tmp_path / "frozen.yaml").write_text(yaml.safe_dump(config))
        data, dump = prepared[:2]
        upstream = "--upstream=librispeech/exp/asr"
        options = [data, dump, upstream, "--config=frozen.yaml", "--labels=labels.txt"]
        options += [f"--folds={tmp_path / 'folds.tsv'}", "--exp=exp/ser", "--nj=1", *task]
        train.main(options)
        decode.main(options)
        return options

    return run


@pytest.fixture
def folds_in_process(monkeypatch):
    """Folds one after another in this process: a worker takes many seconds to start."""
    monkeypatch.setattr(Resources, "workers", lambda *_: InThisProcess())


class Travelling:
    """Three workers, to whom work travels and from whom results do, as with jobs of a cluster."""

    at_once = 3

    def run(self, work, parts):
        for part in reversed(parts):
            sent_work, sent_part = pickle.loads(pickle.dumps((work, part)))
            yield part, pickle.loads(pickle.dumps(sent_work(sent_part)))


@pytest.fixture
def in_parts(monkeypatch):
    """Share the work of commands in small parts among several workers; return what asks for it."""
    monkeypatch.setattr(Resources, "workers", lambda *_: Travelling())
    monkeypatch.setattr(recognition_parts, "SECONDS_PER_PART", 0.1)
    monkeypatch.setattr(labelling, "TEXTS_PER_PART", 5)
    return "--cmd_backend=slurm"
