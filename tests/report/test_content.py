"""What a report reads, and what it refuses."""

import json

import pytest
from scored_experiments import ATTENTION, OCCLUSION, add_attention, add_occlusion

from sentemo.core.errors import SentemoError
from sentemo.report.content import by_speaker, read_report_content


def test_an_utterance_has_its_answers_its_words_and_its_attention(experiment, data):
    exp = experiment(dimensions=True)
    add_attention(exp)
    found = read_report_content(exp, data)
    assert len(found.entries) == 60
    assert [utt.id for utt in found.utterances] == [entry["id"] for entry in found.entries]
    entry = next(entry for entry in found.entries if entry["id"] == "utt00000")
    assert entry["text"] == "all is well"
    assert entry["confidence"] == max(entry["probabilities"])
    assert entry["attention"] == ATTENTION
    by_hand = sum(abs(a - b) for a, b in zip(entry["target"], entry["estimate"], strict=True)) / 3
    assert entry["error"] == pytest.approx(by_hand)
    assert sum("attention" in entry for entry in found.entries) == 2


def test_attention_of_an_earlier_training_is_refused_and_counted(experiment, data):
    exp = experiment()
    strangers = [{"utterance": "gone", "fold": 1}, {"utterance": "utt00002", "fold": 1}]
    add_attention(exp, *strangers)
    with pytest.raises(SentemoError, match="no such prediction: 2") as error:
        read_report_content(exp, data)
    assert "line 3: gone of fold 1" in str(error.value)


def test_occlusion_is_that_of_its_utterance_and_not_of_an_earlier_training(experiment, data):
    exp = experiment()
    add_occlusion(exp)
    found = read_report_content(exp, data)
    assert [entry["occlusion"] for entry in found.entries if "occlusion" in entry] == [OCCLUSION]
    stranger = {"utterance": "utt00002", "fold": 1, **OCCLUSION}
    (exp / "occlusion" / "utterances.jsonl").write_text(json.dumps(stranger))
    with pytest.raises(SentemoError, match="The occlusion belongs to an earlier training"):
        read_report_content(exp, data)


def test_predictions_of_other_data_or_later_than_the_scores_are_refused(experiment, data):
    exp = experiment(dimensions=True)
    lines = (data / "wav.scp").read_text().splitlines(keepends=True)
    for name in ("wav.scp", "utt2spk", "text"):
        kept = [line for line in (data / name).open() if "utt00003" not in line]
        (data / name).write_text("".join(kept))
    assert len(lines) == 60
    with pytest.raises(SentemoError, match="utt00003"):
        read_report_content(exp, data)
    scores = json.loads((exp / "scores.json").read_text())
    scores["counts"]["utterances"] = 7
    (exp / "scores.json").write_text(json.dumps(scores))
    with pytest.raises(SentemoError, match="60 predictions, 7 in scores"):
        read_report_content(exp, data)


def test_what_is_not_scored_or_no_recogniser_of_emotion_is_refused(experiment, data):
    exp = experiment()
    scores = json.loads((exp / "scores.json").read_text())
    (exp / "scores.json").write_text(json.dumps({**scores, "kind": "study", "test": []}))
    with pytest.raises(SentemoError, match="kind study"):
        read_report_content(exp, data)
    (exp / "scores.json").unlink()
    with pytest.raises(SentemoError, match="score stage"):
        read_report_content(exp, data)


def test_a_speakers_error_is_the_mean_over_their_utterances_and_unknown_ones_have_none():
    entries = [
        {"speaker": "a", "target": (1, 2, 3), "estimate": (2, 2, 3)},
        {"speaker": "a", "target": (1, 2, 3), "estimate": (1, 2, 0)},
        {"speaker": "Unknown", "target": (1, 2, 3), "estimate": (9, 9, 9)},
    ]
    assert by_speaker(entries) == {
        "a": {"utterances": 2, "activation": 0.5, "valence": 0, "dominance": 1.5}
    }
