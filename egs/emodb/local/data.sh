#!/usr/bin/env bash
# Writes the data directory of EmoDB and checks it; stage data of ../run.sh.
# The options are those of sentemo.bin.prepare_corpus emodb, see --help.
#
# Usage:
#   local/data.sh --corpus_dir /data/emodb --dest data/all
set -euo pipefail
source "$(dirname "$0")/../../../tools/shell.sh"
use_environment

run python -m sentemo.bin.prepare_corpus emodb \
    --labels "$root/egs/emodb/labels.txt" --folds "$root/egs/emodb/folds/loso.tsv" \
    "$@"
