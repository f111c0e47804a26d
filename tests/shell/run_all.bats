#!/usr/bin/env bats
# The main job: which corpora run, which are skipped and why; and the whole way once, for real.

setup() {
    source "$BATS_TEST_DIRNAME/common.bash"
    make_clone
}

# What run_all.sh calls is recorded; the installation is tested in install.bats.
record_calls() {
    make_recording_python
    printf '#!/usr/bin/env bash\n' > "$clone/tools/install.sh"
}

@test "each corpus that is not given is skipped by name, and mini corpora take their place" {
    record_calls
    run "$clone/run_all.sh"
    [[ $status == 0 ]]
    local corpus
    for corpus in librispeech speechocean762 iemocap swbd swbd_sentiment swbd_affect msp_podcast emodb nemo; do
        output_has "$corpus: skipped, neither --${corpus}_dir nor ${corpus^^} is given"
    done
    for corpus in librispeech speechocean762 iemocap swbd_sentiment swbd_affect msp_podcast emodb nemo; do
        called "<sentemo.bin.make_mini_corpus><--corpus><$corpus><--dest><egs/$corpus/mini/corpus>"
        called "<sentemo.bin.prepare_corpus><$corpus>"
    done
    called "<--corpus_dir><$clone/egs/emodb/mini/corpus>"
    called "<--config><$clone/conf/mini/train_sa2sr.yaml>"
    called "<--swbd_dir><$clone/egs/swbd_sentiment/mini/corpus/LDC97S62>"
    called "<sentemo.bin.results><--collect><egs><--dest><egs/RESULTS.md>"
    output_has "$clone/egs/RESULTS.md"
    output_has "egs/own/run.sh --csv"
}

@test "corpora are found by option and by variable; LibriSpeech runs before the others" {
    record_calls
    mkdir "$BATS_TEST_TMPDIR/emo db" "$BATS_TEST_TMPDIR/libri"
    cd "$BATS_TEST_TMPDIR"
    EMODB="emo db" run "$clone/run_all.sh" --librispeech_dir libri --seed 7
    [[ $status == 0 ]]
    output_has "emodb: runs on $BATS_TEST_TMPDIR/emo db"
    called "<--corpus_dir><$BATS_TEST_TMPDIR/emo db>"
    called "<--seed><7>"
    [[ $(grep -n "<sentemo.bin.train_asr>" "$calls" | cut -d: -f1) -lt $(grep -n '<emodb>' "$calls" | head -n 1 | cut -d: -f1) ]]
    run grep -c make_mini_corpus "$calls"
    [[ $output == 0 ]]
}

@test "a finished LibriSpeech encoder gives emodb a second run" {
    record_calls
    models="$clone/egs/librispeech/exp"
    make_asr_model asr_ctc_small
    touch "$models/asr_ctc_small/scores.json"
    run "$clone/run_all.sh" --emodb_dir "$BATS_TEST_TMPDIR"
    [[ $status == 0 ]]
    called "<--exp><exp/ser_scratch>"
    called "<--exp><exp/ser_states_asr_ctc_small>"
}

@test "Switchboard's labels need its audio" {
    record_calls
    mkdir "$BATS_TEST_TMPDIR/ldc"
    run "$clone/run_all.sh" --swbd_sentiment_dir "$BATS_TEST_TMPDIR/ldc"
    [[ $status == 1 ]]
    output_has "give the audio too, --swbd_dir"
    run "$clone/run_all.sh" --swbd_sentiment_dir "$BATS_TEST_TMPDIR" --swbd_dir "$BATS_TEST_TMPDIR/ldc"
    [[ $status == 0 ]]
    called "<--swbd_dir><$BATS_TEST_TMPDIR/ldc><--sentiment_dir><$BATS_TEST_TMPDIR>"
    run "$clone/run_all.sh" --swbd_affect_dir "$BATS_TEST_TMPDIR"
    [[ $status == 1 ]]
    output_has "--swbd_affect_dir: these are the labels only; give the audio too, --swbd_dir"
    run "$clone/run_all.sh" --swbd_affect_dir "$BATS_TEST_TMPDIR" --swbd_dir "$BATS_TEST_TMPDIR/ldc"
    [[ $status == 0 ]]
    called "<--swbd_dir><$BATS_TEST_TMPDIR/ldc><--affect_dir><$BATS_TEST_TMPDIR>"
}

@test "a folder that is not there is an error" {
    record_calls
    run "$clone/run_all.sh" --emodb_dir /no/such
    [[ $status == 1 ]]
    output_has "--emodb_dir (or EMODB): no such folder: /no/such"
    run "$clone/run_all.sh" --emodb /no/such
    [[ $status == 2 ]]
    output_has "unknown option --emodb, did you mean --emodb_dir?"
}

@test "when one recipe fails the others still run, and the failure is told at the end" {
    record_calls
    mkdir "$BATS_TEST_TMPDIR/libri"
    FAILING=sentemo.bin.train_asr run "$clone/run_all.sh" --librispeech_dir "$BATS_TEST_TMPDIR/libri" \
        --emodb_dir "$BATS_TEST_TMPDIR"
    [[ $status == 1 ]]
    output_has "failed, see above: librispeech"
    called "<--exp><exp/ser_scratch>"
}

@test "end to end: from nothing to a table of every mini corpus, and again in seconds" {
    [[ -f $source_root/.venv/.sentemo_installed ]] ||
        { echo "run tests/run.sh, which installs first"; return 1; }
    ln -s "$source_root/.venv" "$clone/.venv"
    export PYTHONPATH=$clone
    run "$clone/run_all.sh"
    echo "$output"
    [[ $status == 0 ]]
    local recipe exp predictions
    for recipe in librispeech speechocean762 iemocap swbd_sentiment swbd_affect msp_podcast emodb nemo; do
        grep -q "^## $recipe/mini" "$clone/egs/RESULTS.md"
    done
    for exp in ser_scratch ser_states_built-in ser_probe_built-in; do
        predictions=$clone/egs/emodb/mini/exp/$exp/predictions/test.tsv
        [[ $(wc -l < "$predictions") == 81 ]]
        cp "$predictions" "$BATS_TEST_TMPDIR/$exp.tsv"
    done
    output_has "probe, built-in (see data)"

    # The recipe of the model that ships takes two corpora together, and leaves one out.
    sed 's/emodb-/emodblookalike-/g; s/nemo-/nemolookalike-/g' "$clone/egs/open/folds/loco.tsv" > "$clone/loco.tsv"
    run "$clone/egs/open/run.sh" --emodb "$clone/egs/emodb/mini/corpus" --nemo "$clone/egs/nemo/mini/corpus" \
        --allow_partial true --folds "$clone/loco.tsv" --stop_stage score
    echo "$output"
    [[ $status == 0 ]]
    output_has "Each corpus by itself"

    run timeout 240 "$clone/run_all.sh"
    [[ $status == 0 ]]
    output_has "data/all: up to date"
    for exp in ser_scratch ser_states_built-in ser_probe_built-in; do
        cmp "$clone/egs/emodb/mini/exp/$exp/predictions/test.tsv" "$BATS_TEST_TMPDIR/$exp.tsv"
    done
}
