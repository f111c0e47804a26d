#!/usr/bin/env bash
# Writes the data directory of IEMOCAP and checks it; stage data of ../run.sh.
#
# Usage:
#   local/data.sh --corpus_dir /data/IEMOCAP_full_release --dest data/all
set -euo pipefail
source "$(dirname "$0")/../../../tools/shell.sh"

option corpus_dir path "" "folder of the release, which has Session1 to Session5"
option dest path "" "data directory to write"
option labels path "$root/egs/iemocap/labels.txt" "the classes to keep, one per line"
option folds path "$root/egs/iemocap/folds/loso.tsv" "which speakers are validation and test"
option subset text all "all, or improvised: without the scripted dialogues"
option target text label "label: the classes; avd: every utterance that has dimensions"
option allow_partial flag false "accept a copy that is not the whole release"
option convert_audio flag false "accept audio that is not 16 kHz mono"
parse_options "$@"
require_option corpus_dir
require_option dest
use_environment

run python -m sentemo.bin.prepare_corpus iemocap --corpus_dir "${opt[corpus_dir]}" \
    --labels "${opt[labels]}" --target "${opt[target]}" --subset "${opt[subset]}" \
    --dest "${opt[dest]}" --allow_partial "${opt[allow_partial]}"
checks=(--folds "${opt[folds]}" --allow_partial "${opt[allow_partial]}"
    --convert_audio "${opt[convert_audio]}")
# With dimensions as the target, every class of the release is there.
[[ ${opt[target]} == avd ]] || checks+=(--labels "${opt[labels]}")
run python -m sentemo.bin.check_data_dir "${opt[dest]}" "${checks[@]}"
