#!/usr/bin/env bash
# Writes the data directory of LibriSpeech; stage data of ../run.sh, which then checks it.
#
# Usage:
#   local/data.sh --corpus_dir /data/LibriSpeech --dest data/all --parts test-clean
set -euo pipefail
source "$(dirname "$0")/../../../tools/shell.sh"

option corpus_dir path "" "folder that holds test-clean/ …"
option dest path "" "data directory to write"
option parts text "" "parts to take, separated by commas (default: all found)"
option allow_partial flag false "accept parts that lack utterances"
parse_options "$@"
require_option corpus_dir
require_option dest
use_environment

run python -m sentemo.bin.prepare_corpus librispeech --corpus_dir "${opt[corpus_dir]}" \
    --parts "${opt[parts]}" --allow_partial "${opt[allow_partial]}" --dest "${opt[dest]}"
