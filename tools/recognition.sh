# Recipes of speech recognition, whose encoder serves the emotion recipes: their options, and the stages
# that train, decode and score a recogniser. Sourced by egs/<corpus>/run.sh after recipe.sh.
# shellcheck shell=bash
# shellcheck disable=SC2154  # variables of recipe.sh

# shellcheck disable=SC2034  # recipe.sh reads it
recipe_stages=(data feats pretrain asr_score)

# recognition_options LANGUAGE: the options of a recipe whose corpus is in the language of this code.
recognition_options() {
    option config text ctc_small "training configuration: NAME for conf/train_asr_NAME.yaml or conf/train_NAME.yaml, or a file"
    option upstream text "" "a whole Whisper, a directory or name of Hugging Face, which is scored instead of a recogniser that is trained here; with a configuration that has tuning_conf, the pre-trained model whose upper layers are trained on"
    option token_type text "" "char or bpe (default: as the configuration says, else char)"
    option bpe_size text "" "tokens of bpe, trained on the training side (default: 500)"
    option beam_size positive 1 "width of the beam search; 1 is greedy"
    sentiment_label_options "SA2SR"
    language_option "$1"
}

stage_pretrain() {
    local changes
    if [[ -n ${plan[upstream]} && -z ${plan[taken_over]} ]]; then
        echo "nothing is trained: stage asr_score hears with ${plan[upstream]}"
        return
    fi
    IFS=$'\t' read -ra changes <<< "${plan[change_arguments]}"
    [[ -z ${plan[sentiment]} ]] || label_sentiment "${plan[data]}" "${plan[sentiment]}"
    job train "${plan[exp]}" python -m sentemo.bin.train_asr --config "${plan[config]}" "${changes[@]}" \
        --data "${plan[data]}" --dump "${plan[dump]}" --folds "${plan[folds]}" --exp "${plan[exp]}" \
        --corpus "${opt[corpus_name]}" --seed "${opt[seed]}" \
        --ngpu "${opt[ngpu]}" --num_nodes "${opt[num_nodes]}" \
        ${plan[taken_over]:+--upstream "${plan[taken_over]}"} \
        ${plan[sentiment]:+--sentiment "${plan[sentiment]}"} \
        ${opt[token_type]:+--token_type "${opt[token_type]}"} ${opt[bpe_size]:+--bpe_size "${opt[bpe_size]}"}
}

stage_asr_score() {
    if [[ -n ${plan[recogniser]} ]]; then
        transcribe "${plan[exp]}" --folds "${plan[folds]}"
        run python -m sentemo.bin.results --work_dir .
        return
    fi
    job split "${plan[exp]}" python -m sentemo.bin.decode_asr --exp "${plan[exp]}" \
        --data "${plan[data]}" --dump "${plan[dump]}" --folds "${plan[folds]}" \
        ${opt[nj]:+--nj "${opt[nj]}"} --ngpu "$((opt[ngpu] > 0))" --beam_size "${opt[beam_size]}"
    job cpu "${plan[exp]}" python -m sentemo.bin.score_asr --exp "${plan[exp]}" --set test
    run python -m sentemo.bin.results --work_dir .
}
