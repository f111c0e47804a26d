"""How time and memory of the stages' tables grow with the corpus: where a step is not linear.

Tables of so many utterances, of which each speaker has sixty, go through every reader and writer of
the stages; no audio is heard. Processor time of ten times as many utterances should be ten times
as much. With hours, look-alike speech goes through stage feats and the keeping of states too.

Usage:
  python benchmarks/scale.py                                # 15,000 and 150,000 utterances
  python benchmarks/scale.py --hours 1 10                   # speech too; 100 takes half an hour
  python benchmarks/scale.py --readme benchmarks/README.md
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from machine import processor
from upstream_states import LONGEST, SHORTEST, SPEAKERS, make_speech, quiet, show

from sentemo.bin.options import positive_int
from sentemo.core.errors import SentemoError
from sentemo.core.markdown import markdown_table
from sentemo.data.kaldi import Utterance

LABELS = ["angry", "happy", "neutral", "sad"]
OF_SPEAKER = 60  # utterances: of as many speakers as MSP-Podcast has
FRAMES, RATE, SHARDS = 450, 16000, 32
MEAN = (SHORTEST + LONGEST) / 2  # seconds of an utterance


def main() -> None:
    """Measure each size in a process of its own, so that its memory can be measured."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--utterances", type=positive_int, nargs="*", default=[15_000, 150_000])
    parser.add_argument("--hours", type=float, nargs="*", default=[], help="of speech")
    parser.add_argument("--readme", type=Path, help="replace its table of scale")
    parser.add_argument("--json", type=Path, help="write the figures there")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        kind, size = args.one
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(measure(Path(folder), PARTS[kind], float(size))))
        return
    found = {"tables": run("tables", args.utterances), "speech": run("speech", args.hours)}
    show(args, found, "scale", table(found))


