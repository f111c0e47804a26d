"""Weights that a training starts from: what fits, what does not, and what is no weights at all."""

import re

import pytest
import torch

from sentemo.core.errors import SentemoError
from sentemo.recognition.initial_weights import check_initial_weights, weight_files


def model(layers=1, units=3):
    parts = {
        "encoder": torch.nn.Sequential(*[torch.nn.Linear(2, units) for _ in range(layers)]),
        "ctc": torch.nn.Linear(units, 4),
    }
    return torch.nn.ModuleDict(parts)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "my asr" / "valid.cer.ave.pth"
    path.parent.mkdir()
    torch.save(model().state_dict(), path)
    return str(path)


def test_the_note_says_how_much_of_which_part_they_are(file):
    for which, note in (
        (":encoder:encoder", "2 of 4 weights of the encoder began as those of"),
        (":encoder:encoder:encoder.0.bias", "1 of 4 weights of the encoder"),
        (":ctc:ctc", "2 of 2 weights of the ctc"),
        ("", "4 of 6 weights of the model"),
    ):
        (found,) = check_initial_weights(model(layers=2), [file + which], may_mismatch=False)
        assert found.startswith(note)
        assert found.endswith(file + which)


def test_weights_that_do_not_fit_are_refused_unless_they_may_mismatch(file):
    for which, message in (
        (":encoder:encoder", "1 of 2 weights do not fit, such as 0.weight; the file has ctc, enc"),
        (":enc:encoder", "0 of 0 weights do not fit; the file has ctc, encoder"),
        (":encoder", "2 of 2 weights do not fit, such as 0.bias"),
        (":encoder:decoder", "no attribute `decoder`"),
    ):
        changed = model()
        changed["encoder"] = torch.nn.Sequential(torch.nn.Linear(5, 3))
        with pytest.raises(SentemoError, match=re.escape(message)):
            check_initial_weights(changed, [file + which], may_mismatch=False)
    (note,) = check_initial_weights(changed, [f"{file}:encoder:encoder"], may_mismatch=True)
    assert note.startswith("1 of 2 weights of the encoder")


def test_a_file_that_holds_code_is_refused(tmp_path):
    path = tmp_path / "pickled.pth"
    torch.save({"encoder": model()}, path)
    with pytest.raises(SentemoError, match="pickled Python objects"):
        check_initial_weights(model(), [f"{path}:encoder:encoder"], may_mismatch=False)


def test_the_files_of_a_configuration_are_known_before_the_training(tmp_path):
    config = tmp_path / "train.yaml"
    config.write_text("init_param: ['a b.pth:encoder:encoder', c.pth]")
    assert list(map(str, weight_files(config))) == ["a b.pth", "c.pth"]
    config.write_text("max_epoch: 3")
    assert weight_files(config) == []
    config.write_text("init_param: c.pth")
    with pytest.raises(SentemoError, match=r"write a list, \[c.pth\]"):
        weight_files(config)
