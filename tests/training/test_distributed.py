"""A training in two processes is that in one: same batches, gradients and metrics."""

import re
from dataclasses import replace

import kaldiio
import numpy as np
import pytest

from sentemo.errors import SentemoError
from sentemo.tasks.asr import ASRTask
from sentemo.training import checkpoint
from sentemo.training.asr import train_asr

SHARED = {
    "encoder_conf": {"num_layers": 1, "units": 4},  # no dropout: each process has its own noise
    "specaug": "keyed_specaug",
    "max_epoch": 3,
    "best_model_criterion": [["valid", "cer", "min"]],
    "early_stopping_criterion": ["valid", "cer", "min"],
}
CTC = {**SHARED, "model": "ctc", "decoder": None, "decoder_conf": {}}
CTC["model_conf"] = {"ctc_weight": 1.0}
TRANSDUCER = {
    **SHARED,
    "model": "transducer",
    "decoder": "transducer",
    "decoder_conf": {"hidden_size": 4, "dropout": 0.0, "dropout_embed": 0.0},
    "joint_net_conf": {"joint_space_size": 5},
}


@pytest.fixture
def train(make_job):
    def run(name, processes, features=None, **config):
        job = make_job(name, **config)
        features = features or job.features
        settings = {"seed": 1, "ngpu": 0}
        train_asr(
            *(job.config, job.utterances, job.fold, features, job.exp, settings),
            processes=processes,
        )
        return job.exp

    return run


@pytest.mark.parametrize("config", [CTC, TRANSDUCER], ids=["ctc", "transducer"])
def test_two_processes_learn_and_measure_what_one_does(train, config, capfd):
    one, two = train("one", 1, **config), train("two", 2, **config)
    assert len(re.findall(r"^epoch \d/3", capfd.readouterr().out, re.MULTILINE)) == 6
    states = [checkpoint.load_checkpoint(exp) for exp in (one, two)]
    for name, weight in states[0]["model"].items():
        np.testing.assert_allclose(weight, states[1]["model"][name], atol=2e-4, err_msg=name)
    stats = [state["reporter"]["stats"] for state in states]
    for epoch in (1, 2, 3):
        for phase, metrics in (("train", ["loss"]), ("valid", ASRTask.metrics)):
            both = [[stat[epoch][phase][metric] for metric in metrics] for stat in stats]
            np.testing.assert_allclose(*both, rtol=1e-3)
    assert (one / "valid.cer.ave.pth").exists() and (two / "valid.cer.ave.pth").exists()


def test_what_one_process_refuses_ends_the_others(train, features, tmp_path):
    matrices = {utt: kaldiio.load_mat(where) for utt, where in features[0].scp.items()}
    scp = tmp_path / "broken.scp"
    kaldiio.save_ark(
        str(tmp_path / "broken.ark"),
        {utt: np.full_like(matrix, np.nan) for utt, matrix in matrices.items()},
        scp=str(scp),
    )
    broken = replace(
        features[0], scp=dict(line.split(" ", 1) for line in scp.read_text().splitlines())
    )
    with pytest.raises(SentemoError, match="no step of epoch 1 had a finite gradient"):
        train("broken", 2, features=broken, **CTC)