def run(kind: str, sizes: Sequence[float]) -> dict[str, dict[str, float]]:
    """Return the seconds of each step, and the memory, by size."""
    found = {}
    for size in sizes:
        command = [sys.executable, __file__, "--one", kind, str(size)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        found[f"{size:g}"] = json.loads(done.stdout.splitlines()[-1])
        print(f"{kind}, {size:g}: measured", file=sys.stderr)
    return found


def measure(
    work: Path, part: Callable[[Path, float], Iterator[str]], size: float
) -> dict[str, float]:
    """Return the seconds of the processor that each step takes, and the memory at the end."""
    found, steps = {}, part(work, size)
    while True:
        started = time.process_time()
        with quiet():
            name = next(steps, None)
        if name is None:
            break
        found[name] = time.process_time() - started
    found["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return found


def table(found: dict[str, Any]) -> str:
    """Return seconds by step and size, and by how much the largest costs more in proportion."""
    blocks = [f"{processor()}; seconds of one core."]
    for kind, unit in (("tables", "utterances"), ("speech", "h")):
        if not (by_size := found[kind]):
            continue
        first, last = next(iter(by_size)), list(by_size)[-1]
        growth = float(last) / float(first)
        rows = []
        for step in by_size[first]:
            cells = [f"{of[step]:.2f}" for of in by_size.values()]
            name = "memory, MiB" if step == "memory" else step
            ratio = by_size[last][step] / max(by_size[first][step], 1e-9) / growth
            rows.append([name, *cells, "" if step == "memory" else f"{ratio:.2f}"])
        titles = ["step", *(f"{size} {unit}" for size in by_size), "cost of one, last / first"]
        blocks.append(markdown_table(titles, rows))
    return "\n\n".join(blocks)


def tables(work: Path, size: float) -> Iterator[str]:
    """Take tables through the stages; yield the name of each step when it is done."""
    from sentemo.data.kaldi import read_data_dir
    from sentemo.data.listing import read_table_listing
    from sentemo.data.tables import write_table

    made = list(utterances(work, int(size)))
    yield "make the utterances"
    columns = {
        "wav.scp": {utt.id: str(utt.audio) for utt in made},
        "utt2spk": {utt.id: utt.speaker for utt in made},
        "utt2label": {utt.id: str(utt.label) for utt in made},
        "text": {utt.id: str(utt.text) for utt in made},
    }
    for name, values in columns.items():
        write_table(work / "data" / name, values)
    yield "data: write the tables"
    read = read_data_dir(work / "data")
    yield "data: read the tables"
    rows = [f"{u.audio},{u.label},{u.speaker}" for u in made]
    (work / "list.csv").write_text("\n".join(["file,label,speaker", *rows]), encoding="utf-8")
    read_table_listing(work / "list.csv")
    yield "data: write and read a list in CSV"
    yield from divide(work, read)
    yield from answer(work, read)


def divide(work: Path, read: Sequence[Utterance]) -> Iterator[str]:
    """Take utterances through features, folds and shards."""
    from sentemo.data.audio import audio_fingerprint
    from sentemo.data.features import read_feature_dir
    from sentemo.data.fold_files import read_folds, write_folds
    from sentemo.data.same_recordings import require_recordings_apart
    from sentemo.data.splits import SIDES, choose_folds, side_of_fold, speakers_on_two_sides

    audio_fingerprint(utt.audio for utt in read)
    yield "feats: fingerprint of the audio"
    write_feature_tables(work / "dump", read)
    yield "feats: write the tables"
    features = read_feature_dir(work / "dump")
    yield "feats: read the tables"
    size = -(-len(read) // SHARDS)
    for first in range(0, len(read), size):
        features.only(utt.id for utt in read[first : first + size])
    yield "states: features of every shard"
    folds, protocol = choose_folds(read)
    write_folds(work / "folds.tsv", folds, protocol)
    folds = read_folds(work / "folds.tsv", read)
    yield "folds: choose, write and read"
    sides = [side_of_fold(read, fold, side) for fold in folds for side in SIDES]
    assert sum(map(len, sides)) == len(folds) * len(read)
    yield "folds: the sides of all of them"
    for fold in folds:
        speakers_on_two_sides(fold, read)
    yield "folds: speakers on two sides"
    digests = {utt.id: utt.id[:-1] for utt in read}
    with suppress(SentemoError):  # as ten utterances have the same content
        require_recordings_apart(folds, read, digests, "data")
    yield "folds: recordings on two sides"
    for fold in folds:
        features.stats(utt.id for utt in side_of_fold(read, fold, "train"))
    yield "train: statistics of every fold"


def answer(work: Path, read: Sequence[Utterance]) -> Iterator[str]:
    """Take random answers through the stages decode and score."""
    from sentemo.scoring.classes import score_predictions
    from sentemo.scoring.predictions import Prediction, read_predictions, write_predictions

    draw = np.random.default_rng(0).dirichlet(np.ones(len(LABELS)), len(read))
    predictions = [
        Prediction(u.id, 1, u.speaker, str(u.label), LABELS[int(p.argmax())], tuple(p.tolist()))
        for u, p in zip(read, draw, strict=True)
    ]
    write_predictions(work / "test.tsv", LABELS, predictions)
    _, predictions = read_predictions(work / "test.tsv")
    yield "decode: write and read the answers"
    score_predictions(LABELS, predictions, predictions)
    yield "score: measures and intervals"


def utterances(work: Path, count: int) -> Iterator[Utterance]:
    """Yield utterances with everything that tables hold; their audio does not exist."""
    for number in range(count):
        speaker = f"s{number // OF_SPEAKER:05}"
        yield Utterance(
            f"{speaker}-{number:07}",
            speaker,
            work / "audio" / f"{number:07}.wav",
            LABELS[number % len(LABELS)],
            text=f"this is sentence {number} of many",
            avd=(1.0 + number % 5, 3.0, 2.5),
        )


def write_feature_tables(dump: Path, read: Sequence[Utterance]) -> None:
    """Write a feature directory without its archives, as stage feats does."""
    from sentemo.core.files import write_json
    from sentemo.data.features import DIGESTS, FEATS_JSON, UTT_STATS, describe_files
    from sentemo.data.tables import write_table

    dump.mkdir()
    write_table(dump / "feats.scp", {u.id: f"{dump}/feats.1.ark:{n}" for n, u in enumerate(read)})
    write_table(dump / "utt2num_frames", {utt.id: str(FRAMES) for utt in read})
    write_table(dump / DIGESTS, {utt.id: f"{n:064x}" for n, utt in enumerate(read)})
    np.save(dump / UTT_STATS, np.zeros((len(read), 2, 80)))
    described = {"dim": 80, "feature_type": "fbank80", "sample_rate": RATE, "source": "none"}
    write_json(dump / FEATS_JSON, {**described, "notes": [], **describe_files(dump)})


def speech(work: Path, hours: float) -> Iterator[str]:
    """Take noise with the rhythm of syllables through stages feats and states."""
    from sentemo.data.extraction import extract
    from sentemo.data.features import read_feature_dir
    from sentemo.launch.workers import InThisProcess
    from sentemo.states.keeping import keep_states
    from sentemo.states.shards import StatesRequest

    spoken = make_speech(work, round(hours * 3600 / MEAN / len(SPEAKERS)))
    yield "write the speech"
    for feature_type in ("fbank80", "raw"):
        extract(spoken, work / feature_type, feature_type, InThisProcess())
        yield f"feats: {feature_type}"
    request = StatesRequest("built-in", "", read_feature_dir(work / "raw"), work / "states")
    keep_states(request, [])
    yield "states: every layer of the built-in upstream, pooled"


PARTS = {"tables": tables, "speech": speech}


if __name__ == "__main__":
    main()
