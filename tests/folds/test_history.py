"""Histories of trainings, as their checkpoints keep them."""

import pytest
import torch

from sentemo.core.errors import SentemoError
from sentemo.folds.history import fold_histories

EPOCHS = [{"train": {"loss": 2.0}, "valid": {"ua": 0.5}}, {"train": {"loss": 1.0}, "valid": {}}]
WEIGHTS = {"weight": torch.zeros(3)}


def test_folds_of_one_pass_keep_their_histories_together(tmp_path):
    for number in (1, 2, 10, 100):
        (tmp_path / f"fold_{number:02d}").mkdir()
    folds = [{"decoder": WEIGHTS, "history": EPOCHS[:length]} for length in (0, 1, 2, 2)]
    torch.save({"folds": folds}, tmp_path / "checkpoint.pth")
    found = fold_histories(tmp_path)
    assert {fold: len(history) for fold, history in found.items()} == {1: 0, 2: 1, 10: 2, 100: 2}


def test_folds_trained_one_by_one_have_theirs_in_espnets_reporter(tmp_path):
    for number in (1, 2):
        (tmp_path / f"fold_{number:02d}").mkdir()
    state = {"model": WEIGHTS, "reporter": {"stats": {2: EPOCHS[1], 1: EPOCHS[0]}}}
    torch.save(state, tmp_path / "fold_02" / "checkpoint.pth")
    assert fold_histories(tmp_path) == {2: EPOCHS}


def test_what_was_never_trained_by_epochs_has_none_and_damage_is_named(tmp_path):
    assert fold_histories(tmp_path) == {}
    (tmp_path / "checkpoint.pth").write_bytes(b"no checkpoint")
    with pytest.raises(SentemoError, match="no checkpoint can be read"):
        fold_histories(tmp_path)
