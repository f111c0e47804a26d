#!/usr/bin/env bash
# Writes the data directory of MSP-Podcast and checks it; stage data of ../run.sh.
# The options are those of sentemo.bin.prepare_corpus msp_podcast, see --help.
#
# Usage:
#   local/data.sh --corpus_dir /data/MSP-PODCAST-Publish-1.11 --dest data/all
set -euo pipefail
source "$(dirname "$0")/../../../tools/shell.sh"
use_environment

run python -m sentemo.bin.prepare_corpus msp_podcast \
    --labels "$root/egs/msp_podcast/labels.txt" --folds "$root/egs/msp_podcast/folds/test1.tsv" \
    "$@"
