"""Folds in one pass learn what each would learn alone, and nothing of the other sides."""

from dataclasses import replace

import kaldiio
import numpy as np
import pytest
import torch
import yaml
from espnet2.tasks.abs_task import scheduler_classes
from espnet2.torch_utils.set_all_random_seed import set_all_random_seed
from espnet2.train.distributed_utils import DistributedOption

from sentemo.core import checkpoint
from sentemo.core.best_epoch import ENCODER_FILE
from sentemo.core.errors import SentemoError
from sentemo.data.labels import balanced_weights
from sentemo.data.splits import side_of_fold
from sentemo.folds.joint import (
    _JointTraining,
    predict_folds_together,
    train_folds_together,
)
from sentemo.folds.joint_inputs import joint_arguments
from sentemo.folds.learner import FoldLearner
from sentemo.folds.run import why_separate
from sentemo.models.heads import BALANCED
from sentemo.models.ser import SpeechEmotionModel
from sentemo.states.kept import KeptStates
from sentemo.tasks.ser import SERTask

LAST = {"freeze_encoder": True}
WEIGHTED = {"freeze_encoder": True, "encoder_layer": "weighted"}
CONDITIONED = {
    **WEIGHTED,
    "class_weights": BALANCED,
    "label_smoothing": 0.1,
    "standardise_states": True,
}


def decoders(jobs):
    """Return the weights of every fold's decoder after the last epoch."""
    return [fold["decoder"] for fold in checkpoint.load_checkpoint(jobs[0].exp.parent)["folds"]]


def learnt_alone(job):
    """Train the fold's decoder by hand on its own utterances of each batch; return it."""
    exp = job.exp.parent
    set_all_random_seed(1)
    model, args = SERTask.build_model_from_file(str(exp / "config.yaml"))
    model.load_state_dict(checkpoint.load_weights(exp / ENCODER_FILE), strict=False)
    side = side_of_fold(job.utterances, job.fold, "train")
    train = {utt.id for utt in side}
    if args.model_conf.get("class_weights") == BALANCED:
        model.classifier.class_weights = balanced_weights(side, job.labels)
    if model.reader.norm is not None:
        found = KeptStates(job.states).statistics(sorted(train), model.kept_layers)
        model.reader.norm.set_statistics(*found)
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.Adam(parameters, lr=args.optim_conf["lr"])
    scheduler = args.scheduler and scheduler_classes[args.scheduler](
        optimizer, **args.scheduler_conf
    )
    batches = SERTask.build_iter_factory(args, DistributedOption(), mode="train")
    for epoch in range(1, args.max_epoch + 1):
        model.train()
        if model.specaug is not None:
            model.specaug.start_epoch(1, epoch)
        for names, batch in batches.build_iter(epoch):
            rows = [row for row, name in enumerate(names) if name in train]
            if not rows:
                continue
            own = {key: value[rows] for key, value in batch.items()}
            loss, _, _ = model(**own, utt_id=[names[row] for row in rows])
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, args.grad_clip)
            optimizer.step()
        if scheduler:
            scheduler.step()
    return model.decoder_state()


@pytest.mark.parametrize(
    "changes",
    [
        {"model_conf": LAST},
        {"model_conf": WEIGHTED},
        {"model_conf": CONDITIONED},
        {"decoder": "mlp_pooling", "decoder_conf": {"units": [6], "pooling": "max"}},
        {"decoder": "rnn_pooling", "decoder_conf": {"units": 4, "pooling": "last"}},
        {"scheduler": "cosineannealinglr", "scheduler_conf": {"T_max": 2}},
        {"task": "dimensional"},
        {"task": "both", "model_conf": {**LAST, "ccc_loss_weight": 0.5}},
    ],
    ids=["last", "weighted", "conditioned", "mlp", "rnn", "cosine", "dimensions", "both"],
)
def test_a_fold_learns_what_it_would_learn_alone(make_jobs, changes):
    jobs = make_jobs("joint", **changes)
    train_folds_together(jobs)
    together = decoders(jobs)
    for job, joint in zip(jobs, together, strict=True):
        for name, value in learnt_alone(job).items():
            torch.testing.assert_close(joint[name], value, atol=1e-5, rtol=1e-4)
    for name in together[0].keys() & {
        "classifier.weight",
        "regressor.weight",
        "reader.merge.logits",
    }:
        assert not torch.allclose(together[0][name], together[1][name], atol=1e-4)


