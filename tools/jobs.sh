# Where the commands of the stages run: `--cmd_backend local|slurm`, see sentemo/launch. Sourced by
# recipe.sh.
# shellcheck shell=bash
# shellcheck disable=SC2154  # what the driver sets

option cmd_backend text local "local: this machine; slurm: jobs of a cluster, which this waits for"
option slurm_conf config conf/slurm.yaml "what each kind of job asks of Slurm"
option submit_only switch "" "with --cmd_backend slurm: submit a job per stage, each after the one before, and leave"

check_jobs() {
    [[ ${opt[cmd_backend]} == @(local|slurm) ]] ||
        usage_error "--cmd_backend: '${opt[cmd_backend]}' is neither local nor slurm"
    [[ -z ${opt[submit_only]} || ${opt[cmd_backend]} == slurm ]] ||
        usage_error "--submit_only is for --cmd_backend slurm"
}

# job KIND FOLDER COMMAND…: run a command of a stage, recorded in FOLDER/log. KIND: cpu and train are
# those of conf/slurm.yaml; a split command stays here and submits its parts itself. In an experiment
# one command runs at a time; what several experiments share is written whole by each.
job() {
    local kind=$1 log=$2/log alone=()
    [[ $2 != exp/* ]] || alone=(--alone)
    shift 2
    show "$@"
    supervise python -m sentemo.bin.launch --kind "$kind" --log "$log" "${alone[@]}" \
        --cmd_backend "${opt[cmd_backend]}" --slurm_conf "${opt[slurm_conf]}" -- "$@"
}

# submit_stages FIRST LAST ARGUMENT…: a job per stage, which runs it as with --cmd_backend local.
submit_stages() {
    local number name job="" kind arguments=() argument machines
    for argument in "${@:3}"; do
        [[ $argument == --submit_only ]] || arguments+=("$argument")
    done
    for ((number = $1; number <= $2; number++)); do
        name=${stages[number - 1]}
        [[ " ${recipe_stages[*]} " == *" $name "* ]] || continue
        kind=cpu
        [[ $name != @(pretrain|asr_score|train|decode|report) ]] || kind=train
        machines=(--ngpu "$((opt[ngpu] > 0))" --num_nodes 1)
        [[ $name != @(pretrain|train) ]] || machines=(--ngpu "${opt[ngpu]}" --num_nodes "${opt[num_nodes]}")
        job=$(python -m sentemo.bin.launch --kind "$kind" --name "$name" --log "${opt[work_dir]}/log" \
            --slurm_conf "${opt[slurm_conf]}" --cmd_backend slurm --submit_only ${job:+--after "$job"} \
            -- "$recipe_dir/run.sh" "${arguments[@]}" "${machines[@]}" \
            --stage "$name" --stop_stage "$name" --cmd_backend local)
        echo "── stage $number $name: job $job"
    done
    echo "see: squeue --me, and sentemo jobs ${opt[work_dir]}"
}
