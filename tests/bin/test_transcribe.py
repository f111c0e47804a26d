"""From a tiny recogniser to an emotion model that reads what it heard, command by command."""

import re
import zipfile
from dataclasses import replace

import pytest
import yaml
from small_recogniser import SHARED

from sentemo.bin import decode, train
from sentemo.bin.transcribe import main as transcribe
from sentemo.core.errors import SentemoError
from sentemo.data.kaldi import read_data_dir
from sentemo.data.preparation import ParsedCorpus, write_data_dir
from sentemo.data.tables import read_table

WITH_TEXT = {
    **SHARED,
    "decoder_conf": {"units": 4, "heads": 2, "head_size": 3},
    "text_encoder": "rnn",
    "text_encoder_conf": {"embedding_size": 4, "units": 3},
    "batch_type": "folded",
    "batch_size": 4,
    "fold_length": [1000],
    "best_model_criterion": [["valid", "loss", "min"]],
}


def test_every_utterance_is_recognised_once_and_scored_where_it_can_be(
    prepared, small_data_dir, tmp_path, capfd
):
    untold = [
        replace(utt, text=None if utt.speaker == "a" else utt.text)
        for utt in read_data_dir(small_data_dir)
    ]
    write_data_dir(small_data_dir, ParsedCorpus(untold))
    transcribe(prepared)
    said = capfd.readouterr().out
    assert re.search(r"\d without a word", said)
    assert re.search(r"CER [\d.]+ %, WER [\d.]+ % on the 6 with a reference", said)
    lines = (tmp_path / "exp" / "transcripts_asr" / "text").read_text().splitlines()
    assert [line.split()[0] for line in lines] == [utt.id for utt in untold]
    transcribe(prepared)
    assert "up to date" in capfd.readouterr().out


def test_an_utterance_in_which_nothing_was_heard_keeps_its_line(
    prepared, tmp_path, monkeypatch, capfd
):
    heard = {"a-happy": "", "a-sad": " "}
    monkeypatch.setattr(
        "sentemo.recognition.transcription.Recogniser.transcribe",
        lambda self, utterances, *_: dict.fromkeys(utterances, " oh  no") | heard,
    )
    transcribe(prepared)
    assert "2 without a word" in capfd.readouterr().out
    lines = (tmp_path / "exp" / "transcripts_asr" / "text").read_text().splitlines()
    assert lines[:3] == ["a-happy", "a-sad", "b-happy oh no"]


def test_a_packed_recogniser_hears_the_same(prepared, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    transcribe(prepared)
    exp = tmp_path / "librispeech" / "exp" / "asr"
    meta = {
        "yaml_files": {"asr_train_config": "exp/asr/config.yaml"},
        "files": {"asr_model_file": "exp/asr/1epoch.pth"},
    }
    with zipfile.ZipFile(tmp_path / "packed.zip", "w") as archive:
        archive.writestr("meta.yaml", yaml.safe_dump(meta))
        for name in ("config.yaml", "1epoch.pth", "feats_stats.npz"):
            archive.write(exp / name, f"exp/asr/{name}")
    exp.rename(tmp_path / "gone")
    transcribe([*prepared[:2], "--asr_model=packed.zip", "--dest=exp/transcripts_packed"])
    texts = [tmp_path / "exp" / f"transcripts_{name}" / "text" for name in ("asr", "packed")]
    assert texts[0].read_text() == texts[1].read_text()


def test_what_another_recogniser_heard_is_made_anew(prepared, tmp_path, capfd):
    transcribe(prepared)
    config = tmp_path / "librispeech" / "exp" / "asr" / "config.yaml"
    config.write_text(config.read_text() + "# another\n")
    capfd.readouterr()
    transcribe(prepared)
    assert "up to date" not in capfd.readouterr().out


def test_a_recogniser_for_other_features_or_with_another_decoder_is_refused(prepared, tmp_path):
    config = tmp_path / "librispeech" / "exp" / "asr" / "config.yaml"
    loaded = yaml.safe_load(config.read_text())
    config.write_text(yaml.safe_dump({**loaded, "feature_type": "fbank80"}))
    with pytest.raises(SentemoError, match=r"trained on fbank80 features, these are fbank40"):
        transcribe(prepared)
    config.write_text(yaml.safe_dump({**loaded, "model": "espnet"}))
    with pytest.raises(SentemoError, match=r"model: espnet(.|\n)*--text FILE"):
        transcribe(prepared)
    assert not (tmp_path / "exp" / "transcripts_asr" / "text").exists()


def test_the_transcripts_train_an_emotion_model_fold_by_fold(
    prepared, small_data_dir, tmp_path, folds_in_process, capfd
):
    (tmp_path / "labels.txt").write_text("happy\nsad\n")
    (tmp_path / "text.yaml").write_text(yaml.safe_dump(WITH_TEXT))
    transcribe(prepared)
    folds, text = tmp_path / "folds.tsv", tmp_path / "exp" / "transcripts_asr" / "text"
    options = [*prepared[:2], "--config=text.yaml", "--labels=labels.txt", f"--folds={folds}"]
    options += ["--exp=exp/ser", "--nj=1"]
    with pytest.raises(SentemoError, match="text_encoder, which reads transcripts"):
        train.main(options)
    options.append(f"--text={text}")
    train.main(options)
    decode.main(options)
    predictions = (tmp_path / "exp" / "ser" / "predictions" / "test.tsv").read_text()
    assert len(predictions.splitlines()) == 9  # with its header
    assert (
        "transcripts: exp/transcripts_asr/text"
        in (tmp_path / "exp" / "ser" / "experiment.json").read_text()
    )
    text.write_text("".join(f"{utt} other words\n" for utt in read_table(small_data_dir / "text")))
    with pytest.raises(SentemoError, match=r"other settings:\n\s+text: "):
        train.main(options)
