#!/usr/bin/env bash
# SWBD-sentiment: telephone conversations of Switchboard, 3 classes (negative, neutral, positive).
# Stages: data feats pretrain asr_score train decode score report pack upload.
#
# Usage:
#   ./run.sh --swbd_dir /data/LDC97S62 --sentiment_dir /data/LDC2020T14     # split by line order
#   ./run.sh --swbd_dir … --sentiment_dir … --split speaker --work_dir by_speaker
#   ./run.sh --stage train --upstream ../librispeech/exp/asr_ctc_small
#   ./run.sh --stage score --stop_stage score                               # the table again
set -euo pipefail
source "$(dirname "$0")/../../tools/recipe.sh"

option swbd_dir path "${SWBD:-}" "folder of Switchboard-1 Release 2, LDC97S62 (default: the variable SWBD)"
option sentiment_dir path "${SWBD_SENTIMENT:-}" "folder of its sentiment annotations, LDC2020T14 (default: the variable SWBD_SENTIMENT)"
option split one_of:paper,speaker paper "paper: by line order; speaker: disjoint in callers and conversations"
option allow_partial flag false "accept a copy of the corpus that lacks parts"
sentiment_options "$recipe_dir/labels.txt" "" "(default: folds/paper.tsv or speaker.tsv, as --split says)"
language_option en
option convert_audio flag true "resample 8 kHz to 16 kHz, the rate of features and ASR models"
recipe_stages=(data feats pretrain asr_score train decode score report pack upload)

stage_data() {
    require_option swbd_dir
    require_option sentiment_dir
    job cpu data "$recipe_dir/local/data.sh" --swbd_dir "${opt[swbd_dir]}" \
        --sentiment_dir "${opt[sentiment_dir]}" --split "${opt[split]}" \
        --dest "${plan[prepared_data]}" --labels "${opt[labels]}" --folds "${plan[folds]}" \
        --allow_partial "${opt[allow_partial]}" --convert_audio "${opt[convert_audio]}"
}

recipe_main "$@"
