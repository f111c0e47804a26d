# The driver of every recipe: its options, their order, and what things are called; the stages, small
# functions around one Python command each, are in stages.sh. Sourced by egs/<corpus>/run.sh, which
# adds its own options and stages, lists the stages that it has in `recipe_stages`, and calls
# `recipe_main "$@"`.
# shellcheck shell=bash

source "$(dirname "${BASH_SOURCE[0]}")/shell.sh"
source "$(dirname "${BASH_SOURCE[0]}")/jobs.sh"
source "$(dirname "${BASH_SOURCE[0]}")/dimensions.sh"
source "$(dirname "${BASH_SOURCE[0]}")/sentiment_labels.sh"
source "$(dirname "${BASH_SOURCE[0]}")/pack.sh"
source "$(dirname "${BASH_SOURCE[0]}")/report.sh"
source "$(dirname "${BASH_SOURCE[0]}")/stages.sh"
source "$(dirname "${BASH_SOURCE[0]}")/study.sh"
source "$(dirname "${BASH_SOURCE[0]}")/text_sentiment.sh"
source "$(dirname "${BASH_SOURCE[0]}")/train_with.sh"
source "$(dirname "${BASH_SOURCE[0]}")/transcripts.sh"

# Their order gives their numbers, for all recipes alike.
stages=(data feats pretrain asr_score train decode score report pack upload)
recipe_dir=$(realpath "$(dirname "$0")")
# shellcheck disable=SC2034  # for recipes: where relative paths of the user start
caller_dir=$PWD
recipe_stages=()

option stage text data "first stage, by name or number"
option stop_stage text upload "last stage, by name or number"
option work_dir path "$recipe_dir" "holds data/ dump/ exp/ and RESULTS.md"
option config config "" "training configuration"
option corpus_name text "" "names the corpus in the results (default: its own name)"
option tag name "" "names the experiment, instead of its configuration's name"
option feats text "" "feature type (default: what --asr_model or the configuration is for, else fbank80)"
option convert_audio flag false "convert audio that is not 16 kHz mono: resample, downmix"
option speed_factors text "" "also train on copies at these speeds: 0.9,1.1"
option seed number 1 "seed of all randomness"
option nj positive "" "processes at a time (default: one per core of the machine that runs them)"
option ngpu number 0 "GPUs on a node that train a model, one process each; one decodes; 0 for the CPU"
option num_nodes positive 1 "nodes that train a model: of the Slurm allocation that this runs in, or of each job of --cmd_backend slurm"

# sentiment_options LABELS FOLDS: the options of a recipe that trains a sentiment model.
sentiment_options() {
    option labels path "$1" "the classes, one per line, in their order"
    option folds path "$2" "which speakers are validation and test, fold by fold"
    option asr_model text "" "whose encoder is frozen and used: an ASR experiment, a packed zip, or a tag; whose transcripts alone, where the configuration has a text_encoder and an encoder of its own"
    option text path "" "transcripts for a configuration with a text_encoder (default: what --asr_model hears)"
    option fold_parallel flag true "train all folds in one pass, where a frozen encoder allows it"
    train_with_options
    study_options
    report_options
    pack_options
    sentiment_label_options "--experiment text_sentiment"
    option_help[config]+=" (default: conf/train_ser_scratch.yaml, or train_ser_frozen.yaml with --asr_model)"
}

# A recipe may define its own, to refuse options or to leave out stages because of them.
check_options() {
    :
}

recipe_main() {
    local first last number
    parse_options "$@"
    locate_model asr_model
    locate_model align_model
    locate_model sa2sr_model
    locate_model ssl_model
    locate_model sentiment_model
    check_study
    check_task
    check_train_with
    check_sentiment_labels
    check_text_sentiment
    check_jobs
    check_options
    first=$(stage_number stage)
    last=$(stage_number stop_stage)
    ((first <= last)) ||
        usage_error "--stage ${opt[stage]} comes after --stop_stage ${opt[stop_stage]}"
    use_environment
    if [[ ${opt[submit_only]} == true ]]; then
        submit_stages "$first" "$last" "$@"
        return
    fi
    choose_task
    mkdir -p "${opt[work_dir]}"
    cd "${opt[work_dir]}" || exit
    for ((number = first; number <= last; number++)); do
        run_stage "$number"
    done
}

# locate_model OPTION: where the model is a file or folder of the user, its path must hold from the
# working directory too; a name on the Hub stays as it is.
locate_model() {
    local given=${opt[$1]-}
    # Without following links: a checkpoint's other files lie beside the link, not beside its target.
    [[ ! -e $given ]] || opt[$1]=$(realpath -ms -- "$given")
}

# stage_number OPTION: the number of the stage that this option names.
stage_number() {
    local value=${opt[$1]} number
    for number in "${!stages[@]}"; do
        if [[ $value == "${stages[number]}" || $value == $((number + 1)) ]]; then
            echo $((number + 1))
            return
        fi
    done
    usage_error "--$1: no stage '$value'; the stages are$(list_stages)"
}

