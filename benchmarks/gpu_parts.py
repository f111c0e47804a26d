"""The parts of gpu.py: each measures in a folder, on a device, and returns figures and rows."""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from asr_throughput import build, noise_batch, training_step
from fold_parallel import DECODERS, PAPER, benchmark, both, save_random_model
from upstream_states import SPECAUGMENT, seconds

from sentemo.core.config import read_config

ROOT = Path(__file__).parent.parent
CONF = ROOT / "conf"
# Recipe, its configuration: a recogniser learns and decodes; states are kept, folds learn on them.
RECIPES = {"librispeech": "train_asr_ctc", "emodb": "train_ser_states"}
TRAININGS = {"RNN-T": "train_asr_rnnt", "CTC": "train_asr_ctc", "SA2SR": "train_sa2sr"}
PRECISIONS = {"fp32": "float32", "bf16": "bfloat16"}
STEPS = {"cuda": 12, "cpu": 2}
PRODUCT = {"cuda": 8192, "cpu": 1024}  # rows and columns of a large product
WHISPERS = {  # size of a state, layers, heads, units, mel bands
    "cuda": {"Whisper base": (512, 6, 8, 2048, 80), "large-v3": (1280, 32, 20, 5120, 128)},
    "cpu": {"two tiny layers": (16, 2, 2, 32, 80)},
}
SPOKEN = {"cuda": 128, "cpu": 2}  # utterances whose states are computed
RATE, SECONDS = 16000, 5


def recipes(work: Path, device: str) -> dict[str, Any]:
    """Run a recogniser's recipe and an emotion recipe on their mini corpora, up to the scores."""
    found: dict[str, float] = {}
    for corpus, config in RECIPES.items():
        data = work / corpus / "corpus"
        run(
            sys.executable, "-m", "sentemo.bin.make_mini_corpus", "--corpus", corpus, "--dest", data
        )
        options = [
            "--config",
            CONF / "mini" / f"{config}.yaml",
            "--work_dir",
            work / corpus / "run",
        ]
        options += ["--allow_partial", "true", "--nj", "1", "--ngpu", int(device == "cuda")]
        last = "asr_score" if corpus == "librispeech" else "score"
        started = time.perf_counter()
        recipe = ROOT / "egs" / corpus / "run.sh"
        run(recipe, "--corpus_dir", data, *options, "--stop_stage", last)
        found[corpus] = time.perf_counter() - started
    rows = [(f"mini recipe {name}, {RECIPES[name]}", f"{s:.0f} s") for name, s in found.items()]
    return {"recipes": found, "rows": rows}


def training(work: Path, device: str) -> dict[str, Any]:
    """Take the same steps of each large configuration in full and in half precision."""
    found: dict[str, Any] = {
        "rates": {name: product_rate(device, of) for name, of in PRECISIONS.items()}
    }
    rows = [
        (f"one large product, {k}", f"{v / 1e12:.1f} TFLOP/s") for k, v in found["rates"].items()
    ]
    for name, config in TRAININGS.items():
        path = CONF / ("" if device == "cuda" else "mini") / f"{config}.yaml"
        of = {key: steps(path, device, torch_name) for key, torch_name in PRECISIONS.items()}
        full, half = of.values()
        apart = max(
            abs(a - b) / abs(a) for a, b in zip(full["losses"], half["losses"], strict=True)
        )
        found[name] = {**of, "losses_apart": apart}
        for key, figures in of.items():
            share = figures["operations"] / figures["seconds"] / found["rates"][key]
            rows.append((f"{name}, {key}", in_words(figures, share)))
        rows.append(
            (
                f"{name}, losses of bf16 and fp32 over {STEPS[device]} steps",
                f"{100 * apart:.2f} % apart at most",
            )
        )
    return {**found, "rows": rows}


