# Stage pack: a trained model as one zip, for `sentemo predict`. Sourced by recipe.sh.
# shellcheck shell=bash
# shellcheck disable=SC2154  # what the driver sets

stage_pack() {
    local exp text_encoder
    if is_text_sentiment || is_study; then
        echo "nothing is packed of a study; one of its experiments is packed by sentemo.bin.pack"
        return
    fi
    text_encoder=$(configured text_encoder)
    if [[ -n $text_encoder ]]; then
        echo "not packed: the model reads transcripts, and a recording brings none"
        return
    fi
    exp=$(ser_experiment)
    job cpu "$exp" python -m sentemo.bin.pack --exp "$exp" --readme "$recipe_dir/README.md"
}
