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
option allow_partial flag false "accept parts that lack utterances"
option folds path "" "who trains, validates and tests (default: the publisher's parts, or folds/test-clean.tsv where no train part is)"
option config config "$root/conf/train_asr_ctc_small.yaml" "training configuration"
recipe_stages=(data feats pretrain asr_score)

# The open part test-clean is divided by speakers, as long as nothing else can train.
folds_file() {
    local name=test-clean
    if grep --quiet --no-messages ' train-' data/all/utt2split; then
        name=official
    fi
    echo "${opt[folds]:-$recipe_dir/folds/$name.tsv}"
}

stage_data() {
    local folds
    require_option corpus_dir
    run "$recipe_dir/local/data.sh" --corpus_dir "${opt[corpus_dir]}" --dest data/all \
        --parts "${opt[parts]}" --allow_partial "${opt[allow_partial]}"
    folds=$(folds_file)
    run python -m sentemo.bin.check_data_dir data/all --folds "$folds" \
        --convert_audio "${opt[convert_audio]}"
}

stage_pretrain() {
    local data dump exp folds
    data=$(data_dir)
    dump=$(dump_dir)
    exp=$(experiment asr "${opt[config]}")
    folds=$(folds_file)
    run python -m sentemo.bin.train_asr --config "${opt[config]}" --data "$data" --dump "$dump" \
        --folds "$folds" --exp "$exp" --corpus "${opt[corpus_name]}" --seed "${opt[seed]}" \
        --ngpu "${opt[ngpu]}"
}

stage_asr_score() {
    local data dump exp folds
    data=$(data_dir)
    dump=$(dump_dir)
    exp=$(experiment asr "${opt[config]}")
    folds=$(folds_file)
    run python -m sentemo.bin.decode_asr --exp "$exp" --data "$data" --dump "$dump" \
        --folds "$folds" --ngpu "${opt[ngpu]}"
    run python -m sentemo.bin.score_asr --exp "$exp" --set test
    run python -m sentemo.bin.results --work_dir .
}

recipe_main "$@"
