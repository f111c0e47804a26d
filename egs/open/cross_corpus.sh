#!/usr/bin/env bash
# Leave one corpus out, of EmoDB, nEMO and any others: linear probes are trained on all corpora but one
# and tested on that, under three normalisations of states. A further corpus is a data directory
# (sentemo.bin's import_recordings and import_data_dir write one from a table, a folder or a Kaldi-style
# directory); maps/<corpus>.tsv maps its labels to classes. Stages: data feats train score.
#
# Usage:
#   ./cross_corpus.sh --emodb /data/emodb --nemo /data/nEMO --also data/tess --also data/urdu
#   ./cross_corpus.sh --stage score                                  # the table again
set -euo pipefail
source "$(dirname "$0")/../../tools/recipe.sh"
source "$(dirname "$0")/local/corpora.sh"

corpora_options
convert_option
option also list "" "data directory of a further corpus, as often as you like: --also data/tess"
option maps path "$recipe_dir/maps" "folder of maps of labels: tess.tsv for a corpus tess"
option labels path "$recipe_dir/labels.txt" "the classes, one per line, in their order"
option upstream text built-in "pre-trained model whose states the probes read, see run.sh"
option work_dir path "$recipe_dir/cross" "holds data/ dump/ exp/ and RESULTS.md"
recipe_stages=(data feats train score)

stage_data() {
    local directory also=() parts=()
    IFS=$'\t' read -ra also <<< "${opt[also]}"
    for directory in "${also[@]}"; do
        parts+=(--data "$(cd "$caller_dir" && realpath -ms -- "$directory")")
    done
    merge_corpora "EmoDB, nEMO and ${#also[@]} more" --maps "${opt[maps]}" "${parts[@]}"
}

stage_feats() {
    make_features
}

stage_train() {
    job split exp/cross_corpus python -m sentemo.bin.cross_corpus --data "${plan[data]}" \
        --dump "${plan[dump]}" --labels "${plan[labels]}" --upstream "${plan[encoder_model]}" \
        --exp exp/cross_corpus ${opt[nj]:+--nj "${opt[nj]}"}
}

stage_score() {
    run python -m sentemo.bin.results --work_dir .
}

recipe_main "$@"
