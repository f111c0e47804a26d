import dataclasses
import json
from pathlib import Path

import pytest

from sentemo.core.errors import SentemoError
from sentemo.core.provenance import provenance
from sentemo.data.kaldi import Utterance
from sentemo.data.splits import Fold
from sentemo.scoring.check import check_predictions
from sentemo.scoring.classes import score_predictions
from sentemo.scoring.predictions import Prediction
from sentemo.scoring.schemas.experiment import DESCRIBED
from sentemo.scoring.scores_file import write_scores
from sentemo.scoring.speech import score_transcripts
from sentemo.scoring.transcripts import Transcripts

LABELS = ["happy", "sad"]
FOLDS = [Fold(1, ("c",), ("b",), ("a",)), Fold(2, ("a",), ("c",), ("b",))]
UTT2SPK = {f"{s}-{n}": s for s in "abc" for n in (1, 2)}
UTT2LABEL = {utt: LABELS[int(utt[-1]) - 1] for utt in UTT2SPK}
UTTERANCES = [Utterance(u, s, Path("none.wav"), UTT2LABEL[u]) for u, s in UTT2SPK.items()]


def predict(utterance, fold, predicted=None):
    label = UTT2LABEL[utterance]
    predicted = predicted or label
    probabilities = (0.75, 0.25) if predicted == "happy" else (0.25, 0.75)
    return Prediction(utterance, fold, UTT2SPK[utterance], label, predicted, probabilities)


def side(speakers):
    return [predict(f"{s}-{n}", fold) for fold, s in enumerate(speakers, 1) for n in (1, 2)]


TEST, VALID = side("ab"), side("bc")


def check(predictions, which="test"):
    check_predictions(
        "test.tsv",
        which,
        predictions,
        labels=LABELS,
        utterances=UTTERANCES,
        folds=FOLDS,
    )


def changed(**changes):
    return [dataclasses.replace(TEST[0], **changes), *TEST[1:]]


def test_predictions_that_agree_pass():
    check(TEST)
    check(VALID, "valid")


@pytest.mark.parametrize(
    ("predictions", "message"),
    [
        (TEST[1:], "missing prediction: 1\n    a-1: fold 1"),
        (changed(utterance="x-1"), "unknown utterance: 1\n    x-1"),
        (changed(label="sad"), "other label: 1\n    a-1: sad here, happy in utt2label"),
        (changed(speaker="b"), "other speaker: 1\n    a-1: b here, a in utt2spk"),
        (changed(predicted="angry"), "unknown label: 1\n    a-1: angry"),
        (changed(probabilities=(0.75, 0.3)), "not probabilities: 1\n    a-1: they sum to 1.05"),
        (changed(probabilities=(1.5, -0.5)), "not probabilities: 1\n    a-1: .* least is -0.5"),
        (changed(predicted="sad"), "not the most probable: 1\n    a-1: sad has 0.25"),
        (changed(fold=2), r"not on the test side: 1\n    a-1: fold 2 does not have it \(speaker a"),
        ([*TEST, predict("a-1", 2)], "not on the test side: 1\n    a-1: fold 2"),
        (VALID, "not on the test side: 4"),
    ],
)
def test_each_disagreement_names_the_utterance(predictions, message):
    with pytest.raises(SentemoError, match=message):
        check(predictions)


def test_test_predictions_are_not_taken_for_validation():
    with pytest.raises(SentemoError, match="not on the valid side: 4"):
        check(TEST, "valid")


def test_scores_pool_all_folds_and_show_each():
    test = [predict("a-1", 1), predict("a-2", 1), predict("b-1", 2), predict("b-2", 2, "happy")]
    scores = score_predictions(LABELS, VALID, test)
    assert scores["counts"] == {
        "utterances": 4,
        "speakers": 2,
        "folds": 2,
        "classes": {"happy": 2, "sad": 2},
    }
    assert scores["test"]["confusion"] == [[2, 0], [1, 1]]
    assert scores["test"]["recall"] == {"happy": 1.0, "sad": 0.5}
    wa = scores["test"]["wa"]
    assert wa["pooled"] == wa["fold_mean"] == 0.75
    assert wa["fold_sd"] == pytest.approx(0.125**0.5)
    assert wa["ci95"][0] <= 0.75 <= wa["ci95"][1]
    assert scores["valid"] == {"wa": 1.0, "ua": 1.0, "macro_f1": 1.0}


def test_each_speaker_is_scored_over_the_classes_that_it_has():
    wrong = predict("b-1", 2, "sad")
    speakers = score_predictions(LABELS, VALID, [*side("a"), wrong])["speakers"]
    assert speakers["a"] == {"utterances": 2, "wa": 1.0, "ua": 1.0}
    assert speakers["b"] == {"utterances": 1, "wa": 0.0, "ua": 0.0}


def test_an_absent_class_has_no_recall_and_one_fold_no_deviation():
    test = [predict("a-1", 1)]
    scores = score_predictions(LABELS, test, test)["test"]
    assert scores["recall"] == {"happy": 1.0, "sad": None}
    assert scores["ua"]["fold_sd"] is None


def test_transcripts_are_scored_over_the_set():
    references, hypotheses = {"a": "SO IT IS", "b": "NO"}, {"b": "", "a": "SO IT"}
    scores = score_transcripts(Transcripts(references, hypotheses, "greedy CTC", 0.5))
    assert scores["test"]["cer"] == {"pooled": 0.5, "errors": 5, "units": 10}
    assert scores["test"]["wer"] == {"pooled": 0.5, "errors": 2, "units": 4}
    assert scores["counts"] == {"utterances": 2, "hours": 0.5}


def test_empty_references_have_no_rate():
    with pytest.raises(SentemoError, match="all 1 references are empty"):
        score_transcripts(Transcripts({"a": ""}, {"a": "NO"}, "greedy CTC", 0.5))


def test_what_the_training_recorded_goes_before_the_code_that_scores(tmp_path):
    experiment = {**dict.fromkeys(DESCRIBED, "as recorded"), "notes": []}
    (tmp_path / "experiment.json").write_text(json.dumps({**experiment, "commit": "c0ffee"}))
    write_scores(tmp_path, "ser", {"counts": {}})
    scores = json.loads((tmp_path / "scores.json").read_text())
    assert scores["commit"] == "c0ffee"
    assert scores["versions"] == provenance()["versions"]
    assert scores["experiment"] == tmp_path.name
    assert scores["versions"].keys() == {"python", "sentemo", "torch", "espnet"}


def test_an_experiment_without_description_is_not_scored(tmp_path):
    with pytest.raises(SentemoError, match="train stage"):
        write_scores(tmp_path, "ser", {})
    (tmp_path / "experiment.json").write_text('{"corpus": "emodb"}')
    with pytest.raises(SentemoError, match="no title, protocol"):
        write_scores(tmp_path, "ser", {})
    assert not (tmp_path / "scores.json").exists()
