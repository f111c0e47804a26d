import pytest
import yaml

from sentemo.core.errors import SentemoError
from sentemo.tasks.asr import ASRTask
from sentemo.tasks.sa2sr import SA2SRTask
from sentemo.tasks.ser import SERTask
from sentemo.training.arguments import training_arguments


@pytest.fixture
def config(tmp_path):
    def write(content):
        path = tmp_path / "my conf.yaml"
        path.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
        return path

    return write


def test_settings_complete_the_file_which_may_not_say_otherwise(config):
    path = config({"max_epoch": 3})
    args = training_arguments(SERTask, path, {"seed": 9, "labels": ["a", "b"]})
    assert (args.max_epoch, args.seed, args.labels) == (3, 9, ["a", "b"])
    path = config({"seed": 7})
    with pytest.raises(SentemoError, match=r"the recipe sets this: 1\s+seed: 9, not 7"):
        training_arguments(SERTask, path, {"seed": 9})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"max_epochs": 3}, "max_epochs: did you mean max_epoch"),
        ({"encoder": "blstn"}, "blstn: did you mean blstm"),
        (
            {"encoder": "blstm", "encoder_conf": {"unit": 3}},
            "encoder_conf.unit: did you mean units",
        ),
        ({"specaug": "keyed_specaug", "specaug_conf": {"zzz": 3}}, "specaug_conf.zzz: known are"),
        ({"specaug_conf": {"zzz": 3}}, "no specaug that this configures: 1\n    specaug_conf.zzz"),
        ({"probe_conf": {"chioce": "fold"}}, "probe_conf.chioce: did you mean choice"),
        ({"model_conf": {"freeze": True}}, "model_conf.freeze: did you mean freeze_encoder"),
        ({"decoder_conf": {"head": 3}}, "decoder_conf.head: did you mean heads"),
        ({"max_epoch": "many"}, "max_epoch"),
        ({"optim": "adam", "optim_conf": {"lr": "1e-3"}}, r"optim_conf.lr: write 0.001"),
        ({"encoder_conf": ["units"]}, "not a mapping"),
        ({"best_model_criterion": [["valid", "uaa", "max"]]}, "one of loss/wa/ua/macro_f1"),
        ({"use_wandb": True}, "not supported: 1\n    use_wandb: curves are for TensorBoard"),
        ("a: [1", "not valid YAML"),
        ("- a", "not a mapping"),
    ],
)
def test_a_misspelt_key_is_named_with_the_nearest(config, content, message):
    path = config(content)
    with pytest.raises(SentemoError, match=message) as error:
        training_arguments(SERTask, path, {})
    assert str(path) in str(error.value)


def test_keys_that_a_model_hands_on_to_its_parents_are_known_and_others_are_not(config):
    path = config({"model": "sa2sr_ctc", "model_conf": {"ctc_weight": 1.0, "lsm_weight": 0.1}})
    training_arguments(SA2SRTask, path, {})
    path = config({"model": "sa2sr_ctc", "model_conf": {"sentiment_wait": 2.0}})
    with pytest.raises(SentemoError, match="sentiment_wait: did you mean sentiment_weight"):
        training_arguments(SA2SRTask, path, {})


def test_all_misspelt_keys_are_named_at_once(config):
    with pytest.raises(SentemoError, match="2 problems"):
        training_arguments(ASRTask, config({"max_epochs": 3, "seeds": 1}), {})


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SentemoError, match=r"none\.yaml: no such configuration file"):
        training_arguments(SERTask, tmp_path / "none.yaml", {})
