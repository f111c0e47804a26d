#!/usr/bin/env bash
# Writes the data directory of LibriSpeech and checks it; stage data of ../run.sh.
#
# Usage:
#   local/data.sh --corpus_dir /data/LibriSpeech --dest data/all --parts test-clean
set -euo pipefail
source "$(dirname "$0")/../../../tools/shell.sh"

option corpus_dir path "" "folder that holds test-clean/ …"
option dest path "" "data directory to write"
option parts text "" "parts to take, separated by commas (default: all found)"
option folds path "$root/egs/librispeech/folds/test-clean.tsv" "which speakers are validation and test"
option convert_audio flag false "accept audio that is not 16 kHz mono"
parse_options "$@"
require_option corpus_dir
require_option dest
use_environment

run python -m sentemo.bin.prepare_corpus librispeech --corpus_dir "${opt[corpus_dir]}" \
    --parts "${opt[parts]}" --dest "${opt[dest]}"
run python -m sentemo.bin.check_data_dir "${opt[dest]}" --folds "${opt[folds]}" \
    --convert_audio "${opt[convert_audio]}"
