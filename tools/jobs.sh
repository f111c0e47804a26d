# Where the commands of the stages run: `--cmd_backend local|slurm`, see sentemo/launch. Sourced by
# recipe.sh.
# shellcheck shell=bash
# shellcheck disable=SC2154  # variables of recipe.sh

job_options() {
    option cmd_backend one_of:local,slurm local "local: this machine; slurm: jobs of a cluster, which this waits for"
    option slurm_conf config conf/slurm.yaml "what each kind of job asks of Slurm"
    option submit_only switch "" "with --cmd_backend slurm: submit a job per stage, each after the one before, and leave"
}

# job KIND FOLDER COMMAND…: run a command of a stage, recorded in FOLDER/log. The kinds cpu and train
# are those of conf/slurm.yaml; a split command stays here and submits its parts itself. A second
# command in an experiment is refused; where several experiments share a folder, it waits for the first.
job() {
    local kind=$1 log=$2/log wait=(--wait)
    [[ $2 != exp/* || $2 == exp/@(transcripts|sentiment)_* ]] || wait=()
    shift 2
    show "$@"
    supervise python -m sentemo.bin.launch --kind "$kind" --log "$log" "${wait[@]}" \
        --cmd_backend "${opt[cmd_backend]}" --slurm_conf "${opt[slurm_conf]}" -- "$@"
}

# submit_stages ARGUMENT…: a job per stage, which runs it as with --cmd_backend local.
submit_stages() {
    local name number chain job="" kind arguments=() argument machines submitted=()
    chain=$(date +%m%d-%H%M%S) # a part of the records' names, as other chains have records, too
    for argument; do
        [[ $argument == --submit_only ]] || arguments+=("$argument")
    done
    number=$((plan[first_stage] - 1))
    for name in ${plan[stages]}; do
        number=$((number + 1))
        in_plan available_stages "$name" && [[ $name != upload ]] || continue
        kind=cpu
        ! in_plan train_kind_stages "$name" || kind=train
        machines=(--ngpu "$((opt[ngpu] > 0))" --num_nodes 1)
        [[ $name != @(pretrain|train) ]] || machines=(--ngpu "${opt[ngpu]}" --num_nodes "${opt[num_nodes]}")
        job=$(python -m sentemo.bin.launch --kind "$kind" --name "$name.$chain" --log "${opt[work_dir]}/log" \
            --slurm_conf "${opt[slurm_conf]}" --cmd_backend slurm --submit_only ${job:+--after "$job"} \
            -- "$recipe_dir/run.sh" "${arguments[@]}" "${machines[@]}" \
            --stage "$name" --stop_stage "$name" --cmd_backend local) || unsubmit "$number" "${submitted[@]}"
        submitted+=("$job")
        echo "── stage $number $name: job $job"
    done
    [[ -z ${opt[hub_repo]-} ]] ||
        echo "upload is no job, as nodes often reach no network: when all is done, run --stage upload"
    echo "see: squeue --me, and sentemo jobs ${opt[work_dir]}"
}

# unsubmit NUMBER JOB…: cancel the jobs of a chain, as half a chain is of no use.
unsubmit() {
    (($# == 1)) || scancel "${@:2}"
    die "stage $1 was not submitted, and those before it were cancelled"
}
