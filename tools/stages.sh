# The stages that recipes share, each around one Python command; a recipe may define its own instead.
# Sourced by recipe.sh, whose `plan` says what things are called.
# shellcheck shell=bash
# shellcheck disable=SC2154  # variables of recipe.sh

stage_feats() {
    make_features
    [[ -n ${plan[taken_over]} ]] || return 0
    case ${plan[mode]} in
        study) study_job keep_states ;;
        single) ser_job keep_states ;;
    esac
}

# make_features: put corpora together, make copies, and extract the features of all.
make_features() {
    local type name
    name=$(basename "${plan[data]}")
    combine_data
    if [[ ${plan[data]} != "${plan[combined_data]}" ]]; then
        job split "$(dirname "${plan[data]}")" python -m sentemo.bin.add_copies \
            --data "${plan[combined_data]}" --dest "${plan[data]}" --audio "dump/copies/$name" \
            ${opt[speed_factors]:+--factors "${opt[speed_factors]}"} \
            --degraded "${opt[degraded_copies]}" \
            ${opt[nj]:+--nj "${opt[nj]}"} --convert_audio "${opt[convert_audio]}"
    fi
    for type in ${plan[feature_types]}; do
        job split "dump/$type" python -m sentemo.bin.extract_features --data "${plan[data]}" \
            --dest "dump/$type/$name" --feature_type "$type" ${opt[nj]:+--nj "${opt[nj]}"} \
            --convert_audio "${opt[convert_audio]}"
    done
}

# combine_data: put the corpora of --train_with beside the recipe's own, which alone is validated and
# tested.
combine_data() {
    local additions
    [[ -n ${opt[train_with]-} ]] || return 0
    IFS=$'\t' read -ra additions <<< "${plan[additions]}"
    job cpu "$(dirname "${plan[combined_data]}")" python -m sentemo.bin.combine_data \
        --data "${plan[prepared_data]}" --dest "${plan[combined_data]}" \
        ${plan[labels]:+--labels "${plan[labels]}"} ${plan[scale]:+--scale "${plan[scale]}"} \
        "${additions[@]}"
}

stage_pretrain() {
    local upstream upstreams
    IFS=$'\t' read -ra upstreams <<< "${plan[taken_over]}"
    if ((${#upstreams[@]} == 0)); then
        echo "no --upstream gives an encoder: one is trained from scratch in stage train"
    fi
    for upstream in "${upstreams[@]}"; do
        run python -m sentemo.bin.upstream --upstream "$upstream"
    done
}

stage_asr_score() {
    if [[ -z ${plan[recogniser]} ]]; then
        echo "nothing to recognise: what --upstream recognises is read by a text_encoder in the" \
            "configuration, or with --align_words asr"
        return
    fi
    transcribe "${plan[transcripts]}"
    [[ ! -f ${plan[transcripts]}/scores.json ]] || run python -m sentemo.bin.results --work_dir .
}

# transcribe DEST ARGUMENT…: recognise the utterances.
transcribe() {
    job split "$1" python -m sentemo.bin.transcribe --asr_model "${plan[recogniser]}" \
        --data "${plan[data]}" --dump "${plan[asr_dump]}" --dest "$1" --corpus "${opt[corpus_name]}" \
        ${opt[asr_language]:+--asr_language "${opt[asr_language]}"} \
        ${opt[nj]:+--nj "${opt[nj]}"} --ngpu "$((opt[ngpu] > 0))" "${@:2}"
}

stage_train() {
    case ${plan[mode]} in
        baselines) train_baselines ;;
        study) study_job train ;;
        *) ser_job train --corpus "${opt[corpus_name]}" ;;
    esac
}

# ser_job COMMAND ARGUMENT…: a command about the one training that this run is about.
ser_job() {
    local task changes
    IFS=$'\t' read -ra task <<< "${plan[task_arguments]}"
    IFS=$'\t' read -ra changes <<< "${plan[change_arguments]}"
    job split "${plan[exp]}" python -m "sentemo.bin.$1" --config "${plan[config]}" "${changes[@]}" \
        --data "${plan[data]}" --dump "${plan[dump]}" "${task[@]}" --folds "${plan[folds]}" \
        --exp "${plan[exp]}" --seed "${opt[seed]}" ${opt[nj]:+--nj "${opt[nj]}"} --ngpu "${opt[ngpu]}" \
        --num_nodes "${opt[num_nodes]}" --fold_parallel "${opt[fold_parallel]}" \
        ${plan[encoder_model]:+--upstream "${plan[encoder_model]}"} \
        ${opt[upstream_window]:+--upstream_window "${opt[upstream_window]}"} \
        ${plan[text]:+--text "${plan[text]}"} "${@:2}"
}

