#!/usr/bin/env bash
# Writes the data directory of Switchboard-Affect and checks it; stage data of ../run.sh.
# The options are those of sentemo.bin.prepare_corpus swbd_affect, see --help.
#
# Usage:
#   local/data.sh --swbd_dir /data/LDC97S62 --affect_dir /data/ml-switchboard-affect --dest data/all
set -euo pipefail
source "$(dirname "$0")/../../../tools/shell.sh"
use_environment

run python -m sentemo.bin.prepare_corpus swbd_affect \
    --labels "$root/egs/swbd_affect/labels.txt" \
    --folds "$root/egs/swbd_affect/folds/speaker.tsv" --convert_audio true \
    "$@"
