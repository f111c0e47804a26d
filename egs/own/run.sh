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
sentiment_options "" "" "(default: utt2split, or leave one speaker out)"
recipe_stages=(data feats pretrain asr_score train decode score report pack upload)

stage_data() {
    local labels=(${opt[labels]:+--labels "${opt[labels]}"}) data=${plan[prepared_data]}
    require_option data_dir
    job cpu data python -m sentemo.bin.import_data_dir --data_dir "${opt[data_dir]}" --dest "$data" \
        "${labels[@]}" --audio_root "$caller_dir" --convert_audio "${opt[convert_audio]}" \
        ${opt[nj]:+--nj "${opt[nj]}"}
    if [[ -z ${opt[folds]} ]]; then
        run python -m sentemo.bin.make_folds --data "$data" --dest "${plan[folds]}"
    fi
    run python -m sentemo.bin.check_data_dir "$data" "${labels[@]}" --folds "${plan[folds]}" \
        --convert_audio "${opt[convert_audio]}"
}

recipe_main "$@"