def in_words(figures: Mapping[str, Any], share: float) -> str:
    """Return speed, share of a large product's speed, memory, padding and the whole training."""
    memory = f"{figures['memory'] / 2**30:.1f} GiB, " if figures["memory"] else ""
    return (
        f"{figures['utterances_per_second']:.1f} utterances/s, {100 * share:.0f} % of a large "
        f"product's speed, {memory}{100 * figures['padding']:.1f} % padding; whole training "
        f"{figures['whole_hours']:.0f} h at most"
    )


def steps(config: Path, device: str, precision: str) -> dict[str, Any]:
    """Take steps on batches as the training draws them, and return what they cost."""
    import torch

    torch.manual_seed(0)
    args, model = build(config)
    model.to(device).train()
    sizes, padding = batches(args, STEPS[device])
    found = [noise_batch(args, frames, device) for frames in sizes]
    if hasattr(model, "sentiment_head"):
        for batch in found:
            batch["sentiment"] = torch.full((len(batch["utt_id"]), 3), 1 / 3, device=device)
    operations = [counted(model, batch) for batch in found]
    half = None if precision == "float32" else getattr(torch, precision)
    step = training_step(args, model, half)
    step(found[0])  # warms up
    times, losses = [], []
    for batch in found:
        started = time.perf_counter()
        losses.append(step(batch).item())  # which waits for the GPU
        synchronize(device)
        times.append(time.perf_counter() - started)
    batches_in_all = args.max_epoch * (args.num_iters_per_epoch or 1)
    return {
        "seconds": sum(times) / len(times),
        "operations": sum(operations) / len(operations),
        "losses": losses,
        "utterances_per_second": sum(map(len, sizes)) / sum(times),
        "memory": torch.cuda.max_memory_allocated() if device == "cuda" else None,
        "padding": padding,
        "whole_hours": batches_in_all * sum(times) / len(times) / 3600,
    }


