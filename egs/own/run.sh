#!/usr/bin/env bash
# Your own corpus: a Kaldi-style data directory (wav.scp, utt2label, utt2spk; optionally text and
# segments) and a file of labels. Leave one speaker out, unless --folds says otherwise.
# Stages: data feats pretrain train decode score.
#
# Usage:
#   ./run.sh --data_dir /data/calls --labels /data/calls/labels.txt --work_dir /data/calls/sentemo
#   ./run.sh --labels /data/calls/labels.txt --work_dir /data/calls/sentemo --stage score
set -euo pipefail
source "$(dirname "$0")/../../tools/recipe.sh"

option data_dir path "" "your data directory"
sentiment_options "" ""
option_help[folds]+=" (default: leave one speaker out)"
protocol="speaker-disjoint folds"
recipe_stages=(data feats pretrain train decode score)

stage_data() {
    local folds
    require_option data_dir
    require_option labels
    folds=$(folds_file)
    run python -m sentemo.bin.import_data_dir --source "${opt[data_dir]}" --dest data/all \
        --labels "${opt[labels]}" --audio_root "$caller_dir"
    if [[ -z ${opt[folds]} ]]; then
        run python -m sentemo.bin.make_folds --data data/all --dest "$folds"
    fi
    run python -m sentemo.bin.check_data_dir data/all --labels "${opt[labels]}" \
        --folds "$folds" --convert_audio "${opt[convert_audio]}"
}

recipe_main "$@"
