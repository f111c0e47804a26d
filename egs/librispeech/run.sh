#!/usr/bin/env bash
# LibriSpeech: speech recognition on read English, for its encoder; speaker-disjoint. With SA2SR, the
# encoder learns the sentiment of the transcripts too, which a model of text tells in stage pretrain.
# Stages: data feats pretrain asr_score.
#
# Usage:
#   ./run.sh --corpus_dir /data/LibriSpeech                 # the parts found there
#   ./run.sh --corpus_dir /data/LibriSpeech --parts test-clean --config rnnt_small
#   ./run.sh --corpus_dir /data/LibriSpeech --config ctc --speed_factors 0.9,1.1 --ngpu 1
#   ./run.sh --corpus_dir /data/LibriSpeech --config sa2sr_small
#   ./run.sh --stage asr_score --beam_size 10               # decode and score again
set -euo pipefail
source "$(dirname "$0")/../../tools/recipe.sh"

option corpus_dir path "${LIBRISPEECH:-}" "folder that holds test-clean/ … (default: the variable LIBRISPEECH)"
option parts text "" "parts to take, separated by commas (default: all found)"
option allow_partial flag false "accept parts that lack utterances"
option folds path "" "who trains, validates and tests (default: the publisher's parts, or folds/test-clean.tsv where no train part is)"
option config text ctc_small "training configuration: NAME for conf/train_asr_NAME.yaml or conf/train_NAME.yaml, or a file"
option token_type text "" "char or bpe (default: as the configuration says, else char)"
option bpe_size text "" "tokens of bpe, trained on the training side (default: 500)"
option beam_size positive 1 "width of the beam search; 1 is greedy"
sentiment_label_options "SA2SR"
recipe_stages=(data feats pretrain asr_score)

check_options() {
    local named
    for named in "$root/conf/train_"{asr_,}"${opt[config]}.yaml"; do
        [[ ! -f $named ]] || opt[config]=$named
    done
    option config config "${opt[config]}" ""
    check_option config "${opt[config]}"
}

stage_kind() {
    local kind=cpu
    [[ $1 != @(pretrain|asr_score) ]] || kind=train
    echo "$kind"
}

is_sa2sr() {
    [[ $(configured model) == sa2sr_* ]]
}

# exp/asr_ctc_small or exp/sa2sr_small; with --token_type bpe --bpe_size 300: exp/asr_ctc_small_bpe300.
asr_experiment() {
    local kind=asr tokens=${opt[token_type]}${opt[bpe_size]}
    ! is_sa2sr || kind=sa2sr
    [[ -z ${opt[tag]} ]] || tokens=""
    echo "$(experiment "$kind" "${opt[config]}")${tokens:+_$tokens}"
}

# Of these transcripts by this backend and model: exp/sentiment_vader_all_sp0.9_1.1.
sentiment_dir() {
    local data
    data=$(data_dir)
    echo "exp/sentiment_$(sentiment_labels_name)_$(basename "$data")"
}

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
    job cpu data "$recipe_dir/local/data.sh" --corpus_dir "${opt[corpus_dir]}" --dest data/all \
        --parts "${opt[parts]}" --allow_partial "${opt[allow_partial]}"
    folds=$(folds_file)
    # Parts alone are worth preparing; the training insists on every side.
    run python -m sentemo.bin.check_data_dir data/all --folds "$folds" --allow_partial true \
        --convert_audio "${opt[convert_audio]}"
}

stage_pretrain() {
    local data dump exp folds sentiment options=()
    data=$(data_dir)
    dump=$(dump_dir)
    exp=$(asr_experiment)
    folds=$(folds_file)
    if is_sa2sr; then
        sentiment=$(sentiment_dir)
        label_sentiment "$data" "$sentiment"
        options+=(--sentiment "$sentiment")
    fi
    [[ -z ${opt[token_type]} ]] || options+=(--token_type "${opt[token_type]}")
    [[ -z ${opt[bpe_size]} ]] || options+=(--bpe_size "${opt[bpe_size]}")
    job train "$exp" python -m sentemo.bin.train_asr --config "${opt[config]}" --data "$data" --dump "$dump" \
        --folds "$folds" --exp "$exp" --corpus "${opt[corpus_name]}" --seed "${opt[seed]}" \
        --ngpu "${opt[ngpu]}" --num_nodes "${opt[num_nodes]}" "${options[@]}"
}

stage_asr_score() {
    local data dump exp folds
    data=$(data_dir)
    dump=$(dump_dir)
    exp=$(asr_experiment)
    folds=$(folds_file)
    job split "$exp" python -m sentemo.bin.decode_asr --exp "$exp" --data "$data" --dump "$dump" \
        --folds "$folds" --nj "${opt[nj]}" --ngpu "$((opt[ngpu] > 0))" --beam_size "${opt[beam_size]}"
    job cpu "$exp" python -m sentemo.bin.score_asr --exp "$exp" --set test
    run python -m sentemo.bin.results --work_dir .
}

recipe_main "$@"
