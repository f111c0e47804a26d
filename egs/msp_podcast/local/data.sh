#!/usr/bin/env bash
# Writes the data directory of MSP-Podcast and checks it; stage data of ../run.sh.
#
# Usage:
#   local/data.sh --corpus_dir /data/MSP-PODCAST-Publish-1.11 --dest data/all
set -euo pipefail
source "$(dirname "$0")/../../../tools/shell.sh"

option corpus_dir path "" "folder of the release, which has Labels/"
option dest path "" "data directory to write"
option labels path "$root/egs/msp_podcast/labels.txt" "the classes to keep, one per line"
option target text label "label: the classes; avd: every class, for the dimensions"
option release text "" "such as 1.11 (default: from the folder's name)"
option folds path "$root/egs/msp_podcast/folds/test1.tsv" "which parts train, validate and test"
option allow_partial flag false "leave out, counted, entries that are malformed or lack their audio"
option convert_audio flag false "accept audio that is not 16 kHz mono"
parse_options "$@"
require_option corpus_dir
require_option dest
use_environment

run python -m sentemo.bin.prepare_corpus msp_podcast --corpus_dir "${opt[corpus_dir]}" \
    --labels "${opt[labels]}" --target "${opt[target]}" --release "${opt[release]}" \
    --allow_partial "${opt[allow_partial]}" --dest "${opt[dest]}"
checks=(--folds "${opt[folds]}" --allow_partial "${opt[allow_partial]}"
    --convert_audio "${opt[convert_audio]}")
[[ ${opt[target]} != label ]] || checks+=(--labels "${opt[labels]}")
run python -m sentemo.bin.check_data_dir "${opt[dest]}" "${checks[@]}"
