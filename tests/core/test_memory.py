"""A process that asks for it uses the memory of one array again for the next."""

import subprocess
import sys

SCRIPT = """
import resource
from sentemo.core.memory import keep_freed_memory
keep_freed_memory()
faults = []
for _ in range(10):
    b"x" * (64 * 2**20)  # more than the C library keeps by itself
    faults.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt)
print(faults[-1] - faults[0])
"""
FEW = 100  # 64 MB have 16,384 pages


def test_the_pages_of_a_freed_array_are_not_cleared_again():
    command = [sys.executable, "-c", SCRIPT]
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    assert int(run.stdout) < FEW
