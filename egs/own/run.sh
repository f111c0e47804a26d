#!/usr/bin/env bash
# Your own corpus: a Kaldi-style data directory (wav.scp, utt2label or utt2avd, utt2spk; optionally
# text, segments, utt2split) and a file of labels. Its own partition where there is utt2split, else
# leave one speaker out, unless --folds says otherwise.
# Stages: data feats pretrain asr_score train decode score report pack upload.
#
# Usage:
#   ./run.sh --data_dir /data/calls --labels /data/calls/labels.txt --work_dir /data/calls/sentemo
#   ./run.sh --labels /data/calls/labels.txt --work_dir /data/calls/sentemo --stage score
set -euo pipefail
source "$(dirname "$0")/../../tools/recipe.sh"

option data_dir path "" "your data directory"
sentiment_options "" ""
option_help[folds]+=" (default: utt2split, or leave one speaker out)"
recipe_stages=(data feats pretrain asr_score train decode score report pack upload)

check_options() {
    [[ -n ${opt[labels]} ]] || recipe_stages=(data feats) # nothing learns dimensions yet
}

stage_data() {
    local folds labels=()
    require_option data_dir
    [[ -z ${opt[labels]} ]] || labels=(--labels "${opt[labels]}")
    folds=$(folds_file)
    job cpu data python -m sentemo.bin.import_data_dir --source "${opt[data_dir]}" --dest data/all \
        "${labels[@]}" --audio_root "$caller_dir" --convert_audio "${opt[convert_audio]}" \
        --nj "${opt[nj]}"
    if [[ -z ${opt[folds]} ]]; then
        run python -m sentemo.bin.make_folds --data data/all --dest "$folds"
    fi
    run python -m sentemo.bin.check_data_dir data/all "${labels[@]}" \
        --folds "$folds" --convert_audio "${opt[convert_audio]}"
}

recipe_main "$@"
