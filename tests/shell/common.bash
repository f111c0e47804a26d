# What the shell tests share. Every test works in a clone of its own, at a path with a space.

# The caller's corpora and option defaults must not leak into a test.
unset EMODB IEMOCAP SWBD SWBD_SENTIMENT SWBD_AFFECT LIBRISPEECH MSP_PODCAST NEMO SPEECHOCEAN762

source_root=$(realpath "$BATS_TEST_DIRNAME/../..")
clone="$BATS_TEST_TMPDIR/a clone"
calls="$BATS_TEST_TMPDIR/calls"
models="$BATS_TEST_TMPDIR/models"

make_clone() {
    mkdir "$clone"
    git -C "$source_root" ls-files --cached --others --exclude-standard -z |
        tar -C "$source_root" --null --files-from - --ignore-failed-read -cf - |
        tar -C "$clone" -xf -
}

# A python that notes its arguments, for tests of what the scripts call. The recipe's plan is made for
# real; an upstream that it reads is made by make_asr_model.
make_recording_python() {
    mkdir -p "$clone/.venv/bin"
    cat > "$clone/.venv/bin/python" << 'END'
#!/usr/bin/env bash
# The launcher runs what it is given.
if [[ $2 == sentemo.bin.launch ]]; then
    while [[ $1 != -- ]]; do shift; done
    exec "${@:2}"
fi
[[ $2 != sentemo.bin.recipe ]] || PYTHONPATH=$CLONE exec "$PLANNER" "$@"
{ printf '<%s>' "$@"; echo; } >> "$CALLS"
[[ -z ${FAILING-} || $* != *"$FAILING"* ]] || { echo "error: as asked" >&2; exit 1; }
END
    chmod +x "$clone/.venv/bin/python"
    : > "$calls"
    export CALLS=$calls CLONE=$clone PLANNER=$source_root/.venv/bin/python
}

# make_program FILE: a program that notes its arguments.
make_program() {
    # shellcheck disable=SC2016  # the program expands it
    printf '%s\n' '#!/usr/bin/env bash' '{ printf "<%s>" "$@"; echo; } >> "$CALLS"' > "$1"
    chmod +x "$1"
}

# make_asr_model NAME…: an experiment of each name below $models, trained on fbank40; its weights are an
# empty file.
make_asr_model() {
    local name
    for name; do
        mkdir -p "$models/$name"
        printf '%s\n' "feature_type: fbank40" "encoder: blstm" "best_model_criterion: [[valid, loss, min]]" \
            > "$models/$name/config.yaml"
        touch "$models/$name/.done.train.json" "$models/$name/valid.loss.best.pth"
    done
}

output_has() {
    # shellcheck disable=SC2154  # set by bats
    [[ $output == *"$1"* ]] || { printf 'no «%s» in:\n%s\n' "$1" "$output"; return 1; }
}

called() {
    grep --fixed-strings --quiet -- "$1" "$calls" || { printf 'no «%s» in:\n' "$1"; cat "$calls"; return 1; }
}
