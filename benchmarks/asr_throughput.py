"""Speed of training and encoding of the shipped ASR configurations, as a Markdown table.

Batches are synthetic and have each configuration's own size; utterances have the mean duration
and number of characters of LibriSpeech. A real-time factor is seconds of computing per second of
speech. Reading features from disk is not counted.

Usage:
  python benchmarks/asr_throughput.py
  python benchmarks/asr_throughput.py --ngpu 1 --configs conf/train_asr_ctc.yaml
  python benchmarks/asr_throughput.py --readme egs/librispeech/README.md
"""

import argparse
import json
import resource
import string
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from machine import processor

from sentemo.bin.options import one_gpu_anywhere
from sentemo.core.markdown import markdown_table, replace_block

CONF = Path(__file__).parent.parent / "conf"
SECONDS, CHARACTERS = 12.3, 184  # means over the 281,241 training utterances
FRAMES = round(100 * SECONDS)
ROUNDS = 3
COLUMNS = ("utterances/s", "real-time factor", "peak memory")


def main() -> None:
    """Measure each configuration in a process of its own, so that its memory can be measured."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ngpu", type=one_gpu_anywhere, default=0, help="1 measures on the GPU")
    parser.add_argument(
        "--configs", type=Path, nargs="+", default=sorted(CONF.glob("train_asr_*.yaml"))
    )
    parser.add_argument("--readme", type=Path, help="replace its table of throughput")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        print(json.dumps(measure(args.one, args.ngpu)))
        return
    rows = []
    for config in args.configs:
        command = [sys.executable, __file__, f"--one={config}", f"--ngpu={args.ngpu}"]
        run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        measured = json.loads(run.stdout.splitlines()[-1])
        rows.append([config.stem, *measured])
        print(f"{config}: measured", file=sys.stderr)
    encoding, training = ([f"{of}: {name}" for name in COLUMNS] for of in ("encoding", "training"))
    table = markdown_table(["configuration", "parameters", "batch", *encoding, *training], rows)
    block = f"{hardware(args.ngpu)}; utterances of {SECONDS} s.\n\n{table}"
    print(block)
    if args.readme:
        text = args.readme.read_text(encoding="utf-8")
        text = replace_block(text, "throughput", block, str(args.readme))
        args.readme.write_text(text, encoding="utf-8")


def hardware(ngpu: int) -> str:
    """Return the name of the hardware that the numbers hold for."""
    import torch

    if ngpu:
        return torch.cuda.get_device_name()
    return f"{processor()}, {torch.get_num_threads()} threads"


def measure(config: Path, ngpu: int) -> list[str]:
    """Return the cells of a configuration's row; encoding comes first, as it needs less memory."""
    import torch

    device = "cuda" if ngpu else "cpu"
    args, model = build(config)
    model.to(device)
    batch = synthetic_batch(args, device)

    def encode() -> None:
        with torch.no_grad():
            model.encode(batch["speech"], batch["speech_lengths"])

    utterances = len(batch["utt_id"])
    parameters = sum(p.numel() for p in model.parameters())
    model.eval()
    encoding = cells(encode, utterances, device)
    model.train()
    step = training_step(args, model)
    training = cells(lambda: step(batch), utterances, device)
    return [f"{parameters / 1e6:.1f} M", str(utterances), *encoding, *training]


def training_step(
    args: argparse.Namespace, model: Any, half: Any = None
) -> Callable[[dict[str, Any]], Any]:
    """Return a function that takes a step with a batch and returns its loss.

    Parameters
    ----------
    half
        torch's type of half precision, with which the trainer's ``use_amp`` computes; None is none.
    """
    import torch

    device = next(model.parameters()).device.type
    optimizer = torch.optim.Adam(model.parameters())
    scaler = torch.amp.GradScaler(device, enabled=half is not None)

    def step(batch: dict[str, Any]) -> Any:
        optimizer.zero_grad()
        with torch.autocast(device, half, enabled=half is not None):
            loss = model(**batch)[0]
        scaler.scale(loss).backward()
        scaler.unscale_(optimizer)
        torch.nn.utils.clip_grad_norm_(model.parameters(), args.grad_clip)
        scaler.step(optimizer)
        scaler.update()
        return loss.detach()

    return step


def build(config: Path) -> tuple[argparse.Namespace, Any]:
    """Build a configuration's model for characters, without its normalisation statistics."""
    from sentemo.core.config import read_config
    from sentemo.data.features import feature_dim
    from sentemo.data.tokens import character_tokens
    from sentemo.tasks.sa2sr import recognition_task
    from sentemo.training.arguments import training_arguments

    tokens = character_tokens([string.ascii_uppercase + "' "])
    task = recognition_task(read_config(config).get("model"))
    args = training_arguments(task, config, {"token_list": tokens, "token_type": "char"})
    args.input_size = feature_dim(args.feature_type or "fbank80")
    args.normalize = None
    if args.preencoder is not None:
        args.preencoder_conf["input_size"] = args.input_size
    return args, task.build_model(args)


def synthetic_batch(args: argparse.Namespace, device: str) -> dict[str, Any]:
    """Return noise and random characters in a batch of the configuration's size."""
    size = args.batch_size
    if args.batch_type == "numel":
        size = max(1, args.batch_bins // (FRAMES * args.input_size))
    return noise_batch(args, [FRAMES] * size, device)


def noise_batch(args: argparse.Namespace, frames: Sequence[int], device: str) -> dict[str, Any]:
    """Return noise of so many frames, and random characters, as many in a second as are read."""
    import torch

    characters = [round(CHARACTERS * length / FRAMES) for length in frames]
    letters = range(2, len(args.token_list) - 1)
    text = torch.randint(letters.start, letters.stop, (len(frames), max(characters)), device=device)
    for row, length in zip(text, characters, strict=True):
        row[length:] = -1  # as the collator pads
    return {
        "speech": torch.randn(len(frames), max(frames), args.input_size, device=device),
        "speech_lengths": torch.tensor(frames, device=device),
        "text": text,
        "text_lengths": torch.tensor(characters, device=device),
        "utt_id": [str(number) for number in range(len(frames))],
    }


def cells(step: Callable[[], None], utterances: int, device: str) -> list[str]:
    """Run a step a few times, and return its median speed and the peak memory."""
    import torch

    times = []
    for _ in range(1 + ROUNDS):  # the first warms up
        started = time.perf_counter()
        step()
        if device == "cuda":
            torch.cuda.synchronize()
        times.append(time.perf_counter() - started)
    seconds = sorted(times[1:])[ROUNDS // 2]
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    if device == "cuda":
        used = torch.cuda.max_memory_allocated()
    factor = seconds / (utterances * SECONDS)
    return [f"{utterances / seconds:.1f}", f"{factor:.5f}", f"{used / 2**30:.1f} GiB"]


if __name__ == "__main__":
    main()
