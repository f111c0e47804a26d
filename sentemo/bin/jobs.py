"""Show the jobs of an experiment, or of all experiments below a folder: state, host, time, memory.

Usage:
  sentemo jobs exp/ser_scratch
  sentemo jobs egs/iemocap --failed        # with the command and the end of each log
"""

import argparse
import shlex
import time
from pathlib import Path

from humanfriendly import format_timespan

from sentemo.bin.options import true_or_false
from sentemo.core.errors import SentemoError, run_command
from sentemo.core.markdown import markdown_table
from sentemo.launch.queue import ControllerSilentError, job_states
from sentemo.launch.records import FAILED, KILLED, LOG_DIR, RUNNING, JobRecord, read_records
from sentemo.launch.watch import log_end

HEADER = ("job", "state", "host", "Slurm", "started", "took", "memory", "attempts")


def main(argv: list[str] | None = None) -> None:
    """Print a table for each log directory."""
    run_command(lambda: _main(argv))


def _main(argv: list[str] | None) -> None:
    parser = argparse.ArgumentParser(
        prog="sentemo jobs", description=__doc__.splitlines()[0], allow_abbrev=False
    )
    parser.add_argument("folder", type=Path, help="an experiment, or what is above several")
    parser.add_argument("--failed", action="store_true", help="why jobs failed, too")
    parser.add_argument("older", nargs="?", type=true_or_false, help=argparse.SUPPRESS)
    args = parser.parse_intermixed_args(argv)
    if args.older is not None and not args.failed:
        parser.error("true and false belong to --failed")
    args.failed = args.failed and args.older is not False  # once, --failed took true or false
    logs = sorted(path for path in args.folder.rglob(LOG_DIR) if path.is_dir())
    found = {log: records for log in logs if (records := read_records(log))}
    if not found:
        raise SentemoError(f"{args.folder}: no jobs were started here.")
    for log, records in found.items():
        states = {name: _state(record) for name, record in records.items()}
        print(f"{log.parent}:")
        print(markdown_table(HEADER, [_row(n, r, states[n]) for n, r in records.items()]))
        for name, record in records.items() if args.failed else ():
            if states[name] in (FAILED, KILLED):
                _explain(log, name, record)


def _row(name: str, record: JobRecord, state: str) -> tuple[str, ...]:
    ended = time.time() if state.startswith(RUNNING) else record.ended
    return (
        name,
        state if state != FAILED else f"{state} ({record.status})",
        ", ".join([record.host, *record.gpu]),
        record.slurm_job or "–",
        time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(record.started)),
        format_timespan(round(ended - record.started)) if ended else "–",
        f"{record.peak_memory_mb} MB" if record.peak_memory_mb is not None else "–",
        str(record.attempts),
    )


def _state(record: JobRecord) -> str:
    """Return the state of a job; Slurm is asked about one whose end was not recorded."""
    state = record.state()
    if state != RUNNING or record.slurm_job is None:
        return state
    try:
        known = job_states([record.slurm_job])[record.slurm_job]
    except ControllerSilentError:
        return f"{RUNNING}, or was: Slurm's controller does not answer"
    except SentemoError:
        return f"{RUNNING}, or was: no Slurm here"
    return KILLED if known.has_ended else str(known)


def _explain(log: Path, name: str, record: JobRecord) -> None:
    print(f"\n{name}: $ {record.command}")
    if record.slurm_job is not None:
        output = log / "slurm" / f"{record.slurm_job}_0_log.out"
        print(f"The end of {shlex.quote(str(output))}:\n{log_end(output)}")


if __name__ == "__main__":
    main()
