#!/usr/bin/env bash
# LibriSpeech: character CTC on read English, for its encoder; speaker-disjoint.
# Stages: data feats pretrain asr_score.
#
# Usage:
#   ./run.sh --corpus_dir /data/LibriSpeech                 # the parts found there
#   ./run.sh --corpus_dir /data/LibriSpeech --parts test-clean
#   ./run.sh --stage asr_score                              # decode and score again
set -euo pipefail
source "$(dirname "$0")/../../tools/recipe.sh"

option corpus_dir path "${LIBRISPEECH:-}" "folder that holds test-clean/ … (default: the variable LIBRISPEECH)"
option parts text "" "parts to take, separated by commas (default: all found)"
option folds path "$recipe_dir/folds/test-clean.tsv" "which speakers are validation and test"
option config config "$root/conf/train_asr_ctc_small.yaml" "training configuration"
recipe_stages=(data feats pretrain asr_score)

stage_data() {
    require_option corpus_dir
    run "$recipe_dir/local/data.sh" --corpus_dir "${opt[corpus_dir]}" --dest data/all \
        --parts "${opt[parts]}" --folds "${opt[folds]}" --convert_audio "${opt[convert_audio]}"
}

stage_pretrain() {
    local dump exp
    dump=$(dump_dir)
    exp=$(experiment asr "${opt[config]}")
    run python -m sentemo.bin.train_asr --config "${opt[config]}" --data data/all --dump "$dump" \
        --folds "${opt[folds]}" --exp "$exp" --corpus "${opt[corpus_name]}" --seed "${opt[seed]}" \
        --ngpu "${opt[ngpu]}"
}

stage_asr_score() {
    local dump exp
    dump=$(dump_dir)
    exp=$(experiment asr "${opt[config]}")
    run python -m sentemo.bin.decode_asr --exp "$exp" --data data/all --dump "$dump" \
        --folds "${opt[folds]}" --ngpu "${opt[ngpu]}"
    run python -m sentemo.bin.score_asr --exp "$exp" --set test
    run python -m sentemo.bin.results --work_dir .
}

recipe_main "$@"
