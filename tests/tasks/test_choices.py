import argparse

import pytest
from espnet2.tasks import asr as espnets
from espnet2.train.preprocessor import AbsPreprocessor

from sentemo.modules.encoders.blstm import BLSTMEncoder
from sentemo.tasks import choices
from sentemo.tasks.asr import ASRTask
from sentemo.tasks.lazy import LazyChoices, LazyClasses


def test_every_class_of_espnets_asr_task_can_be_chosen_under_its_name():
    for ours, theirs in zip(
        ASRTask.class_choices_list, espnets.ASRTask.class_choices_list, strict=True
    ):
        assert (ours.name, ours.default, ours.optional) == (
            theirs.name,
            theirs.default,
            theirs.optional,
        )
        assert dict(ours.classes) == theirs.classes  # which have ours, too
        assert ours.choices() == theirs.choices()
        if ours.name != "preprocessor":
            assert ours.base_type is theirs.base_type


def test_both_preprocessors_are_what_espnet_asks_for():
    assert all(
        issubclass(c, AbsPreprocessor) for c in choices.preprocessor_choices.classes.values()
    )


OWN_OPTIONS = (
    *("feature_type", "asr_model", "upstream_window", "encoder_lr"),
    *("tuning_conf", "upon_states"),
)


def test_the_asr_task_has_espnets_options_with_espnets_defaults():
    def described(task):
        return {
            action.dest: (
                action.option_strings,
                action.default,
                action.nargs,
                None if action.dest == "g2p" else action.choices and list(action.choices),
                type(action),
            )
            for action in task.get_parser()._actions
        }

    ours = described(ASRTask)
    assert all(ours.pop(name) for name in OWN_OPTIONS)
    assert ours == described(espnets.ASRTask)


def test_options_are_read_as_espnet_reads_them():
    given = [
        *("--token_list", "tokens.txt", "--init", "Chainer", "--input_size", "none"),
        *("--ctc_conf", "dropout_rate=0.5", "--joint_net_conf", "joint_space_size=4"),
        *("--use_preprocessor", "false", "--speech_volume_normalize", "0.9"),
        *("--rir_scp", "none", "--bpemodel", "null", "--cleaner", "none"),
        *("--encoder", "RNN", "--aux_ctc_tasks", "a", "b"),
    ]
    ours = vars(ASRTask.get_parser().parse_args(given))
    for name in OWN_OPTIONS:
        del ours[name]
    assert ours == vars(espnets.ASRTask.get_parser().parse_args(given))


def test_a_class_is_imported_when_it_is_chosen():
    lazy = LazyChoices(
        "encoder",
        {"blstm": "sentemo.modules.encoders.blstm:BLSTMEncoder", "none_such": "nowhere:Nothing"},
        BLSTMEncoder,
        default="blstm",
    )
    parser = argparse.ArgumentParser()
    lazy.add_arguments(parser)
    assert lazy.get_class(parser.parse_args([]).encoder) is BLSTMEncoder
    with pytest.raises(ModuleNotFoundError, match="nowhere"):
        lazy.get_class("none_such")


def test_a_class_of_the_wrong_kind_is_refused():
    classes = LazyClasses({"it": "sentemo.modules.encoders.blstm:BLSTMEncoder"}, dict)
    with pytest.raises(TypeError, match="BLSTMEncoder is not a subclass of dict"):
        classes["it"]
