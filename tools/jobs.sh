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
# those of conf/slurm.yaml; a split command stays here and submits its parts itself. A second command
# in an experiment is refused; where several experiments share a folder, it waits for the first.
job() {
    local kind=$1 log=$2/log wait=(--wait)
    [[ $2 != exp/* || $2 == exp/@(transcripts|sentiment)_* ]] || wait=()
    shift 2
    show "$@"
    supervise python -m sentemo.bin.launch --kind "$kind" --log "$log" "${wait[@]}" \
        --cmd_backend "${opt[cmd_backend]}" --slurm_conf "${opt[slurm_conf]}" -- "$@"
}

# stage_kind NAME: what a stage's own job is in conf/slurm.yaml. A recipe may define its own.
stage_kind() {
    local kind=cpu
    [[ $1 != @(asr_score|train|decode|report) ]] || kind=train
    [[ ${opt[experiment]-} != @(baselines|text_sentiment) ]] || kind=cpu
    echo "$kind"
}

# submit_stages FIRST LAST ARGUMENT…: a job per stage, which runs it as with --cmd_backend local.
submit_stages() {
    local number name chain job="" kind arguments=() argument machines submitted=()
    chain=$(date +%m%d-%H%M%S) # names its records, which other chains have, too
    for argument in "${@:3}"; do
        [[ $argument == --submit_only ]] || arguments+=("$argument")
    done
    for ((number = $1; number <= $2; number++)); do
        name=${stages[number - 1]}
        [[ " ${recipe_stages[*]} " == *" $name "* && $name != upload ]] || continue
        kind=$(stage_kind "$name")
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

# unsubmit NUMBER JOB…: half a chain is of no use.
unsubmit() {
    (($# == 1)) || scancel "${@:2}"
    die "stage $1 was not submitted, and those before it were cancelled"
}
