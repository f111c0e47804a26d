"""From a trained emotion model to what it attends to, word by word, command by command."""

import json

import kaldiio
import numpy as np
import pytest
import yaml
from small_recogniser import FROZEN
from small_training import PROBE

from sentemo.bin import attention, report, results, score
from sentemo.data.kaldi import read_data_dir
from sentemo.inference.timed_words import aligner_of
from sentemo.scoring.predictions import read_dimension_predictions

SCORE_OPTIONS = ("--data", "--labels", "--folds")


def test_every_test_utterance_has_its_attention_and_its_words_or_a_reason(
    trained, small_data_dir, tmp_path, capfd
):
    options = trained(FROZEN)
    attention.main([*options, "--pictures=1"])
    folder = tmp_path / "exp" / "ser" / "attention"
    lines = [json.loads(line) for line in (folder / "words.jsonl").read_text().splitlines()]
    assert [line["utterance"] for line in lines] == [u.id for u in read_data_dir(small_data_dir)]
    weights = dict(kaldiio.load_ark(str(folder / "attention.ark")))
    for line in lines:
        found = weights[line["utterance"]]
        assert found.shape[1] == 2
        assert np.allclose(found.sum(axis=0), 1, atol=1e-5)
        assert bool(line["words"]) != bool(line["unaligned"])
        for word in line["words"]:
            assert 0 <= word["start"] < word["end"] <= line["duration"] + 0.1
            assert word["attention"] == pytest.approx(np.mean(word["heads"]), abs=1e-3)
    summary = json.loads((folder / "summary.json").read_text())
    assert sum(summary["unaligned"].values()) == sum(not line["words"] for line in lines)
    assert "transcripts, aligned by asr" in summary["text"]
    assert summary["cer"] > 0.3  # the recogniser is hardly trained
    capfd.readouterr()
    attention.main([*options, "--pictures=1"])
    assert "up to date" in capfd.readouterr().out
    attention.main([*options, "--words=asr"])
    assert "what it hears" in json.loads((folder / "summary.json").read_text())["text"]


def test_many_who_align_words_time_them_as_one_does(trained, tmp_path, in_parts):
    options, found = trained(FROZEN), []
    for also in ([], [in_parts]):
        attention.main([*options, "--pictures=0", *also])
        found.append((tmp_path / "exp" / "ser" / "attention" / "words.jsonl").read_text())
        (tmp_path / "exp" / "ser" / "attention" / ".done.json").unlink()
    assert found[0] == found[1]
    assert '"start"' in found[0]


def test_times_of_the_corpus_go_before_an_alignment(trained, small_data_dir, tmp_path):
    options = trained(FROZEN)
    (small_data_dir / "words.ctm").write_text("a-happy 1 0.05 0.10 [LAUGHTER]\n")
    attention.main(options)
    folder = tmp_path / "exp" / "ser" / "attention"
    first, second, *_ = map(json.loads, (folder / "words.jsonl").read_text().splitlines())
    assert [(w["word"], w["start"], w["end"]) for w in first["words"]] == [
        ("[LAUGHTER]", 0.05, 0.15)
    ]
    assert second["unaligned"] == "no times of words"


def test_a_decoder_without_attention_has_nothing_to_show(trained, tmp_path, capfd):
    options = trained({**FROZEN, "decoder": "mlp_pooling", "decoder_conf": {"units": [3]}})
    attention.main(options)
    assert "does not attend" in capfd.readouterr().out
    assert not (tmp_path / "exp" / "ser" / "attention").exists()


def test_where_dimensions_alone_are_learnt_attention_is_of_the_folds_that_predict_them(
    trained, small_data_dir, tmp_path
):
    utterances = read_data_dir(small_data_dir)
    rated = "".join(f"{utt.id} {1 + n % 5} 4 {7 - n % 3}\n" for n, utt in enumerate(utterances))
    (small_data_dir / "utt2avd").write_text(rated)
    criterion = {"best_model_criterion": [["valid", "ccc", "max"]]}
    options = trained({**FROZEN, **criterion}, "--task=dimensional", "--scale=1,7")
    attention.main(options)
    lines = (tmp_path / "exp" / "ser" / "attention" / "words.jsonl").read_text().splitlines()
    predicted = read_dimension_predictions(tmp_path / "exp/ser/predictions/test_avd.tsv")
    folds = {found.utterance: found.fold for found in predicted}
    assert {found["utterance"]: found["fold"] for found in map(json.loads, lines)} == folds


@pytest.mark.parametrize(("token_type", "aligns"), [("char", True), ("bpe", False)])
def test_a_recogniser_of_word_pieces_is_no_default_to_align_words_with(
    prepared, tmp_path, token_type, aligns
):
    config = tmp_path / "librispeech" / "exp" / "asr" / "config.yaml"
    loaded = yaml.safe_load(config.read_text())
    config.write_text(yaml.safe_dump({**loaded, "token_type": token_type}))
    assert bool(aligner_of(None, str(config.parent))) == aligns


def test_a_probe_attends_to_nothing_and_its_results_say_which_layer_knows(trained, tmp_path, capfd):
    options = trained({**FROZEN, **PROBE})
    exp = tmp_path / "exp" / "ser"
    printed = capfd.readouterr().out
    assert "fold 1: layer " in printed and "epoch" not in printed
    attention.main(options)
    assert "does not attend to frames" in capfd.readouterr().out
    assert not (exp / "attention").exists()
    score.main([f"--exp={exp}", *(o for o in options if o.split("=")[0] in SCORE_OPTIONS)])
    assert "chosen by the validation sides of all folds; each" in capfd.readouterr().out
    results.main([f"--work_dir={tmp_path}"])
    text = (tmp_path / "RESULTS.md").read_text()
    assert "**Probes by layer: " in text
    assert "- epochs: none; one layer and penalty by the loss on the validation" in text
    report.main([f"--exp={exp}", options[0]])
    page = (exp / "report.html").read_text()
    assert "Layer and penalty were chosen" in page and '<section id="training"' not in page
