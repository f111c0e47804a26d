# Activation, valence and dominance: `--task label|dimensional|both`, of recipes whose corpus has them.
# Sourced by recipe.sh.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154  # what the driver reads, and what it sets

# dimension_options SCALE: of a recipe whose corpus was rated on this scale, or LOW,HIGH.
dimension_options() {
    option task text "" "what is learnt: label, the classes; dimensional, activation, valence and dominance of all utterances; both (default: what --experiment is of, else label)"
    option scale text "$1" "of the dimensions: LOW,HIGH, or a corpus whose scale is known"
}

check_task() {
    [[ ${opt[task]-} == @(|label|dimensional|both) ]] ||
        usage_error "--task: '${opt[task]}' is none of label, dimensional and both"
    [[ ${opt[experiment]-} != baselines || ${opt[task]-} == @(|label) ]] ||
        usage_error "--task: --experiment baselines learns classes alone"
}

# A study says what it is of.
choose_task() {
    local given=${opt[task]-label}
    if [[ -z $given ]] && is_study && [[ -n ${opt[experiment]} ]]; then
        given=$(python -m sentemo.bin.configuration --config "${opt[experiment]}" --print task)
    fi
    opt[task]=${given:-label}
}

learns_classes() {
    [[ ${opt[task]} != dimensional ]]
}

# What stage data writes: the utterances of the classes, or all of the release.
prepared_dir() {
    if learns_classes; then echo data/all; else echo data/release; fi
}

# What local/data.sh is asked for.
data_target() {
    if learns_classes; then echo label; else echo avd; fi
}

# task_arguments: sets `task_options`, of the commands that train.
task_arguments() {
    task_options=()
    if learns_classes; then
        require_option labels
        task_options+=(--labels "${opt[labels]}")
    fi
    [[ ${opt[task]} == label ]] || task_options+=(--task "${opt[task]}" --scale "${opt[scale]}")
}
