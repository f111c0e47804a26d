"""The ASR commands one after the other, on four speakers' noise."""

import json

import pytest
import yaml

from sentemo.bin.decode_asr import main as decode_asr
from sentemo.bin.extract_features import main as extract_features
from sentemo.bin.score_asr import main as score_asr
from sentemo.bin.train_asr import main as train_asr
from sentemo.core.errors import SentemoError
from sentemo.data.fold_files import write_folds
from sentemo.data.splits import leave_one_speaker_out
from sentemo.data.tables import read_table, write_table

CONFIG = {
    "model": "ctc",
    "model_conf": {"ctc_weight": 1.0},
    "preencoder": "frame_stacking",
    "encoder": "blstm",
    "encoder_conf": {"num_layers": 1, "units": 4},
    "normalize": "utterance_mvn",
    "feature_type": "fbank40",
    "batch_type": "numel",
    "batch_bins": 8000,
    "num_workers": 0,
    "max_epoch": 1,
    "optim": "adam",
    "best_model_criterion": [["valid", "cer", "min"]],
    "keep_nbest_models": 1,
    "use_matplotlib": False,
    "num_att_plot": 0,
}


@pytest.fixture
def prepared(tmp_path, small_data_dir):
    """An experiment's directory, and the options that name it and its data.

    On the training side of its fold one transcript is too long for its utterance.
    """
    text = read_table(small_data_dir / "text")
    write_table(small_data_dir / "text", text | {"c-sad": "it is sad " * 20 + "indeed"})
    dump, folds, exp = (tmp_path / name for name in ("dump", "folds.tsv", "exp"))
    extract_features([f"--data={small_data_dir}", f"--dest={dump}", "--feature_type=fbank40"])
    write_folds(folds, leave_one_speaker_out("abcd"), "Leave one speaker out")
    return exp, [f"--data={small_data_dir}", f"--dump={dump}", f"--folds={folds}", f"--exp={exp}"]


def test_train_decode_and_score_tell_how_the_numbers_came_about(prepared, tmp_path, capfd):
    exp, options = prepared
    config = tmp_path / "train_asr_tiny.yaml"
    config.write_text(yaml.safe_dump(CONFIG))
    train_asr([f"--config={config}", *options, "--token_type=bpe", "--bpe_size=20"])
    said = capfd.readouterr().out
    assert f"1 of 4 training utterances left out as too short for the model: {exp}" in said
    score = ["--set=test", f"--exp={exp}"]
    for beam_size, name in ((1, "greedy CTC"), (3, "CTC, beam 3")):
        decode_asr([*options, f"--beam_size={beam_size}"])
        score_asr(score)
        scores = json.loads((exp / "scores.json").read_text())
        assert scores["decoding"] == name
        assert scores["title"] == "asr_tiny, bpe 20"
        assert scores["notes"] == ["1 of 4 training utterances left out as too short for the model"]
    capfd.readouterr()

    decode_asr([*options, "--beam_size=3"])
    assert "up to date" in capfd.readouterr().out
    train_asr([f"--config={config}", *options, "--token_type=bpe", "--bpe_size=20"])
    assert "training is finished" in capfd.readouterr().out
    with pytest.raises(SentemoError, match=r"other settings:\n\s+bpe_size: 20 → 21"):
        train_asr([f"--config={config}", *options, "--token_type=bpe", "--bpe_size=21"])


def test_a_width_that_is_none_is_refused_at_once(tmp_path, capsys):
    with pytest.raises(SystemExit):
        decode_asr(["--data=d", "--dump=d", "--folds=f", f"--exp={tmp_path}", "--beam_size=0"])
    assert "'0' is not a whole number from 1" in capsys.readouterr().err
