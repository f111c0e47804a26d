"""Self-supervised models as a frontend, with small random ones in place of what people download."""

import sys
from pathlib import Path

import pytest
import torch
import transformers
import yaml
from espnet2.asr.frontend.huggingface import HuggingFaceFrontend
from espnet2.tasks.asr import ASRTask
from tiny_speech import WHISPER, noise, states_by_transformers, write_speech_model

from sentemo.core.errors import SentemoError
from sentemo.modules.frontend import HuggingFaceSSLFrontend
from sentemo.tasks.sa2sr import SA2SRTask
from sentemo.tasks.ser import SERTask
from sentemo.training.arguments import training_arguments
from sentemo.upstreams import Upstream

CONF = Path(__file__).parent.parent.parent / "conf"
SIZES = (8000, 4001, 5120)


@pytest.fixture(params=["wav2vec 2.0 large", "HuBERT base", "WavLM large"])
def directory(request, tmp_path):
    """A model as its authors publish them; the base ones normalise over the whole signal."""
    write_speech_model(tmp_path / "my model", request.param)
    return tmp_path / "my model"


@pytest.fixture
def speech():
    return noise(*SIZES)


def test_lengths_are_frames_and_states_are_those_of_the_utterance_alone(directory, speech):
    frontend = HuggingFaceSSLFrontend(str(directory)).eval()
    states, lengths = frontend(*speech)
    assert lengths.tolist() == [25, 12, 16]
    assert states.shape == (3, 25, 16)
    reference = HuggingFaceFrontend(str(directory)).eval()  # right for a single utterance
    for row, (size, frames) in enumerate(zip(speech[1], lengths, strict=True)):
        alone, _ = reference(speech[0][row : row + 1, :size], size[None])
        torch.testing.assert_close(states[row, :frames], alone[0], atol=1e-5, rtol=1e-4)
        assert not states[row, frames:].any()


def test_frozen_it_neither_drops_out_nor_learns(directory, speech):
    frontend = HuggingFaceSSLFrontend(str(directory), freeze=True).train()
    states, _ = frontend(*speech)
    assert torch.equal(states, frontend(*speech)[0])
    assert not states.requires_grad
    tuned = HuggingFaceSSLFrontend(str(directory)).train()
    tuned(*speech)[0].sum().backward()
    assert any(p.grad is not None and p.grad.any() for p in tuned.parameters())


@pytest.mark.parametrize("kind", ["data2vec", "Conformer", "wav2vec2-BERT"])
def test_models_that_read_padding_or_hear_energies_give_the_states_of_one_utterance(
    kind, speech, tmp_path
):
    model = write_speech_model(tmp_path / "model", kind)
    states, lengths = HuggingFaceSSLFrontend(str(tmp_path / "model"), freeze=True)(*speech)
    for row, (size, frames) in enumerate(zip(SIZES, lengths.tolist(), strict=True)):
        output, _ = states_by_transformers(model, kind, speech[0][row, :size])
        assert len(output) == frames
        torch.testing.assert_close(states[row, :frames], output, atol=1e-5, rtol=0)
        assert not states[row, frames:].any()


def test_whisper_is_no_frontend_but_an_upstream(tmp_path):
    transformers.WhisperConfig(**WHISPER).save_pretrained(tmp_path)
    with pytest.raises(SentemoError, match=rf"Whisper, .* Use it as --upstream {tmp_path}, which"):
        HuggingFaceSSLFrontend(str(tmp_path))


def test_a_model_that_is_kept_in_half_precision_learns_in_single(directory, speech):
    transformers.AutoModel.from_pretrained(directory).half().save_pretrained(directory)
    frontend = HuggingFaceSSLFrontend(str(directory))
    assert {parameter.dtype for parameter in frontend.parameters()} == {torch.float32}
    assert frontend(*speech)[0].dtype == torch.float32


def test_weights_that_espnets_initialisation_drew_anew_are_those_of_the_model_again(directory):
    frontend = HuggingFaceSSLFrontend(str(directory))
    before = {name: value.clone() for name, value in frontend.state_dict().items()}
    for parameter in frontend.parameters():
        torch.nn.init.zeros_(parameter)
    frontend.reload_pretrained_parameters()
    assert all(torch.equal(before[name], value) for name, value in frontend.state_dict().items())


def arguments(task, path, **config):
    path.write_text(yaml.safe_dump(config))
    return training_arguments(task, path, {"output_dir": str(path.parent)})


SER = {"labels": ["happy", "sad"], "decoder_conf": {"units": 4, "heads": 2}}
ENCODER = {"encoder": "blstm", "encoder_conf": {"num_layers": 1, "units": 3}}


