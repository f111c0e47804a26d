"""A whole Whisper as the recogniser of an experiment: transcripts, scores, words with attention."""

import json
import re

import pytest
import yaml
from tiny_whisper import write_whisper

from sentemo.bin import attention, decode, results, train
from sentemo.bin.extract_features import main as extract_features
from sentemo.bin.transcribe import main as transcribe
from sentemo.core.errors import SentemoError
from sentemo.data.fold_files import write_folds
from sentemo.data.kaldi import read_data_dir
from sentemo.data.preparation import ParsedCorpus, write_data_dir
from sentemo.data.splits import leave_one_speaker_out
from sentemo.data.tables import read_table
from sentemo.data.word_times import read_word_times
from sentemo.recognition import hearing

FROZEN = {
    "model_conf": {"freeze_encoder": True, "encoder_layer": 1},
    "decoder_conf": {"units": 4, "heads": 2, "head_size": 3},
    "batch_type": "folded",
    "batch_size": 4,
    "fold_length": [100000],
    "num_workers": 0,
    "max_epoch": 1,
    "optim": "adam",
    "keep_nbest_models": 1,
    "use_matplotlib": False,
    "num_att_plot": 0,
    "best_model_criterion": [["valid", "loss", "min"]],
}


@pytest.fixture
def given(tmp_path, small_data_dir, monkeypatch):
    """The options that name data, audio and a tiny Whisper."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(hearing, "UTTERANCES_PER_PART", 3)
    write_whisper(tmp_path / "whisper")
    data, dump = f"--data={small_data_dir}", f"--dump={tmp_path / 'dump'}"
    extract_features([data, f"--dest={tmp_path / 'dump'}", "--feature_type=raw"])
    return [data, dump, "--asr_model=whisper", "--dest=exp/transcripts_whisper", "--nj=1"]


def test_transcripts_are_scored_and_the_table_says_how_they_were_compared(
    given, tmp_path, capfd, folds_in_process
):
    transcribe([*given, "--asr_language=de"])
    said = capfd.readouterr().out
    assert "greedy Whisper, language de" in said
    assert "languages of the utterances: de 8" in said
    assert re.search(r"\d+ minutes of one core for an hour of speech", said)
    exp = tmp_path / "exp" / "transcripts_whisper"
    raw, plain = read_table(exp / "text_raw"), read_table(exp / "text")
    assert raw.keys() == plain.keys() == {u.id for u in read_data_dir(tmp_path / "my data/all")}
    times = read_word_times(exp / "words.ctm")
    for utt, words in times.items():
        assert [word.text for word in words] == raw[utt].split()
    scores = json.loads((exp / "scores.json").read_text())
    assert scores["decoding"] == "greedy Whisper, language de; small letters, no punctuation"
    assert scores["test"]["wer"]["units"] == 3 * 8  # "it is happy"
    results.main(["--work_dir=."])
    assert "greedy Whisper, language de; small letters" in (tmp_path / "RESULTS.md").read_text()
    capfd.readouterr()
    transcribe([*given, "--asr_language=de"])
    assert "up to date" in capfd.readouterr().out
    transcribe(given)
    assert "languages detected" in capfd.readouterr().out


def test_transcripts_without_a_reference_have_no_scores(
    given, tmp_path, small_data_dir, folds_in_process
):
    from dataclasses import replace

    untold = [replace(utt, text=None) for utt in read_data_dir(small_data_dir)]
    write_data_dir(small_data_dir, ParsedCorpus(untold))
    transcribe(given)
    assert len(read_table(tmp_path / "exp/transcripts_whisper/text")) == 8
    assert not (tmp_path / "exp/transcripts_whisper/scores.json").exists()


def test_what_was_heard_before_an_interruption_is_not_heard_again(
    given, tmp_path, folds_in_process
):
    transcribe(given)
    folder = tmp_path / "exp" / "heard_whisper"
    parts = sorted(folder.glob("*.json"))
    assert len(parts) > 2
    written = {part: part.stat().st_mtime_ns for part in parts}
    text = (tmp_path / "exp/transcripts_whisper/text").read_text()
    parts[0].unlink()
    (tmp_path / "exp/transcripts_whisper/text").unlink()
    transcribe(given)
    again = {part: part.stat().st_mtime_ns for part in folder.glob("*.json")}
    assert again.keys() == written.keys()
    assert [part for part in parts if again[part] != written[part]] == parts[:1]
    assert (tmp_path / "exp/transcripts_whisper/text").read_text() == text


def test_many_who_hear_write_what_one_does(given, tmp_path, in_parts):
    found = []
    for also, dest in (([], "one"), ([in_parts], "many/exp")):
        transcribe([*given, f"--dest={dest}/transcripts", *also])
        found.append((tmp_path / dest / "transcripts" / "text_raw").read_text())
    assert found[0] == found[1]


def test_the_test_side_of_a_fold_alone_is_heard(given, tmp_path, folds_in_process):
    write_folds(tmp_path / "folds.tsv", leave_one_speaker_out("abcd"), "Leave one speaker out")
    transcribe([*given, "--folds=folds.tsv", "--corpus=Mine"])
    scores = json.loads((tmp_path / "exp/transcripts_whisper/scores.json").read_text())
    assert (scores["set"], scores["counts"]["utterances"]) == ("test", 2)
    assert (scores["corpus"], scores["protocol"]) == ("Mine", "Leave one speaker out")


def test_audio_of_another_rate_and_a_bare_encoder_are_refused(given, tmp_path, small_data_dir):
    dump = f"--dest={tmp_path / 'dump40'}"
    extract_features([given[0], dump, "--feature_type=fbank40"])
    with pytest.raises(SentemoError, match="trained on raw features, these are fbank40"):
        transcribe([*given, f"--dump={tmp_path / 'dump40'}"])
    (tmp_path / "whisper" / "tokenizer.json").unlink()
    with pytest.raises(SentemoError, match=r"whole Whisper with its tokenizer\.json"):
        transcribe(given)


def test_attention_has_the_words_of_the_upstream_of_an_experiment(
    given, tmp_path, folds_in_process, capfd
):
    (tmp_path / "labels.txt").write_text("happy\nsad\n")
    (tmp_path / "frozen.yaml").write_text(yaml.safe_dump(FROZEN))
    write_folds(tmp_path / "folds.tsv", leave_one_speaker_out("abcd"), "Leave one speaker out")
    options = [*given[:2], "--upstream=whisper", "--config=frozen.yaml", "--labels=labels.txt"]
    options += ["--folds=folds.tsv", "--exp=exp/ser", "--nj=1"]
    train.main(options)
    decode.main(options)
    attention.main([*options, "--pictures=0", "--asr_language=de"])
    folder = tmp_path / "exp" / "ser" / "attention"
    lines = [json.loads(line) for line in (folder / "words.jsonl").read_text().splitlines()]
    assert {tuple(w["word"] for w in line["words"]) for line in lines} == {
        ("it", "is", "happy"),
        ("it", "is", "sad"),
    }
    summary = json.loads((folder / "summary.json").read_text())
    assert "transcripts, aligned by whisper" in summary["text"]
    assert summary["cer"] > 0.3  # of random weights
    transcribe([*given, "--asr_language=de"])
    heard = set((tmp_path / "exp" / "heard_whisper").glob("*.json"))
    attention.main([*options, "--pictures=0", "--words=asr", "--asr_language=de"])
    assert set((tmp_path / "exp" / "heard_whisper").glob("*.json")) == heard  # of the transcripts
    raw = read_table(tmp_path / "exp/transcripts_whisper/text_raw")
    lines = [json.loads(line) for line in (folder / "words.jsonl").read_text().splitlines()]
    timed = [line for line in lines if line["words"]]
    assert timed
    for line in timed:
        assert [w["word"] for w in line["words"]] == raw[line["utterance"]].split()
    assert all(line["words"] or line["unaligned"] for line in lines)
