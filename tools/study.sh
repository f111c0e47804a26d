# Studies: `--experiment table2|table3|…|FILE`, and `--seeds N`; see conf/table3.yaml and
# sentemo/study/plan.py. Sourced by recipe.sh, whose stages features, train, decode and score they share.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154  # what the driver reads, and what it sets

study_options() {
    option experiment text "" "table2, table3 or another of the recipe's folder or of conf/ (there Lu et al. 2020), a study's file, baselines: openSMILE with a linear SVM, and chance; or text_sentiment (Table 1 of SA2SR)"
    option seeds positive 1 "train so many times, from --seed on: mean and deviation"
    option rows text "" "of a study, by their numbers: 1,3 (default: all)"
    option sa2sr_model text "" "for rows of a study upon an encoder that knows of sentiment, as --asr_model"
    option ssl_model text "" "for rows of a study upon a self-supervised model of Hugging Face: a name or a directory"
    option change text "" "of a study's configurations: \"max_epoch=20 optim_conf.lr=0.001\""
}

is_study() {
    [[ -n ${opt[experiment]-} && ${opt[experiment]} != @(baselines|text_sentiment) ||
        ${opt[seeds]-1} != 1 ]]
}

# A study is named, as table3.yaml in the recipe's folder or in conf/, or a file here or below the
# repository root.
check_study() {
    local given=${opt[experiment]-} named=""
    named_study
    if [[ $given == @(baselines|text_sentiment) ]]; then
        [[ ${opt[seeds]} == 1 ]] || usage_error "--seeds: nothing is drawn in --experiment $given"
        [[ -z ${opt[change]} ]] || usage_error "--change: --experiment $given has no such settings"
        recipe_stages=(data train score report) # neither frames nor epochs, nor a stage for testing
    elif [[ -n $given && -z $named && ! -f $given && ! -f $root/$given ]]; then
        usage_error "--experiment: '$given' is none of baselines, text_sentiment, table2, table3 or a file"
    elif [[ -n $given && -n ${opt[config]} ]]; then
        usage_error "--config: a study names its configurations; --change changes them all"
    elif [[ -n $named ]]; then
        opt[experiment]=$named
    elif [[ -n $given ]]; then
        option_kind[experiment]=config
        check_option experiment "$given"
    elif [[ -n ${opt[change]-} && ${opt[seeds]} == 1 ]]; then
        usage_error "--change is for --experiment and --seeds; give a --config of your own"
    fi
    if is_study && [[ -n ${opt[feats]} ]]; then
        usage_error "--feats: a study's configurations say it: --change feature_type=${opt[feats]}"
    elif ! is_study && [[ -n ${opt[rows]-}${opt[sa2sr_model]-}${opt[ssl_model]-} ]]; then
        usage_error "--rows, --sa2sr_model and --ssl_model are for the rows of an --experiment"
    fi
}

# named_study: sets `named` to the file of the study that `given` names, if it does.
named_study() {
    local folder
    for folder in "$root/conf" "$recipe_dir"; do
        [[ -z $given || ! -f $folder/$given.yaml ]] || named=$folder/$given.yaml
    done
}

# exp/table3_asr_rnnt, with --change max_epoch=2 exp/table3_asr_rnnt_max_epoch=2, and of one
# configuration exp/ser_frozen_asr_rnnt_seeds.
study_experiment() {
    local name option change=${opt[change]:+_${opt[change]//[ \/]/_}}
    if [[ -z ${opt[experiment]} ]]; then
        echo "$(ser_experiment)_seeds$change"
        return
    fi
    name=$(basename "${opt[experiment]}" .yaml)
    for option in asr_model sa2sr_model ssl_model; do
        name+=${opt[$option]:+_$(model_name "${opt[$option]}")}
    done
    echo "exp/${opt[tag]:-$name$(data_suffix)$change}"
}

# study_arguments: sets `exp` and `arguments`, of every stage of a study.
study_arguments() {
    local data folds config option task_options
    task_arguments
    data=$(data_dir)
    folds=$(folds_file)
    exp=$(study_experiment)
    arguments=(--data "$data" --original_data "$(prepared_dir)" --dump dump "${task_options[@]}"
        --folds "$folds" --exp "$exp" --seed "${opt[seed]}" --seeds "${opt[seeds]}"
        --nj "${opt[nj]}" --ngpu "${opt[ngpu]}" --num_nodes "${opt[num_nodes]}"
        --fold_parallel "${opt[fold_parallel]}"
        --convert_audio "${opt[convert_audio]}"
        --corpus "${opt[corpus_name]}" --recipe "$(basename "$recipe_dir")" --change "${opt[change]}")
    if [[ -n ${opt[experiment]} ]]; then
        arguments+=(--study "${opt[experiment]}")
    else
        config=$(config_file)
        arguments+=(--config "$config")
    fi
    for option in asr_model sa2sr_model ssl_model rows; do
        [[ -z ${opt[$option]} ]] || arguments+=("--$option" "${opt[$option]}")
    done
    [[ -z ${opt[text]} && -z ${opt[asr_model]} ]] || arguments+=(--text "$(text_file)")
}

# run_study train|decode|score
run_study() {
    local exp arguments kind=split
    [[ $1 != score ]] || kind=cpu
    study_arguments
    job "$kind" "$exp" python -m sentemo.bin.study "$1" "${arguments[@]}"
}

# ask_study features: the types of features that its rows need, a line each.
# ask_study text_rows: the names of the rows that read transcripts.
ask_study() {
    local exp arguments
    study_arguments
    python -m sentemo.bin.study "$1" "${arguments[@]}"
}
