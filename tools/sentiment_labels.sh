# Sentiment of transcripts, as sentemo.bin.text_sentiment tells it: proxy labels to pre-train on, and
# Table 1 of SA2SR. Sourced by recipe.sh; a recipe that labels calls sentiment_label_options.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154  # what the driver reads, and what it sets

# sentiment_label_options PURPOSE: what the labels are for.
sentiment_label_options() {
    option sentiment_backend text vader "what tells the sentiment of transcripts, for $1: vader or transformers"
    option sentiment_model text "" "of transformers: a directory or a name on the Hugging Face Hub (default: RoBERTa on Twitter)"
    option sentiment_label_order text "" "of its classes, where its config does not name them: negative,neutral,positive"
}

check_sentiment_labels() {
    [[ -v opt[sentiment_backend] ]] || return 0 # no option of this recipe
    [[ ${opt[sentiment_backend]} == @(vader|transformers) ]] ||
        usage_error "--sentiment_backend: '${opt[sentiment_backend]}' is neither vader nor transformers"
    [[ ${opt[sentiment_backend]} == transformers ||
        -z ${opt[sentiment_model]}${opt[sentiment_label_order]} ]] ||
        usage_error "--sentiment_model and --sentiment_label_order need --sentiment_backend transformers"
}

# vader, transformers, transformers_<model>: what an experiment is named by.
sentiment_labels_name() {
    echo "${opt[sentiment_backend]}${opt[sentiment_model]:+_$(basename "${opt[sentiment_model]}")}"
}

# label_sentiment DATA DEST: of the transcripts of a data directory.
label_sentiment() {
    local kind=cpu arguments=(--text "$1/text" --dest "$2" --backend "${opt[sentiment_backend]}")
    if [[ ${opt[sentiment_backend]} == transformers ]]; then
        kind="split"
        arguments+=(--ngpu "$((opt[ngpu] > 0))")
        [[ -z ${opt[sentiment_model]} ]] || arguments+=(--model "${opt[sentiment_model]}")
        [[ -z ${opt[sentiment_label_order]} ]] ||
            arguments+=(--label_order "${opt[sentiment_label_order]}")
    fi
    job "$kind" "$2" python -m sentemo.bin.text_sentiment "${arguments[@]}"
}
