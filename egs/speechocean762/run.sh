#!/usr/bin/env bash
# speechocean762: speech recognition on English that Mandarin speakers, half of them children, read;
# speaker-disjoint. With SA2SR, the encoder learns the sentiment of the transcripts too.
# Stages: data feats pretrain asr_score.
#
# Usage:
#   ./run.sh --corpus_dir /data/speechocean762
#   ./run.sh --corpus_dir /data/speechocean762 --config sa2sr_small
#   ./run.sh --corpus_dir /data/speechocean762 --upstream whisper-base/    # scored, not trained
#   ./run.sh --corpus_dir /data/speechocean762 --upstream whisper-base/ --config sa2sr_top_layers
#   ./run.sh --stage asr_score --beam_size 10               # decode and score again
set -euo pipefail
source "$(dirname "$0")/../../tools/recipe.sh"
source "$root/tools/recognition.sh"

option corpus_dir path "${SPEECHOCEAN762:-}" "folder that holds train/, test/ and WAVE/ (default: the variable SPEECHOCEAN762)"
option allow_partial flag false "accept a copy that lacks utterances"
option folds path "$recipe_dir/folds/official.tsv" "who trains, validates and tests"
recognition_options en

stage_data() {
    require_option corpus_dir
    job cpu data "$recipe_dir/local/data.sh" --corpus_dir "${opt[corpus_dir]}" --dest "${plan[prepared_data]}" \
        --folds "${plan[folds]}" --allow_partial "${opt[allow_partial]}" --convert_audio "${opt[convert_audio]}"
}

recipe_main "$@"
