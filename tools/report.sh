# Stage report: what a model attends to, word by word, and every experiment as one page, report.html.
# Sourced by recipe.sh.
# shellcheck shell=bash
# shellcheck disable=SC2154  # what the driver sets

report_options() {
    option report_audio flag false "embed the utterances' sound in report.html, about 6 kB for each second"
    option align_model text "" "a CTC recogniser of characters, which aligns words with attention (default: --asr_model, where it is one)"
    option align_words text auto "which words attention is shown over: times, with the corpus' own times; reference, its transcripts; asr, what the recogniser hears; auto, the first of these that there is"
}

stage_report() {
    local data exp experiments
    if is_text_sentiment || is_study; then
        echo "no report of a study; sentemo.bin.report makes one of each of its experiments"
        return
    fi
    [[ ${opt[experiment]} == baselines ]] || attend_words
    scored_experiments
    for exp in "${experiments[@]}"; do
        job cpu "$exp" python -m sentemo.bin.report --exp "$exp" --data "$data" --audio "${opt[report_audio]}"
    done
}

attend_words() {
    local exp arguments type dump
    fold_arguments
    arguments+=(--words "${opt[align_words]}")
    if [[ -n ${opt[align_model]} ]]; then
        type=$(aligner_feature_type)
        dump=dump/$type/$(basename "$(data_dir)")
        arguments+=(--align_model "${opt[align_model]}" --align_dump "$dump")
    fi
    exp=$(ser_experiment)
    job split "$exp" python -m sentemo.bin.attention "${arguments[@]}"
}

aligner_feature_type() {
    python -m sentemo.bin.upstream --asr_model "${opt[align_model]}" --print feature_type
}
