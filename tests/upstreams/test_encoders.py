"""Every kind of encoder that ESPnet's ASR offers gives the states that ESPnet's own model gives.

The models are random, built by ESPnet's task and saved as its training saves them.
"""

import numpy as np
import pytest
import torch
import yaml
from espnet2.tasks.asr import ASRTask

from sentemo.core.errors import SentemoError
from sentemo.tasks.ser import SERTask
from sentemo.training.arguments import training_arguments

BLOCKS = {"output_size": 8, "attention_heads": 2, "num_blocks": 3}
CONFORMER = {**BLOCKS, "linear_units": 8, "cnn_module_kernel": 3, "rel_pos_type": "latest"}
SELF_CONDITIONED = {"interctc_layer_idx": [1, 2], "interctc_use_conditioning": True}
RECURRENT = {"hidden_size": 4, "output_size": 6, "num_layers": 2}
MODELS = {
    "conformer": {"encoder": "conformer", "encoder_conf": CONFORMER},
    "intermediate CTC": {
        "encoder": "conformer",
        "encoder_conf": {**CONFORMER, "interctc_layer_idx": [1]},
        "model_conf": {"interctc_weight": 0.3},
    },
    "self-conditioned CTC": {
        "encoder": "conformer",
        "encoder_conf": {**CONFORMER, **SELF_CONDITIONED},
        "model_conf": {"interctc_weight": 0.3},
    },
    "e_branchformer": {
        "encoder": "e_branchformer",
        "encoder_conf": {**BLOCKS, "cgmlp_linear_units": 8, "cgmlp_conv_kernel": 3},
    },
    "transformer": {"encoder": "transformer", "encoder_conf": {**BLOCKS, "linear_units": 8}},
    "rnn": {"encoder": "rnn", "encoder_conf": RECURRENT},
    "vgg_rnn": {"encoder": "vgg_rnn", "encoder_conf": {**RECURRENT, "use_projection": False}},
    "convolutions on samples": {
        "frontend": "sliding_window",
        "frontend_conf": {"win_length": 400, "hop_length": 160},
        "preencoder": "sinc",
        "preencoder_conf": {"fs": "16k"},
        "encoder": "transformer",
        "encoder_conf": {**BLOCKS, "linear_units": 8, "input_layer": "linear"},
        "normalize": None,
    },
    "post-encoder": {
        "encoder": "transformer",
        "encoder_conf": {**BLOCKS, "linear_units": 8},
        "postencoder": "length_adaptor",
        "postencoder_conf": {"length_adaptor_n_layers": 1},
    },
}
FBANK20 = {"fs": "16k", "n_mels": 20}


@pytest.fixture
def save(tmp_path):
    """Build a random recogniser as ESPnet does, and save it as its training would."""

    def save(**config):
        config = {"frontend_conf": FBANK20, "decoder": None, **config}
        model_conf = {"ctc_weight": 1.0, **config.pop("model_conf", {})}
        tokens = ["<blank>", "<unk>", "A", "B", "<sos/eos>"]
        torch.manual_seed(0)
        config = {**config, "model_conf": model_conf, "token_list": tokens}
        (tmp_path / "asr.yaml").write_text(yaml.safe_dump(config))
        args = training_arguments(ASRTask, tmp_path / "asr.yaml", {"output_dir": str(tmp_path)})
        model = ASRTask.build_model(args).eval()
        exp = tmp_path / "asr"
        exp.mkdir(exist_ok=True)
        (exp / "config.yaml").write_text(yaml.safe_dump(vars(args)))
        torch.save(model.state_dict(), exp / "valid.loss.best.pth")
        return exp, model

    return save


def audio():
    torch.manual_seed(2)
    sizes = (12800, 9600, 8000)
    return 0.1 * torch.randn(len(sizes), max(sizes)), torch.tensor(sizes)


def alone(speech, lengths):
    """One utterance at a time, as `espnet2.bin.asr_inference` encodes."""
    for row, length in enumerate(lengths):
        yield row, speech[row : row + 1, :length], length[None]


@pytest.mark.parametrize("normalize", ["utterance_mvn", "both"])
@pytest.mark.parametrize("name", MODELS)
def test_the_states_in_any_batch_are_those_of_espnets_own_model(name, normalize, save, reuse):
    config = dict(MODELS[name])
    if normalize == "both" and "normalize" not in config:
        config |= {"normalize": "utterance_mvn", "normalize_conf": {"norm_vars": True}}
    exp, theirs = save(**config)
    ours, args = reuse(exp)
    states, lengths = ours.encode(*audio())
    for row, speech, size in alone(*audio()):
        expected, expected_length = theirs.encode(speech, size)
        expected = expected[0] if isinstance(expected, tuple) else expected
        assert torch.equal(states[row : row + 1, : lengths[row]], expected)
        assert lengths[row] == expected_length
    again = SERTask.build_model(args).eval()  # from what is written into config.yaml
    again.load_state_dict(ours.state_dict())
    assert torch.equal(again.encode(*audio())[0], states)


def test_recurrent_encoders_take_batches_in_any_order_and_never_drop_out(save, reuse):
    exp, _ = save(encoder="rnn", encoder_conf={**RECURRENT, "dropout": 0.5})
    ours, _ = reuse(exp)
    speech, lengths = audio()
    states, frames = ours.encode(speech, lengths)
    backwards, backward_frames = ours.encode(speech.flip(0), lengths.flip(0))
    assert torch.equal(backwards.flip(0), states)
    assert torch.equal(backward_frames.flip(0), frames)


