#!/usr/bin/env bash
# Writes the data directory of SWBD-sentiment and checks it; stage data of ../run.sh.
#
# Usage:
#   local/data.sh --swbd_dir /data/LDC97S62 --sentiment_dir /data/LDC2020T14 --dest data/all
set -euo pipefail
source "$(dirname "$0")/../../../tools/shell.sh"

option swbd_dir path "" "folder of Switchboard-1 Release 2, LDC97S62"
option sentiment_dir path "" "folder of its sentiment annotations, LDC2020T14"
option dest path "" "data directory to write"
option split text paper "paper: by line order; speaker: disjoint in callers and conversations"
option labels path "$root/egs/swbd_sentiment/labels.txt" "the classes, one per line"
option folds path "" "which parts of the split train, validate and test (default: those of --split)"
option allow_partial flag false "accept a copy of the corpus that lacks parts"
option convert_audio flag true "accept audio that is not 16 kHz mono"
parse_options "$@"
require_option swbd_dir
require_option sentiment_dir
require_option dest
use_environment

run python -m sentemo.bin.prepare_corpus swbd_sentiment --swbd_dir "${opt[swbd_dir]}" \
    --sentiment_dir "${opt[sentiment_dir]}" --split "${opt[split]}" --dest "${opt[dest]}" \
    --allow_partial "${opt[allow_partial]}"
run python -m sentemo.bin.check_data_dir "${opt[dest]}" --labels "${opt[labels]}" \
    --folds "${opt[folds]:-$root/egs/swbd_sentiment/folds/${opt[split]}.tsv}" \
    --allow_partial "${opt[allow_partial]}" --convert_audio "${opt[convert_audio]}"
