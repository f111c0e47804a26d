from itertools import combinations
from pathlib import Path

import pytest
import torch
import yaml
from espnet2.asr.ctc import CTC
from espnet2.asr.decoder.transducer_decoder import TransducerDecoder
from espnet2.asr.transducer.beam_search_transducer import BeamSearchTransducer
from espnet2.asr_transducer.joint_network import JointNetwork

from sentemo.core.errors import SentemoError
from sentemo.models.transducer import TransducerModel
from sentemo.modules.encoders.conv_blstm import ConvBLSTMEncoder

TOKENS = ["<blank>", "<unk>", "<space>", *"ABCDE", "<sos/eos>"]
BPE_TOKENS = ["<blank>", "<unk>", "▁", "▁AB", "B", "A", "▁C", "D", "<sos/eos>"]
CONFIG = Path(__file__).parent.parent.parent / "conf" / "train_asr_rnnt.yaml"
TEXTS = ["AB BA", "CAD", "ED CAB", "DEAD BEE"]
FRAMES_PER_TOKEN = 3  # and 4 per encoder state: a state has to give more than one token at times


def build(tokens=TOKENS, **changes):
    torch.manual_seed(0)
    size = len(tokens)
    encoder = ConvBLSTMEncoder(
        8, num_macro_layers=2, conv_channels=16, num_blstm_layers=1, units=8, projection_size=16
    )
    parts = {
        "vocab_size": size,
        "token_list": tokens,
        "frontend": None,
        "specaug": None,
        "normalize": None,
        "preencoder": None,
        "encoder": encoder,
        "postencoder": None,
        "decoder": TransducerDecoder(size, hidden_size=8),
        "ctc": CTC(size, 16),
        "joint_network": JointNetwork(size, 16, 8, joint_space_size=16),
    }
    return TransducerModel(**{**parts, **changes})


def pad(rows, value):
    return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=value)


@pytest.fixture(scope="module")
def batch():
    """Utterances in which each token has a sound of its own."""
    sounds = torch.randn(len(TOKENS), 8, generator=torch.Generator().manual_seed(0))
    spelt = [["<space>" if letter == " " else letter for letter in text] for text in TEXTS]
    tokens = [torch.tensor([TOKENS.index(token) for token in row]) for row in spelt]
    speech = [sounds[row.repeat_interleave(FRAMES_PER_TOKEN)] for row in tokens]
    return {
        "speech": pad(speech, 0.0),
        "speech_lengths": torch.tensor([len(row) for row in speech]),
        "text": pad(tokens, -1),
        "text_lengths": torch.tensor([len(row) for row in tokens]),
        "utt_id": list("abcd"),
    }


