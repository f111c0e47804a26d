# The driver of every recipe: its options, and the order of its stages. Sourced by egs/<corpus>/run.sh,
# which adds its own options and stages, lists the stages that it has in `recipe_stages`, and calls
# `recipe_main "$@"`. What the options mean for names, data and features is decided in Python, once:
# `sentemo.bin.recipe` prints the plan of the run. The stages, small functions around one Python
# command each, are in stages.sh.
# shellcheck shell=bash

source "$(dirname "${BASH_SOURCE[0]}")/shell.sh"
source "$(dirname "${BASH_SOURCE[0]}")/jobs.sh"
source "$(dirname "${BASH_SOURCE[0]}")/stages.sh"
source "$(dirname "${BASH_SOURCE[0]}")/study.sh"

recipe_dir=$(realpath "$(dirname "$0")")
# Where relative paths of the user start.
caller_dir=$PWD
# A recipe sets its stages, and the data whose transcripts --experiment text_sentiment labels.
recipe_stages=()
text_sentiment_data=data/all
# Upstream of one experiment where --upstream names none; "--upstream none" trains from scratch.
default_upstream=""
# The decisions about this run by name, see sentemo/study/recipe.py; a list is separated by tabs.
declare -A plan=()

option stage text data "first stage, by name or number"
option stop_stage text upload "last stage, by name or number"
option work_dir path "$recipe_dir" "holds data/ dump/ exp/ and RESULTS.md"
option config config "" "training configuration"
option set list "" "change a key of the configuration, as often as you like: --set max_epoch=3 --set optim_conf.lr=0.001"
option plugin text "" "your own module, which registers encoders, decoders or upstreams: its file, or its name"
option corpus_name text "" "name of the corpus in the results (default: its own name)"
option tag name "" "name of the experiment, instead of its configuration's name"
option feats text "" "feature type (default: that of the configuration, else fbank80)"
option convert_audio flag false "convert audio that is not 16 kHz mono: resample, downmix"
option speed_factors text "" "also train on copies at these speeds: 0.9,1.1"
option degraded_copies number 0 "also train on so many copies of each utterance, from other rooms, microphones and lines"
option seed number 1 "seed of all randomness"
option nj positive "" "processes at a time (default: one per core of the machine that runs them)"
option ngpu number 0 "GPUs on a node that train a model, one process each; one decodes; 0 for the CPU"
option num_nodes positive 1 "nodes that train a model: of the Slurm allocation that this runs in, or of each job of --cmd_backend slurm"
job_options

# sentiment_options LABELS FOLDS [REMARK]: the options of a recipe that trains a sentiment model; the
# remark says what the default of --folds is.
sentiment_options() {
    option labels path "$1" "the classes, one per line, in their order"
    option folds path "$2" "speakers that validate and test, fold by fold${3:+ $3}"
    option upstream text "" "pre-trained model whose encoder is frozen and used: an experiment directory of ESPnet or of this project, one of its weights files, a packed zip, a tag of ESPnet's model zoo or of the Hub, a Hugging Face directory or name (wav2vec 2.0, HuBERT, WavLM, Whisper, …), or built-in; only its transcripts are used where the configuration has a text_encoder and an encoder of its own"
    option_alias asr_model upstream
    option upstream_window one_of:,utterance,30s "" "window of Whisper: utterance, the utterance and a second of silence; 30s, the window of its training, at eight times the cost (default: utterance)"
    option text path "" "transcripts for a configuration with a text_encoder (default: what --upstream recognises)"
    option fold_parallel flag true "train all folds in one pass, where a frozen encoder allows it"
    option train_with text "" "also train on these data directories of other recipes, separated by colons: ../iemocap/data/all"
    option train_with_scales text "" "scales of their dimensions, where these are learnt: iemocap, or LOW,HIGH; separated by colons"
    study_options
    option robustness flag false "stage score also tests the models under noise, in a room, over lines and codecs, faster, slower and fainter"
    option report_audio flag false "embed the utterances' sound in report.html, about 6 kB for each second"
    option report_occlusion number 0 "stage report also silences so many test utterances word by word, or in moments of half a second where words have no times, and shows what that costs the answer beside the attention"
    option align_model text "" "a CTC recogniser of characters or a whole Whisper, which aligns words with attention (default: --upstream, where it is one)"
    option align_words text auto "words that attention is shown over: times, with the corpus' own times; reference, its transcripts; asr, what the recogniser recognises; auto, the first of these that there is"
    language_option ""
    option hub_repo text "" "where stage upload puts the packed model on the Hugging Face Hub: user/name (default: nowhere)"
    option hub_dry_run flag false "stage upload shows files, sizes and the card, and uploads nothing"
    sentiment_label_options "--experiment text_sentiment"
    option_help[feats]="feature type (default: that of --upstream or of the configuration, else fbank80)"
    option_help[config]+=" (default: conf/train_ser_scratch.yaml, or train_ser_states.yaml with --upstream)"
}

