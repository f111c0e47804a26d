#!/usr/bin/env bash
# The main job: installs what is missing, runs every recipe whose corpus is found, and ends with
# the table of results. Without any corpus it builds a small synthetic one for every recipe and runs
# on those: about 3 minutes on 2 cores.
#
# Usage:
#   ./run_all.sh
#   ./run_all.sh --emodb_dir /data/emodb --librispeech_dir /data/LibriSpeech
#   ./run_all.sh --swbd_dir /data/LDC97S62 --swbd_sentiment_dir /data/LDC2020T14
#   ./run_all.sh --swbd_dir /data/LDC97S62 --swbd_affect_dir /data/ml-switchboard-affect
#   EMODB=/data/emodb ./run_all.sh
set -euo pipefail
source "$(dirname "$0")/tools/shell.sh"

# LibriSpeech first: its encoder serves the recipes after it.
corpora=(librispeech speechocean762 iemocap swbd swbd_sentiment swbd_affect msp_podcast emodb nemo)
for corpus in "${corpora[@]}"; do
    variable=${corpus^^}
    option "${corpus}_dir" path "${!variable:-}" "folder of this corpus (default: the variable $variable)"
done
option seed number 1 "seed of all randomness"
option nj positive "" "processes at a time (default: one per core of the machine that runs them)"
option ngpu number 0 "GPUs that train a model, one process each; one decodes; 0 for the CPU"

to_run=()
failed=()

main() {
    parse_options "$@"
    cd "$root"
    choose_recipes
    tools/install.sh
    use_environment
    common=(--seed "${opt[seed]}" --ngpu "${opt[ngpu]}")
    [[ -z ${opt[nj]} ]] || common+=(--nj "${opt[nj]}")
    if ((${#to_run[@]} == 0)); then
        run_mini_corpora
    fi
    for corpus in "${to_run[@]}"; do
        "run_$corpus" --corpus_dir "${opt[${corpus}_dir]}"
    done
    show_results
}

# Which corpora are there. A folder that was named and is not there is a mistake, not a corpus to
# skip. Switchboard's audio (swbd) is of use only with labels, of sentiment or of emotion.
choose_recipes() {
    local corpus folder
    for corpus in "${corpora[@]}"; do
        folder=${opt[${corpus}_dir]}
        if [[ -z $folder ]]; then
            echo "$corpus: skipped, neither --${corpus}_dir nor ${corpus^^} is given"
        elif [[ ! -d $folder ]]; then
            die "--${corpus}_dir (or ${corpus^^}): no such folder: $folder"
        elif [[ $corpus == swbd ]]; then
            echo "$corpus: audio for swbd_sentiment and swbd_affect in $folder"
        elif [[ $corpus == swbd_* && -z ${opt[swbd_dir]} ]]; then
            die "--${corpus}_dir: these are the labels only; give the audio too, --swbd_dir"
        else
            echo "$corpus: runs on $folder"
            to_run+=("$corpus")
        fi
    done
    ((${#to_run[@]} > 0)) || echo "no corpus to run on: small synthetic ones are built"
}

run_librispeech() {
    recipe librispeech "$@"
}

run_speechocean762() {
    recipe speechocean762 "$@"
}

run_iemocap() {
    with_and_without_pretraining iemocap "$@"
}

run_swbd_sentiment() {
    with_and_without_pretraining swbd_sentiment --swbd_dir "${opt[swbd_dir]}" \
        --sentiment_dir "${opt[swbd_sentiment_dir]}"
}

run_swbd_affect() {
    with_and_without_pretraining swbd_affect --swbd_dir "${opt[swbd_dir]}" \
        --affect_dir "${opt[swbd_affect_dir]}"
}

run_msp_podcast() {
    with_and_without_pretraining msp_podcast "$@"
}

run_emodb() {
    with_and_without_pretraining emodb "$@"
}

run_nemo() {
    with_and_without_pretraining nemo "$@"
}

# with_and_without_pretraining RECIPE OPTION…: a probe of the built-in upstream, a decoder upon it,
# an encoder from scratch, and LibriSpeech's encoder where there is one.
with_and_without_pretraining() {
    local upstream=egs/librispeech/exp/asr_ctc_small
    recipe "$@" --upstream built-in --experiment probe
    recipe "$@" --upstream built-in
    recipe "$@" --upstream none
    [[ ! -f $upstream/scores.json ]] || recipe "$@" --upstream "$upstream"
}

# recipe NAME OPTION…: run it; when it fails, the others still run.
recipe() {
    echo "━━ $1"
    "egs/$1/run.sh" "${@:2}" "${common[@]}" || failed+=("$1")
}

run_mini_corpora() {
    mini librispeech --corpus_dir egs/librispeech/mini/corpus --allow_partial true \
        --config conf/mini/train_asr_ctc.yaml
    mini librispeech --corpus_dir egs/librispeech/mini/corpus --allow_partial true \
        --config conf/mini/train_sa2sr.yaml
    mini speechocean762 --corpus_dir egs/speechocean762/mini/corpus --allow_partial true \
        --config conf/mini/train_asr_ctc.yaml
    mini emodb --corpus_dir egs/emodb/mini/corpus --allow_partial true
    mini emodb --corpus_dir egs/emodb/mini/corpus --allow_partial true \
        --config conf/mini/train_ser_states.yaml
    mini emodb --corpus_dir egs/emodb/mini/corpus --allow_partial true \
        --config conf/train_probe.yaml
    mini nemo --corpus_dir egs/nemo/mini/corpus --allow_partial true
    mini iemocap --corpus_dir egs/iemocap/mini/corpus --allow_partial true
    mini swbd_sentiment --allow_partial true --swbd_dir egs/swbd_sentiment/mini/corpus/LDC97S62 \
        --sentiment_dir egs/swbd_sentiment/mini/corpus/LDC2020T14
    mini swbd_affect --allow_partial true --swbd_dir egs/swbd_affect/mini/corpus/LDC97S62 \
        --affect_dir egs/swbd_affect/mini/corpus/ml-switchboard-affect
    mini msp_podcast --corpus_dir egs/msp_podcast/mini/corpus
}

# mini RECIPE OPTION…: build the look-alike of its corpus and run on it.
mini() {
    local work_dir=egs/$1/mini
    if run python -m sentemo.bin.make_mini_corpus --corpus "$1" --dest "$work_dir/corpus"; then
        recipe "$1" --work_dir "$work_dir" --config conf/mini/train_ser_scratch.yaml "${@:2}"
    else
        failed+=("$1")
    fi
}

show_results() {
    echo "━━ results"
    ((${#failed[@]} == 0)) || echo "failed, see above: ${failed[*]}" >&2
    python -m sentemo.bin.results --collect egs --dest egs/RESULTS.md
    echo "
Results: $root/egs/RESULTS.md
Next:
  source $(printf %q "$root/.venv/bin/activate")    from here on, this shell finds sentemo
  egs/emodb/run.sh --help                            what a recipe can do
  egs/emodb/run.sh --corpus_dir DIR                  the real EmoDB
  ./run_all.sh --emodb_dir DIR --librispeech_dir DIR with pre-training
  egs/own/run.sh --csv FILE                           your own recordings"
    ((${#failed[@]} == 0))
}

main "$@"
