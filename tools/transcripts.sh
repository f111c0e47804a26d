# What an ASR model gives to a recipe: its encoder, or transcripts for a text encoder, or both.
# Sourced by recipe.sh.
# shellcheck shell=bash
# shellcheck disable=SC2154  # what the driver sets

# The ASR model whose encoder is taken over, or nothing: a configuration that reads words and has an
# encoder of its own wants nothing of it but transcripts.
encoder_lender() {
    local text_encoder encoder=""
    [[ -n ${opt[asr_model]-} ]] || return 0
    text_encoder=$(configured text_encoder)
    [[ -z $text_encoder ]] || encoder=$(configured encoder)
    [[ -n $encoder ]] || echo "${opt[asr_model]}"
}

# The ASR model whose transcripts are read, or nothing.
recogniser() {
    local text_encoder
    [[ -n ${opt[asr_model]-} && -z ${opt[text]-} ]] || return 0
    if is_study; then
        text_encoder=$(ask_study text_rows)
    else
        text_encoder=$(configured text_encoder)
    fi
    [[ -z $text_encoder ]] || echo "${opt[asr_model]}"
}

# The features that the ASR model hears, whatever the training sees.
asr_dump_dir() {
    local type
    type=$(asr_feature_type)
    echo "dump/$type/$(basename "$(data_dir)")"
}

asr_feature_type() {
    python -m sentemo.bin.upstream --asr_model "${opt[asr_model]}" --print feature_type
}

# The types of features to extract: the training's, and those of the recognisers of words to read or
# to align, where these are others.
feature_types() {
    local type recogniser also="" types
    if [[ -z ${opt[feats]} ]] && is_study; then
        ask_study features
        return
    fi
    type=$(feature_type)
    recogniser=$(recogniser)
    [[ -z $recogniser ]] || also=$(asr_feature_type)
    types=("$type" "$also")
    [[ -z ${opt[align_model]-} ]] || types+=("$(aligner_feature_type)")
    printf '%s\n' "${types[@]}" | sort -u
}

# The transcripts that a configuration with a text encoder reads.
text_file() {
    [[ -n ${opt[text]} || -n ${opt[asr_model]} ]] || require_option text
    echo "${opt[text]:-$(transcripts_dir)/text}"
}

transcripts_dir() {
    echo "exp/transcripts_$(model_name "${opt[asr_model]}")$(data_suffix)"
}

stage_asr_score() {
    local data dump dest recogniser
    recogniser=$(recogniser)
    if [[ -z $recogniser ]]; then
        echo "nothing to recognise: only a text_encoder in the configuration wants what --asr_model hears"
        return
    fi
    data=$(data_dir)
    dump=$(asr_dump_dir)
    dest=$(transcripts_dir)
    job split "$dest" python -m sentemo.bin.transcribe --asr_model "$recogniser" --data "$data" --dump "$dump" \
        --dest "$dest" --nj "${opt[nj]}" --ngpu "$((opt[ngpu] > 0))"
}
