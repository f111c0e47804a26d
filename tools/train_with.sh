# Other corpora to train on: `--train_with ../iemocap/data/all`, beside the recipe's own, which alone
# is validated and tested. Sourced by recipe.sh.
# shellcheck shell=bash
# shellcheck disable=SC2154  # what the driver sets

train_with_options() {
    option train_with text "" "also train on these data directories of other recipes, separated by colons: ../iemocap/data/all"
    option train_with_scales text "" "of their dimensions, where these are learnt: iemocap, or LOW,HIGH; separated by colons"
}

check_train_with() {
    local directory index=0 directories scales
    IFS=: read -ra directories <<< "${opt[train_with]-}"
    IFS=: read -ra scales <<< "${opt[train_with_scales]-}"
    [[ -z ${opt[train_with]-} || ${opt[experiment]} != @(baselines|text_sentiment) ]] ||
        usage_error "--train_with: --experiment ${opt[experiment]} reads one corpus"
    ((${#scales[@]} == 0 || ${#scales[@]} == ${#directories[@]})) ||
        usage_error "--train_with_scales: ${#scales[@]} for ${#directories[@]} of --train_with"
    for directory in "${directories[@]}"; do
        [[ -d $directory ]] || usage_error "--train_with: no directory '$directory'"
        directories[index++]=$(realpath -ms -- "$directory")
    done
    local IFS=:
    opt[train_with]="${directories[*]}"
}

# _with_iemocap_emodb: the recipes' names, for data directories and experiments.
train_with_suffix() {
    local directory directories suffix=""
    IFS=: read -ra directories <<< "${opt[train_with]-}"
    for directory in "${directories[@]}"; do
        # egs/iemocap/data/all is of iemocap; elsewhere, the directory's own name says it
        [[ $(basename "$(dirname "$directory")") != data ]] || directory=$(realpath -ms -- "$directory/../..")
        suffix+=_$(basename "$directory")
    done
    echo "${suffix:+_with$suffix}"
}

# combined_dir: the data directory with all of them, or the recipe's own where there are none.
combined_dir() {
    echo "$(prepared_dir)$(train_with_suffix)"
}

combine_data() {
    local original combined directories scales arguments index
    [[ -n ${opt[train_with]-} ]] || return 0
    original=$(prepared_dir)
    combined=$(combined_dir)
    IFS=: read -ra directories <<< "${opt[train_with]}"
    IFS=: read -ra scales <<< "${opt[train_with_scales]}"
    arguments=(--data "$original" --dest "$combined")
    ! learns_classes || arguments+=(--labels "${opt[labels]}")
    [[ ${opt[task]} == label ]] || arguments+=(--scale "${opt[scale]}")
    for index in "${!directories[@]}"; do
        arguments+=(--add "${directories[index]}" ${scales[index]:+"${scales[index]}"})
    done
    job cpu "$(dirname "$combined")" python -m sentemo.bin.combine_data "${arguments[@]}"
}
