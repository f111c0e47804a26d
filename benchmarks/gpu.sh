#!/usr/bin/env bash
# What a GPU does with the trainings here, in at most 8 minutes: one JSON, and the row of README.md.
# Nothing is installed: the environment is that of the clone, or the one that is active.
#
# Usage:
#   benchmarks/gpu.sh                                         # on one GPU, into gpu.json
#   benchmarks/gpu.sh --readme benchmarks/README.md           # its table there too
#   benchmarks/gpu.sh --cpu                                   # the same on a CPU, with tiny sizes
#   benchmarks/gpu.sh --parts training states --json part.json
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
[[ -d $root/.venv ]] && PATH=$root/.venv/bin:$PATH
export PYTHONPATH=$root${PYTHONPATH:+:$PYTHONPATH}
exec python "$root/benchmarks/gpu.py" "$@"
