"""A plan for 10,000 hours of speech, from the cost of the largest measured corpora."""

from collections.abc import Mapping
from typing import Any

from sentemo.core.markdown import markdown_table
from sentemo.data.features import FRAMES_PER_SECOND, SAMPLE_RATE
from sentemo.launch.resources import SLURM_CONF
from sentemo.launch.settings import read_slurm_settings

HOURS, SECONDS = 10_000, 5  # of speech, and of an utterance
UTTERANCES = HOURS * 3600 // SECONDS
IN_ARRAYS = ("feats", "states")  # how the names of the steps begin that an array shares
STATES, SIZE = 50, 512  # of a second by Whisper, and of a state by its base
BYTES = {
    "fbank of 80 bands": 80 * FRAMES_PER_SECOND,
    "raw audio, before FLAC": 2 * SAMPLE_RATE,
    "states of one layer of Whisper base": 2 * STATES * SIZE,
}  # of a second


def plan(found: Mapping[str, Any]) -> str:
    """Return time, memory and disk as tables."""
    at_once = read_slurm_settings(SLURM_CONF, "array").tasks
    speech = [
        (step, f"{hours:,.1f}", f"{hours / (at_once if step.startswith(IN_ARRAYS) else 1):,.1f}")
        for kind in ("speech", "encoders")
        for step, hours in core_hours(found[kind]).items()
    ]
    minutes = [(step, f"{of:.1f}") for step, of in table_minutes(found["tables"]).items()]
    disk = [(what, f"{of * HOURS * 3600 / 1e12:.1f}") for what, of in BYTES.items()]
    return "\n\n".join(
        [
            markdown_table(["", "hours of one core", f"hours, {at_once} tasks at once"], speech),
            f"In one directory, {UTTERANCES:,} utterances take {memory(found)}. "
            "Each step upon tables takes so long:",
            markdown_table(["", "minutes of one core"], minutes),
            markdown_table(["kept on disk", "TB"], disk),
        ]
    )


def core_hours(by_size: Mapping[str, Any]) -> dict[str, float]:
    """Return the hours of one core that each stage takes, by its largest measured corpus."""
    size = max(by_size, key=float)
    steps = list(by_size[size].items())[1:]  # the first makes the speech
    return {step: of["cpu"] / float(size) * HOURS / 3600 for step, of in steps}


def table_minutes(by_size: Mapping[str, Any]) -> dict[str, float]:
    """Return the minutes that each step takes on the tables of all utterances."""
    size = max(by_size, key=float)
    steps = list(by_size[size].items())[1:]  # the first makes the utterances
    return {step: of["cpu"] / float(size) * UTTERANCES / 60 for step, of in steps}


def memory(found: Mapping[str, Any]) -> str:
    """Return the memory that the whole corpus takes, as words.

    What training maps into memory is no need of it: the system may take it back.
    """
    said = f"{gib(found['tables'], UTTERANCES):.0f} GiB of memory in the steps upon tables"
    if len(found["speech"]) > 1:
        of_stages = gib(found["speech"], HOURS, IN_ARRAYS)
        said += f", and {of_stages:.0f} GiB in a process of the stages {' and '.join(IN_ARRAYS)}"
    return said


def gib(by_size: Mapping[str, Any], whole: float, beginnings: tuple[str, ...] = ("",)) -> float:
    """Return the largest memory of the steps whose names begin so, on the line of two sizes."""
    (few, at_few), (many, at_many) = (
        (
            float(size),
            max(of["memory"] for step, of in by_size[size].items() if step.startswith(beginnings)),
        )
        for size in (min(by_size, key=float), max(by_size, key=float))
    )
    slope = (at_many - at_few) / (many - few)
    return (at_many + slope * (whole - many)) / 1024
