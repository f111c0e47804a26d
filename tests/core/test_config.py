"""Configurations: what --set changes in them, and what the changed one is called."""

import pytest
import yaml

from sentemo.core.config import changed, changed_config, changes_name, parse_changes
from sentemo.core.errors import SentemoError

BASE = {
    "decoder": "rnn_attention",
    "decoder_conf": {"units": 64, "heads": 8},
    "optim_conf": {"lr": 0.1},
}


def test_a_change_goes_deep_and_leaves_the_rest():
    found = changed(BASE, {"decoder_conf": {"heads": 2}, "max_epoch": 1})
    assert found == {**BASE, "decoder_conf": {"units": 64, "heads": 2}, "max_epoch": 1}
    assert BASE["decoder_conf"]["heads"] == 8


def test_a_part_of_another_class_loses_the_old_settings():
    found = changed(BASE, {"decoder": "mlp_pooling", "decoder_conf": {"pooling": "max"}})
    assert found["decoder_conf"] == {"pooling": "max"}
    assert changed({"specaug": "x", "specaug_conf": {"a": 1}}, {"specaug": None}) == {
        "specaug": None,
        "specaug_conf": {},
    }


def test_changes_on_the_command_line_are_typed():
    assert parse_changes(["max_epoch=3", "optim_conf.lr=0.001", "specaug=null"]) == {
        "max_epoch": 3,
        "optim_conf": {"lr": 0.001},
        "specaug": None,
    }
    assert parse_changes(["best_model_criterion=[[valid, ua, max]]"]) == {
        "best_model_criterion": [["valid", "ua", "max"]]
    }
    assert parse_changes([]) == {}


@pytest.mark.parametrize(
    "words", [["max_epoch"], ["=3"], ["optim_conf.=3"], ["a=1", "b"], ["a=1", "a.b=2"], ["a={b:"]]
)
def test_what_is_no_change_is_refused(words):
    with pytest.raises(SentemoError, match=r"--set: .* is not KEY=VALUE"):
        parse_changes(words)


@pytest.mark.parametrize(
    ("assignments", "name"),
    [
        (["max_epoch=3", "optim_conf.lr=0.1"], "max_epoch=3_optim_conf.lr=0.1"),
        (["a=[1, 2]", "b=/c"], "a=[1,_2]_b=_c"),
    ],
)
def test_a_change_names_a_file(assignments, name):
    assert changes_name(assignments) == name


def test_many_changes_have_a_name_that_fits_and_is_theirs_alone():
    changes = [f"decoder_conf.some_key_{n}=0.001" for n in range(40)]
    name, other = changes_name(changes), changes_name([*changes, "max_epoch=3"])
    assert name != other and len(name) == len(other) == 100


def test_the_changed_configuration_lies_in_the_experiment(tmp_path):
    config, exp = tmp_path / "train_ser_x.yaml", tmp_path / "exp"
    config.write_text(yaml.safe_dump(BASE))
    assert changed_config(config, [], exp) == config
    assert not exp.exists()
    found = changed_config(config, ["decoder_conf.units=8"], exp)
    assert found == exp / "configs" / "train_ser_x_decoder_conf.units=8.yaml"
    assert yaml.safe_load(found.read_text()) == changed(BASE, {"decoder_conf": {"units": 8}})
