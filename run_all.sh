#!/usr/bin/env bash
# The main job: installs what is missing, runs every recipe whose corpus is found, and ends with
# the table of results. Without any corpus it builds a small synthetic one and runs on that.
#
# Usage:
#   ./run_all.sh
#   ./run_all.sh --emodb_dir /data/emodb --librispeech_dir /data/LibriSpeech
#   EMODB=/data/emodb ./run_all.sh
set -euo pipefail
source "$(dirname "$0")/tools/shell.sh"

# LibriSpeech first: its encoder serves the recipes after it.
corpora=(librispeech iemocap swbd swbd_sentiment msp_podcast emodb)
for corpus in "${corpora[@]}"; do
    variable=${corpus^^}
    option "${corpus}_dir" path "${!variable:-}" "folder of this corpus (default: the variable $variable)"
done
option seed number 1 "seed of all randomness"
option nj positive "$(nproc)" "processes at a time"
option ngpu number 0 "1 trains on the GPU, 0 on the CPU"

to_run=()
failed=()

main() {
    parse_options "$@"
    cd "$root"
    choose_recipes
    tools/install.sh
    use_environment
    common=(--seed "${opt[seed]}" --nj "${opt[nj]}" --ngpu "${opt[ngpu]}")
    if ((${#to_run[@]} == 0)); then
        run_mini_emodb
    fi
    for corpus in "${to_run[@]}"; do
        "run_$corpus" --corpus_dir "${opt[${corpus}_dir]}"
    done
    show_results
}

# Which corpora are there, and which of them have a recipe. A folder that was named and is not
# there is a mistake, not a corpus to skip.
choose_recipes() {
    local corpus folder
    for corpus in "${corpora[@]}"; do
        folder=${opt[${corpus}_dir]}
        if [[ -z $folder ]]; then
            echo "$corpus: skipped, neither --${corpus}_dir nor ${corpus^^} is given"
        elif [[ ! -d $folder ]]; then
            die "--${corpus}_dir (or ${corpus^^}): no such folder: $folder"
        elif ! declare -F "run_$corpus" > /dev/null; then
            echo "$corpus: skipped, there is no recipe for it yet"
        else
            echo "$corpus: runs on $folder"
            to_run+=("$corpus")
        fi
    done
    ((${#to_run[@]} > 0)) || echo "no corpus to run on: a small synthetic one is built"
}

run_librispeech() {
    recipe librispeech "$@"
}

# Without pre-training, and with the LibriSpeech encoder where there is one.
run_emodb() {
    local asr_model=egs/librispeech/exp/asr_ctc_small
    recipe emodb "$@"
    [[ ! -f $asr_model/scores.json ]] || recipe emodb "$@" --asr_model "$asr_model"
}

# recipe NAME OPTION…: run it; when it fails, the others still run.
recipe() {
    echo "━━ $1"
    "egs/$1/run.sh" "${@:2}" "${common[@]}" || failed+=("$1")
}

run_mini_emodb() {
    local work_dir=egs/emodb/mini
    run python -m sentemo.bin.make_mini_corpus --corpus emodb --dest "$work_dir/corpus"
    recipe emodb --work_dir "$work_dir" --corpus_dir "$work_dir/corpus" --allow_partial true \
        --corpus_name "emodb look-alike (synthetic)" --config conf/mini/train_ser_scratch.yaml
}

show_results() {
    echo "━━ results"
    ((${#failed[@]} == 0)) || echo "failed, see above: ${failed[*]}" >&2
    python -m sentemo.bin.results --collect egs --dest egs/RESULTS.md
    echo "
Results: $root/egs/RESULTS.md
Next:
  egs/emodb/run.sh --help                            what a recipe can do
  egs/emodb/run.sh --corpus_dir DIR                  the real EmoDB
  ./run_all.sh --emodb_dir DIR --librispeech_dir DIR with pre-training
  egs/own/run.sh --data_dir DIR --labels FILE        your own recordings"
    ((${#failed[@]} == 0))
}

main "$@"