def batches(args: argparse.Namespace, wanted: int) -> tuple[list[list[int]], float]:
    """Return frames of some batches, evenly spread over all that ESPnet forms, and their padding.

    Durations have the mean and the peak of LibriSpeech's: most are of 12 to 17 s.
    """
    from espnet2.samplers.build_batch_sampler import build_batch_sampler

    draw = np.random.default_rng(0)
    count = 250 * wanted
    whole, cut = draw.normal(14.5, 1.2, count), draw.uniform(1.5, 14.0, count)
    durations = np.where(draw.random(count) < 0.7, whole, cut)
    frames = np.round(100 * durations).astype(int).tolist()
    with tempfile.NamedTemporaryFile("w") as shapes:
        shapes.writelines(f"{n} {length},{args.input_size}\n" for n, length in enumerate(frames))
        shapes.flush()
        sampler = build_batch_sampler(
            type=args.batch_type,
            batch_size=args.batch_size,
            batch_bins=args.batch_bins,
            shape_files=[shapes.name],
            fold_lengths=args.fold_length[:1],
        )
    every = [[frames[int(name)] for name in batch] for batch in sampler]
    padding = 1 - sum(frames) / sum(max(batch) * len(batch) for batch in every)
    return every[:: max(1, len(every) // wanted)][:wanted], padding


def counted(model: Any, batch: Mapping[str, Any]) -> float:
    """Return the operations of a step in products and convolutions: thrice those forwards."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    recurrent = 0

    def count(module: Any, inputs: Sequence[Any], output: Any) -> None:
        nonlocal recurrent  # torch counts no operations of an LSTM
        weights = sum(p.numel() for p in module.parameters() if p.dim() == 2)
        recurrent += 2 * weights * inputs[0].shape[:2].numel()

    lstms = [module for module in model.modules() if isinstance(module, torch.nn.LSTM)]
    hooks = [module.register_forward_hook(count) for module in lstms]
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(**batch)
    for hook in hooks:
        hook.remove()
    return 3 * (counter.get_total_flops() + recurrent)


def product_rate(device: str, precision: str) -> float:
    """Return the operations a second of a large product, best of some rounds."""
    import torch

    size = PRODUCT[device]
    one = torch.randn(size, size, device=device, dtype=getattr(torch, precision))

    def multiply() -> None:
        one @ one
        synchronize(device)

    return 2 * size**3 / min(seconds(multiply) for _ in range(10))


def states(work: Path, device: str) -> dict[str, Any]:
    """Compute the states of encoders of random weights, utterances one by one and together."""
    import torch

    from sentemo.states.encoder import FrozenEncoder
    from sentemo.upstreams import Upstream

    draw = np.random.default_rng(0)
    signals = [
        draw.normal(0, 0.1, SECONDS * RATE).astype(np.float32) for _ in range(SPOKEN[device])
    ]
    found: dict[str, Any] = {}
    rows = []
    for name, sizes in WHISPERS[device].items():
        encoder = FrozenEncoder(Upstream(str(write_encoder(work, name, *sizes))), device)

        def encode(size: int, encoder: FrozenEncoder = encoder) -> None:
            for first in range(0, len(signals), size):
                encoder.states(signals[first : first + size])

        for way, size in {"one by one": 1, "16 at once": 16}.items():
            encoder.states(signals[:size])  # warms up
            found[f"{name}, {way}"] = speed = (
                len(signals) * SECONDS / seconds(partial(encode, size))
            )
            rows.append((f"states of {name}, {way}", f"{speed:.0f} × real time"))
        if device == "cuda":
            found[f"{name}, memory"] = memory = torch.cuda.max_memory_allocated()
            torch.cuda.reset_peak_memory_stats()
            rows.append((f"states of {name}, memory", f"{memory / 2**30:.1f} GiB"))
    return {"speeds": found, "rows": rows}


def write_encoder(
    work: Path, name: str, size: int, layers: int, heads: int, units: int, mels: int
) -> Path:
    """Write an encoder of Whisper's form with random weights, as a directory of Hugging Face."""
    from safetensors.torch import save_file

    from sentemo.modules.encoders.whisper import WhisperEncoder

    folder = work / name.replace(" ", "_")
    folder.mkdir()
    described = {
        "model_type": "whisper",
        "num_mel_bins": mels,
        "d_model": size,
        "encoder_layers": layers,
        "encoder_attention_heads": heads,
        "encoder_ffn_dim": units,
    }
    (folder / "config.json").write_text(json.dumps(described))
    weights = WhisperEncoder(mels, size, num_layers=layers, heads=heads, units=units).state_dict()
    save_file(
        {f"model.encoder.{key}": value for key, value in weights.items()},
        folder / "model.safetensors",
    )
    return folder


def folds(work: Path, device: str) -> dict[str, Any]:
    """Train one fold and ten in one pass, on kept states and with the paper's encoder."""
    each, epochs, ngpu = (1, 1, 0) if device == "cpu" else (12, 5, 1)
    kept = benchmark(work / "kept", "built-in", 3, each, epochs, ngpu)
    name = "RNN, attention"
    found = {name: both(kept, "kept", DECODERS[name])}
    spec = read_config(SPECAUGMENT)
    rnnt = CONF / ("mini" if device == "cpu" else "") / "train_asr_rnnt.yaml"
    upstream = save_random_model(work, rnnt)
    paper = benchmark(work / "paper", str(upstream), "last", each, epochs, ngpu)
    found[PAPER] = both(paper, "paper", {key: spec[key] for key in ("specaug", "specaug_conf")})
    rows = [
        (f"ten folds / one fold: {name}", f"{one:.2f} s, {ten:.2f} s: {ten / one:.2f}")
        for name, (one, ten) in found.items()
    ]
    return {"epochs": found, "rows": rows}


def run(*command: object) -> None:
    """Run a command whose output matters only if it fails."""
    subprocess.run(list(map(str, command)), check=True, stdout=sys.stderr)


def synchronize(device: str) -> None:
    """Wait until the GPU has done its work."""
    import torch

    if device == "cuda":
        torch.cuda.synchronize()


PARTS: Mapping[str, Callable[[Path, str], dict[str, Any]]] = {
    "recipes": recipes,
    "training": training,
    "states": states,
    "folds": folds,
}