@pytest.mark.parametrize("chosen", [(2, 1, 2), (2, 2, 2)])
def test_a_fold_learns_from_the_best_layer_as_from_the_same_layer_by_its_number(make_jobs, chosen):
    """Also where the folds read several layers together, and where all chose the same."""
    plain = {"specaug": None, "specaug_conf": {}}
    both = {"freeze_encoder": True, "standardise_states": True}
    make_jobs("weighted", **plain, model_conf=WEIGHTED)  # keeps all layers
    by_number = {}
    for layer in set(chosen):
        jobs = make_jobs(f"layer_{layer}", **plain, model_conf={**both, "encoder_layer": layer})
        train_folds_together(jobs)
        by_number[layer] = decoders(jobs), predict_folds_together(jobs)
    best = make_jobs("best", **plain, model_conf={**both, "encoder_layer": "best"})
    best = [replace(job, best_layer=layer) for job, layer in zip(best, chosen, strict=True)]
    train_folds_together(best)
    predicted = predict_folds_together(best)
    for fold, (layer, found) in enumerate(zip(chosen, decoders(best), strict=True)):
        weights, predictions = by_number[layer]
        for name, value in weights[fold].items():
            if not name.startswith("reader."):
                torch.testing.assert_close(found[name], value)
        shares = [[p.probabilities for p in of] for of in (predicted[fold], predictions[fold])]
        np.testing.assert_allclose(*shares, atol=1e-6)


def test_without_specaugment_the_encoder_does_not_run_in_training(make_jobs, monkeypatch):
    jobs = make_jobs("clean", specaug=None, specaug_conf={})
    encoded, encode = [], SpeechEmotionModel.encode_batch

    def count(self, speech, speech_lengths, utt_id=None):
        encoded.extend(range(len(speech)))
        return encode(self, speech, speech_lengths, utt_id)

    with monkeypatch.context() as patch:
        patch.setattr(SpeechEmotionModel, "encode_batch", count)
        train_folds_together(jobs)
    silence = 2  # batches of one, with which too short utterances are found
    assert len(encoded) <= silence
    for job, joint in zip(jobs, decoders(jobs), strict=True):
        for name, value in learnt_alone(job).items():  # upon states of full precision
            torch.testing.assert_close(joint[name], value, atol=2e-3, rtol=2e-3)


def test_no_utterance_of_the_other_sides_reaches_a_folds_gradient(make_jobs, features, tmp_path):
    clean = make_jobs("clean")
    train_folds_together(clean)
    fold = clean[0].fold
    held_out = {*fold.valid, *fold.test}
    matrices = {utt: kaldiio.load_mat(where).copy() for utt, where in features[0].scp.items()}
    for utt, matrix in matrices.items():
        if utt[0] in held_out:
            matrix[:] = -5 * matrix + 3
    scp = tmp_path / "poisoned.scp"
    kaldiio.save_ark(str(tmp_path / "poisoned.ark"), matrices, scp=str(scp))
    table = dict(line.split(" ", 1) for line in scp.read_text().splitlines())
    poisoned = make_jobs("poisoned", replace(features[0], scp=table))
    train_folds_together(poisoned)
    (mine, *others), (after, *others_after) = decoders(clean), decoders(poisoned)
    for name, value in mine.items():
        torch.testing.assert_close(after[name], value, atol=1e-6, rtol=1e-5)
    name = "classifier.weight"
    assert not torch.allclose(others[0][name], others_after[0][name], atol=1e-3)


