"""SA2SR's commands one after the other, on the look-alike of LibriSpeech."""

import json
from pathlib import Path

import pytest
import yaml
from tiny_classifier import WORDS

from sentemo.bin.decode_asr import main as decode_asr
from sentemo.bin.extract_features import main as extract_features
from sentemo.bin.make_mini_corpus import main as make_mini_corpus
from sentemo.bin.prepare_corpus import main as prepare_corpus
from sentemo.bin.results import main as results
from sentemo.bin.score_asr import main as score_asr
from sentemo.bin.text_sentiment import main as text_sentiment
from sentemo.bin.train_asr import main as train_asr
from sentemo.core.errors import SentemoError

ROOT = Path(__file__).parents[2]
FOLDS = ROOT / "egs" / "librispeech" / "folds" / "official.tsv"


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """A working directory with data, features and proxy labels."""
    work = tmp_path_factory.mktemp("my work")
    make_mini_corpus(["--corpus=librispeech", f"--dest={work / 'corpus'}"])
    data = work / "data" / "all"
    options = [f"--corpus_dir={work / 'corpus'}", f"--dest={data}", "--allow_partial=true"]
    prepare_corpus(["librispeech", *options])
    extract_features([f"--data={data}", f"--dest={work / 'dump'}", "--feature_type=fbank80"])
    text_sentiment(
        [f"--text={data / 'text'}", f"--dest={work / 'exp' / 'sentiment'}", "--backend=vader"]
    )
    return work


def options(work):
    return [
        f"--data={work / 'data' / 'all'}",
        f"--dump={work / 'dump'}",
        f"--folds={FOLDS}",
        f"--exp={work / 'exp' / 'sa2sr'}",
    ]


def test_a_training_ends_with_error_rates_auc_and_m_of_the_test_side(work, capfd):
    config = work / "train_sa2sr_tiny.yaml"
    loaded = yaml.safe_load((ROOT / "conf" / "mini" / "train_sa2sr.yaml").read_text())
    config.write_text(yaml.safe_dump(loaded | {"max_epoch": 2}))
    train_asr([f"--config={config}", *options(work), f"--sentiment={work / 'exp' / 'sentiment'}"])
    decode_asr(options(work))
    exp = work / "exp" / "sa2sr"
    score_asr([f"--exp={exp}", "--set=test"])
    assert "AUC" in capfd.readouterr().out

    scores = json.loads((exp / "scores.json").read_text())
    found = scores["proxy_sentiment"]
    assert sum(found["counts"].values()) == scores["counts"]["utterances"] == 16
    assert found["cer_minus_auc"] == scores["test"]["cer"]["pooled"] - found["auc"]
    assert sum(map(sum, found["confusion"])) == 16
    assert "proxy sentiment by VADER, hard targets" in scores["notes"]
    assert any("would balance them" in note for note in scores["notes"])
    assert scores["epochs"].endswith("best epochs by valid cer_minus_auc (min)")
    results([f"--work_dir={work}"])
    assert "VADER, hard targets" in (work / "RESULTS.md").read_text()


def test_an_rnnt_learns_what_a_classifier_tells(work, tmp_path, make_classifier):
    labels = tmp_path / "labels"
    text = work / "data" / "all" / "text"
    spoken = sorted(set(text.read_text().lower().split()))
    model = make_classifier(folder="a model", words=(*WORDS, *spoken))
    model_options = ["--backend=transformers", f"--model={model}"]
    text_sentiment([f"--text={text}", f"--dest={labels}", *model_options])
    rnnt = yaml.safe_load((ROOT / "conf" / "mini" / "train_asr_rnnt.yaml").read_text())
    rnnt |= {"model": "sa2sr_transducer", "max_epoch": 1}
    rnnt["model_conf"] = {"sentiment_head": {"units": 4}}
    rnnt["best_model_criterion"] = [["valid", "cer_minus_auc", "min"]]
    rnnt["early_stopping_criterion"] = ["valid", "cer_minus_auc", "min"]
    config = tmp_path / "train_sa2sr_rnnt.yaml"
    config.write_text(yaml.safe_dump(rnnt))
    exp = tmp_path / "sa2sr_rnnt"
    arguments = [*options(work)[:-1], f"--exp={exp}"]
    train_asr([f"--config={config}", *arguments, f"--sentiment={labels}"])
    decode_asr(arguments)
    score_asr([f"--exp={exp}", "--set=test"])
    scores = json.loads((exp / "scores.json").read_text())
    assert scores["decoding"] == "greedy RNN-T"
    assert sum(map(sum, scores["proxy_sentiment"]["confusion"])) == 16
    assert f"proxy sentiment by {model}, hard targets" in scores["notes"]


def test_many_who_label_and_recognise_say_what_one_says(work, tmp_path, make_classifier, in_parts):
    text, exp = work / "data" / "all" / "text", work / "exp" / "sa2sr"
    model = ["--backend=transformers", f"--model={make_classifier(words=(*WORDS, 'i', 'you'))}"]
    labels = {name: [f"--text={text}", f"--dest={tmp_path / name}", *model] for name in "ab"}
    text_sentiment(labels["a"])
    text_sentiment([*labels["b"], in_parts])
    for name in ("utt2sentiment", "utt2sentiment_probs"):
        assert (tmp_path / "a" / name).read_text() == (tmp_path / "b" / name).read_text()

    answers = [exp / "decode_test" / "hyp.tsv", exp / "sentiment_test.tsv"]
    alone = [path.read_text() for path in answers]
    (exp / ".done.decode.json").unlink()
    decode_asr([*options(work), in_parts])
    assert [path.read_text() for path in answers] == alone
    assert sorted(path.name for path in exp.glob("decode.*.log")) == [
        f"decode.{number}.log" for number in (1, 2, 3)
    ]


def test_labels_belong_to_sa2sr_and_sa2sr_needs_them(work):
    labels = f"--sentiment={work / 'exp' / 'sentiment'}"
    for name, given in (("sa2sr", []), ("asr_ctc", [labels])):
        config = ROOT / "conf" / "mini" / f"train_{name}.yaml"
        with pytest.raises(SentemoError, match=r"proxy labels \(--sentiment\) belong to"):
            train_asr([f"--config={config}", *options(work), *given])


def test_a_file_of_labels_that_is_not_there_is_named(work):
    config = ROOT / "conf" / "mini" / "train_sa2sr.yaml"
    with pytest.raises(SentemoError, match="nowhere/utt2sentiment is missing"):
        train_asr([f"--config={config}", *options(work), f"--sentiment={work / 'nowhere'}"])
