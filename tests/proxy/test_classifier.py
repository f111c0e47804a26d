import shutil
import sys
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers

from sentemo.core.errors import SentemoError
from sentemo.proxy.classifier import Classifier, ModelUnavailable

NAMES = ("negative", "neutral", "positive")
TEXTS = ["the day was good", "bad day", "the bad was the good day", "the", "good good good"]
UNNAMED = ("LABEL_0", "LABEL_1", "LABEL_2")


def test_the_probabilities_are_those_of_the_model(make_classifier):
    path = make_classifier()
    tokenizer = transformers.AutoTokenizer.from_pretrained(path)
    model = transformers.AutoModelForSequenceClassification.from_pretrained(path).eval()
    with torch.inference_mode():
        expected = [
            model(**tokenizer(text, return_tensors="pt")).logits.softmax(-1)[0].tolist()
            for text in TEXTS
        ]
    scores = Classifier(path).score(TEXTS)  # in one batch, with padding
    np.testing.assert_allclose([score[:3] for score in scores], expected, atol=1e-6)
    assert len({np.argmax(row) for row in expected}) > 1


@pytest.mark.parametrize("order", permutations(NAMES))
def test_the_order_of_the_classes_is_that_of_the_config(make_classifier, order):
    expected = Classifier(make_classifier()).score(TEXTS)
    shouted = [name.upper() for name in order]
    named = Classifier(make_classifier(shouted, classes=order, folder="named"))
    assert named.description["classes"] == list(order)
    np.testing.assert_allclose(named.score(TEXTS), expected, atol=1e-6)
    unnamed = Classifier(make_classifier(UNNAMED, classes=order, folder="unnamed"), order)
    np.testing.assert_allclose(unnamed.score(TEXTS), expected, atol=1e-6)


@pytest.mark.parametrize(
    ("names", "label_order", "message"),
    [
        (UNNAMED, None, "LABEL_0, LABEL_1, LABEL_2.*--label_order negative,neutral,positive"),
        (NAMES, NAMES[::-1], "positive,neutral,negative: but the config of .*leave the option out"),
        (("NEGATIVE", "POSITIVE"), None, "its classes are NEGATIVE, POSITIVE; give --model"),
        (("NEGATIVE", "POSITIVE"), NAMES, "its classes are NEGATIVE, POSITIVE; give --model"),
    ],
)
def test_classes_that_are_not_the_three_sentiments_are_refused(
    make_classifier, names, label_order, message
):
    with pytest.raises(SentemoError, match=message):
        Classifier(make_classifier(names), label_order)


@pytest.mark.parametrize(("family", "positions"), [("Bert", 16), ("Roberta", 18)])
def test_what_is_longer_than_the_model_reads_is_cut_and_said_to_be(
    make_classifier, family, positions
):
    words = ["the", "day", "was", "good"] * 9
    fits, longer, longest = (" ".join(words[:n]) for n in (14, 15, 36))
    classifier = Classifier(make_classifier(family=family, positions=positions))
    assert classifier.description["max_tokens"] == 16  # with [CLS] and [SEP]
    scores = classifier.score([longest, longer, fits])
    assert [score.truncated for score in scores] == [True, True, False]
    np.testing.assert_allclose(scores[0][:3], scores[2][:3], atol=1e-6)
    np.testing.assert_allclose(scores[1][:3], scores[2][:3], atol=1e-6)


def test_a_tokenizer_that_knows_a_smaller_limit_is_believed(make_classifier):
    path = make_classifier()
    tokenizer = transformers.AutoTokenizer.from_pretrained(path)
    tokenizer.model_max_length = 5
    tokenizer.save_pretrained(path)
    classifier = Classifier(path)
    assert [s.truncated for s in classifier.score(["the bad day was", "bad day"])] == [True, False]


def test_more_texts_than_a_batch_come_back_in_their_order(make_classifier):
    classifier = Classifier(make_classifier())
    scores = classifier.score(TEXTS * 30)
    np.testing.assert_allclose(scores, classifier.score(TEXTS) * 30, atol=1e-6)


def test_a_model_that_is_no_trained_classifier_is_refused(make_classifier):
    path = make_classifier()
    transformers.BertModel.from_pretrained(path).save_pretrained(path)
    config = transformers.AutoConfig.from_pretrained(path)
    assert config.num_labels == 3
    with pytest.raises(SentemoError, match=r"has no weights for classifier\.bias, classifier\.we"):
        Classifier(path)


def test_a_model_that_cannot_be_loaded_is_named(make_classifier, tmp_path, monkeypatch):
    with pytest.raises(ModelUnavailable, match=r"--model .*nowhere: cannot be loaded .*Give a dir"):
        Classifier(str(tmp_path / "nowhere"))
    path = make_classifier()
    weights = Path(path, "model.safetensors")
    weights.write_bytes(weights.read_bytes()[:300])
    with pytest.raises(ModelUnavailable, match="cannot be loaded"):
        Classifier(path)
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(ModelUnavailable, match=r'pip install "sentemo\[proxy\]"'):
        Classifier(path)


def test_the_very_weights_are_named(make_classifier, tmp_path, monkeypatch):
    path, commit = make_classifier(), "c0ffee" * 6
    before = Classifier(path).description["revision"]
    Path(path, "config.json").touch()
    assert Classifier(path).description["revision"] != before

    cached = tmp_path / "hub" / "models--someone--tiny"
    shutil.copytree(path, cached / "snapshots" / commit)
    (cached / "refs").mkdir()
    (cached / "refs" / "main").write_text(commit)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    assert Classifier("someone/tiny").description["revision"] == commit


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("half", [False, True])
def test_the_gpu_says_about_the_same(make_classifier, half):
    path = make_classifier()
    np.testing.assert_allclose(
        Classifier(path, ngpu=1, half=half).score(TEXTS), Classifier(path).score(TEXTS), atol=0.02
    )
