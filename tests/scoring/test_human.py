from pathlib import Path

from sentemo.data.kaldi import Utterance
from sentemo.scoring.human import human_accuracy

UTTERANCES = [
    Utterance("s-1", "s", Path("x.wav"), "happy"),
    Utterance("s-2", "s", Path("x.wav"), "happy"),
    Utterance("Unknown-3", "Unknown", Path("x.wav"), "sad"),
    Utterance("s-4", "s", Path("x.wav"), "sad"),  # nobody else listened to it
]


def test_wa_is_the_mean_over_utterances_and_ua_over_classes():
    agreement = {"s-1": 0.5, "s-2": 1.0, "Unknown-3": 0.25}
    # (0.5 + 1 + 0.25) / 3; the mean of happy (0.75) and sad (0.25)
    assert human_accuracy(UTTERANCES, agreement) == {"utterances": 3, "wa": 0.5833, "ua": 0.5}


def test_without_annotators_there_is_no_accuracy():
    assert human_accuracy(UTTERANCES, {}) is None
