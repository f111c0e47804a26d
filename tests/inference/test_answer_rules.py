"""Answers that know their limits: "unknown", sets of classes and calibrated probabilities."""

import json
from dataclasses import replace
from zipfile import ZipFile

import numpy as np
import pytest
import soundfile
from small_experiments import LABELS

from sentemo.bin.predict import main
from sentemo.core.errors import SentemoError
from sentemo.inference import SpeechEmotion
from sentemo.inference.answer_rules import AnswerRules
from sentemo.inference.description import DESCRIPTION, Description
from sentemo.inference.serving.answers import answers
from sentemo.scoring.answer_limits import COVERAGES, RISKS, AnswerLimits
from sentemo.scoring.temperature import tempered

SHARES = {"happy": 0.5, "neutral": 0.3, "sad": 0.2}
# At a risk of 10 % the model must be surer than any answer of two classes that learnt noise.
LIMITS = AnswerLimits(
    temperature=2.0,
    utterances=100,
    unknown=tuple(None if risk < 5 else 1.0 if risk < 20 else 0.0 for risk in RISKS),
    sets=tuple(0.9 if coverage < 80 else 0.0 for coverage in COVERAGES),
)
DESCRIBED = Description("tiny", tuple(SHARES), None, "fbank80", 0.04, 0.1, 1, limits=LIMITS)


@pytest.fixture
def limited(packed, tmp_path):
    """The packed model with limits, in a folder."""
    folder = tmp_path / "limited"
    with ZipFile(packed) as archive:
        archive.extractall(folder)
    described = Description.read(folder / DESCRIPTION)
    replace(described, limits=LIMITS).write(folder / DESCRIPTION)
    return folder


def test_who_is_not_sure_enough_says_so():
    assert AnswerRules().label_of(SHARES) == "happy"
    assert AnswerRules(least_confidence=0.5).label_of(SHARES) == "happy"
    assert AnswerRules(least_confidence=0.51).label_of(SHARES) == "unknown"
    assert AnswerRules(least_confidence=0.51).label_of({}) is None


def test_a_set_begins_with_the_most_probable_class():
    shares = {"happy": 0.3, "neutral": 0.5, "sad": 0.2}
    found = AnswerRules(least_probability=0.25, coverage=0.9).set_of(shares)
    assert (found.labels, found.coverage) == (("neutral", "happy"), 0.9)
    assert AnswerRules().set_of(shares) is None


def test_a_model_without_thresholds_says_what_to_do():
    with pytest.raises(SentemoError, match=r"tiny: has no thresholds.*stages score and pack"):
        AnswerRules.of(replace(DESCRIBED, limits=None), abstain=0.1)
    assert AnswerRules.of(replace(DESCRIBED, limits=None)) == AnswerRules()


def test_a_risk_that_validation_never_kept_to_is_an_error():
    with pytest.raises(SentemoError, match=r"tiny: a risk of 1 %.*lowest risk is 5 %"):
        AnswerRules.of(DESCRIBED, abstain=0.01)


@pytest.mark.parametrize("backend", ["onnx", "torch"])
def test_every_backend_is_calibrated_abstains_and_names_sets(packed, limited, recording, backend):
    path = recording()
    plain = SpeechEmotion.from_pretrained(packed, backend=backend)(path)
    model = SpeechEmotion.from_pretrained(limited, backend=backend, abstain=0.1, coverage=0.9)
    found = model(path)
    assert plain.label in LABELS
    assert found.label == "unknown"
    expected = tempered([*plain.probabilities.values()], 2.0)
    np.testing.assert_allclose([*found.probabilities.values()], expected, atol=1e-6)
    assert sorted(found.class_set.labels) == sorted(LABELS)
    assert found.as_json()["set"]["coverage"] == 0.9
    assert "set" not in plain.as_json()


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as end:
        main([*map(str, arguments)])
    found = capsys.readouterr()
    return end.value.code, found.out.splitlines(), found.err


def test_the_command_says_unknown_in_json_and_in_the_table(limited, recording, capsys):
    path = recording()
    _, (line,), _ = run(capsys, limited, path, "--json", "--abstain", "0.1", "--coverage", "0.9")
    found = json.loads(line)
    assert found["label"] == "unknown"
    assert sorted(found["set"]["labels"]) == sorted(LABELS)
    _, (header, row), _ = run(capsys, limited, path, "--abstain", "0.1", "--coverage", "0.9")
    assert "one of, at 90 %" in header
    assert row.split()[1] == "unknown"
    _, (line,), _ = run(capsys, limited, path, "--json", "--abstain", "0.2")
    assert json.loads(line)["label"] in LABELS


def test_a_model_that_cannot_keep_to_the_risk_is_no_answer(limited, packed, recording, capsys):
    status, out, error = run(capsys, limited, recording(), "--abstain", "0.02")
    assert (status, out) == (2, [])
    assert "The lowest risk is 5 %" in error
    status, _, error = run(capsys, packed, recording(), "--abstain", "0.1")
    assert status == 2
    assert "stages score and pack" in error


@pytest.mark.parametrize("share", ["0", "0.6", "much"])
def test_a_share_that_is_none_is_refused(limited, recording, capsys, share):
    status, _, error = run(capsys, limited, recording(), "--abstain", share)
    assert status == 2
    assert "is no number from 0.01 to 0.5" in error


def test_the_page_abstains_too(limited, recording):
    model = SpeechEmotion.from_pretrained(limited, abstain=0.1, coverage=0.9)
    found = {key: value for one in answers(model, recording(), False) for key, value in one.items()}
    assert found["overall"][0]["label"] == "unknown"
    assert found["overall"][0]["set"]["coverage"] == 0.9


def test_an_answer_says_what_makes_it_doubtful(packed, recording, tmp_path, capsys):
    noise = np.random.default_rng(0).uniform(-0.4, 0.4, 16000)
    soundfile.write(tmp_path / "noise.wav", noise, 16000)
    _, lines, error = run(capsys, packed, tmp_path / "noise.wav", recording("dull.wav"), "--json")
    first, second = map(json.loads, lines)
    assert first["doubts"] == ["no speech: noise"]
    assert "doubts" not in second
    assert error == ""
