#!/usr/bin/env bash
# The model that ships: angry, happy, neutral and sad, trained on EmoDB (German) and nEMO (Polish). Four
# folds leave one corpus out (the default); --folds folds/loso.tsv leaves one speaker out.
# Stages: data feats pretrain asr_score train decode score report pack upload.
#
# Usage:
#   ./run.sh --emodb /data/emodb --nemo /data/nEMO
#   ./run.sh --stage train --folds folds/loso.tsv --tag loso         # within the corpora
#   ./run.sh --stage score --stop_stage score                        # the table again
set -euo pipefail
source "$(dirname "$0")/../../tools/recipe.sh"
source "$(dirname "$0")/local/corpora.sh"

corpora_options
# shellcheck disable=SC2034  # recipe.sh reads it
default_upstream=built-in
sentiment_options "$recipe_dir/labels.txt" "$recipe_dir/folds/loco.tsv"
option config config conf/train_open.yaml "training configuration"
convert_option
option degraded_copies number 1 "also train on so many copies of each utterance, from other rooms, microphones and lines"
recipe_stages=(data feats pretrain asr_score train decode score report pack upload)

stage_data() {
    merge_corpora "EmoDB and nEMO"
    run python -m sentemo.bin.check_data_dir "${plan[prepared_data]}" --labels "${opt[labels]}" \
        --folds "${plan[folds]}" --allow_partial "${opt[allow_partial]}" \
        --convert_audio "${opt[convert_audio]}"
}

recipe_main "$@"
