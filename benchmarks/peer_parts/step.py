"""A training step of the same BLSTM with attention on the same batch, on one core.

The network is conf/train_ser_scratch.yaml without what only ours has (normalisation, SpecAugment):
two layers of 128 and one of 64 units in each direction, eight heads that attend over time with a
learned query, four classes. The others have their own LSTMs and their own heads.
"""

from argparse import Namespace
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import torch
from asr_throughput import training_step

from peer_parts.turns import Contender, compared, in_turns, versions

BATCH, SHORTEST, LONGEST = 16, 50, 140  # stacked frames of 30 ms: utterances of 1.5 to 4.2 s
FEATURES, UNITS, ABOVE, HEADS, CLASSES = 240, 128, 64, 8, 4
DROPOUT, SMOOTHING, RATE, CLIP = 0.3, 0.1, 0.001, 4.0
STEPS = 5  # of a turn
CONF = Path(__file__).parents[2] / "conf"
Step = Callable[[], object]
States = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def measure(work: Path, rounds: int) -> dict[str, Any]:
    """Return what `STEPS` steps cost each contender."""
    torch.set_num_threads(1)
    contenders = [
        Contender("sentemo", lambda: ours(work)),
        Contender("torch with packed sequences", packed),
        Contender("torch without packing, which reads padding", unpacked),
        Contender("ESPnet's RNN encoder, attention and trainer", lambda: espnet(work)),
        Contender("SpeechBrain's LSTM, attention and Brain", speechbrain),
    ]
    found = in_turns(contenders, rounds)
    return {
        "what": f"{STEPS} training steps of BLSTM and attention, {BATCH} utterances; one core",
        "costs": found,
        "versions": versions("torch", "espnet", "speechbrain"),
    }


def rows(found: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return a row of the table for each contender."""
    return [*compared(found["costs"], lambda cost: f"{1000 * cost['cpu'] / STEPS:.0f} ms a step")]


def batch() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return noise ``(batch, frames, features)``, falling lengths and classes."""
    torch.manual_seed(0)
    lengths = torch.linspace(LONGEST, SHORTEST, BATCH).long()
    return torch.randn(BATCH, LONGEST, FEATURES), lengths, torch.arange(BATCH) % CLASSES


def steps(network: torch.nn.Module) -> Step:
    """Return the steps that a script of one's own takes."""
    x, lengths, classes = batch()
    optimizer = torch.optim.Adam(network.parameters(), lr=RATE)

    def work() -> None:
        for _ in range(STEPS):
            optimizer.zero_grad()
            loss(network(x, lengths), classes).backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), CLIP)
            optimizer.step()

    return work


