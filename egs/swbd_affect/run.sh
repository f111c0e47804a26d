#!/usr/bin/env bash
# Switchboard-Affect: telephone conversations of Switchboard, 10 classes, or activation, valence and
# dominance, by six graders; one group of callers is left out at a time.
# Stages: data feats pretrain asr_score train decode score report pack upload.
#
# Usage:
#   ./run.sh --swbd_dir /data/LDC97S62 --affect_dir /data/ml-switchboard-affect
#   ./run.sh --swbd_dir … --affect_dir … --upstream MODEL --config conf/train_ser_soft.yaml
#   ./run.sh --swbd_dir … --affect_dir … --task dimensional
#   ./run.sh --stage score --stop_stage score                               # the table again
set -euo pipefail
source "$(dirname "$0")/../../tools/recipe.sh"

option swbd_dir path "${SWBD:-}" "folder of Switchboard-1 Release 2, LDC97S62 (default: the variable SWBD)"
option affect_dir path "${SWBD_AFFECT:-}" "folder of the labels, which has labels_detailed.csv (default: the variable SWBD_AFFECT)"
option columns text "" "names of the labels' columns, where they are others: segment=clip,primary=emotion,…"
option allow_partial flag false "accept a copy of the corpus or of the labels that lacks parts"
sentiment_options "$recipe_dir/labels.txt" "$recipe_dir/folds/speaker.tsv"
dimension_options 1,5
option convert_audio flag true "resample 8 kHz to 16 kHz, the rate of features and ASR models"
recipe_stages=(data feats pretrain asr_score train decode score report pack upload)

stage_data() {
    require_option swbd_dir
    require_option affect_dir
    job cpu data "$recipe_dir/local/data.sh" --swbd_dir "${opt[swbd_dir]}" \
        --affect_dir "${opt[affect_dir]}" --columns "${opt[columns]}" \
        --dest "${plan[prepared_data]}" --labels "${opt[labels]}" --target "${plan[target]}" \
        --folds "${plan[folds]}" --allow_partial "${opt[allow_partial]}" \
        --convert_audio "${opt[convert_audio]}"
}

recipe_main "$@"
