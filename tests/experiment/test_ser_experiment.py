"""What train and decode say of their data."""

import argparse
from dataclasses import replace

import pytest

from sentemo.bin.extract_features import main as extract_features
from sentemo.bin.make_folds import main as make_folds
from sentemo.core.errors import SentemoError
from sentemo.data.fold_files import read_folds
from sentemo.data.kaldi import read_data_dir
from sentemo.data.preparation import ParsedCorpus, write_data_dir
from sentemo.experiment.ser import describe_data, fold_experiment, fold_jobs


@pytest.fixture
def prepared(small_data_dir):
    """A data directory with a partition that claims nothing, its features, and arguments."""
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
    return argparse.Namespace(
        data=small_data_dir,
        dump=work / "dump",
        labels=work / "labels.txt",
        folds=work / "folds.tsv",
        config=work / "config.yaml",
        exp=work / "exp",
        task="label",
        scale=None,
        asr_model=None,
        text=None,
        seed=1,
        fold_parallel=True,
        ngpu=0,
        num_nodes=1,
    )


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
    _, (job,) = fold_jobs(prepared)
    assert len(job.utterances) == 8
    write_data_dir(prepared.data, ParsedCorpus(job.utterances[1:], name="Mine"))
    with pytest.raises(SentemoError, match=r"made of other data(.|\n)*Run stage feats again"):
        fold_jobs(prepared)


def test_another_partition_is_another_experiment(prepared):
    before = fold_experiment(prepared)
    before.start(corpus="Mine")
    before.finish("train")
    assert fold_experiment(prepared).is_done("train", "experiment.json")
    table = prepared.data / "utt2split"
    table.write_text(table.read_text().replace("valid", "test"))
    assert not fold_experiment(prepared).is_done("train", "experiment.json")


def test_an_experiment_upon_an_asr_model_is_known_by_its_content_also_when_it_is_gone(
    prepared, tmp_path, capsys
):
    asr = tmp_path / "asr"
    asr.mkdir()
    (asr / "config.yaml").write_text("encoder: conformer\n")
    (asr / "valid.acc.ave.pth").write_bytes(b"weights")
    prepared.asr_model = str(asr)
    started = fold_experiment(prepared)
    started.start(corpus="Mine")
    started.finish("train")
    (asr / "config.yaml").write_text("encoder: conformer\nencoder_conf: {num_blocks: 3}\n")
    assert not fold_experiment(prepared).is_done("train", "experiment.json")
    (asr / "config.yaml").write_text("encoder: conformer\n")
    asr.rename(tmp_path / "moved")
    assert fold_experiment(prepared).is_done("train", "experiment.json")
    assert "not there any more" in capsys.readouterr().out
    prepared.exp = tmp_path / "another"
    with pytest.raises(SentemoError, match="no such file or folder"):
        fold_experiment(prepared)


def test_transcripts_and_a_text_encoder_want_one_another(prepared, tmp_path):
    prepared.text = tmp_path / "text"
    with pytest.raises(SentemoError, match=r"config.yaml has no text_encoder to read it"):
        fold_experiment(prepared)
    prepared.config.write_text(prepared.config.read_text() + "text_encoder: rnn\n")
    with pytest.raises(SentemoError, match=r"--text .*text: no such file"):
        fold_experiment(prepared)
    prepared.text.write_text("a-happy so\n")
    with pytest.raises(SentemoError, match="no transcript: 7"):
        fold_jobs(prepared)
    prepared.text.write_text("".join(f"{utt.id}\n" for utt in read_data_dir(prepared.data)))
    _, (job,) = fold_jobs(prepared)
    assert job.texts == {utt.id: "" for utt in job.utterances}
    prepared.text = None
    with pytest.raises(SentemoError, match="has a text_encoder, which reads transcripts"):
        fold_experiment(prepared)


def test_other_transcripts_are_another_experiment_wherever_they_lie(prepared, tmp_path):
    prepared.config.write_text(prepared.config.read_text() + "text_encoder: rnn\n")
    prepared.text = tmp_path / "text"
    prepared.text.write_text("a-happy so\n")
    started = fold_experiment(prepared)
    started.start(corpus="Mine")
    started.finish("train")
    prepared.text = prepared.text.rename(tmp_path / "moved")
    assert fold_experiment(prepared).is_done("train", "experiment.json")
    prepared.text.write_text("a-happy no\n")
    assert not fold_experiment(prepared).is_done("train", "experiment.json")


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