def loss(logits: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
    """Return the cross-entropy with label smoothing."""
    return torch.nn.functional.cross_entropy(logits, classes, label_smoothing=SMOOTHING)


class Network(torch.nn.Module):
    """Two recurrent parts and an attention, each of some toolkit, and a linear layer.

    Parameters
    ----------
    parts
        Modules, whose parameters learn.
    below, above
        Map a padded batch and lengths to states.
    attend
        Maps a query ``(batch, 1, size)``, states and lengths to ``(batch, 1, size)``.
    """

    def __init__(
        self,
        parts: Iterable[torch.nn.Module],
        below: States,
        above: States,
        attend: Callable[..., torch.Tensor],
    ) -> None:
        super().__init__()
        self.parts = torch.nn.ModuleList(parts)
        self.below, self.above, self.attend = below, above, attend
        self.query = torch.nn.Parameter(torch.randn(1, 1, 2 * ABOVE) / 10)
        self.dropout = torch.nn.Dropout(DROPOUT)
        self.output = torch.nn.Linear(2 * ABOVE, CLASSES)

    def forward(self, x: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Return logits ``(batch, classes)``."""
        states = self.above(self.dropout(self.below(x, lengths)), lengths)
        heard = self.attend(self.query.expand(len(x), -1, -1), states, lengths)
        return self.output(self.dropout(heard[:, 0]))


def padding(lengths: torch.Tensor) -> torch.Tensor:
    """Return where padding is, ``(batch, frames)``."""
    return torch.arange(LONGEST)[None] >= lengths[:, None]


def ours(work: Path) -> Step:
    """The model of SERTask, in a bare loop."""
    from sentemo.core.config import read_config, write_config
    from sentemo.tasks.ser import SERTask
    from sentemo.training.arguments import training_arguments

    config = read_config(CONF / "train_ser_scratch.yaml")
    config |= {"normalize": None, "specaug": None, "specaug_conf": {}, "preencoder": None}
    config |= {"preencoder_conf": {}}
    config["decoder_conf"] |= {"head_size": 2 * ABOVE // HEADS}
    path = write_config(config, work / "train.yaml")
    labels = [str(number) for number in range(CLASSES)]
    args: Namespace = training_arguments(SERTask, path, {"labels": labels})
    args.input_size = FEATURES
    model = SERTask.build_model(args).train()
    x, lengths, classes = batch()
    given = {
        "utt_id": [str(number) for number in range(BATCH)],
        "speech": x,
        "speech_lengths": lengths,
        "label": classes[:, None],
    }
    step = training_step(args, model)
    return lambda: [step(given) for _ in range(STEPS)]


def lstms() -> list[torch.nn.LSTM]:
    """Return the two recurrent parts as torch has them."""
    both = {"batch_first": True, "bidirectional": True}
    return [
        torch.nn.LSTM(FEATURES, UNITS, 2, dropout=DROPOUT, **both),
        torch.nn.LSTM(2 * UNITS, ABOVE, 1, **both),
    ]


def torch_network(states: Callable[[torch.nn.LSTM], States]) -> Step:
    """Return the steps of a network of torch's modules."""
    attention = torch.nn.MultiheadAttention(2 * ABOVE, HEADS, batch_first=True)
    below, above = lstms()

    def attend(query: torch.Tensor, x: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        return attention(query, x, x, key_padding_mask=padding(lengths), need_weights=False)[0]

    return steps(Network([below, above, attention], states(below), states(above), attend))


def packed() -> Step:
    """The usual way, whose result is the right one."""
    from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

    def states(lstm: torch.nn.LSTM) -> States:
        return lambda x, lengths: pad_packed_sequence(
            lstm(pack_padded_sequence(x, lengths, batch_first=True))[0], batch_first=True
        )[0]

    return torch_network(states)


def unpacked() -> Step:
    """The quick way, in which the backward direction begins in the padding."""
    return torch_network(lambda lstm: lambda x, lengths: lstm(x)[0])


def espnet(work: Path) -> Step:
    """ESPnet's modules, and an epoch of its trainer of so many batches."""
    from types import SimpleNamespace

    from espnet.nets.pytorch_backend.transformer.attention import MultiHeadedAttention
    from espnet2.asr.encoder.rnn_encoder import RNNEncoder
    from espnet2.train.reporter import Reporter
    from espnet2.train.trainer import Trainer

    def encoder(size: int, layers: int, units: int) -> RNNEncoder:
        return RNNEncoder(
            size,
            num_layers=layers,
            hidden_size=units,
            output_size=2 * units,
            use_projection=False,
            subsample=None,
            dropout=DROPOUT,
        )

    below, above = encoder(FEATURES, 2, UNITS), encoder(2 * UNITS, 1, ABOVE)
    attention = MultiHeadedAttention(HEADS, 2 * ABOVE, 0.0)

    def attend(query: torch.Tensor, x: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        return attention(query, x, x, ~padding(lengths)[:, None])

    network = Network(
        [below, above, attention],
        lambda x, lengths: below(x, lengths)[0],
        lambda x, lengths: above(x, lengths)[0],
        attend,
    )

    class Model(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, utt_id: list[str], **given: torch.Tensor) -> Any:
            value = loss(self.network(given["speech"], given["speech_lengths"]), given["label"])
            return value, {"loss": value.detach()}, torch.tensor(float(BATCH))

    model, (x, lengths, classes) = Model(), batch()
    given = {"speech": x, "speech_lengths": lengths, "label": classes}
    names = [str(number) for number in range(BATCH)]
    options = SimpleNamespace(
        grad_noise=False,
        accum_grad=1,
        grad_clip=CLIP,
        grad_clip_type=2.0,
        log_interval=None,
        no_forward_run=False,
        ngpu=0,
        use_wandb=False,
        create_graph_in_tensorboard=False,
    )
    optimizer, reporter = torch.optim.Adam(model.parameters(), lr=RATE), Reporter()

    def epoch() -> None:
        reporter.set_epoch(reporter.get_epoch() + 1)
        with reporter.observe("train") as sub_reporter:
            Trainer.train_one_epoch(
                model=model,
                optimizers=[optimizer],
                schedulers=[None],
                iterator=[(names, dict(given)) for _ in range(STEPS)],
                reporter=sub_reporter,
                scaler=None,
                summary_writer=None,
                options=options,
                distributed_option=SimpleNamespace(distributed=False),
            )

    return epoch


def speechbrain() -> Step:
    """SpeechBrain's modules, and batches that its Brain fits."""
    import speechbrain
    from speechbrain.nnet.attention import MultiheadAttention
    from speechbrain.nnet.RNN import LSTM

    both = {"bidirectional": True, "dropout": DROPOUT}
    below = LSTM(UNITS, input_size=FEATURES, num_layers=2, **both)
    above = LSTM(ABOVE, input_size=2 * UNITS, num_layers=1, bidirectional=True)
    attention = MultiheadAttention(HEADS, 2 * ABOVE)

    def states(lstm: LSTM) -> States:
        return lambda x, lengths: lstm(x, lengths=lengths / LONGEST)[0]

    def attend(query: torch.Tensor, x: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        return attention(query, x, x, key_padding_mask=padding(lengths))[0]

    network = Network([below, above, attention], states(below), states(above), attend)

    class Brain(speechbrain.Brain):
        def compute_forward(self, given: Any, stage: Any) -> torch.Tensor:
            return self.modules.network(given[0], given[1])

        def compute_objectives(self, outputs: torch.Tensor, given: Any, stage: Any) -> torch.Tensor:
            return loss(outputs, given[2])

    brain = Brain(
        {"network": network},
        lambda parameters: torch.optim.Adam(parameters, lr=RATE),
        run_opts={"device": "cpu", "max_grad_norm": CLIP},
    )
    brain.on_fit_start()
    brain.modules.train()
    given = batch()
    return lambda: [brain.fit_batch(given) for _ in range(STEPS)]
