"""A file that may not be read, or is none, ends a stage with a message that names it and says why.

Root may read everything, so the commands run without that right.
"""

from contextlib import contextmanager
from pathlib import Path

import pytest
from restricted import as_anybody

from sentemo.core import checkpoint

CLOSED, NO_FILE = "Permission denied", "Is a directory"
EXP, DUMP, ASR = "exp/ser", "dump/fbank80/all", "exp/asr"
EMOTION = [
    ("data", "corpus/erkennung.txt"),
    ("feats", "data/all/wav.scp"),
    ("train", "data/all/utt2label"),
    ("train", "fold.tsv"),
    ("train", "labels.txt"),
    ("train", "train_mini.yaml"),
    ("train", f"{DUMP}/feats.1.ark"),
    ("train", f"{DUMP}/utt_stats.npy"),
    ("decode", f"{EXP}/fold_01/valid.loss.ave.pth"),
    ("decode", f"{EXP}/fold_01/config.yaml"),
    ("score", f"{EXP}/predictions/test.tsv"),
    ("results", f"{EXP}/scores.json"),
    ("attention", f"{EXP}/predictions/test.tsv"),
    ("report", f"{EXP}/attention/words.jsonl"),
    ("pack", f"{EXP}/fold_01/valid.loss.ave.pth"),
    ("pack", f"{EXP}/scores.json"),
]
RECOGNITION = [
    ("pretrain", f"{DUMP}/feats.1.ark"),
    ("pretrain", "data/all/text"),
    ("decode", f"{ASR}/valid.cer.ave.pth"),
    ("decode", f"{ASR}/split/train/text"),
    ("score", f"{ASR}/decode_test/hyp.tsv"),
]
NO_FILES = [
    ("feats", "data/all/text"),  # a table that a data directory may lack
    ("train", f"{DUMP}/feats.1.ark"),
    ("train", "labels.txt"),
    ("decode", f"{EXP}/fold_01/valid.loss.ave.pth"),  # not passed over for that of another epoch
    ("report", f"{EXP}/attention/words.jsonl"),
    ("pack", f"{EXP}/scores.json"),
]


@contextmanager
def closed(*paths):
    modes = {path: path.stat().st_mode for path in paths}
    for path in paths:
        path.chmod(0)
    yield
    for path, mode in modes.items():
        path.chmod(mode)


@contextmanager
def directory_in_place_of(path):
    aside = path.with_name("aside")
    path.rename(aside)
    path.mkdir()
    yield
    path.rmdir()
    aside.rename(path)


def located(stages, name):
    """Find a file below the working directory, or beside it what the recipe is given."""
    return next(p for p in (stages.work / name, stages.folder / name) if p.exists())


def assert_message(ended, path, reason):
    last = ended.output.splitlines()[-1]
    assert ended.status == 1, ended.output
    assert last.startswith("error: "), ended.output
    assert last.endswith(f"{path}: {reason}"), ended.output
    assert "Traceback" not in ended.output


@pytest.mark.parametrize(("stage", "name"), EMOTION)
def test_a_stage_of_emotion_recognition_names_a_closed_file(emotion, stage, name):
    emotion.go_before(stage)
    with closed(located(emotion, name)):
        assert_message(emotion.run(stage, as_anybody), name, CLOSED)


@pytest.mark.parametrize(("stage", "name"), RECOGNITION)
def test_a_stage_of_speech_recognition_names_a_closed_file(recognition, stage, name):
    recognition.go_before(stage)
    with closed(located(recognition, name)):
        assert_message(recognition.run(stage, as_anybody), name, CLOSED)


@pytest.mark.parametrize(("stage", "name"), NO_FILES)
def test_a_directory_in_place_of_a_file_is_an_error(emotion, stage, name):
    emotion.go_before(stage)
    with directory_in_place_of(located(emotion, name)):
        assert_message(emotion.run(stage), name, NO_FILE)


def test_a_data_worker_names_the_file_that_it_may_not_read(recognition):
    """torch raises the worker's whole traceback as an error."""
    recognition.go_before("pretrain")
    command = recognition.commands["pretrain"]
    config = recognition.folder / "with_worker.yaml"
    text = Path(command[command.index("--config") + 1]).read_text()
    config.write_text(text.replace("num_workers: 0", "num_workers: 1"))
    recognition.commands["with worker"] = [*command, "--config", str(config)]
    with closed(recognition.work / DUMP / "feats.1.ark"):
        ended = recognition.run("with worker", as_anybody)
    assert_message(ended, f"{DUMP}/feats.1.ark", CLOSED)


@pytest.mark.parametrize(
    ("stage", "whole_folder", "problems"),
    [
        *(("data", False, 8), ("feats", False, 8), ("attention", False, 8), ("report", False, 8)),
        *(("feats", True, 80), ("attention", True, 40), ("report", True, 40)),
    ],
)
def test_all_audio_that_may_not_be_read_is_counted(emotion, stage, whole_folder, problems):
    emotion.go_before(stage)
    folder = emotion.folder / "corpus" / "wav"
    files = sorted(folder.glob("03*.wav"))
    with closed(*([folder] if whole_folder else files)):
        ended = emotion.run(stage, as_anybody)
    assert ended.status == 1
    assert f": {problems} problems\n  audio: {problems}\n" in ended.output
    assert f"{files[0]}: no permission to read it" in ended.output
    assert "Traceback" not in ended.output


def test_a_folder_of_a_corpus_that_may_not_be_read_is_not_an_empty_one(recognition):
    recognition.go_before("data")
    speaker = next(path for path in (recognition.folder / "corpus").glob("*/test-clean/[0-9]*"))
    with closed(speaker):
        assert_message(recognition.run("data", as_anybody), speaker, CLOSED)


def test_an_experiment_that_may_not_be_read_is_not_left_out_of_the_results(emotion):
    emotion.go_before("end")
    (emotion.work / "exp" / "another").mkdir()
    with closed(emotion.work / "exp" / "another"):
        ended = emotion.run("results", as_anybody)
    assert_message(ended, "exp/another/scores.json", CLOSED)


@pytest.mark.parametrize("reason", [CLOSED, NO_FILE])
def test_the_newest_checkpoint_is_not_taken_for_damaged_where_it_may_not_be_read(
    recognition, reason
):
    """The one before would train the last epoch again, and nobody would know."""
    recognition.go_before("end")
    exp = recognition.work / ASR
    (exp / ".done.train.json").unlink()
    newest = exp / checkpoint.CURRENT
    before = (exp / checkpoint.PREVIOUS).read_bytes()
    with closed(newest) if reason == CLOSED else directory_in_place_of(newest):
        ended = recognition.run("pretrain", as_anybody)
    assert_message(ended, f"{ASR}/{checkpoint.CURRENT}", reason)
    assert (exp / checkpoint.PREVIOUS).read_bytes() == before
    assert recognition.run("pretrain").status == 0
    assert "skipped a damaged checkpoint" not in (exp / "train.log").read_text()
