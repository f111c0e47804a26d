#!/usr/bin/env bash
# Writes the data directory of SWBD-sentiment and checks it; stage data of ../run.sh.
# The options are those of sentemo.bin.prepare_corpus swbd_sentiment, see --help.
#
# Usage:
#   local/data.sh --swbd_dir /data/LDC97S62 --sentiment_dir /data/LDC2020T14 --dest data/all
set -euo pipefail
source "$(dirname "$0")/../../../tools/shell.sh"
use_environment

run python -m sentemo.bin.prepare_corpus swbd_sentiment \
    --labels "$root/egs/swbd_sentiment/labels.txt" \
    --folds "$root/egs/swbd_sentiment/folds" --convert_audio true \
    "$@"