def test_the_written_configuration_needs_neither_the_model_nor_its_weights(
    directory, speech, tmp_path
):
    settings = {"model": str(directory), "freeze": True}
    config = {**SER, **ENCODER, "frontend": "huggingface_ssl", "frontend_conf": settings}
    args = arguments(SERTask, tmp_path / "ser.yaml", **config)
    args.feature_type = "raw"
    model = SERTask.build_model(args).eval()
    weights = model.state_dict()
    directory.rename(directory.with_name("moved"))
    again = SERTask.build_model(args).eval()
    again.load_state_dict(weights)
    assert torch.equal(again.encode(*speech)[0], model.encode(*speech)[0])
    assert not any(p.requires_grad for p in again.frontend.parameters())


def test_the_shipped_configuration_trains_on_a_frozen_model(directory, speech, tmp_path):
    config = yaml.safe_load((CONF / "train_ser_ssl.yaml").read_text())
    config["frontend_conf"]["model"] = str(directory)
    config["specaug_conf"]["freq_mask_width"] = 2  # the small model has 16 features
    args = arguments(SERTask, tmp_path / "ser.yaml", **config)
    args.labels = ["happy", "sad"]
    model = SERTask.build_model(args).train()
    model.specaug.start_epoch(1, 1)
    label = torch.tensor([[0], [1], [0]])
    model(*speech, label=label, utt_id=["a", "b", "c"])[0].backward()
    assert all(p.grad is None for p in model.frontend.parameters())
    assert all(p.grad.any() for p in model.encoder.parameters())


def test_the_shipped_sa2sr_learns_upon_a_frozen_model_and_needs_its_folder_no_more(
    directory, speech, tmp_path
):
    config = yaml.safe_load((CONF / "train_sa2sr_ssl.yaml").read_text())
    config["frontend_conf"]["model"] = str(directory)
    config["specaug_conf"]["freq_mask_width"] = 2
    config["encoder_conf"]["units"] = 4
    config["token_list"] = ["<blank>", "<unk>", "A", "<sos/eos>"]
    args = arguments(SA2SRTask, tmp_path / "sa2sr.yaml", **config)
    args.input_size = None
    model = SA2SRTask.build_model(args).train()
    text = {"text": torch.full((3, 2), 2), "text_lengths": torch.tensor([2, 2, 2])}
    model(*speech, **text, sentiment=torch.eye(3), utt_id=["a", "b", "c"])[0].backward()
    assert all(p.grad is None for p in model.frontend.parameters())
    assert all(p.grad.any() for p in model.encoder.parameters())
    assert all(p.grad.any() for p in model.sentiment_head.parameters())
    directory.rename(directory.with_name("moved"))
    again = SA2SRTask.build_model(args).eval()
    again.load_state_dict(model.state_dict())
    assert torch.equal(again.sentiment_batch(*speech), model.eval().sentiment_batch(*speech))


def test_a_checkpoint_with_espnets_frontend_is_reused_with_ours(directory, speech, tmp_path):
    args = arguments(
        ASRTask,
        tmp_path / "asr.yaml",
        **ENCODER,
        frontend="huggingface",
        frontend_conf={"model": str(directory)},
        decoder=None,
        model_conf={"ctc_weight": 1.0},
        token_list=["<blank>", "<unk>", "A", "<sos/eos>"],
    )
    theirs = ASRTask.build_model(args).eval()
    exp = tmp_path / "asr"
    exp.mkdir()
    (exp / "config.yaml").write_text(yaml.safe_dump(vars(args)))
    torch.nn.init.normal_(next(theirs.frontend.parameters()))  # fine-tuned
    torch.save(theirs.state_dict(), exp / "valid.loss.best.pth")

    frozen = {"model_conf": {"freeze_encoder": True}, "asr_model": str(exp)}
    args = arguments(SERTask, tmp_path / "ser.yaml", **SER, **frozen)
    args.feature_type = Upstream(exp).feature_type
    ours = SERTask.build_model(args).eval()
    theirs.frontend.forward = ours.frontend.forward  # whose lengths are right
    expected, lengths = theirs.encode(*speech)
    states, frames = ours.encode(*speech)
    assert torch.equal(states, expected)
    assert torch.equal(frames, lengths)
    fine_tuned, taken = theirs.frontend.state_dict(), ours.frontend.state_dict()
    assert all(torch.equal(value, taken[name]) for name, value in fine_tuned.items())


def test_what_cannot_be_loaded_or_is_no_speech_encoder_is_refused(tmp_path):
    with pytest.raises(SentemoError, match=r"cannot be loaded .*Give a directory"):
        HuggingFaceSSLFrontend(str(tmp_path))
    transformers.BertConfig().save_pretrained(tmp_path)
    with pytest.raises(SentemoError, match="a model of type 'bert', which is no speech encoder"):
        HuggingFaceSSLFrontend(str(tmp_path))


def test_without_transformers_the_remedy_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(SentemoError, match=r"facebook/hubert.* pip install transformers"):
        HuggingFaceSSLFrontend("facebook/hubert-base-ls960")
