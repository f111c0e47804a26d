"""A real Slurm on this machine, in a folder of its own: a controller and two nodes.

Usage: to try recipes on it, from another terminal
  python tests/slurm/small_cluster.py
"""

import argparse
import getpass
import os
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

PROGRAMS = ("slurmctld", "slurmd", "sbatch", "srun", "squeue", "sinfo")
NODES = ("mini1", "mini2")
SECONDS_TO_START = 60

CONF = """
ClusterName=mini
SlurmctldHost=localhost
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/none
CredType=cred/none
AuthInfo=cred_expire=5
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
MailProg=/bin/true
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
ReturnToService=2
JobRequeue=0
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
KillWait=2
SlurmdTimeout=6
EnforcePartLimits=ALL
GresTypes=gpu
SlurmdParameters=config_overrides
SlurmctldPort={port}
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.%n.log
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool/%n
{nodes}
PartitionName=DEFAULT Nodes=ALL DefMemPerCPU=100 MaxTime=2-0 State=UP
PartitionName=debug Default=YES PriorityTier=1 GraceTime=20
PartitionName=urgent PriorityTier=2
"""
NODE = (
    "NodeName={name} NodeHostname=localhost NodeAddr=localhost Port={port} CPUs=4 RealMemory=64000 "
    "Gres=gpu:1 State=UNKNOWN"
)


class SmallCluster:
    """Its daemons are children of this process, each with a handle to kill it by."""

    def __init__(self, folder: Path) -> None:
        self.conf = folder / "slurm.conf"
        for inner in ("state", *(f"spool/{name}" for name in NODES)):
            (folder / inner).mkdir(parents=True)
        ports = _free_ports(1 + len(NODES))
        nodes = [NODE.format(name=n, port=p) for n, p in zip(NODES, ports, strict=False)]
        self.conf.write_text(
            CONF.format(
                user=getpass.getuser(), folder=folder, port=ports[-1], nodes="\n".join(nodes)
            )
        )
        # There is no such GPU; requests for one are as real as any.
        (folder / "gres.conf").write_text("NodeName=mini[1-2] Name=gpu File=/dev/null\n")
        self.daemons: dict[str, subprocess.Popen] = {}

    def start(self, *names: str) -> None:
        """Start daemons, ``controller`` or a node's, and wait until every node answers."""
        for name in names or ("controller", *NODES):
            command = ["slurmctld", "-D"] if name == "controller" else ["slurmd", "-D", "-N", name]
            quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            command += ["-f", str(self.conf)]
            self.daemons[name] = subprocess.Popen(command, env=self.environment, **quiet)
        given_up = time.monotonic() + SECONDS_TO_START
        while self.states() - {"idle", "mixed", "allocated"}:
            if time.monotonic() > given_up:
                raise RuntimeError(f"Slurm does not start; see the logs beside {self.conf}")
            time.sleep(0.2)

    def states(self) -> set[str]:
        """States of the nodes; "unknown" while the controller does not answer."""
        command = ["sinfo", "--noheader", "--Node", "--format=%T"]
        asked = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=False
        )
        return set(asked.stdout.split()) if asked.returncode == 0 else {"unknown"}

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "SLURM_CONF": str(self.conf)}

    def end(self, name: str) -> None:
        """End a daemon, as for its maintenance."""
        self.daemons[name].terminate()
        self.daemons[name].wait()

    def kill(self, name: str) -> None:
        """Kill a node with what runs on it, as when its power fails."""
        self.daemons[name].kill()
        self.daemons[name].wait()
        for process in _processes_of(name, self.conf):
            os.kill(process, signal.SIGKILL)

    def stop(self) -> None:
        cancel = ["scancel", f"--user={getpass.getuser()}", "--signal=KILL", "--full"]
        subprocess.run(cancel, env=self.environment, stderr=subprocess.DEVNULL, check=False)
        for daemon in self.daemons.values():
            daemon.terminate()
        for daemon in self.daemons.values():
            daemon.wait()


def _free_ports(number: int) -> list[int]:
    sockets = [socket.socket() for _ in range(number)]
    for one in sockets:
        one.bind(("localhost", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def _processes_of(node: str, conf: Path) -> list[int]:
    """Processes of this cluster's jobs on a node, those that watch over them first."""
    marks = {f"SLURMD_NODENAME={node}", f"SLURM_CONF={conf}"}
    found = []
    for path in Path("/proc").iterdir():
        try:
            environment = (path / "environ").read_bytes().decode(errors="replace").split("\0")
            parent = int((path / "stat").read_text().rpartition(")")[2].split()[1])
            watcher = Path(f"/proc/{parent}/comm").read_text().startswith("slurmstepd")
        except OSError:  # no process, or not any more
            continue
        if marks <= set(environment):
            found += [parent, int(path.name)] if watcher else [int(path.name)]
    return list(dict.fromkeys(found))


def main() -> None:
    """Run a cluster until this is ended."""
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    # Both end it as Ctrl-C does; a shell's background jobs ignore SIGINT until it is handled.
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, signal.default_int_handler)
    with tempfile.TemporaryDirectory() as folder:
        cluster = SmallCluster(Path(folder))
        try:
            cluster.start()
            print(f"export SLURM_CONF={cluster.conf}", flush=True)
            print("# for recipes: ./run.sh --cmd_backend slurm …; Ctrl-C ends it", flush=True)
            signal.pause()
        except KeyboardInterrupt:
            pass  # asked to end
        finally:
            cluster.stop()


if __name__ == "__main__":
    main()
