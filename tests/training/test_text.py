"""A fold of an emotion model that reads transcripts too."""

from dataclasses import replace

import pytest
import torch
import yaml

from sentemo.core import checkpoint
from sentemo.core.errors import SentemoError
from sentemo.data.splits import side_of_fold
from sentemo.folds.run import why_separate
from sentemo.folds.separate import predict_side, train_on_fold
from sentemo.tasks.preprocessor import Preprocessor
from sentemo.tasks.ser import SERTask

TEXT = {
    "text_encoder": "rnn",
    "text_encoder_conf": {"embedding_size": 8, "units": 4},
    "specaug": None,
    "specaug_conf": {},
}


@pytest.fixture
def make_spoken(make_job):
    """A job whose speakers say how they feel."""

    def make(name, texts=None, **changes):
        job = make_job(name, **{**TEXT, **changes})
        said = {utt.id: f"I am {utt.label} {utt.speaker}" for utt in job.utterances}
        return replace(job, texts={**said, **(texts or {})})

    return make


def vocabulary(job):
    return yaml.safe_load((job.exp / "config.yaml").read_text())["token_list"]


def test_the_vocabulary_is_that_of_the_training_side_alone(make_spoken):
    sides = {"a-0": "tested no", "b-0": "validated", "c-1": "no 1 null so so so so so so so"}
    job = make_spoken("words", sides, max_epoch=1)
    assert (job.fold.test, job.fold.valid) == (("a",), ("b",))
    train_on_fold(job)
    # YAML knows "no", "1" and "null" as other things than words.
    words = ["so", "I", "am", "c", "happy", "sad", "1", "no", "null"]
    assert vocabulary(job) == ["<unk>", *words]


def test_words_are_learnt_and_an_empty_transcript_is_predicted(make_spoken):
    job = make_spoken("learnt", {"a-1": "", "b-1": "", "c-1": ""}, max_epoch=15)
    train_on_fold(job)
    right = [p.label == p.predicted for p in predict_side(job, "test") if p.utterance != "a-1"]
    assert len(right) == 5
    opposite = {"happy": "sad", "sad": "happy"}
    swapped = {utt.id: f"I am {opposite[utt.label]} a" for utt in job.utterances}
    honest, lying = (
        {p.utterance: p.probabilities for p in predict_side(replace(job, texts=texts), "test")}
        for texts in (job.texts, {**swapped, "a-1": ""})
    )
    for utt in side_of_fold(job.utterances, job.fold, "test"):
        number = job.labels.index(utt.label)
        before, after = (found[utt.id][number] for found in (honest, lying))
        assert after == before if utt.id == "a-1" else after < before


def test_a_training_with_words_resumes_as_if_it_had_not_been_broken_off(make_spoken):
    whole = make_spoken("whole", max_epoch=3)
    train_on_fold(whole)
    train_on_fold(make_spoken("broken", max_epoch=1))
    broken = make_spoken("broken", max_epoch=3)
    train_on_fold(broken)
    ours, theirs = (
        checkpoint.load_weights(checkpoint.epoch_file(job.exp, 3)) for job in (broken, whole)
    )
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


def test_a_model_that_reads_is_trained_fold_by_fold(make_job):
    frozen = {"model_conf": {"freeze_encoder": True}}
    reading = make_job("reading", **TEXT, **frozen)
    assert why_separate(reading.config, "asr", 2) == "there is a text encoder"
    assert why_separate(make_job("deaf", **frozen).config, "asr", 2) is None


def test_without_a_text_encoder_there_are_no_words(make_job):
    job = make_job("none", max_epoch=1)
    train_on_fold(job)
    assert vocabulary(job) is None
    model, args = SERTask.build_model_from_file(str(job.exp / "config.yaml"))
    assert model.text_encoder is None
    assert SERTask.build_preprocess_fn(args, train=True) is None
    for old in ("text_encoder", "text_encoder_conf", "token_list"):  # before there was a choice
        delattr(args, old)
    assert SERTask.build_model(args).state_dict().keys() == model.state_dict().keys()


def test_the_preprocessor_turns_words_into_numbers(make_spoken):
    job = make_spoken("numbers", max_epoch=1)
    train_on_fold(job)
    _, args = SERTask.build_model_from_file(str(job.exp / "config.yaml"))
    prepare = SERTask.build_preprocess_fn(args, train=False)
    assert type(prepare) is Preprocessor
    heard, silent = (prepare("u", {"text": text})["text"] for text in ("never happy", ""))
    assert heard.tolist() == [0, vocabulary(job).index("happy")]
    assert silent.tolist() == []


def test_an_unknown_key_is_named(make_spoken):
    job = make_spoken("misspelt", text_encoder_conf={"unit": 3})
    with pytest.raises(SentemoError, match=r"text_encoder_conf\.unit: did you mean units"):
        train_on_fold(job)