train_baselines() {
    local configs experiments index
    IFS=$'\t' read -ra configs <<< "${plan[baseline_configs]}"
    IFS=$'\t' read -ra experiments <<< "${plan[experiments]}"
    for index in "${!configs[@]}"; do
        job cpu "${experiments[index]}" python -m sentemo.bin.train_baseline --config "${configs[index]}" \
            --data "${plan[prepared_data]}" --dump dump --labels "${plan[labels]}" \
            --folds "${plan[folds]}" --exp "${experiments[index]}" --corpus "${opt[corpus_name]}" \
            ${opt[nj]:+--nj "${opt[nj]}"} --convert_audio "${opt[convert_audio]}"
    done
}

stage_decode() {
    case ${plan[mode]} in
        text_sentiment) label_sentiment "${plan[prepared_data]}" "${plan[exp]}" ;;
        study) study_job decode ;;
        *) ser_job decode ;;
    esac
}

# label_sentiment DATA DEST: label the transcripts of a data directory.
label_sentiment() {
    local kind=cpu more=()
    if [[ ${opt[sentiment_backend]} == transformers ]]; then
        kind="split"
        more=(--ngpu "$((opt[ngpu] > 0))"
            ${plan[sentiment_model]:+--model "${plan[sentiment_model]}"}
            ${opt[sentiment_label_order]:+--label_order "${opt[sentiment_label_order]}"})
    fi
    job "$kind" "$2" python -m sentemo.bin.text_sentiment --text "$1/text" --dest "$2" \
        --backend "${opt[sentiment_backend]}" "${more[@]}"
}

stage_score() {
    case ${plan[mode]} in
        text_sentiment) score_text_sentiment ;;
        study) study_job score ;;
        *) score_experiments ;;
    esac
    [[ ${plan[mode]} != single || ${opt[robustness]-} != true ]] || test_robustness
    run python -m sentemo.bin.results --work_dir .
}

# test_robustness: test the trained models on their own test sides under other conditions.
test_robustness() {
    ser_job robustness --dest "$(dirname "${plan[exp]}")/robustness_$(basename "${plan[exp]}")" \
        --convert_audio "${opt[convert_audio]}"
}

score_text_sentiment() {
    job cpu "${plan[exp]}" python -m sentemo.bin.text_emotion --data "${plan[prepared_data]}" \
        --exp "${plan[exp]}" --recipe "$(basename "$recipe_dir")" --corpus "${opt[corpus_name]}"
}

score_experiments() {
    local exp experiments
    IFS=$'\t' read -ra experiments <<< "${plan[experiments]}"
    for exp in "${experiments[@]}"; do
        job cpu "$exp" python -m sentemo.bin.score --exp "$exp" --data "${plan[scored_data]}" \
            ${plan[labels]:+--labels "${plan[labels]}"} --folds "${plan[folds]}"
    done
}

stage_report() {
    local exp experiments
    if [[ ${plan[mode]} == study ]]; then
        echo "no report of a study; sentemo.bin.report makes one of each of its experiments"
        return
    fi
    if [[ ${plan[mode]} != baselines ]]; then
        explain attention
        ((opt[report_occlusion] == 0)) || explain occlude --utterances "${opt[report_occlusion]}"
    fi
    IFS=$'\t' read -ra experiments <<< "${plan[experiments]}"
    for exp in "${experiments[@]}"; do
        job cpu "$exp" python -m sentemo.bin.report --exp "$exp" --data "${plan[scored_data]}" \
            --audio "${opt[report_audio]}"
    done
}

# explain COMMAND ARGUMENT…: what carried the answers of the one training, by the words that are timed.
explain() {
    ser_job "$1" --words "${opt[align_words]}" \
        ${plan[align_model]:+--align_model "${plan[align_model]}" --align_dump "${plan[align_dump]}"} \
        ${opt[asr_language]:+--asr_language "${opt[asr_language]}"} "${@:2}"
}

stage_pack() {
    if [[ ${plan[mode]} == study ]]; then
        echo "nothing is packed of a study; one of its experiments is packed by sentemo.bin.pack"
    elif [[ -n ${plan[reads_text]} ]]; then
        echo "not packed: the model reads transcripts, and a recording brings none"
    else
        ser_job train_final
        job cpu "${plan[exp]}" python -m sentemo.bin.pack --exp "${plan[exp]}" --readme "$recipe_dir/README.md"
    fi
}

# This is not a job, as the nodes of a cluster often reach no network.
stage_upload() {
    if [[ -z ${opt[hub_repo]} ]]; then
        echo "nothing is uploaded without --hub_repo user/name"
        return
    fi
    run python -m sentemo.bin.upload --model "${plan[exp]}/model.zip" --repo "${opt[hub_repo]}" \
        --dry_run "${opt[hub_dry_run]}"
}
