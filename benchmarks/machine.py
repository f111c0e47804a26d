"""The machine that measurements hold for, by its processor: never by its name."""

from pathlib import Path

from sentemo.core.processes import available_cores


def processor() -> str:
    """Return the processor's model and how many of its cores this process may use."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    cores = available_cores()
    return f"{models[0] if models else 'unknown processor'}, {cores} core{'s' * (cores > 1)}"
