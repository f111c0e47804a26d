"""A training in two processes is that in one: same batches, gradients and metrics."""

import re
from dataclasses import replace

import kaldiio
import numpy as np
import pytest

from sentemo.core import checkpoint
from sentemo.core.errors import SentemoError
from sentemo.recognition.training import ASRTraining, train_asr
from sentemo.tasks.sa2sr import recognition_task

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
SA2SR = {**CTC, "model": "sa2sr_ctc"}
SA2SR["model_conf"] = {"ctc_weight": 1.0, "sentiment_weight": 50.0, "sentiment_head": {"units": 4}}


@pytest.fixture
def train(make_job, make_labels):
    def run(name, processes, features=None, nodes=1, **config):
        job = make_job(name, **config)
        # Utterances without a label, too: each process may have more or fewer of them.
        labels = make_labels(without=["b-0", "b-1", "c-2"]) if config == SA2SR else None
        features = features or job.features
        settings = {"seed": 1, "ngpu": 0}
        training = ASRTraining(
            *(job.config, job.utterances, job.fold, features, job.exp, settings),
            processes=processes,
            nodes=nodes,
            labels=labels,
        )
        train_asr(training)
        return job.exp

    return run


@pytest.mark.parametrize("config", [CTC, TRANSDUCER, SA2SR], ids=["ctc", "transducer", "sa2sr"])
def test_two_processes_learn_and_measure_what_one_does(train, config, capfd):
    one, two = train("one", 1, **config), train("two", 2, **config)
    assert len(re.findall(r"^epoch \d/3", capfd.readouterr().out, re.MULTILINE)) == 6
    states = [checkpoint.load_checkpoint(exp) for exp in (one, two)]
    for name, weight in states[0]["model"].items():
        np.testing.assert_allclose(weight, states[1]["model"][name], atol=2e-4, err_msg=name)
    stats = [state["reporter"]["stats"] for state in states]
    metrics = recognition_task(config["model"]).metrics
    for epoch in (1, 2, 3):
        for phase, names in (("train", ["loss"]), ("valid", metrics)):
            both = [[stat[epoch][phase][metric] for metric in names] for stat in stats]
            np.testing.assert_allclose(*both, rtol=1e-3)
    assert (one / "valid.cer.ave.pth").exists() and (two / "valid.cer.ave.pth").exists()


def test_two_nodes_learn_what_one_process_does(train, slurm):
    one, two = train("one", 1, **CTC), train("two", 1, nodes=2, **CTC)
    states = [checkpoint.load_checkpoint(exp) for exp in (one, two)]
    for name, weight in states[0]["model"].items():
        np.testing.assert_allclose(weight, states[1]["model"][name], atol=2e-4, err_msg=name)
    cers = [s["reporter"]["stats"][3]["valid"]["cer"] for s in states]
    assert cers[0] == pytest.approx(cers[1])


def test_nodes_need_an_allocation_that_has_them(train, slurm, monkeypatch):
    with pytest.raises(SentemoError, match=r"--num_nodes 3, and the allocation has 2"):
        train("three", 1, nodes=3, **CTC)
    monkeypatch.delenv("SLURM_JOB_NODELIST")
    with pytest.raises(SentemoError, match=r"needs a Slurm allocation .*salloc --nodes 2"):
        train("none", 1, nodes=2, **CTC)


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
