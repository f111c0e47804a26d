# The stages that recipes share: a recipe may define its own instead. Sourced by recipe.sh.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154  # what the driver reads, and what it sets

stage_feats() {
    local data types type original
    data=$(data_dir)
    original=$(combined_dir)
    types=$(feature_types)
    combine_data
    if [[ -n ${opt[speed_factors]} ]]; then
        job split "$(dirname "$data")" python -m sentemo.bin.perturb_speed --data "$original" --dest "$data" \
            --factors "${opt[speed_factors]}" --audio "dump/speed/$(basename "$data")" \
            --nj "${opt[nj]}" --convert_audio "${opt[convert_audio]}"
    fi
    for type in $types; do
        job split "dump/$type" python -m sentemo.bin.extract_features --data "$data" \
            --dest "dump/$type/$(basename "$data")" --feature_type "$type" --nj "${opt[nj]}" \
            --convert_audio "${opt[convert_audio]}"
    done
}

stage_pretrain() {
    local lender
    lender=$(encoder_lender)
    if [[ -z $lender ]]; then
        echo "no encoder of an --asr_model: one is trained from scratch in stage train"
        return
    fi
    run python -m sentemo.bin.upstream --asr_model "$lender"
    [[ -z ${opt[sa2sr_model]-} ]] || run python -m sentemo.bin.upstream --asr_model "${opt[sa2sr_model]}"
}

stage_train() {
    local exp arguments
    if [[ ${opt[experiment]} == baselines ]]; then
        train_baselines
        return
    elif is_study; then
        run_study train
        return
    fi
    fold_arguments
    job split "$exp" python -m sentemo.bin.train "${arguments[@]}" --corpus "${opt[corpus_name]}"
}

# exp/baseline_compare, or with --tag session: exp/baseline_session_compare.
baseline_name() {
    local name
    name=$(basename "$1" .yaml)
    echo "baseline${opt[tag]:+_${opt[tag]}}${name#baseline}"
}

train_baselines() {
    local config exp folds
    require_option labels
    folds=$(folds_file)
    for config in "$root"/conf/baseline_*.yaml; do
        exp=exp/$(baseline_name "$config")
        job cpu "$exp" python -m sentemo.bin.train_baseline --config "$config" --data data/all \
            --dump dump --labels "${opt[labels]}" --folds "$folds" --exp "$exp" \
            --corpus "${opt[corpus_name]}" --nj "${opt[nj]}" --convert_audio "${opt[convert_audio]}"
    done
}

stage_decode() {
    local exp arguments
    if is_text_sentiment; then
        label_transcripts
        return
    elif is_study; then
        run_study decode
        return
    fi
    fold_arguments
    job split "$exp" python -m sentemo.bin.decode "${arguments[@]}"
}

stage_score() {
    local data exp folds experiments task_options labels=()
    if is_text_sentiment; then
        score_text_sentiment
        return
    elif is_study; then
        run_study score
        run python -m sentemo.bin.results --work_dir .
        return
    fi
    task_arguments
    ! learns_classes || labels=(--labels "${opt[labels]}")
    scored_experiments
    folds=$(folds_file)
    for exp in "${experiments[@]}"; do
        job cpu "$exp" python -m sentemo.bin.score --exp "$exp" --data "$data" \
            "${labels[@]}" --folds "$folds"
    done
    run python -m sentemo.bin.results --work_dir .
}

# scored_experiments: sets `experiments` to the directories that this call is about, and `data` to
# what they were trained on.
scored_experiments() {
    local config exp
    data=$(data_dir)
    exp=$(ser_experiment)
    experiments=("$exp")
    if [[ ${opt[experiment]} == baselines ]]; then
        data=data/all
        experiments=()
        for config in "$root"/conf/baseline_*.yaml; do
            experiments+=("exp/$(baseline_name "$config")")
        done
    fi
}
