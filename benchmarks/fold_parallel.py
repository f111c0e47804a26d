"""Cost of ten folds in one pass against one fold: every decoder on kept states, and an encoder.

A fold's gradient needs the products of its own weights with the states, so that ten folds multiply
ten times as much as one; only what is not multiplied can be shared. On kept states nothing is
left to share but the reading, and the cores work on different folds: the last column is one where
ten folds take ten times as long as one, divided by the number of cores. Where the encoder of the
paper's size runs in every epoch, with SpecAugment, ten folds share it; it hears ten speakers then,
and eight for one fold, so that it takes 1.25 times as long.

The fastest epoch counts, as other programs can only slow one down. Of a fold that learns, the
share of matrix products is measured, LSTM among them, and how fast they are beside one large
product.

Usage:
  python benchmarks/fold_parallel.py
  python benchmarks/fold_parallel.py --readme docs/states.md
"""

import argparse
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from upstream_states import CONF, SPECAUGMENT, Benchmark, seconds, show

from sentemo.core.config import read_config
from sentemo.core.markdown import markdown_table
from sentemo.core.processes import available_cores

DECODERS: Mapping[str, Mapping[str, Any]] = {
    "MLP, mean": {"decoder": "mlp_pooling", "decoder_conf": {"dropout": 0.3}},
    "RNN, mean": {"decoder": "rnn_pooling", "decoder_conf": {"dropout": 0.3}},
    "RNN, attention": {},
}
PAPER = "RNN, attention; encoder, SpecAugment"
PRODUCTS = ("mkldnn_rnn_layer", "mkldnn_linear", "aten::mm", "aten::addmm", "aten::bmm")
BATCH, FRAMES, STATES, UNITS = 16, 141, 512, 64  # of EmoDB, Whisper base and the paper's decoder
ROUNDS = 20


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--paper", type=Path, default=CONF / "train_asr_rnnt.yaml")
    parser.add_argument("--utterances", type=int, default=12, help="of a speaker (default 12)")
    parser.add_argument("--epochs", type=int, default=5, help="that are measured (default 5)")
    parser.add_argument("--readme", type=Path, help="replace its table of ten folds")
    parser.add_argument("--json", type=Path, help="write the figures there")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(args, Path(folder))
    show(args, figures, "ten folds", table(figures))