def test_a_peak_that_the_checkpoint_was_trained_with_is_kept(save, reuse):
    exp, _ = save(**MODELS["transformer"], speech_volume_normalize=0.8)
    _, args = reuse(exp)
    preprocess = SERTask.build_preprocess_fn(args, train=True)
    scaled = preprocess("utt", {"speech": np.array([0.1, -0.4, 0.2], np.float32)})
    np.testing.assert_allclose(scaled["speech"], [0.2, -0.8, 0.4])


def test_parameters_stay_frozen_while_layer_weights_learn(save, reuse):
    exp, _ = save(**MODELS["self-conditioned CTC"])
    model, _ = reuse(exp, model_conf={"freeze_encoder": True, "encoder_layer": "weighted"})
    before = {name: value.clone() for name, value in model.state_dict().items()}
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    speech, lengths = audio()
    label = torch.tensor([[0], [1], [1]])
    for _ in range(3):
        model.train()
        loss, _, _ = model(speech, lengths, label=label, utt_id=["a", "b", "c"])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    after = model.state_dict()
    changed = {name.split(".")[0] for name in before if not torch.equal(before[name], after[name])}
    assert changed == {"reader", "decoder", "classifier"}


@pytest.mark.parametrize("name", ["conformer", "e_branchformer", "transformer"])
def test_layers_are_numbered_from_the_input_and_a_peaked_sum_is_one_of_them(name, save, reuse):
    exp, theirs = save(**MODELS[name])
    outputs = {}
    for number, block in enumerate(theirs.encoder.encoders, start=1):
        block.register_forward_hook(
            lambda _, args, out, n=number: outputs.update({n: out[0]}), always_call=True
        )
    speech, lengths = (tensor[:1] for tensor in audio())
    theirs.encode(speech, lengths)
    weighted, _ = reuse(exp, model_conf={"encoder_layer": "weighted"})
    for number, output in outputs.items():
        expected = output[0] if isinstance(output, tuple) else output
        model, _ = reuse(exp, model_conf={"encoder_layer": number})
        assert torch.equal(model.encode(speech, lengths)[0], expected)
        peak = torch.full((3,), -100.0)
        peak[number - 1] = 100.0
        weighted.reader.merge.logits.data = peak
        summed = weighted.reader.merge(weighted.encode(speech, lengths)[0])
        assert torch.equal(summed, expected)


@pytest.mark.parametrize(
    ("name", "layer", "message"),
    [
        ("conformer", 4, "3 layers: give last, .* a number from 1 to 3"),
        ("conformer", "first", "'first'; this encoder has 3 layers"),
        ("rnn", "weighted", "RNNEncoder does not expose its layers"),
        ("post-encoder", 2, "pass over the post-encoder"),
    ],
)
def test_layers_that_there_are_not_are_refused(name, layer, message, save, reuse):
    exp, _ = save(**MODELS[name])
    with pytest.raises(SentemoError, match=message):
        reuse(exp, model_conf={"encoder_layer": layer})


def test_weights_that_do_not_fit_are_listed(save, reuse):
    exp, model = save(**MODELS["post-encoder"])
    weights = model.state_dict()
    weights["encoder.extra"] = weights.pop("encoder.after_norm.bias")
    weights["frontend.logmel.melmat"] = torch.zeros(3)
    weights["preencoder.left_over"] = torch.zeros(1)
    del weights["postencoder.length_adaptor.0.weight"]
    torch.save(weights, exp / "valid.loss.best.pth")
    with pytest.raises(SentemoError, match="does not fit its own config") as error:
        reuse(exp)
    for wrong in (
        "missing: encoder.after_norm.bias",
        "unexpected: encoder.extra",
        "unexpected: preencoder.left_over",
        "missing: postencoder.length_adaptor.0.weight",
        "shape: frontend.logmel.melmat is (3,), should be (257, 20)",
    ):
        assert wrong in str(error.value)


def test_weights_under_other_names_are_recognised_as_such(save, reuse):
    exp, model = save(**MODELS["transformer"])
    wrapped = {f"module.{name}": value for name, value in model.state_dict().items()}
    torch.save(wrapped, exp / "valid.loss.best.pth")
    with pytest.raises(SentemoError, match=r"name no encoder\.…, but module\..*without a prefix"):
        reuse(exp)


def test_a_configuration_that_this_espnet_cannot_build_is_named(save, reuse):
    exp, _ = save(**MODELS["transformer"])
    config = yaml.safe_load((exp / "config.yaml").read_text())
    config["encoder_conf"]["of_a_later_version"] = 1
    (exp / "config.yaml").write_text(yaml.safe_dump(config))
    with pytest.raises(SentemoError, match=r"cannot build .*of_a_later_version"):
        reuse(exp)


def test_parameters_that_a_module_passes_over_are_found(save, reuse, monkeypatch):
    exp, _ = save(**MODELS["rnn"])
    from espnet2.asr.encoder.rnn_encoder import RNNEncoder

    monkeypatch.setattr(RNNEncoder, "_load_from_state_dict", lambda *args: None)
    monkeypatch.setattr(torch.nn.LSTM, "_load_from_state_dict", lambda *args: None)
    with pytest.raises(
        SentemoError, match=r"not taken over: encoder\.enc\.0\.birnn0\.weight_ih_l0"
    ):
        reuse(exp)
