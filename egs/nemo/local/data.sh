#!/usr/bin/env bash
# Writes the data directory of nEMO and checks it; stage data of ../run.sh.
#
# Usage:
#   local/data.sh --corpus_dir /data/nEMO --dest data/all
set -euo pipefail
source "$(dirname "$0")/../../../tools/shell.sh"

option corpus_dir path "" "folder of nEMO, which has data.tsv and samples/"
option dest path "" "data directory to write"
option labels path "$root/egs/nemo/labels.txt" "the classes to keep, one per line"
option folds path "$root/egs/nemo/folds/loso.tsv" "which speakers are validation and test"
option allow_partial flag false "accept a copy of the corpus that lacks recordings"
option convert_audio flag true "accept audio that is not 16 kHz mono"
parse_options "$@"
require_option corpus_dir
require_option dest
use_environment

run python -m sentemo.bin.prepare_corpus nemo --corpus_dir "${opt[corpus_dir]}" \
    --labels "${opt[labels]}" --dest "${opt[dest]}" --allow_partial "${opt[allow_partial]}"
run python -m sentemo.bin.check_data_dir "${opt[dest]}" --labels "${opt[labels]}" \
    --folds "${opt[folds]}" --allow_partial "${opt[allow_partial]}" \
    --convert_audio "${opt[convert_audio]}"
