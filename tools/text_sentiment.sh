# Table 1 of SA2SR: `--experiment text_sentiment`, the sentiment of the transcripts against the emotion
# of the speech. Sourced by recipe.sh; nothing is trained: stage decode labels, stage score compares.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154  # what the driver reads, and what it sets

text_sentiment_options() {
    option sentiment_backend text vader "of --experiment text_sentiment: vader or transformers"
    option sentiment_model text "" "of transformers: a directory or a name on the Hub (default: RoBERTa on Twitter)"
    option sentiment_label_order text "" "of its classes, where its config does not name them: negative,neutral,positive"
}

is_text_sentiment() {
    [[ ${opt[experiment]-} == text_sentiment ]]
}

check_text_sentiment() {
    is_text_sentiment || return 0
    [[ ${opt[sentiment_backend]} == @(vader|transformers) ]] ||
        usage_error "--sentiment_backend: '${opt[sentiment_backend]}' is neither vader nor transformers"
    [[ ${opt[sentiment_backend]} == transformers ||
        -z ${opt[sentiment_model]}${opt[sentiment_label_order]} ]] ||
        usage_error "--sentiment_model and --sentiment_label_order need --sentiment_backend transformers"
    recipe_stages=(data decode score)
}

# Of every class, where a recipe has such a directory.
text_sentiment_data() {
    echo data/all
}

# exp/text_sentiment_vader, exp/text_sentiment_transformers_<model>
text_sentiment_experiment() {
    local model=${opt[sentiment_model]:+_$(basename "${opt[sentiment_model]}")}
    echo "exp/${opt[tag]:-text_sentiment_${opt[sentiment_backend]}$model}"
}

label_transcripts() {
    local data exp arguments
    data=$(text_sentiment_data)
    exp=$(text_sentiment_experiment)
    arguments=(--text "$data/text" --dest "$exp" --backend "${opt[sentiment_backend]}")
    if [[ ${opt[sentiment_backend]} == transformers ]]; then
        arguments+=(--ngpu "${opt[ngpu]}")
        [[ -z ${opt[sentiment_model]} ]] || arguments+=(--model "${opt[sentiment_model]}")
        [[ -z ${opt[sentiment_label_order]} ]] ||
            arguments+=(--label_order "${opt[sentiment_label_order]}")
    fi
    run python -m sentemo.bin.text_sentiment "${arguments[@]}"
}

score_text_sentiment() {
    local data exp
    data=$(text_sentiment_data)
    exp=$(text_sentiment_experiment)
    run python -m sentemo.bin.text_emotion --data "$data" --exp "$exp" \
        --recipe "$(basename "$recipe_dir")" --corpus "${opt[corpus_name]}"
    run python -m sentemo.bin.results --work_dir .
}
