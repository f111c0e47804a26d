# What the shell tests share. Every test works in a clone of its own, at a path with a space.

# The caller's corpora and option defaults must not leak into a test.
unset EMODB IEMOCAP SWBD SWBD_SENTIMENT LIBRISPEECH MSP_PODCAST

source_root=$(realpath "$BATS_TEST_DIRNAME/../..")
clone="$BATS_TEST_TMPDIR/a clone"
calls="$BATS_TEST_TMPDIR/calls"

make_clone() {
    mkdir "$clone"
    git -C "$source_root" ls-files --cached --others --exclude-standard -z |
        tar -C "$source_root" --null --files-from - --ignore-failed-read -cf - |
        tar -C "$clone" -xf -
}

# A python that notes its arguments, for tests of what the scripts call.
make_recording_python() {
    mkdir -p "$clone/.venv/bin"
    cat > "$clone/.venv/bin/python" << 'END'
#!/usr/bin/env bash
# The launcher runs what it is given.
if [[ $2 == sentemo.bin.launch ]]; then
    while [[ $1 != -- ]]; do shift; done
    exec "${@:2}"
fi
{ printf '<%s>' "$@"; echo; } >> "$CALLS"
case $* in
    *sentemo.bin.study\ features*) printf 'fbank40\nfbank80\n' ;;
    *sentemo.bin.study\ text_rows*) echo "acoustic + text" ;;
    *sentemo.bin.upstream*"--print feature_type") echo fbank40 ;;
    *msp_podcast/table4.yaml*"--print task") echo dimensional ;;
    *train_sa2sr*"--print model") echo sa2sr_ctc ;;
    *train_ser_ssl.yaml*"--print feature_type") echo raw ;;
    *train_ser_acoustic_text.yaml*"--print "*encoder) echo rnn ;;
    *frozen_text.yaml*"--print text_encoder") echo rnn ;;
esac
[[ -z ${FAILING-} || $* != *"$FAILING"* ]] || { echo "error: as asked" >&2; exit 1; }
END
    chmod +x "$clone/.venv/bin/python"
    : > "$calls"
    export CALLS=$calls
}

output_has() {
    # shellcheck disable=SC2154  # set by bats
    [[ $output == *"$1"* ]] || { printf 'no «%s» in:\n%s\n' "$1" "$output"; return 1; }
}

called() {
    grep --fixed-strings --quiet -- "$1" "$calls" || { printf 'no «%s» in:\n' "$1"; cat "$calls"; return 1; }
}
