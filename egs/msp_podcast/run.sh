#!/usr/bin/env bash
# MSP-Podcast: spontaneous speech, 4 classes (neutral, happy, sad, angry) or 8, or activation, valence
# and dominance; the release's own partition.
# Stages: data feats pretrain asr_score train decode score report pack upload.
#
# Usage:
#   ./run.sh --corpus_dir /data/MSP-PODCAST-Publish-1.11                   # everything, on Test1
#   ./run.sh --corpus_dir /data/MSP-PODCAST-Publish-1.11 --test_set test2 --tag test2
#   ./run.sh --corpus_dir /data/MSP-PODCAST-Publish-1.11 --labels labels8.txt --work_dir /data/eight
#   ./run.sh --corpus_dir DIR --task dimensional --upstream ../librispeech/exp/asr_ctc
#   ./run.sh --corpus_dir DIR --experiment table4 --upstream ../librispeech/exp/asr_ctc \
#       --sa2sr_model ../librispeech/exp/sa2sr                             # Table 4 of SA2SR
#   ./run.sh --corpus_dir DIR --labels labels8.txt --work_dir /data/eight --experiment challenge \
#       --upstream MODEL                                                   # macro-F1, annotators' votes
#   ./run.sh --stage score                                                 # the table again
set -euo pipefail
source "$(dirname "$0")/../../tools/recipe.sh"

option corpus_dir path "${MSP_PODCAST:-}" "folder of the release, which has Labels/ (default: the variable MSP_PODCAST)"
option release text "" "such as 1.11 (default: from the folder's name)"
option allow_partial flag false "leave out, counted, entries that are malformed or lack their audio"
option test_set one_of:test1,test2 test1 "test1 or test2"
sentiment_options "$recipe_dir/labels.txt" "" "(default: the partition of the release, with --test_set)"
language_option en
dimension_options msp_podcast
recipe_stages=(data feats pretrain asr_score train decode score report pack upload)

stage_data() {
    require_option corpus_dir
    job cpu data "$recipe_dir/local/data.sh" --corpus_dir "${opt[corpus_dir]}" \
        --dest "${plan[prepared_data]}" --labels "${opt[labels]}" --target "${plan[target]}" \
        --release "${opt[release]}" --folds "${plan[folds]}" \
        --allow_partial "${opt[allow_partial]}" --convert_audio "${opt[convert_audio]}"
}

recipe_main "$@"
