#!/usr/bin/env bash
# Your own recordings: a table of files and labels, or a folder with a subfolder for each class (--csv),
# or Kaldi-style tables (--data_dir). Classes, dimensions or both are learnt, whatever the data have. A
# given split is kept; else one speaker is left out at a time, or one group of many speakers.
# Stages: data feats pretrain asr_score train decode score report pack upload.
#
# Usage:
#   ./run.sh --csv /data/calls/labels.csv --work_dir /data/calls/sentemo
#   ./run.sh --csv /data/calls/labels.csv --work_dir /data/calls/sentemo --experiment probe
#   ./run.sh --csv /data/calls/by_class --speaker_from '^(\d\d)' --work_dir /data/calls/sentemo
#   ./run.sh --work_dir /data/calls/sentemo --stage score       # the table again
set -euo pipefail
source "$(dirname "$0")/../../tools/recipe.sh"

option csv path "" "your table with the columns file and label and, if you have them, speaker, split, text, activation, valence, dominance, channel, start, end; or a folder with a subfolder for each class"
option column list "" "your name of a column of --csv, as often as you like: --column label=emotion"
option speaker_from text "" "regular expression whose first group is the speaker in a file's name, for --csv: '^(\d\d)'"
option data_dir path "" "your Kaldi-style data directory, in place of --csv"
# One experiment is upon the first layers of Whisper base, unless another upstream is named.
# shellcheck disable=SC2034  # recipe.sh reads it
default_upstream=built-in
sentiment_options "" "" "(default: the split of your data; else leave one speaker out)"
dimension_options ""
option_help["labels"]="the classes, one per line, in their order (default: alphabetical)"
option_help["task"]="what is learnt: label, the classes; dimensional, activation, valence and dominance; both (default: what the data have)"
option_help["scale"]="scale of the dimensions: LOW,HIGH (default: inferred from the ratings, and said)"
option convert_audio flag true "convert audio that is not 16 kHz mono: resample, downmix"
recipe_stages=(data feats pretrain asr_score train decode score report pack upload)

stage_data() {
    local data=${plan[prepared_data]} labels=(${plan[labels]:+--labels "${plan[labels]}"})
    import_own_data "$data"
    if [[ -z ${opt[folds]} ]]; then
        run python -m sentemo.bin.make_folds --data "$data" "${labels[@]}" --dest "${plan[folds]}"
    fi
    run python -m sentemo.bin.check_data_dir "$data" "${labels[@]}" --folds "${plan[folds]}" \
        --convert_audio "${opt[convert_audio]}"
}

# import_own_data DEST: make a data directory of the user's table, folder or Kaldi-style tables.
import_own_data() {
    local columns shared=(--dest "$1" --task "${plan[task]}" --convert_audio "${opt[convert_audio]}"
        ${opt[labels]:+--labels "${opt[labels]}"} ${opt[scale]:+--scale "${opt[scale]}"}
        ${opt[nj]:+--nj "${opt[nj]}"})
    if [[ -n ${opt[csv]} ]]; then
        IFS=$'\t' read -ra columns <<< "${opt[column]}"
        job cpu data python -m sentemo.bin.import_recordings "${opt[csv]}" "${shared[@]}" \
            "${columns[@]/#/--column=}" ${opt[speaker_from]:+"--speaker_from=${opt[speaker_from]}"}
    else
        job cpu data python -m sentemo.bin.import_data_dir --data_dir "${opt[data_dir]}" \
            --audio_root "$caller_dir" "${shared[@]}"
    fi
}

recipe_main "$@"