def test_going_on_after_an_epoch_equals_training_without_a_break(make_jobs):
    whole = make_jobs("whole")
    trained = train_folds_together(whole)
    train_folds_together(make_jobs("broken", max_epoch=1))
    broken = make_jobs("broken")
    resumed = train_folds_together(broken)
    for one, other in zip(decoders(whole), decoders(broken), strict=True):
        assert all(torch.equal(one[name], other[name]) for name in one)
    assert [fold.valid for fold in resumed] == [fold.valid for fold in trained]


class Killed(BaseException):
    """An exception that no code expects."""


@pytest.mark.parametrize("moment", ["_train_epoch", "_save"])
def test_a_kill_at_a_bad_moment_changes_nothing(make_jobs, monkeypatch, moment):
    """In the third epoch, before and after its weights are saved; one fold has stopped by then."""
    settings = {"max_epoch": 4, "patience": 1, "keep_nbest_models": 1, "optim_conf": {"lr": 0.1}}
    whole = make_jobs("whole", **settings)
    trained = train_folds_together(whole)
    killed = make_jobs("killed", **settings)
    original, calls = getattr(_JointTraining, moment), []

    def kill(self, *args):
        calls.append(args)
        if len(calls) == 3:
            raise Killed
        return original(self, *args)

    with monkeypatch.context() as patch:
        patch.setattr(_JointTraining, moment, kill)
        with pytest.raises(Killed):
            train_folds_together(killed)
    again = train_folds_together(killed)
    assert [fold.valid for fold in again] == [fold.valid for fold in trained]
    assert predict_folds_together(killed) == predict_folds_together(whole)


def test_every_fold_has_the_class_weights_of_its_own_training_side(make_jobs, features):
    model = {"freeze_encoder": True, "class_weights": "balanced"}
    some = [u for u in features[1] if u.speaker != "b" or u.label == "sad" or u.id == "b-0"]
    jobs = [replace(job, utterances=some) for job in make_jobs("joint", model_conf=model)]
    args = joint_arguments(jobs)
    model = SERTask.build_model(args)
    kept = KeptStates(jobs[0].states)
    learners = [FoldLearner(model.with_own_decoder(), job, args, kept) for job in jobs]
    weights = [learner.model.classifier.class_weights for learner in learners]
    by_speaker = dict(
        zip((speaker for job in jobs for speaker in job.fold.train), weights, strict=True)
    )
    assert by_speaker["b"] == pytest.approx([2.0, 2 / 3])
    assert by_speaker["a"] == by_speaker["c"] == [1.0, 1.0]


def test_a_frozen_encoder_takes_no_learning_rate(make_jobs):
    with pytest.raises(SentemoError, match=r"encoder_lr.*no encoder to train"):
        train_folds_together(make_jobs("frozen", encoder_lr=0.001))


def test_a_folds_share_of_a_batch_is_as_large_as_configured(make_jobs):
    jobs = make_jobs("joint", max_epoch=1)
    train_folds_together(jobs)
    written = yaml.safe_load((jobs[0].exp.parent / "config.yaml").read_text())
    assert written["batch_size"] == 3 * 4  # each fold trains on one of three speakers


@pytest.mark.parametrize("model_conf", [LAST, WEIGHTED])
def test_every_fold_is_tested_with_its_own_best_epochs(make_jobs, model_conf):
    jobs = make_jobs("joint", keep_nbest_models=1, model_conf=model_conf)
    trained = train_folds_together(jobs)
    exp = jobs[0].exp.parent
    for job, fold, predictions in zip(jobs, trained, predict_folds_together(jobs), strict=True):
        assert {p.speaker for p in predictions} == set(job.fold.test)
        assert {p.speaker for p in fold.valid} == set(job.fold.valid)
        model, _ = SERTask.build_model_from_file(str(exp / "config.yaml"))
        best = checkpoint.load_weights(job.exp / f"{fold.best_epoch}epoch.pth")
        model.load_state_dict({**checkpoint.load_weights(exp / ENCODER_FILE), **best})
        for p in predictions:
            speech = torch.tensor(kaldiio.load_mat(job.features.scp[p.utterance]))
            outputs, _ = model.eval().predict(speech[None], torch.tensor([len(speech)]))
            np.testing.assert_allclose(
                outputs["label"].softmax(dim=1)[0].detach(), p.probabilities, atol=1e-5
            )


