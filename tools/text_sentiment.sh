# Table 1 of SA2SR: `--experiment text_sentiment`, the sentiment of the transcripts against the emotion
# of the speech. Sourced by recipe.sh; nothing is trained: stage decode labels, stage score compares.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154  # what the driver reads, and what it sets

is_text_sentiment() {
    [[ ${opt[experiment]-} == text_sentiment ]]
}

check_text_sentiment() {
    is_text_sentiment || return 0
    recipe_stages=(data decode score)
}

# Of every class, where a recipe has such a directory.
text_sentiment_data() {
    echo data/all
}

# exp/text_sentiment_vader, exp/text_sentiment_transformers_<model>
text_sentiment_experiment() {
    echo "exp/${opt[tag]:-text_sentiment_$(sentiment_labels_name)}"
}

label_transcripts() {
    local data exp
    data=$(text_sentiment_data)
    exp=$(text_sentiment_experiment)
    label_sentiment "$data" "$exp"
}

score_text_sentiment() {
    local data exp
    data=$(text_sentiment_data)
    exp=$(text_sentiment_experiment)
    job cpu "$exp" python -m sentemo.bin.text_emotion --data "$data" --exp "$exp" \
        --recipe "$(basename "$recipe_dir")" --corpus "${opt[corpus_name]}"
    run python -m sentemo.bin.results --work_dir .
}