list_stages() {
    local number
    for number in "${!stages[@]}"; do
        printf ' %d %s' $((number + 1)) "${stages[number]}"
    done
}

run_stage() {
    local name=${stages[$1 - 1]} started=$SECONDS
    if [[ " ${recipe_stages[*]} " != *" $name "* ]]; then
        echo "── stage $1 $name: not in this recipe"
        return
    fi
    echo "── stage $1 $name"
    # A trap, not `stage_… || …`: bash would ignore every failing command but the stage's last.
    # shellcheck disable=SC2064  # the stage's name of now
    trap "stage_failed $1 $name" EXIT
    "stage_$name"
    trap - EXIT
    echo "── stage $1 $name: done in $((SECONDS - started)) s"
}

# An EXIT trap runs with the exit status that ends the script.
stage_failed() {
    local status=$?
    echo "── stage $1 $2 failed (status $status); when mended, continue with --stage $2" >&2
}

# --- What stages have in common

# The data directory that features are made of: with other corpora to train on, and with copies at
# other speeds, where asked.
data_dir() {
    echo "$(prepared_dir)$(data_suffix)"
}

# Names in data directories and experiments what is trained on beside the corpus' own recordings.
data_suffix() {
    echo "$(train_with_suffix)${opt[speed_factors]:+$(speed_suffix)}"
}

# The factors in their order, however they were typed: _sp0.9_1.1.
speed_suffix() {
    local factors
    read -ra factors <<< "${opt[speed_factors]//,/ }"
    mapfile -t factors < <(printf '%s\n' "${factors[@]}" | sort -g)
    local IFS=_
    echo "_sp${factors[*]}"
}

dump_dir() {
    local type
    type=$(feature_type)
    echo "dump/$type/$(basename "$(data_dir)")"
}

# Of the training: what --feats says, else what the ASR model was trained on whose encoder is used,
# else what the configuration is for.
feature_type() {
    local type=${opt[feats]} lender=""
    [[ -n $type ]] || lender=$(encoder_lender)
    if [[ -n $lender ]]; then
        type=$(asr_feature_type)
    elif [[ -z $type ]]; then
        type=$(configured feature_type)
    fi
    echo "${type:-fbank80}"
}

# configured KEY: what the configuration says of it, or nothing.
configured() {
    local config
    config=$(config_file)
    python -m sentemo.bin.configuration --config "$config" --print "$1"
}

config_file() {
    local kind=${opt[asr_model]:+frozen} task=ser
    learns_classes || task=avd
    echo "${opt[config]:-$root/conf/train_${task}_${kind:-scratch}.yaml}"
}

# What a training of a sentiment model is called: exp/ser_scratch, exp/avd_scratch where dimensions are
# learnt alone, exp/both_ser_scratch.
ser_experiment() {
    local config kind=ser
    config=$(config_file)
    case ${opt[task]} in
        dimensional) kind=avd ;;
        both) kind=both ;;
    esac
    experiment "$kind" "$config"
}

# experiment KIND CONFIG: exp/asr_ctc for asr and conf/train_asr_ctc.yaml.
experiment() {
    local name=${opt[tag]}
    if [[ -z $name ]]; then
        name=$(basename "$2" .yaml)
        name=${name#train_}
        name=${name#"$1"}
        name=${name#_}${opt[asr_model]:+_$(model_name "${opt[asr_model]}")}
        name+=$(data_suffix)
    fi
    echo "exp/$1${name:+_$name}"
}

# model_name MODEL: a weights file is named by its experiment too.
model_name() {
    local path=$1
    if [[ $path == *.pth ]]; then
        path=$(basename "$(dirname "$path")")_$(basename "$path" .pth)
    fi
    basename "$path"
}

# A corpus without a fold file of its own has the one that its data stage made.
folds_file() {
    echo "${opt[folds]:-data/folds.tsv}"
}

# fold_arguments: sets `exp` and `arguments`: which training the stages train and decode talk about.
fold_arguments() {
    local data dump config folds lender text=${opt[text]} text_encoder task_options
    task_arguments
    data=$(data_dir)
    dump=$(dump_dir)
    config=$(config_file)
    exp=$(ser_experiment)
    folds=$(folds_file)
    lender=$(encoder_lender)
    text_encoder=$(configured text_encoder)
    [[ -z $text_encoder ]] || text=$(text_file)
    arguments=(--config "$config" --data "$data" --dump "$dump" "${task_options[@]}"
        --folds "$folds" --exp "$exp" --seed "${opt[seed]}" --nj "${opt[nj]}"
        --ngpu "${opt[ngpu]}" --num_nodes "${opt[num_nodes]}" --fold_parallel "${opt[fold_parallel]}")
    [[ -z $lender ]] || arguments+=(--asr_model "$lender")
    [[ -z $text ]] || arguments+=(--text "$text")
}