@pytest.fixture(scope="module")
def learnt(batch):
    """A model that has seen these utterances a hundred times."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # so small a model only loses by more
    model = build()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    for _ in range(100):
        optimizer.zero_grad()
        model(**batch)[0].backward()
        optimizer.step()
    yield model.eval()
    torch.set_num_threads(threads)


def losses(model, batch):
    return [record["loss"] for record in model.eval().evaluate_batch(**batch).values()]


def alone(batch, row):
    """One utterance without its padding."""
    one = slice(row, row + 1)
    return {
        "speech": batch["speech"][one, : batch["speech_lengths"][row]],
        "speech_lengths": batch["speech_lengths"][one],
        "text": batch["text"][one, : batch["text_lengths"][row]],
        "text_lengths": batch["text_lengths"][one],
        "utt_id": batch["utt_id"][one],
    }


def test_it_learns_four_utterances_by_heart(learnt, batch):
    records = learnt.evaluate_batch(**batch)
    assert [record["reference"] for record in records.values()] == TEXTS
    metrics = learnt.set_metrics(records)
    assert metrics["cer"] == metrics["wer"] == 0
    assert metrics["loss"] < 0.5


@pytest.mark.parametrize("beam_size", [1, 3, 100])
def test_decoding_can_give_more_tokens_than_there_are_states(learnt, batch, beam_size):
    speech = batch["speech"], batch["speech_lengths"]
    _, states = learnt.encode(*speech)
    assert (batch["text_lengths"] > states).all()
    assert learnt.decode_batch(*speech, beam_size=beam_size) == TEXTS


def test_greedy_search_with_one_token_per_state_is_espnets(batch):
    model = build(max_symbols_per_frame=1).eval()
    with torch.no_grad():
        model.joint_network.lin_out.weight *= 10  # an untrained model says little else than blank
        states, lengths = model.encode(batch["speech"], batch["speech_lengths"])
        search = BeamSearchTransducer(model.decoder, model.joint_network, beam_size=1)
        valid = (row[:length] for row, length in zip(states, lengths, strict=True))
        theirs = [search(row)[0].yseq[1:] for row in valid]
    ours = model.decode_batch(batch["speech"], batch["speech_lengths"], beam_size=1)
    assert ours == [model.to_text(tokens) for tokens in theirs]
    assert all(ours)


def test_a_state_gives_no_more_tokens_than_allowed(batch):
    model = build(max_symbols_per_frame=3).eval()
    with torch.no_grad():
        model.joint_network.lin_out.bias[3] = 100.0  # always A
    lengths = model.encode(batch["speech"], batch["speech_lengths"])[1].tolist()
    hypotheses = model.decode_batch(batch["speech"], batch["speech_lengths"])
    assert hypotheses == ["A" * 3 * length for length in lengths]


def test_the_loss_is_the_sum_over_all_alignments():
    model = build(encoder=ConvBLSTMEncoder(8, 1, 16, 5, 2, 1, 8, 16)).eval()
    text = torch.tensor([[3, 2, 3]])
    batch = {
        "speech": torch.randn(1, 8, 8),
        "speech_lengths": torch.tensor([8]),
        "text": text,
        "text_lengths": torch.tensor([3]),
        "utt_id": ["a"],
    }
    with torch.no_grad():
        states, _ = model.encode(batch["speech"], batch["speech_lengths"])
        model.decoder.set_device(torch.device("cpu"))
        predictions = model.decoder(torch.cat([torch.tensor([[0]]), text], dim=1))
        log_probs = model.joint_network(states[:, :, None], predictions[:, None])[0].log_softmax(-1)
    frames, tokens = 4, 3
    paths = []
    # Of all steps but the last, a blank that leaves the last state, any may be the tokens'.
    for steps in combinations(range(frames + tokens - 1), tokens):
        frame = emitted = 0
        path = 0.0
        for step in range(frames + tokens):
            is_token = step in steps
            symbol = text[0, emitted] if is_token else 0
            path += log_probs[frame, emitted, symbol]
            frame, emitted = frame + (not is_token), emitted + is_token
        paths.append(path)
    assert len(paths) == 20
    expected = -torch.stack(paths).logsumexp(0).item()
    assert losses(model, batch) == pytest.approx([expected], rel=1e-5)
    assert model(**batch)[0].item() == pytest.approx(expected, rel=1e-5)


def test_neither_padding_nor_other_utterances_change_loss_and_hypothesis(batch):
    model = build().eval()
    with torch.no_grad():
        model.joint_network.lin_out.weight *= 10
    together = model.evaluate_batch(**batch)
    for row, name in enumerate(batch["utt_id"]):
        (single,) = model.evaluate_batch(**alone(batch, row)).values()
        assert single["loss"] == pytest.approx(together[name]["loss"], rel=1e-5)
        assert single["hypothesis"] == together[name]["hypothesis"] != ""


def test_the_training_loss_is_the_mean_over_utterances(batch):
    model = build()
    loss, stats, weight = model(**batch)
    assert loss.item() == pytest.approx(sum(losses(model, batch)) / 4, rel=1e-5)
    assert stats["loss"] == loss
    assert weight == 4


def test_every_parameter_of_encoder_prediction_and_joint_network_is_trained(batch):
    model = build()
    model(**batch)[0].backward()
    without = [name for name, p in model.named_parameters() if p.grad is None or not p.grad.any()]
    assert without == []
    parts = {name.split(".")[0] for name, _ in model.named_parameters()}
    assert parts == {"encoder", "decoder", "joint_network"}


def test_the_loss_keeps_its_precision_under_amp(batch):
    model = build()
    expected = model(**batch)[0].item()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss, _, _ = model(**batch)
    assert loss.dtype == torch.float32
    assert loss.item() == pytest.approx(expected, rel=0.02)
    loss.backward()
    assert all(parameter.grad.isfinite().all() for parameter in model.parameters())


def test_tokens_may_be_pieces_of_words(batch):
    model = build(BPE_TOKENS)
    text = torch.tensor([[3, 5, 6, 7], [6, 5, -1, -1]])
    batch = {**batch, "text": text, "text_lengths": torch.tensor([4, 2]), "utt_id": ["a", "b"]}
    batch["speech"], batch["speech_lengths"] = batch["speech"][:2], batch["speech_lengths"][:2]
    records = model.eval().evaluate_batch(**batch)
    assert [record["reference"] for record in records.values()] == ["ABA CD", "CA"]


def test_the_configuration_has_the_papers_sizes():
    """Lu et al. 2020, section 3.1."""
    config = yaml.safe_load(CONFIG.read_text())
    with torch.device("meta"):
        encoder = ConvBLSTMEncoder(80, **config["encoder_conf"])
        decoder = TransducerDecoder(31, **config["decoder_conf"])
        joint = JointNetwork(31, 1536, decoder.dunits, **config["joint_net_conf"])
    assert round(sum(p.numel() for p in encoder.parameters()) / 1e6) == 85
    assert encoder.subsampling == 8
    assert [(lstm.hidden_size, lstm.bidirectional) for lstm in decoder.decoder] == [(1024, False)]
    assert joint.lin_out.weight.shape == (31, 512)


def test_a_text_needs_one_state():
    assert TransducerModel.min_encoder_frames([3, 3, 4]) == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"joint_network": None}, "decoder: transducer"),
        ({"ctc_weight": 0.3}, "no CTC branch: ctc_weight 0.3"),
        ({"token_list": [*TOKENS[1:], "<blank>"]}, "<blank> as the first"),
    ],
)
def test_what_cannot_be_a_transducer_is_refused(changes, message):
    with pytest.raises(SentemoError, match=message):
        build(**changes)