def test_the_frozen_encoder_is_kept_once(make_jobs):
    jobs = make_jobs("joint", max_epoch=1)
    train_folds_together(jobs)
    encoder = checkpoint.load_weights(jobs[0].exp.parent / ENCODER_FILE)
    assert any(name.startswith("encoder.") for name in encoder)
    for job in jobs:
        for file in job.exp.glob("*.pth"):
            parts = {name.split(".")[0] for name in checkpoint.load_weights(file)}
            assert parts == {"decoder", "classifier"}


def test_experiments_with_one_encoder_keep_one_copy_of_it(make_jobs):
    """A study of the paper's encoder would otherwise hold 340 MB for each of its runs."""
    first, second = make_jobs("first"), make_jobs("second", optim_conf={"lr": 0.02})
    for jobs in (first, second):
        train_folds_together(jobs)
    files = [jobs[0].exp.parent / ENCODER_FILE for jobs in (first, second)]
    assert files[0].samefile(files[1])
    train_folds_together(second)  # again: no further name of the copy stays behind
    assert not [*files[0].parent.glob(".*.link"), *files[1].parent.glob(".*.link")]
    assert len(predict_folds_together(second)) == len(second)


def test_epochs_may_be_chosen_by_the_loss_of_training(make_jobs):
    """Without a look at validation: as long as the loss falls, the last ones."""
    criterion = {"best_model_criterion": [["train", "loss", "min"]], "keep_nbest_models": 1}
    jobs = make_jobs("train_loss", **criterion, max_epoch=6, optim_conf={"lr": 0.01})
    trained = train_folds_together(jobs)
    folds = checkpoint.load_checkpoint(jobs[0].exp.parent)["folds"]
    for fold, state in zip(trained, folds, strict=True):
        losses = [metrics["train"]["loss"] for metrics in state["history"]]
        assert losses[-1] < losses[0]
        assert fold.best_epoch == 1 + losses.index(min(losses))
    predict_folds_together(jobs)


def test_a_fold_stops_by_itself_and_the_training_with_the_last(make_jobs):
    jobs = make_jobs("stops", patience=0, max_epoch=40, optim_conf={"lr": 0.3})
    trained = train_folds_together(jobs)
    assert all(fold.best_epoch == fold.epochs - 1 for fold in trained if fold.epochs < 40)
    assert min(fold.epochs for fold in trained) < 40


@pytest.mark.parametrize(
    ("changes", "folds", "reason"),
    [
        ({}, 10, None),
        ({}, 1, None),
        ({"specaug": "keyed_specaug"}, 1, "one fold"),
        ({"model_conf": {"freeze_encoder": False}}, 10, "encoder is trained"),
        ({"model_conf": {"freeze_encoder": True, "encoder_layer": "weighted"}}, 10, None),
        ({"accum_grad": 2}, 10, "accum_grad"),
        ({"use_amp": True}, 10, "use_amp"),
        ({"scheduler": "reducelronplateau"}, 10, "scheduler"),
        ({"scheduler": "cosineannealinglr"}, 10, None),
        ({"best_model_criterion": [["train", "loss", "min"]]}, 10, None),
        ({"freeze_param": ["decoder"]}, 10, "freeze_param"),
    ],
)
def test_what_cannot_be_one_pass_is_trained_fold_by_fold(changes, folds, reason, tmp_path):
    config = tmp_path / "config.yaml"
    config.write_text(yaml.safe_dump({"model_conf": {"freeze_encoder": True}, **changes}))
    found = why_separate(config, "exp/asr", folds)
    assert found is None if reason is None else reason in found
    assert why_separate(config, None, folds) is not None
