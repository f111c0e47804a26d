#!/usr/bin/env bash
# IEMOCAP: acted English dialogues, 4 classes (neutral, happy with excited, sad, angry), 10 speakers
# in 5 sessions, leave one speaker out.
# Stages: data feats pretrain asr_score train decode score report pack upload.
#
# Usage:
#   ./run.sh --corpus_dir /data/IEMOCAP_full_release                   # everything
#   ./run.sh --corpus_dir DIR --upstream ../librispeech/exp/asr_ctc_small
#   ./run.sh --corpus_dir DIR --folds folds/session.tsv --tag session  # leave one session out
#   ./run.sh --corpus_dir DIR --subset improvised --work_dir improvised
#   ./run.sh --corpus_dir DIR --task dimensional                       # activation, valence, dominance
#   ./run.sh --corpus_dir DIR --experiment text_sentiment              # Table 1 of SA2SR
#   ./run.sh --stage score --stop_stage score                          # the table again
set -euo pipefail
source "$(dirname "$0")/../../tools/recipe.sh"

option corpus_dir path "${IEMOCAP:-}" "folder of the release, which has Session1 to Session5 (default: the variable IEMOCAP)"
option subset text all "all, or improvised: without the scripted dialogues"
option allow_partial flag false "accept a copy that is not the whole release"
sentiment_options "$recipe_dir/labels.txt" "$recipe_dir/folds/loso.tsv"
language_option en
dimension_options iemocap
recipe_stages=(data feats pretrain asr_score train decode score report pack upload)

# Every utterance of the release, beside data/all with the classes of --labels.
# shellcheck disable=SC2034  # for recipe.sh
text_sentiment_data=data/release

stage_data() {
    require_option corpus_dir
    job cpu data "$recipe_dir/local/data.sh" --corpus_dir "${opt[corpus_dir]}" \
        --labels "${opt[labels]}" --target "${plan[target]}" --subset "${opt[subset]}" \
        --dest "${plan[prepared_data]}" --folds "${plan[folds]}" \
        --allow_partial "${opt[allow_partial]}" --convert_audio "${opt[convert_audio]}"
}

recipe_main "$@"
