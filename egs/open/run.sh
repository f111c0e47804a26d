#!/usr/bin/env bash
# The model that ships: angry, happy, neutral and sad, from EmoDB (German) and nEMO (Polish), and how
# well it hears a corpus that it has not learnt from. Four folds leave one corpus out (the default);
# --folds folds/loso.tsv leaves one speaker out. Stages: data feats pretrain asr_score train decode
# score report pack upload.
#
# Usage:
#   ./run.sh --emodb /data/emodb --nemo /data/nEMO
#   ./run.sh --stage train --folds folds/loso.tsv --tag loso         # within the corpora
#   ./run.sh --stage score --stop_stage score                        # the table again
set -euo pipefail
source "$(dirname "$0")/../../tools/recipe.sh"

option emodb path "${EMODB:-}" "folder of EmoDB, which has wav/ (default: the variable EMODB)"
option nemo path "${NEMO:-}" "folder of nEMO, which has data.tsv and samples/ (default: the variable NEMO)"
option allow_partial flag false "accept copies of the corpora that lack recordings"
# shellcheck disable=SC2034  # recipe.sh reads it
default_upstream=built-in
sentiment_options "$recipe_dir/labels.txt" "$recipe_dir/folds/loco.tsv"
option config config conf/train_open.yaml "training configuration"
option convert_audio flag true "resample nEMO's 24 kHz to 16 kHz, the rate of features and ASR models"
option degraded_copies number 1 "also train on so many copies of each utterance, from other rooms, microphones and lines"
recipe_stages=(data feats pretrain asr_score train decode score report pack upload)

stage_data() {
    local corpus parts=() common=(--allow_partial "${opt[allow_partial]}" --labels "${opt[labels]}")
    require_option emodb
    require_option nemo
    for corpus in emodb nemo; do
        job cpu data python -m sentemo.bin.prepare_corpus "$corpus" --corpus_dir "${opt[$corpus]}" \
            --dest "data/$corpus" "${common[@]}"
        parts+=(--data "data/$corpus")
    done
    run python -m sentemo.bin.merge_data "${parts[@]}" --labels "${opt[labels]}" \
        --name "EmoDB and nEMO" --dest "${plan[prepared_data]}"
    run python -m sentemo.bin.check_data_dir "${plan[prepared_data]}" --labels "${opt[labels]}" \
        --folds "${plan[folds]}" --allow_partial "${opt[allow_partial]}" \
        --convert_audio "${opt[convert_audio]}"
}

recipe_main "$@"
