"""A transducer trained, resumed and decoded through the ASR task, by us and by ESPnet."""

import kaldiio
import pytest
import torch
from espnet2.bin.asr_inference import Speech2Text

from sentemo.core import checkpoint
from sentemo.data.splits import side_of_fold
from sentemo.recognition.held_out import decode_test, recogniser_of
from sentemo.recognition.training import ASRTraining, train_asr
from sentemo.upstreams import Upstream

CONFIG = {
    "model": "transducer",
    "preencoder": None,
    "preencoder_conf": {},
    "encoder": "conv_blstm",
    "encoder_conf": {
        "num_macro_layers": 2,
        "conv_channels": 4,
        "num_blstm_layers": 1,
        "units": 4,
        "projection_size": 6,
    },
    "decoder": "transducer",
    "decoder_conf": {"hidden_size": 4},
    "joint_net_conf": {"joint_space_size": 5},
    "model_conf": {},
    "batch_type": "numel",
    "batch_bins": 1000,
    "best_model_criterion": [["valid", "cer", "min"]],
    "early_stopping_criterion": ["valid", "cer", "min"],
    "keep_nbest_models": 1,
}


@pytest.fixture
def train(make_job):
    def run(name, epochs, **options):
        job = make_job(name, **{**CONFIG, "max_epoch": epochs})
        settings = {"seed": 1, "ngpu": 0}
        arguments = (job.config, job.utterances, job.fold, job.features, job.exp, settings)
        train_asr(ASRTraining(*arguments, **options))
        return job

    return run


def state(job):
    return checkpoint.load_checkpoint(job.exp)


def valid_metrics(state):
    epochs = state["reporter"]["stats"].values()
    return [[epoch["valid"][name] for name in ("loss", "cer", "wer")] for epoch in epochs]


def test_a_training_in_two_parts_is_that_in_one(train):
    whole = state(train("whole", 2))
    train("parts", 1)
    parts = state(train("parts", 2))
    for name, weight in whole["model"].items():
        assert torch.equal(parts["model"][name], weight)
    assert valid_metrics(parts) == valid_metrics(whole)
    assert len(valid_metrics(whole)) == 2


@pytest.mark.parametrize("tokens", [{}, {"token_type": "bpe", "bpe_size": 8}], ids=["char", "bpe"])
def test_espnets_own_command_decodes_it(train, tokens):
    job = train("rnnt", 1, **tokens)  # which says a lot yet
    weights = job.exp / "valid.cer.best.pth"
    decoder = Speech2Text(
        str(job.exp / "config.yaml"),
        str(weights),
        beam_size=3,
        transducer_conf={"search_type": "tsd", "max_sym_exp": 6},
    )
    theirs = {}
    for utt in side_of_fold(job.utterances, job.fold, "test"):
        (best, *_) = decoder(kaldiio.load_mat(job.features.scp[utt.id]))
        theirs[utt.id] = best[0]
    recogniser = recogniser_of(Upstream(weights), job.features)
    ours = decode_test(recogniser, job.utterances, job.fold, beam_size=3)
    assert ours.hypotheses == theirs
    assert any(theirs.values())
