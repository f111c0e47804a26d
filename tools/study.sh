# Studies: `--experiment table2|table3|…|FILE`, and `--seeds N`; see conf/table3.yaml and
# sentemo/study/plan.py. Sourced by recipe.sh, whose stages features, train, decode and score they share.
# shellcheck shell=bash
# shellcheck disable=SC2154  # variables of recipe.sh

study_options() {
    option experiment text "" "table2, table3 or another of the recipe's folder or of conf/ (there Lu et al. 2020), a study's file, baselines: openSMILE with a linear SVM, and chance; or text_sentiment (Table 1 of SA2SR)"
    option seeds positive 1 "number of trainings, with seeds from --seed on: mean and deviation"
    option rows text "" "rows of a study that run, by their numbers: 1,3 (default: all)"
    option sa2sr_model text "" "SA2SR model for the rows of a study that need one; it is given as --upstream is"
    option ssl_model text "" "model for rows of a study upon a self-supervised model of Hugging Face: a name or a directory"
    option change text "" "older form of --set: several changes, \"max_epoch=20 optim_conf.lr=0.001\""
}

# study_job keep_states|train|decode|score
study_job() {
    local kind=split task changes what=(--config "${plan[config]}")
    [[ $1 != score ]] || kind=cpu
    [[ -z ${plan[study]} ]] || what=(--study "${plan[study]}")
    IFS=$'\t' read -ra task <<< "${plan[task_arguments]}"
    IFS=$'\t' read -ra changes <<< "${plan[change_arguments]}"
    job "$kind" "${plan[exp]}" python -m sentemo.bin.study "$1" --data "${plan[data]}" \
        --original_data "${plan[prepared_data]}" --dump dump "${task[@]}" \
        --folds "${plan[folds]}" --exp "${plan[exp]}" --seed "${opt[seed]}" --seeds "${opt[seeds]}" \
        ${opt[nj]:+--nj "${opt[nj]}"} --ngpu "${opt[ngpu]}" --num_nodes "${opt[num_nodes]}" \
        --fold_parallel "${opt[fold_parallel]}" --convert_audio "${opt[convert_audio]}" \
        --corpus "${opt[corpus_name]}" --recipe "$(basename "$recipe_dir")" \
        "${changes[@]}" "${what[@]}" \
        ${plan[upstream]:+--upstream "${plan[upstream]}"} \
        ${plan[sa2sr_model]:+--sa2sr_model "${plan[sa2sr_model]}"} \
        ${plan[ssl_model]:+--ssl_model "${plan[ssl_model]}"} \
        ${opt[upstream_window]:+--upstream_window "${opt[upstream_window]}"} \
        ${opt[rows]:+--rows "${opt[rows]}"} ${plan[text]:+--text "${plan[text]}"}
}
