#!/usr/bin/env bash
# LibriSpeech: speech recognition on read English, for its encoder; speaker-disjoint. With SA2SR, the
# encoder also learns the sentiment of the transcripts, which stage pretrain labels.
# Stages: data feats pretrain asr_score.
#
# Usage:
#   ./run.sh --corpus_dir /data/LibriSpeech                 # the parts found there
#   ./run.sh --corpus_dir /data/LibriSpeech --parts test-clean --config rnnt_small
#   ./run.sh --corpus_dir /data/LibriSpeech --config ctc --speed_factors 0.9,1.1 --ngpu 1
#   ./run.sh --corpus_dir /data/LibriSpeech --config sa2sr_small
#   ./run.sh --corpus_dir /data/LibriSpeech --upstream whisper-base/    # scored, not trained
#   ./run.sh --corpus_dir /data/LibriSpeech --upstream whisper-base/ --config sa2sr_top_layers
#   ./run.sh --stage asr_score --beam_size 10               # decode and score again
set -euo pipefail
source "$(dirname "$0")/../../tools/recipe.sh"
source "$root/tools/recognition.sh"

option corpus_dir path "${LIBRISPEECH:-}" "folder that holds test-clean/ … (default: the variable LIBRISPEECH)"
option parts text "" "parts to take, separated by commas (default: all found)"
option allow_partial flag false "accept parts that lack utterances"
option folds path "" "who trains, validates and tests (default: the publisher's parts, or folds/test-clean.tsv where no train part is)"
recognition_options en

stage_data() {
    require_option corpus_dir
    job cpu data "$recipe_dir/local/data.sh" --corpus_dir "${opt[corpus_dir]}" --dest "${plan[prepared_data]}" \
        --parts "${opt[parts]}" --allow_partial "${opt[allow_partial]}"
    make_plan # again, as the default of --folds depends on the parts that are there now
    # Parts alone are worth preparing; the training insists on every side.
    run python -m sentemo.bin.check_data_dir "${plan[prepared_data]}" --folds "${plan[folds]}" \
        --allow_partial true --convert_audio "${opt[convert_audio]}"
}

recipe_main "$@"
