"""Kept copies of the states with SpecAugment, in place of an encoder that runs in every epoch."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
import yaml
from small_schedule import SCHEDULE

from sentemo.bin.extract_features import main as extract_features
from sentemo.core import checkpoint
from sentemo.core.errors import SentemoError
from sentemo.data.fold_files import write_folds
from sentemo.data.splits import leave_one_speaker_out
from sentemo.experiment.ser import SERExperiment
from sentemo.states.copies import specaug_copies
from sentemo.states.kept import KeptStates
from sentemo.study.options import StudyOptions
from sentemo.study.plan import TRAINED, Row, Study
from sentemo.study.stages import StudyStages

SPECAUG = {"specaug": "keyed_specaug", "specaug_conf": {"time_mask_width": 40}}


@pytest.fixture
def make_experiment(small_data_dir):
    """An experiment with SpecAugment upon the built-in upstream, with changes of its settings."""
    work = small_data_dir.parent
    dump = work / "dump" / "raw" / "all"
    extract_features(["--data", str(small_data_dir), "--dest", str(dump), "--feature_type", "raw"])
    (work / "labels.txt").write_text("happy\nsad\n")
    write_folds(work / "folds.tsv", leave_one_speaker_out("abcd"), "Leave one speaker out")

    def make(name, **changes):
        config = {
            **SCHEDULE,
            **SPECAUG,
            # Adam would make steps as large of gradients that half precision has rounded to noise.
            "optim": "sgd",
            "optim_conf": {"lr": 0.3},
            "decoder": "mlp_pooling",
            "decoder_conf": {"units": [4]},
            "model_conf": {"freeze_encoder": True, "encoder_layer": 2},
            **changes,
        }
        (work / f"{name}.yaml").write_text(yaml.safe_dump(config))
        return SERExperiment(
            directory=work / name,
            config=work / f"{name}.yaml",
            data=small_data_dir,
            dump=dump,
            folds=work / "folds.tsv",
            labels=work / "labels.txt",
            upstream="built-in",
            seed=0,
        )

    return make


def weights(experiment):
    """Train, and return the weights of the first fold's decoder."""
    experiment.train()
    return checkpoint.load_checkpoint(experiment.directory)["folds"][0]["decoder"]


def test_as_many_copies_as_epochs_teach_what_specaugment_in_every_epoch_teaches(make_experiment):
    """With seed 0, copy 1 has the draws of epoch 1, and so on."""
    epochs = 2
    every_epoch = weights(make_experiment("every_epoch", max_epoch=epochs))
    copies = make_experiment("copies", max_epoch=epochs, specaug_copies=epochs)
    for name, value in weights(copies).items():
        torch.testing.assert_close(value, every_epoch[name], atol=2e-3, rtol=2e-3)
    clean = weights(make_experiment("clean", max_epoch=epochs, specaug=None, specaug_conf={}))
    one = weights(make_experiment("one", max_epoch=epochs, specaug_copies=1))
    assert not torch.allclose(one["classifier.weight"], clean["classifier.weight"], atol=2e-3)
    assert not torch.equal(one["classifier.weight"], every_epoch["classifier.weight"])
    copies.decode()  # its test side is heard as it is


def test_copies_differ_and_other_experiments_read_the_same(make_experiment, capsys):
    experiment = make_experiment("two", specaug_copies=2)
    experiment.keep_states()
    plain, *copies = [KeptStates(of.directory) for of in experiment.states_requests()]
    utt = next(iter(experiment.jobs()[0].features.scp))
    states = [np.array(kept.states(utt, "2"), np.float32) for kept in (plain, *copies)]
    assert [of.shape for of in states] == [states[0].shape] * 3
    for a, b in ((0, 1), (0, 2), (1, 2)):
        assert np.abs(states[a] - states[b]).max() > 0.1
    capsys.readouterr()
    replace(make_experiment("more", specaug_copies=3), seed=5).keep_states()
    assert capsys.readouterr().out.count("up to date") == 3
    other = make_experiment("other", specaug_copies=1, specaug_conf={"prob": 0.5})
    assert other.states_requests()[1].directory != copies[0].directory


def test_a_copy_does_not_depend_on_the_order_of_the_encoding(make_experiment):
    requests = make_experiment("again", specaug_copies=2)
    requests.keep_states()
    second = requests.states_requests()[2].directory
    found = {file.name: file.read_bytes() for file in second.glob("*.npy")}
    shutil.rmtree(second)
    requests.keep_states()
    assert found == {file.name: file.read_bytes() for file in second.glob("*.npy")}


def test_copies_need_a_specaugment_whose_draws_are_keyed():
    with pytest.raises(SentemoError, match="needs specaug: keyed_specaug"):
        specaug_copies({"specaug": "specaug", "specaug_copies": 2})
    assert specaug_copies({"specaug": None, "specaug_copies": 2}) == []


def test_copies_are_refused_where_folds_read_no_states(make_experiment):
    experiment = make_experiment("trained", specaug_copies=2, model_conf={})
    with pytest.raises(SentemoError, match="specaug_copies needs states that are kept"):
        experiment.train()


def test_rows_of_a_study_that_read_other_layers_run_the_encoder_once(make_experiment, capsys):
    first = make_experiment("first", specaug_copies=1)
    rows = [
        Row("two", TRAINED, first.config, {"two": {}}),
        Row("three", TRAINED, first.config, {"three": {"model_conf": {"encoder_layer": 3}}}),
    ]
    options = StudyOptions(
        source=first.config,
        directory=first.directory.with_name("study"),
        data=first.data,
        original_data=first.data,
        dump=first.dump.parents[1],
        folds=first.folds,
        labels=first.labels,
        upstreams={"upstream": "built-in"},
    )
    StudyStages(Study("Two layers", rows), options).keep_states()
    printed = capsys.readouterr().out
    assert printed.count("keeping all layers pooled, layer 2, layer 3 of built-in") == 2
    assert printed.count(": keeping ") == 2