# language_option CODE: the language of the corpus, for a recogniser of several.
language_option() {
    option asr_language text "$1" "language that is spoken, for a Whisper of several: its code, such as de (default: ${1:-it is detected for each utterance})"
}

# dimension_options SCALE: the options of a recipe whose corpus was rated on this scale, or LOW,HIGH.
dimension_options() {
    option task one_of:,label,dimensional,both "" "what is learnt: label, the classes; dimensional, activation, valence and dominance of all utterances; both (default: the task of --experiment, else label)"
    option scale text "$1" "scale of the dimensions: LOW,HIGH, or a corpus whose scale is known"
}

# sentiment_label_options PURPOSE: the options of a recipe that labels transcripts for this purpose.
sentiment_label_options() {
    option sentiment_backend one_of:vader,transformers vader "program that labels the sentiment of transcripts, for $1: vader or transformers"
    option sentiment_model text "" "model of transformers: a directory or a name on the Hugging Face Hub (default: RoBERTa on Twitter)"
    option sentiment_label_order text "" "order of its classes, where its config does not name them: negative,neutral,positive"
}

recipe_main() {
    local name number
    parse_options "$@"
    use_environment
    make_plan
    if [[ ${opt[submit_only]} == true ]]; then
        submit_stages "$@"
        return
    fi
    [[ -z ${plan[plugin]} ]] || export SENTEMO_PLUGIN=${plan[plugin]}
    mkdir -p "${opt[work_dir]}"
    cd "${opt[work_dir]}" || exit
    number=${plan[first_stage]}
    for name in ${plan[stages]}; do
        run_stage "$number" "$name"
        number=$((number + 1))
    done
    show_outcome
}

# show_outcome: where the table, the page and the model are that the stages of this run wrote.
show_outcome() {
    local exp experiments recording=FILE.wav
    IFS=$'\t' read -ra experiments <<< "${plan[experiments]}"
    if has_run score || has_run asr_score; then
        show_file table RESULTS.md
    fi
    for exp in "${experiments[@]}"; do
        ! has_run report || show_file page "$exp/report.html"
    done
    if has_run pack && [[ -f ${plan[exp]}/model.zip ]]; then
        show_file model "${plan[exp]}/model.zip"
        [[ ! -f ${plan[prepared_data]}/wav.scp ]] || read -r _ recording < "${plan[prepared_data]}/wav.scp"
        printf 'try it: %q predict %q %q\n' "$root/.venv/bin/sentemo" "$PWD/${plan[exp]}/model.zip" "$recording"
    fi
}

# has_run STAGE: whether this run had this stage.
has_run() {
    in_plan stages "$1" && in_plan available_stages "$1"
}

# show_file NAME FILE: its absolute path, where it is there.
show_file() {
    [[ ! -f $2 ]] || echo "$1: $PWD/$2"
}

# make_plan: fill `plan` with what Python decides from the options.
make_plan() {
    local name line printed status=0
    local words=("recipe_dir=$recipe_dir" "recipe_stages=${recipe_stages[*]}"
        "text_sentiment_data=$text_sentiment_data" "default_upstream=$default_upstream")
    for name in "${option_names[@]}"; do
        words+=("$name=${opt[$name]}")
    done
    printed=$(cd "$caller_dir" && python -m sentemo.bin.recipe "${words[@]}") || status=$?
    if ((status != 0)); then
        ((status != 2)) || printf 'Try: %s --help\n' "$0" >&2
        exit "$status"
    fi
    while IFS= read -r line; do
        plan[${line%%=*}]=${line#*=}
    done <<< "$printed"
}

# in_plan KEY ITEM: whether a list of the plan has this item.
in_plan() {
    [[ $'\t'${plan[$1]}$'\t' == *$'\t'"$2"$'\t'* ]]
}

# run_stage NUMBER NAME
run_stage() {
    local started=$SECONDS
    if ! in_plan available_stages "$2"; then
        echo "── stage $1 $2: not in this recipe"
        return
    fi
    echo "── stage $1 $2"
    # A trap, not `stage_… || …`: bash would ignore every failing command but the stage's last.
    # shellcheck disable=SC2064  # the stage's name of now
    trap "stage_failed $1 $2" EXIT
    "stage_$2"
    trap - EXIT
    echo "── stage $1 $2: done in $((SECONDS - started)) s"
}

# An EXIT trap runs with the exit status that ends the script.
stage_failed() {
    local status=$?
    echo "── stage $1 $2 failed (status $status); when mended, continue with --stage $2" >&2
}
