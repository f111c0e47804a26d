# Stages pack and upload: a trained model as one zip, for `sentemo predict`, and on the Hub. Sourced by
# recipe.sh.
# shellcheck shell=bash
# shellcheck disable=SC2154  # what the driver sets

pack_options() {
    option hub_repo text "" "where stage upload puts the packed model on the Hugging Face Hub: user/name (default: nowhere)"
    option hub_dry_run flag false "stage upload shows files, sizes and the card, and uploads nothing"
}

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

# Not a job: the nodes of a cluster often reach no network.
stage_upload() {
    local exp
    if [[ -z ${opt[hub_repo]} ]]; then
        echo "nothing is uploaded without --hub_repo user/name"
        return
    fi
    exp=$(ser_experiment)
    run python -m sentemo.bin.upload --model "$exp/model.zip" --repo "${opt[hub_repo]}" \
        --dry_run "${opt[hub_dry_run]}"
}
