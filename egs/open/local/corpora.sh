# Preparing the corpora of this folder's recipes, and making one of them. Sourced by run.sh and
# cross_corpus.sh behind tools/recipe.sh.
# shellcheck shell=bash
# shellcheck disable=SC2154  # variables of recipe.sh

corpora_options() {
    option emodb path "${EMODB:-}" "folder of EmoDB, which has wav/ (default: the variable EMODB)"
    option nemo path "${NEMO:-}" "folder of nEMO, which has data.tsv and samples/ (default: the variable NEMO)"
    option allow_partial flag false "accept copies of the corpora that lack recordings"
}

# convert_option: nEMO's rate is not that of the features.
convert_option() {
    option convert_audio flag true "resample nEMO's 24 kHz to 16 kHz, the rate of features and ASR models"
}

# merge_corpora NAME ARGUMENT…: make a data directory of EmoDB, nEMO, and what the arguments add.
merge_corpora() {
    local corpus parts=()
    require_option emodb
    require_option nemo
    for corpus in emodb nemo; do
        job cpu data python -m sentemo.bin.prepare_corpus "$corpus" --corpus_dir "${opt[$corpus]}" \
            --dest "data/$corpus" --allow_partial "${opt[allow_partial]}" --labels "${opt[labels]}"
        parts+=(--data "data/$corpus")
    done
    run python -m sentemo.bin.merge_data "${parts[@]}" "${@:2}" --labels "${opt[labels]}" \
        --name "$1" --dest "${plan[prepared_data]}"
}
