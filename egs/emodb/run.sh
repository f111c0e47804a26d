#!/usr/bin/env bash
# EmoDB: German acted emotions, 4 classes (happy, neutral, sad, angry), 10 speakers,
# leave one speaker out. Stages: data feats pretrain asr_score train decode score report pack upload.
#
# Usage:
#   ./run.sh --corpus_dir /data/emodb --experiment probe             # the best layer: a minute
#   ./run.sh --corpus_dir /data/emodb                                # the decoder of Lu et al. on it
#   ./run.sh --corpus_dir /data/emodb --upstream whisper-base/       # another encoder
#   ./run.sh --corpus_dir /data/emodb --upstream none                # an encoder from scratch
#   ./run.sh --stage train --seed 2 --tag seed2                      # from stage 5 on
#   ./run.sh --stage score --stop_stage score                        # the table again
set -euo pipefail
source "$(dirname "$0")/../../tools/recipe.sh"

option corpus_dir path "${EMODB:-}" "folder of EmoDB, which has wav/ (default: the variable EMODB)"
option allow_partial flag false "accept a copy of the corpus that lacks recordings"
# One experiment is upon the first layers of Whisper base, unless another upstream is named.
# shellcheck disable=SC2034  # recipe.sh reads it
default_upstream=built-in
sentiment_options "$recipe_dir/labels.txt" "$recipe_dir/folds/loso.tsv"
language_option de
recipe_stages=(data feats pretrain asr_score train decode score report pack upload)

stage_data() {
    require_option corpus_dir
    job cpu data "$recipe_dir/local/data.sh" --corpus_dir "${opt[corpus_dir]}" \
        --dest "${plan[prepared_data]}" --labels "${opt[labels]}" --folds "${plan[folds]}" \
        --allow_partial "${opt[allow_partial]}" --convert_audio "${opt[convert_audio]}"
}

recipe_main "$@"
