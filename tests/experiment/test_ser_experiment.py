"""What train and decode say of their data."""

import json
from dataclasses import replace

import pytest

from sentemo.bin.extract_features import main as extract_features
from sentemo.bin.make_folds import main as make_folds
from sentemo.core.errors import SentemoError
from sentemo.data.fold_files import read_folds
from sentemo.data.kaldi import read_data_dir
from sentemo.data.preparation import ParsedCorpus, write_data_dir
from sentemo.experiment.description import describe_data
from sentemo.experiment.ser import SERExperiment


@pytest.fixture
def prepared(small_data_dir):
    """A data directory with a partition that claims nothing, its features, and an experiment."""
    sides = dict(zip("abcd", ("train", "train", "valid", "test"), strict=True))
    utterances = [replace(u, split=sides[u.speaker]) for u in read_data_dir(small_data_dir)]
    write_data_dir(small_data_dir, ParsedCorpus(utterances, notes=["half missing"], name="Mine"))
    work = small_data_dir.parent
    extract_features(["--data", str(small_data_dir), "--dest", str(work / "dump")])
    (work / "labels.txt").write_text("happy\nsad\n")
    criterion = "best_model_criterion: [[valid, loss, min]]\nkeep_nbest_models: 1\n"
    (work / "config.yaml").write_text(criterion)
    (work / "folds.tsv").write_text(
        "# The halves.\nfold\ttrain\tvalid\ttest\tdisjoint\n1\ttrain\tvalid\ttest\tnothing\n"
    )
    return SERExperiment(
        directory=work / "exp",
        config=work / "config.yaml",
        data=small_data_dir,
        dump=work / "dump",
        folds=work / "folds.tsv",
        labels=work / "labels.txt",
    )


def start_and_finish(experiment):
    """Claim the directory as a training does, and leave what says that it ended."""
    guarded = experiment.guarded_directory()
    guarded.start(corpus="Mine")
    guarded.finish("train")
    (experiment.directory / "predictions").mkdir(exist_ok=True)
    (experiment.directory / "predictions" / "valid.tsv").touch()


def test_results_name_corpus_protocol_and_every_limit(prepared):
    utterances = read_data_dir(prepared.data)
    folds = read_folds(prepared.folds, utterances)
    assert describe_data(prepared.data, prepared.dump, prepared.folds, folds, utterances) == {
        "corpus": "Mine",
        "protocol": "The halves",
        "notes": [
            "half missing",
            "not speaker-disjoint: 0 of 4 known speakers on two sides",
        ],
    }


def test_features_of_other_data_are_refused(prepared):
    (job,) = prepared.jobs()
    assert len(job.utterances) == 8
    write_data_dir(prepared.data, ParsedCorpus(job.utterances[1:], name="Mine"))
    with pytest.raises(SentemoError, match=r"features of other data(.|\n)*Run stage feats again"):
        prepared.jobs()


def test_another_partition_is_another_experiment(prepared):
    start_and_finish(prepared)
    assert prepared.is_done("train")
    table = prepared.data / "utt2split"
    table.write_text(table.read_text().replace("valid", "test"))
    assert not prepared.is_done("train")


def test_an_experiment_upon_an_asr_model_is_known_by_its_content_also_when_it_is_gone(
    prepared, tmp_path, capsys
):
    asr = tmp_path / "asr"
    asr.mkdir()
    (asr / "config.yaml").write_text("encoder: conformer\n")
    (asr / "valid.acc.ave.pth").write_bytes(b"weights")
    prepared = replace(prepared, upstream=str(asr))
    start_and_finish(prepared)
    started = json.loads((prepared.directory / ".started.json").read_text())
    assert "asr_model" in started["options"]  # under this name since 0.1.0
    (asr / "config.yaml").write_text("encoder: conformer\nencoder_conf: {num_blocks: 3}\n")
    assert not prepared.is_done("train")
    (asr / "config.yaml").write_text("encoder: conformer\n")
    asr.rename(tmp_path / "moved")
    assert prepared.is_done("train")
    assert "not there any more" in capsys.readouterr().out
    prepared = replace(prepared, directory=tmp_path / "another")
    with pytest.raises(SentemoError, match="no such file or folder"):
        prepared.guarded_directory()


def test_transcripts_and_a_text_encoder_want_one_another(prepared, tmp_path):
    prepared = replace(prepared, text=tmp_path / "text")
    with pytest.raises(SentemoError, match=r"config.yaml has no text_encoder to read it"):
        prepared.guarded_directory()
    prepared.config.write_text(prepared.config.read_text() + "text_encoder: rnn\n")
    with pytest.raises(SentemoError, match=r"--text .*text: no such file"):
        prepared.guarded_directory()
    prepared.text.write_text("a-happy so\n")
    with pytest.raises(SentemoError, match="no transcript: 7"):
        prepared.jobs()
    prepared.text.write_text("".join(f"{utt.id}\n" for utt in read_data_dir(prepared.data)))
    (job,) = prepared.jobs()
    assert job.texts == {utt.id: "" for utt in job.utterances}
    prepared = replace(prepared, text=None)
    with pytest.raises(SentemoError, match="has a text_encoder, which reads transcripts"):
        prepared.guarded_directory()


def test_other_transcripts_are_another_experiment_wherever_they_lie(prepared, tmp_path):
    prepared.config.write_text(prepared.config.read_text() + "text_encoder: rnn\n")
    prepared = replace(prepared, text=tmp_path / "text")
    prepared.text.write_text("a-happy so\n")
    start_and_finish(prepared)
    moved = prepared.text.rename(tmp_path / "moved")
    prepared = replace(prepared, text=moved)
    assert prepared.is_done("train")
    prepared.text.write_text("a-happy no\n")
    assert not prepared.is_done("train")


def test_other_channels_are_other_features(small_data_dir, make_audio, capsys):
    audio = make_audio(small_data_dir.parent / "call.wav", channels=2)
    (utt, *_) = read_data_dir(small_data_dir)
    dest = str(small_data_dir.parent / "dump")
    for channel in (0, 1):
        side = replace(utt, audio=audio, channel=channel)
        write_data_dir(small_data_dir, ParsedCorpus([side]))
        extract_features(["--data", str(small_data_dir), "--dest", dest])
        assert "up to date" not in capsys.readouterr().out
    extract_features(["--data", str(small_data_dir), "--dest", dest])
    assert "up to date" in capsys.readouterr().out


def test_folds_that_cannot_be_are_not_written(small_data_dir, tmp_path):
    sides = dict(zip("abcd", ("train", "train", "valid", "valid"), strict=True))
    utterances = [replace(u, split=sides[u.speaker]) for u in read_data_dir(small_data_dir)]
    write_data_dir(small_data_dir, ParsedCorpus(utterances))
    with pytest.raises(SentemoError, match="no utterance is test"):
        make_folds(["--data", str(small_data_dir), "--dest", str(tmp_path / "folds.tsv")])
    assert not (tmp_path / "folds.tsv").exists()
