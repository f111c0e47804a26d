"""Cost of an array's task against Slurm's own: twenty tasks that do nothing, both ways.

Slurm's own is an array whose tasks are `srun true`. Our tasks load their input, work, and hand back
the result; the delay until a failed task is reported is measured too. Without a cluster, one is
started on this machine: two nodes of four cores, which are all this machine's.

Usage:
  python benchmarks/slurm_array.py
  python benchmarks/slurm_array.py --slurm_conf my_slurm.yaml     # on the cluster at hand
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from sentemo.core.errors import SentemoError
from sentemo.launch.array import SlurmWorkers
from sentemo.launch.queue import job_states
from sentemo.launch.records import read_records
from sentemo.launch.settings import JOB_KINDS, read_slurm_settings
from sentemo.launch.slurm import SlurmQueue

TESTS = Path(__file__).parents[1] / "tests" / "slurm"
TASKS = 20
SMALL = {"hours": 0.2, "memory_gb": 0.2, "cpus": 1, "requeue": 0, "tasks": 100, "extra": {}}


def main() -> None:
    """Measure both ways on the same cluster, and print the seconds per task and the difference."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--slurm_conf", type=Path, help="of the cluster at hand")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="slurm") as name, _cluster(Path(name), args.slurm_conf):
        conf = args.slurm_conf or _small_settings(Path(name))
        settings = read_slurm_settings(conf, "array")
        workers = SlurmWorkers(SlurmQueue(settings, Path(name) / "log", "nothing"))
        slurm = _seconds(_plain_array)
        ours = _seconds(lambda: list(workers.run(abs, range(TASKS))))
        late = _seconds_until_reported(workers, Path(name) / "log")
    print(
        f"{TASKS} tasks, seconds per task: Slurm's own {slurm / TASKS:.2f}, ours {ours / TASKS:.2f}"
    )
    print(f"ours beyond Slurm's own: {(ours - slurm) / TASKS:.2f} s per task")
    print(f"a failed task was reported {late:.1f} s after its end")


@contextmanager
def _cluster(folder: Path, given: Path | None) -> Iterator[None]:
    if given is not None:
        yield
        return
    sys.path.append(str(TESTS))
    from small_cluster import SmallCluster

    cluster = SmallCluster(folder / "slurm")
    os.environ["SLURM_CONF"] = str(cluster.conf)
    cluster.start()
    try:
        yield
    finally:
        cluster.stop()


def _small_settings(folder: Path) -> Path:
    path = folder / "slurm.yaml"
    kind = {**SMALL, "partition": None, "account": None, "gres": "gpu"}
    path.write_text(yaml.safe_dump(dict.fromkeys(JOB_KINDS, kind)))
    return path


def _plain_array() -> None:
    script = "#!/bin/bash\n#SBATCH --output=/dev/null\n#SBATCH --mem=200M\nsrun true\n"
    command = ["sbatch", "--parsable", f"--array=0-{TASKS - 1}"]
    said = subprocess.run(command, input=script, stdout=subprocess.PIPE, text=True, check=True)
    tasks = [f"{said.stdout.strip()}_{number}" for number in range(TASKS)]
    while not all(state.has_ended for state in job_states(tasks).values()):
        time.sleep(0.5)


def _seconds(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def _seconds_until_reported(workers: SlurmWorkers, log: Path) -> float:
    try:
        list(workers.run(json.loads, ["no JSON"]))
    except SentemoError:
        return time.time() - read_records(log)["nothing.1"].ended
    raise RuntimeError("the task did not fail")


if __name__ == "__main__":
    main()
