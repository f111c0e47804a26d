#!/usr/bin/env bash
# Writes the data directory of IEMOCAP and checks it; stage data of ../run.sh.
# The options are those of sentemo.bin.prepare_corpus iemocap, see --help.
#
# Usage:
#   local/data.sh --corpus_dir /data/IEMOCAP_full_release --dest data/all
set -euo pipefail
source "$(dirname "$0")/../../../tools/shell.sh"
use_environment

run python -m sentemo.bin.prepare_corpus iemocap \
    --labels "$root/egs/iemocap/labels.txt" --folds "$root/egs/iemocap/folds/loso.tsv" \
    "$@"