def measure(args: argparse.Namespace, work: Path) -> dict[str, Any]:
    """Return seconds of an epoch by row, for one fold and for ten, and what limits them."""
    kept = benchmark(work / "kept", "built-in", 3, args.utterances, args.epochs)
    found = {name: both(kept, f"decoder_{n}", of) for n, (name, of) in enumerate(DECODERS.items())}
    limits = {"products": share_of_products(kept), **rates()}
    upstream = save_random_model(work, args.paper)
    paper = benchmark(work / "paper", str(upstream), "last", -(-args.utterances // 3), 2)
    spec = read_config(SPECAUGMENT)
    found[PAPER] = both(paper, "paper", {key: spec[key] for key in ("specaug", "specaug_conf")})
    return {"epochs": found, **limits}


def table(figures: Mapping[str, Any]) -> str:
    """Return the figures in words."""
    cores = available_cores()
    rows = [
        (name, f"{one:.2f} s", f"{ten:.2f} s", f"{ten / one:.1f}", f"{ten / one * cores / 10:.2f}")
        for name, (one, ten) in figures["epochs"].items()
    ]
    titles = ["epoch of", "one fold", "ten folds", "ten / one", f"of 10 / {cores} cores"]
    return (
        f"{markdown_table(titles, rows)}\n\n"
        f"Of the time of one fold with RNN and attention, {100 * figures['products']:.0f} % are "
        f"matrix products. A core learns {figures['lstm']:.0f} GFLOP/s in such an LSTM; in one "
        f"large product it computes {figures['onednn']:.0f} with oneDNN and "
        f"{figures['mkl']:.0f} with MKL."
    )


def benchmark(
    work: Path, upstream: str, layer: int | str, utterances: int, epochs: int, ngpu: int = 0
) -> Benchmark:
    """Keep the states of an upstream of so many utterances of a speaker."""
    work.mkdir()
    config = CONF / "train_ser_layer.yaml"
    args = {"upstream": upstream, "layer": layer, "utterances": utterances, "epochs": epochs}
    found = Benchmark(argparse.Namespace(config=config, **args), work, ngpu)
    found.keep()
    return found


def both(found: Benchmark, name: str, changes: Mapping[str, Any]) -> tuple[float, float]:
    """Return the seconds of an epoch of one fold and of ten."""
    changes = {**changes, "model_conf": {"encoder_layer": found.args.layer}}
    return found.epoch(f"{name}_one", changes, folds=1), found.epoch(f"{name}_ten", changes)


def share_of_products(found: Benchmark) -> float:
    """Return the share of matrix products in the time of torch's operations, of one fold."""
    import torch
    from torch.profiler import ProfilerActivity, profile

    from sentemo.core.memory import keep_freed_memory
    from sentemo.folds.joint_inputs import joint_arguments, kept_states
    from sentemo.folds.learner import FoldLearner
    from sentemo.tasks.ser import SERTask

    keep_freed_memory()
    torch.set_num_threads(1)
    changes = {"model_conf": {"encoder_layer": found.args.layer}}
    jobs = found.jobs("profiled", found.args.config, changes)[:1]
    args, kept = joint_arguments(jobs), kept_states(jobs)
    model = SERTask.build_model(args)
    learner = FoldLearner(model.with_own_decoder(), jobs[0], args, kept)
    names = sorted(learner.sides(jobs[0])["train"])

    def learn() -> None:
        for batch in kept.batches(names, model.kept_layers):
            learner.learn(*batch)

    learner.start_epoch(1)
    learn()  # so that memory is at hand
    with profile(activities=[ProfilerActivity.CPU]) as profiled:
        learn()
    times = {event.key: event.self_cpu_time_total for event in profiled.key_averages()}
    products = sum(time for key, time in times.items() if any(name in key for name in PRODUCTS))
    return products / sum(times.values())


def rates() -> dict[str, float]:
    """Return the GFLOP/s of one thread, best of some rounds: an LSTM that learns, and products."""
    import torch

    from sentemo.core.memory import keep_freed_memory

    keep_freed_memory()
    torch.set_num_threads(1)
    linear = torch.nn.functional.linear
    lstm, weights = torch.nn.LSTM(STATES, UNITS), torch.randn(STATES, STATES)
    x = torch.randn(FRAMES, BATCH, STATES)
    rows = x.flatten(0, 1)
    # Forwards, and backwards to the weights and to the input.
    learnt = 3 * 2 * FRAMES * BATCH * (4 * UNITS) * (STATES + UNITS)
    product = 2 * FRAMES * BATCH * STATES * STATES
    work = {
        "lstm": (learnt, lambda: lstm(x)[0].sum().backward()),
        "onednn": (product, lambda: linear(rows.to_mkldnn(), weights)),
        "mkl": (product, lambda: linear(rows, weights)),
    }
    return {
        name: operations / min(seconds(of) for _ in range(ROUNDS)) / 1e9
        for name, (operations, of) in work.items()
    }


def save_random_model(work: Path, config: Path) -> Path:
    """Save an untrained model of a configuration as an experiment that can be reused."""
    import torch
    from espnet2.utils.yaml_no_alias_safe_dump import yaml_no_alias_safe_dump

    from sentemo.core.markers import TRAINED_MARKER
    from sentemo.tasks.asr import ASRTask
    from sentemo.training.arguments import training_arguments

    exp = work / "asr"
    exp.mkdir()
    tokens = ["<blank>", "<unk>", "A", "<sos/eos>"]
    settings = {"token_list": tokens, "token_type": "char", "output_dir": str(exp)}
    args = training_arguments(ASRTask, config, settings)
    args.feature_type, args.input_size, args.normalize = "fbank80", 80, None
    model = ASRTask.build_model(args)
    with open(exp / "config.yaml", "w", encoding="utf-8") as stream:
        yaml_no_alias_safe_dump(vars(args), stream)
    torch.save(model.state_dict(), exp / "valid.cer.best.pth")
    (exp / TRAINED_MARKER).write_text("{}")
    return exp


if __name__ == "__main__":
    main()
