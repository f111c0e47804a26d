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
#   ./run.sh --corpus_dir /data/LibriSpeech --upstream whisper-base/    # scored, not trained
#   ./run.sh --corpus_dir /data/LibriSpeech --upstream whisper-base/ --config sa2sr_top_layers
#   ./run.sh --stage asr_score --beam_size 10               # decode and score again
set -euo pipefail
source "$(dirname "$0")/../../tools/recipe.sh"

option corpus_dir path "${LIBRISPEECH:-}" "folder that holds test-clean/ … (default: the variable LIBRISPEECH)"
option parts text "" "parts to take, separated by commas (default: all found)"
option allow_partial flag false "accept parts that lack utterances"
option folds path "" "who trains, validates and tests (default: the publisher's parts, or folds/test-clean.tsv where no train part is)"
option config text ctc_small "training configuration: NAME for conf/train_asr_NAME.yaml or conf/train_NAME.yaml, or a file"
option upstream text "" "a whole Whisper, a directory or name of Hugging Face, which is scored instead of a recogniser that is trained here; with a configuration that has tuning_conf, the pre-trained model whose upper layers are trained on"
option token_type text "" "char or bpe (default: as the configuration says, else char)"
option bpe_size text "" "tokens of bpe, trained on the training side (default: 500)"
option beam_size positive 1 "width of the beam search; 1 is greedy"
sentiment_label_options "SA2SR"
language_option en
recipe_stages=(data feats pretrain asr_score)

stage_data() {
    require_option corpus_dir
    job cpu data "$recipe_dir/local/data.sh" --corpus_dir "${opt[corpus_dir]}" --dest "${plan[prepared_data]}" \
        --parts "${opt[parts]}" --allow_partial "${opt[allow_partial]}"
    make_plan # again, as the default of --folds depends on the parts that are there now
    # Parts alone are worth preparing; the training insists on every side.
    run python -m sentemo.bin.check_data_dir "${plan[prepared_data]}" --folds "${plan[folds]}" \
        --allow_partial true --convert_audio "${opt[convert_audio]}"
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

recipe_main "$@"
