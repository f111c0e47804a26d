#!/usr/bin/env bats
# The driver: options, stages, and the commands that it gives to Python.

setup() {
    source "$BATS_TEST_DIRNAME/common.bash"
    make_clone
    make_recording_python
    make_asr_model asr_x sa2sr_y ctc
    emodb="$clone/egs/emodb/run.sh"
    work="$BATS_TEST_TMPDIR/my work"
}

@test "an unknown option ends with status 2, its name and the nearest one" {
    run "$emodb" --stagee 3
    [[ $status == 2 ]]
    output_has "unknown option --stagee, did you mean --stage?"
    [[ ! -s $calls ]]
}

@test "a missing value, a stray word and a wrong kind of value end with status 2 and are named" {
    run "$emodb" --seed
    [[ $status == 2 ]]
    output_has "--seed: its value is missing"
    run "$emodb" --seed --nj 2
    [[ $status == 2 ]]
    output_has "--seed: its value is missing"
    run "$emodb" stage 3
    [[ $status == 2 ]]
    output_has "unexpected argument 'stage'"
    run "$emodb" --nj two
    [[ $status == 2 ]]
    output_has "--nj: 'two'"
    run "$emodb" --convert_audio yes
    [[ $status == 2 ]]
    output_has "--convert_audio: 'yes' is neither true nor false"
    [[ ! -s $calls ]]
}

@test "--asr_model is another name of --upstream: one option, one value, one line of help" {
    run "$emodb" --stage train --asr_model "$models/asr_x" --work_dir "$work"
    [[ $status == 0 ]]
    called "<--exp><exp/ser_states_asr_x>"
    called "<--upstream><$models/asr_x>"
    run "$emodb" --stage train --asr_model "$models/asr_x" --upstream "$models/asr_x" --work_dir "$work"
    [[ $status == 0 ]]
    : > "$calls"
    run "$emodb" --stage train --asr_model "$models/asr_x" --upstream "$models/ctc" --work_dir "$work"
    [[ $status == 2 && ! -s $calls ]]
    output_has "--asr_model and --upstream are one option, and were given '$models/asr_x' and '$models/ctc'"
    run "$emodb" --upstream a --asr_model b --work_dir "$work"
    output_has "--upstream and --asr_model are one option, and were given 'a' and 'b'"
    run "$emodb" --asr_model --work_dir "$work"
    output_has "--asr_model: its value is missing"
    run "$emodb" --asr_modle a
    output_has "unknown option --asr_modle, did you mean --asr_model?"
    run "$emodb" --help
    [[ $(grep -c "^  --asr_model  *another name of --upstream$" <<< "$output") == 1 ]]
    run "$clone/egs/librispeech/run.sh" --help
    [[ $output != *--asr_model* ]]
}

@test "the last value of an option counts" {
    run "$emodb" --stage train --seed 1 --seed 2 --work_dir "$work"
    [[ $status == 0 ]]
    called "<--seed><2>"
    run "$emodb" --stage train --upstream /none --upstream "$models/asr_x" --asr_model "$models/asr_x" \
        --work_dir "$work"
    [[ $status == 0 ]]
    called "<--upstream><$models/asr_x>"
}

@test "an option's value is never run" {
    run "$emodb" --corpus_name "\$(touch '$BATS_TEST_TMPDIR/run')" --stage train --work_dir "$work"
    [[ $status == 0 ]]
    run "$emodb" --"x\$(touch '$BATS_TEST_TMPDIR/run')" 1
    [[ $status == 2 && ! -e $BATS_TEST_TMPDIR/run ]]
}

@test "--help shows the header and explains every option of every recipe" {
    local recipe name
    for recipe in "$clone"/egs/*/run.sh; do
        run "$recipe" --help
        [[ $status == 0 ]]
        output_has "Usage:"
        for name in stage stop_stage work_dir config tag feats convert_audio speed_factors seed nj ngpu num_nodes folds; do
            grep -E "^  --$name +[^ ]" <<< "$output"
        done
    done
    run "$emodb" --help
    output_has "--upstream  "
    output_has "--allow_partial"
    [[ ! -s $calls ]]
}

@test "a stage's number and its name are the same, and --stop_stage ends after it" {
    run "$emodb" --stage 5 --stop_stage 6 --work_dir "$work"
    [[ $status == 0 ]]
    local by_number
    by_number=$(< "$calls")
    : > "$calls"
    run "$emodb" --stage train --stop_stage decode --work_dir "$work"
    [[ $status == 0 && $(< "$calls") == "$by_number" ]]
    [[ $(grep -cE "<sentemo.bin.(train|decode|score|data|upstream)" "$calls") == 2 ]]
    called "<sentemo.bin.train>"
    called "<sentemo.bin.decode>"
}

@test "stages that do not exist, or in the wrong order, end with status 2" {
    run "$emodb" --stage 11
    [[ $status == 2 ]]
    output_has "no stage '11'; the stages are 1 data 2 feats"
    run "$emodb" --stop_stage trian
    [[ $status == 2 ]]
    output_has "--stop_stage: no stage 'trian'"
    run "$emodb" --stage score --stop_stage train
    [[ $status == 2 ]]
    output_has "--stage score comes after --stop_stage train"
}

@test "stage report makes a page of each experiment, and none of a study" {
    run "$emodb" --stage report --stop_stage report --upstream "$models/asr_x" --report_audio true --work_dir "$work"
    [[ $status == 0 ]]
    called "<sentemo.bin.report><--exp><exp/ser_states_asr_x><--data><data/all><--audio><true>"
    : > "$calls"
    run "$emodb" --stage 8 --stop_stage 8 --experiment baselines --work_dir "$work"
    [[ $status == 0 ]]
    called "<sentemo.bin.report><--exp><exp/baseline_compare><--data><data/all><--audio><false>"
    : > "$calls"
    run "$emodb" --stage report --stop_stage report --seeds 3 --work_dir "$work"
    [[ $status == 0 ]]
    output_has "no report of a study"
    [[ $(grep -c sentemo.bin.report "$calls") == 0 ]]
}

@test "stage pack packs the experiment with the licence of the recipe, and no study" {
    run "$emodb" --stage pack --upstream "$models/asr_x" --work_dir "$work"
    [[ $status == 0 ]]
    called "<sentemo.bin.train_final>"
    called "<sentemo.bin.pack><--exp><exp/ser_states_asr_x><--readme><$clone/egs/emodb/README.md>"
    : > "$calls"
    run "$emodb" --stage 9 --seeds 3 --work_dir "$work"
    [[ $status == 0 ]]
    output_has "one of its experiments is packed by sentemo.bin.pack"
    run "$emodb" --stage pack --config conf/train_ser_acoustic_text.yaml --text /words --work_dir "$work"
    [[ $status == 0 ]]
    output_has "not packed: the model reads transcripts"
    [[ $(grep -c sentemo.bin.pack "$calls") == 0 ]]
    run "$emodb" --stage pack --experiment baselines --work_dir "$work"
    output_has "stage 9 pack: not in this recipe"
}

@test "stage upload uploads nothing unless a repository is named" {
    run "$emodb" --stage upload --work_dir "$work"
    [[ $status == 0 ]]
    output_has "nothing is uploaded without --hub_repo"
    [[ $(grep -c sentemo.bin.upload "$calls") == 0 ]]
    run "$emodb" --stage 10 --upstream "$models/asr_x" --hub_repo me/mine --hub_dry_run true --work_dir "$work"
    [[ $status == 0 ]]
    called "<sentemo.bin.upload><--model><exp/ser_states_asr_x/model.zip><--repo><me/mine><--dry_run><true>"
}

@test "paths with spaces and relative paths arrive whole, from any directory" {
    mkdir -p "$BATS_TEST_TMPDIR/the corpus"
    cd "$BATS_TEST_TMPDIR"
    run "$emodb" --upstream none --corpus_dir "the corpus" --work_dir "my work" --stop_stage feats
    [[ $status == 0 && -d $work ]]
    called "<--corpus_dir><$BATS_TEST_TMPDIR/the corpus>"
    called "<--labels><$clone/egs/emodb/labels.txt>"
    called "<sentemo.bin.extract_features><--data><data/all><--dest><dump/fbank80/all>"
}

@test "the data stage without a corpus says which option is needed" {
    run "$emodb" --work_dir "$work"
    [[ $status == 2 ]]
    output_has "--corpus_dir is needed"
    [[ ! -s $calls ]]
}

@test "with --upstream none the encoder is trained from scratch" {
    run "$emodb" --upstream none --stage pretrain --work_dir "$work"
    [[ $status == 0 ]]
    output_has "nothing to recognise"
    called "<--config><$clone/conf/train_ser_scratch.yaml>"
    called "<--exp><exp/ser_scratch>"
    run grep -c upstream "$calls"
    [[ $output == 0 ]]
}

@test "an open corpus' own upstream is built in, where one experiment takes an encoder" {
    run "$emodb" --stage feats --stop_stage train --work_dir "$work"
    [[ $status == 0 ]]
    called "<--dest><dump/raw/all>"
    called "<sentemo.bin.keep_states><--config><$clone/conf/train_ser_states.yaml>"
    called "<--exp><exp/ser_states_built-in>"
    : > "$calls"
    run "$emodb" --stage train --stop_stage train --experiment probe --work_dir "$work"
    [[ $status == 0 ]]
    called "<sentemo.bin.train><--config><$clone/conf/train_probe.yaml>"
    called "<--exp><exp/ser_probe_built-in>"
    : > "$calls"
    run "$emodb" --stage train --stop_stage train --config conf/train_ser_scratch.yaml --work_dir "$work"
    called "<--exp><exp/ser_scratch>"
    : > "$calls"
    run "$emodb" --stage train --experiment table3 --work_dir "$work"
    [[ $status == 1 ]]
    output_has "give --upstream"
    run "$emodb" --experiment probe --upstream none --work_dir "$work"
    [[ $status == 2 ]]
    output_has "--experiment probe needs --upstream"
    run "$emodb" --experiment probe --seeds 3 --work_dir "$work"
    [[ $status == 2 ]]
    output_has "--seeds: --experiment probe has a configuration of its own and draws nothing"
}

@test "--upstream gives the features, the configuration and the experiment's name" {
    run "$emodb" --stage feats --upstream "$models/asr_x" --work_dir "$work"
    [[ $status == 0 ]]
    called "<sentemo.bin.extract_features><--data><data/all><--dest><dump/fbank40/all>"
    called "<--config><$clone/conf/train_ser_states.yaml>"
    called "<--exp><exp/ser_states_asr_x>"
    called "<--upstream><$models/asr_x>"
    cd "$BATS_TEST_TMPDIR"
    make_asr_model asr_y
    mkdir "my models"
    mv "$models/asr_y" "my models"
    run "$emodb" --stage train --upstream "my models/asr_y" --work_dir "$work"
    called "<--upstream><$BATS_TEST_TMPDIR/my models/asr_y>"
}

@test "a configuration with a text encoder and an encoder reads what --upstream hears" {
    run "$emodb" --stage feats --upstream "$models/asr_x" \
        --config conf/train_ser_acoustic_text.yaml --work_dir "$work"
    [[ $status == 0 ]]
    # The recogniser's features beside those of the configuration.
    called "<sentemo.bin.extract_features><--data><data/all><--dest><dump/fbank80/all>"
    called "<sentemo.bin.extract_features><--data><data/all><--dest><dump/fbank40/all>"
    called "<sentemo.bin.transcribe><--asr_model><$models/asr_x><--data><data/all><--dump><dump/fbank40/all><--dest><exp/transcripts_asr_x>"
    local command
    for command in train decode; do
        run grep "<sentemo.bin.$command>" "$calls"
        output_has "<--dump><dump/fbank80/all>"
        output_has "<--exp><exp/ser_acoustic_text_asr_x>"
        output_has "<--text><exp/transcripts_asr_x/text>"
        [[ $output != *"<--upstream>"* ]]
    done
    run grep -n -e "<sentemo.bin.transcribe>" -e "<sentemo.bin.train>" "$calls"
    [[ ${lines[0]} == *transcribe* && ${lines[1]} == *sentemo.bin.train* ]]
    : > "$calls"
    run "$emodb" --stage asr_score --upstream "$models/asr_x" --speed_factors 0.9 \
        --config conf/train_ser_acoustic_text.yaml --work_dir "$work"
    called "<--dump><dump/fbank40/all_sp0.9><--dest><exp/transcripts_asr_x_sp0.9>"
    called "<--text><exp/transcripts_asr_x_sp0.9/text>"
}

@test "a configuration with a text encoder alone takes the encoder of --upstream and its words" {
    cp "$clone/conf/train_ser_frozen.yaml" "$BATS_TEST_TMPDIR/frozen_text.yaml"
    echo "text_encoder: rnn" >> "$BATS_TEST_TMPDIR/frozen_text.yaml"
    run "$emodb" --stage feats --upstream "$models/asr_x" --work_dir "$work" \
        --config "$BATS_TEST_TMPDIR/frozen_text.yaml"
    [[ $status == 0 ]]
    called "<sentemo.bin.transcribe><--asr_model><$models/asr_x>"
    called "<--upstream><$models/asr_x><--text><exp/transcripts_asr_x/text>"
    [[ $(grep -c extract_features "$calls") == 1 ]]
}

@test "--text takes the place of what --upstream hears, and one of them is needed" {
    cd "$BATS_TEST_TMPDIR"
    run "$emodb" --stage asr_score --config conf/train_ser_acoustic_text.yaml --text "my text" \
        --upstream "$models/asr_x" --work_dir "$work"
    [[ $status == 0 ]]
    output_has "nothing to recognise"
    called "<--text><$BATS_TEST_TMPDIR/my text>"
    [[ $(grep -c transcribe "$calls") == 0 ]]
    run "$emodb" --stage train --config conf/train_ser_acoustic_text.yaml --work_dir "$work"
    [[ $status == 2 ]]
    output_has "--text is needed"
}

@test "transcripts for a configuration without a text encoder reach the command, which refuses them" {
    run "$emodb" --stage train --text /words --work_dir "$work"
    called "<--text></words>"
}

@test "a packed zip and a weights file arrive as they are, and name the experiment" {
    cd "$BATS_TEST_TMPDIR"
    make_asr_model asr_y
    mv "$models/asr_y" asr_x
    mv asr_x/valid.loss.best.pth asr_x/27epoch.pth
    printf '%s\n' "yaml_files: {asr_train_config: asr_x/config.yaml}" \
        "files: {asr_model_file: asr_x/27epoch.pth}" > meta.yaml
    "$PLANNER" -m zipfile -c "asr model.zip" meta.yaml asr_x
    export XDG_CACHE_HOME="$BATS_TEST_TMPDIR/cache"
    run "$emodb" --stage train --upstream "asr model.zip" --work_dir "$work"
    [[ $status == 0 ]]
    called "<--exp><exp/ser_states_asr model.zip>"
    called "<--upstream><$BATS_TEST_TMPDIR/asr model.zip>"
    ln -s 27epoch.pth asr_x/valid.acc.best.pth
    run "$emodb" --stage train --upstream asr_x/valid.acc.best.pth --work_dir "$work"
    called "<--exp><exp/ser_states_asr_x_valid.acc.best>"
    called "<--upstream><$BATS_TEST_TMPDIR/asr_x/valid.acc.best.pth>"
}

@test "the features are those that the configuration is for, unless others are asked for" {
    run "$emodb" --stage feats --config conf/train_ser_ssl.yaml --work_dir "$work"
    [[ $status == 0 ]]
    called "<--dest><dump/raw/all><--feature_type><raw>"
    called "<--exp><exp/ser_ssl>"
    run "$emodb" --stage feats --feats fbank40 --work_dir "$work"
    called "<--dest><dump/fbank40/all><--feature_type><fbank40>"
}

@test "an upstream that is not there, or is half a model, stops the recipe before any work" {
    run "$emodb" --corpus_dir /emodb --upstream /none --work_dir "$work"
    [[ $status == 1 ]]
    output_has "--upstream /none: no such file or folder"
    [[ ! -s $calls && ! -e $work ]]
    rm "$models/asr_x/valid.loss.best.pth"
    run "$emodb" --corpus_dir /emodb --upstream "$models/asr_x" --work_dir "$work"
    [[ $status == 1 ]]
    output_has "$models/asr_x: no weights of a best epoch"
    [[ ! -s $calls && ! -e $work ]]
    run "$emodb" --stage feats --align_model /none --work_dir "$work"
    [[ $status == 1 && ! -s $calls ]]
    # The other stages do not read it.
    run "$emodb" --corpus_dir /emodb --upstream /none --work_dir "$work" --stop_stage data
    [[ $status == 0 ]]
    run "$emodb" --stage score --stop_stage score --upstream /none --work_dir "$work"
    [[ $status == 0 ]]
    called "<--exp><exp/ser_states_none>"
}

@test "baselines are trained and scored, without features or decoding" {
    run "$emodb" --stage feats --experiment baselines --work_dir "$work"
    [[ $status == 0 ]]
    output_has "stage 2 feats: not in this recipe"
    called "<sentemo.bin.train_baseline><--config><$clone/conf/baseline_chance.yaml><--data><data/all>"
    called "<--exp><exp/baseline_compare>"
    called "<sentemo.bin.score><--exp><exp/baseline_chance><--data><data/all>"
    called "<sentemo.bin.score><--exp><exp/baseline_compare>"
    run "$emodb" --stage train --experiment baselines --tag mine --work_dir "$work"
    called "<--exp><exp/baseline_mine_egemaps>"
    run "$emodb" --experiment table9 --work_dir "$work"
    [[ $status == 2 ]]
    output_has "--experiment: 'table9' is none of probe, baselines, text_sentiment, table2, table3 or a file"
    run "$emodb" --experiment baselines --seeds 5 --work_dir "$work"
    [[ $status == 2 ]]
    output_has "--seeds: nothing is drawn in --experiment baselines"
}

@test "the sentiment of the transcripts is set against every class of the release" {
    local iemocap="$clone/egs/iemocap/run.sh"
    run "$iemocap" --corpus_dir "$BATS_TEST_TMPDIR" --experiment text_sentiment --work_dir "$work"
    [[ $status == 0 ]]
    called "<sentemo.bin.prepare_corpus><iemocap>"
    called "<--target><avd><--subset><all><--dest><data/release>"
    called "<sentemo.bin.text_sentiment><--text><data/release/text><--dest><exp/text_sentiment_vader><--backend><vader>"
    called "<sentemo.bin.text_emotion><--data><data/release><--exp><exp/text_sentiment_vader><--recipe><iemocap>"
    called "<sentemo.bin.results>"
    [[ $(grep -c -e sentemo.bin.train -e extract_features -e data/all "$calls") == 0 ]]
    : > "$calls"
    run "$iemocap" --corpus_dir "$BATS_TEST_TMPDIR" --work_dir "$work" --stop_stage data
    called "<--target><label><--subset><all><--dest><data/all>"
}

@test "text sentiment takes a model, where the user has one, and any recipe with words and labels" {
    cd "$BATS_TEST_TMPDIR"
    mkdir "a model"
    run "$clone/egs/own/run.sh" --data_dir /calls --labels /calls/labels.txt --work_dir "$work" \
        --experiment text_sentiment --sentiment_backend transformers --sentiment_model "a model" \
        --sentiment_label_order negative,neutral,positive --ngpu 1
    [[ $status == 0 ]]
    called "<--text><data/all/text><--dest><exp/text_sentiment_transformers_a model><--backend><transformers><--ngpu><1><--model><$BATS_TEST_TMPDIR/a model><--label_order><negative,neutral,positive>"
    called "<sentemo.bin.text_emotion><--data><data/all><--exp><exp/text_sentiment_transformers_a model>"
    : > "$calls"
    run "$emodb" --experiment text_sentiment --sentiment_backend bert --work_dir "$work"
    [[ $status == 2 && ! -s $calls ]]
    output_has "--sentiment_backend: 'bert' is neither vader nor transformers"
    run "$emodb" --experiment text_sentiment --sentiment_model "a model" --work_dir "$work"
    [[ $status == 2 && ! -s $calls ]]
    output_has "need --sentiment_backend transformers"
    run "$emodb" --experiment text_sentiment --seeds 2 --work_dir "$work"
    [[ $status == 2 ]]
    output_has "--seeds: nothing is drawn in --experiment text_sentiment"
}

@test "a study is extracted, recognised, trained, decoded and scored as a whole" {
    run "$emodb" --stage feats --experiment table2 --seeds 5 --upstream "$models/asr_x" \
        --change "max_epoch=2 optim_conf.lr=0.01" --work_dir "$work"
    [[ $status == 0 ]]
    called "<sentemo.bin.extract_features><--data><data/all><--dest><dump/fbank40/all>"
    called "<sentemo.bin.extract_features><--data><data/all><--dest><dump/fbank80/all>"
    called "<sentemo.bin.transcribe><--asr_model><$models/asr_x>"
    local stage
    for stage in train decode score; do
        called "<sentemo.bin.study><$stage><--data><data/all><--original_data><data/all><--dump><dump>"
    done
    called "<--exp><exp/table2_asr_x_max_epoch=2_optim_conf.lr=0.01><--seed><1><--seeds><5>"
    called "<--recipe><emodb><--set><max_epoch=2><--set><optim_conf.lr=0.01>"
    called "<--study><$clone/egs/emodb/table2.yaml><--upstream><$models/asr_x><--text><exp/transcripts_asr_x/text>"
}

@test "several seeds of one configuration are a study; a study's file may be the user's" {
    run "$emodb" --upstream none --stage train --stop_stage train --seeds 3 --work_dir "$work"
    [[ $status == 0 ]]
    called "<sentemo.bin.study><train>"
    called "<--exp><exp/ser_scratch_seeds><--seed><1><--seeds><3>"
    called "<--config><$clone/conf/train_ser_scratch.yaml>"
    cp -r "$clone/conf" "$BATS_TEST_TMPDIR/mine"
    run "$emodb" --stage train --experiment "$BATS_TEST_TMPDIR/mine/table3.yaml" --tag trial \
        --upstream "$models/asr_x" --work_dir "$work"
    called "<--exp><exp/trial>"
    called "<--study><$BATS_TEST_TMPDIR/mine/table3.yaml>"
    run "$emodb" --experiment table3 --config conf/train_ser_frozen.yaml --work_dir "$work"
    [[ $status == 2 ]]
    output_has "--config: a study names its configurations"
    run "$emodb" --feats fbank40 --seeds 3 --work_dir "$work"
    [[ $status == 2 ]]
    output_has "--set feature_type=fbank40"
}

@test "--set changes one key, as often as one likes; an unknown one is refused with the nearest" {
    run "$emodb" --upstream none --stage train --set max_epoch=3 \
        --set "best_model_criterion=[[valid, ua, max]]" --work_dir "$work"
    [[ $status == 0 ]]
    called "<--config><$clone/conf/train_ser_scratch.yaml><--set><max_epoch=3><--set><best_model_criterion=[[valid, ua, max]]>"
    called "<sentemo.bin.decode>"
    called "<--exp><exp/ser_scratch_max_epoch=3_best_model_criterion=[[valid,_ua,_max]]>"
    : > "$calls"
    run "$clone/egs/librispeech/run.sh" --stage pretrain --set=max_epoch=3 --work_dir "$work"
    [[ $status == 0 ]]
    called "<--config><$clone/conf/train_asr_ctc_small.yaml><--set><max_epoch=3>"
    called "<--exp><exp/asr_ctc_small_max_epoch=3>"
    : > "$calls"
    run "$emodb" --stage feats --set max_epohc=3 --work_dir "$work"
    [[ $status == 1 && ! -s $calls ]]
    output_has "max_epohc: did you mean max_epoch?"
}

@test "the end of a run says where the table, the page and the model are, and how to use it" {
    mkdir -p "$work/exp/ser_trial"
    touch "$work/RESULTS.md" "$work/exp/ser_trial/report.html" "$work/exp/ser_trial/model.zip"
    run "$emodb" --stage score --tag trial --work_dir "$work"
    [[ $status == 0 ]]
    output_has "table: $work/RESULTS.md"
    output_has "page: $work/exp/ser_trial/report.html"
    output_has "model: $work/exp/ser_trial/model.zip"
    local line
    line=$(sed -n 's/^try it: //p' <<< "$output")
    make_program "$clone/.venv/bin/sentemo"
    (eval "$line") # as a person would paste it
    called "<predict><$work/exp/ser_trial/model.zip><FILE.wav>"
    mkdir -p "$work/data/all"
    echo "utt1 /corpus/an utterance.wav" > "$work/data/all/wav.scp"
    run "$emodb" --stage score --tag trial --work_dir "$work"
    (eval "$(sed -n 's/^try it: //p' <<< "$output")")
    called "<predict><$work/exp/ser_trial/model.zip></corpus/an utterance.wav>"
    run "$emodb" --stage decode --stop_stage decode --tag trial --work_dir "$work"
    [[ $status == 0 && $output != *RESULTS.md* && $output != *report.html* && $output != *"try it"* ]]
    rm "$work/exp/ser_trial/model.zip"
    run "$emodb" --stage score --tag trial --work_dir "$work"
    [[ $status == 0 && $output != *"try it"* ]]
}

@test "an option and its value may be one word" {
    run "$emodb" --stage=score --tag="my trial" --work_dir="$work"
    [[ $status == 0 ]]
    called "<--exp><exp/ser_my trial>"
    run "$emodb" --tag=--x --stage=score --work_dir="$work"
    called "<--exp><exp/ser_--x>"
    run "$emodb" --submit_only=true --work_dir "$work"
    [[ $status == 2 ]]
    output_has "--submit_only takes no value"
    run "$emodb" --tagg=x
    output_has "unknown option --tagg, did you mean --tag?"
}

@test "--tag and --config name the experiment; a missing configuration is named" {
    run "$emodb" --stage score --tag trial --work_dir "$work"
    called "<--exp><exp/ser_trial>"
    cp "$clone/conf/train_ser_scratch.yaml" "$BATS_TEST_TMPDIR/mine.yaml"
    run "$emodb" --stage score --config "$BATS_TEST_TMPDIR/mine.yaml" --work_dir "$work"
    called "<--exp><exp/ser_mine>"
    run "$emodb" --stage score --config none.yaml --work_dir "$work"
    [[ $status == 1 ]]
    output_has "--config: no file none.yaml"
}

@test "a failing command stops the recipe, with its stage and how to go on" {
    FAILING=sentemo.bin.score run "$emodb" --stage decode --work_dir "$work"
    [[ $status == 1 ]]
    output_has "stage 7 score failed (status 1); when mended, continue with --stage score"
    run grep -c sentemo.bin.results "$calls"
    [[ $output == 0 ]]
}

@test "a recipe that is ended ends its training, and says where to go on" {
    # shellcheck disable=SC2016  # for the script that is written
    printf '#!/usr/bin/env bash\n[[ $2 != sentemo.bin.recipe ]] || PYTHONPATH=$CLONE exec "$PLANNER" "$@"
[[ $* == *sentemo.bin.train* ]] || exit 0
echo $$ > "$CALLS"\nexec sleep 300\n' > "$clone/.venv/bin/python"
    "$emodb" --stage train --work_dir "$work" > "$BATS_TEST_TMPDIR/log" 2>&1 3>&- &
    local recipe=$! training
    until [[ -s $calls ]]; do kill -0 "$recipe"; done
    training=$(< "$calls")
    kill -TERM "$recipe"
    wait "$recipe" || [[ $? == 143 ]]
    run kill -0 "$training"
    [[ $status != 0 ]]
    grep -q "stage 5 train failed (status 143); when mended, continue with --stage train" \
        "$BATS_TEST_TMPDIR/log"
}

@test "without an environment the message says what to run" {
    rm -r "$clone/.venv"
    run "$emodb" --stage score --work_dir "$work"
    [[ $status == 1 ]]
    output_has "tools/install.sh"
}

@test "librispeech trains and scores an ASR model, and nothing after it" {
    run "$clone/egs/librispeech/run.sh" --corpus_dir "$BATS_TEST_TMPDIR" --parts test-clean \
        --work_dir "$work"
    [[ $status == 0 ]]
    called "<sentemo.bin.prepare_corpus><librispeech>"
    called "<--parts><test-clean>"
    called "<sentemo.bin.train_asr><--config><$clone/conf/train_asr_ctc_small.yaml>"
    called "<sentemo.bin.score_asr><--exp><exp/asr_ctc_small><--set><test>"
    output_has "stage 5 train: not in this recipe"
}

@test "speechocean762 trains and scores as librispeech does, with folds of its own" {
    local speechocean="$clone/egs/speechocean762/run.sh"
    run "$speechocean" --work_dir "$work"
    [[ $status == 2 ]]
    output_has "--corpus_dir is needed"
    SPEECHOCEAN762=$BATS_TEST_TMPDIR run "$speechocean" --config sa2sr_small --work_dir "$work"
    [[ $status == 0 ]]
    called "<sentemo.bin.prepare_corpus><speechocean762>"
    called "<--folds><$clone/egs/speechocean762/folds/official.tsv>"
    called "<sentemo.bin.train_asr><--config><$clone/conf/train_sa2sr_small.yaml>"
    called "<sentemo.bin.score_asr><--exp><exp/sa2sr_small><--set><test>"
    output_has "stage 5 train: not in this recipe"
}

@test "librispeech with an SA2SR configuration labels the transcripts that it trains on" {
    local librispeech="$clone/egs/librispeech/run.sh"
    run "$librispeech" --stage pretrain --config sa2sr_small --speed_factors 1.1,0.9 --work_dir "$work"
    [[ $status == 0 ]]
    called "<sentemo.bin.text_sentiment><--text><data/all_sp0.9_1.1/text><--dest><exp/sentiment_vader_all_sp0.9_1.1><--backend><vader>"
    called "<sentemo.bin.train_asr><--config><$clone/conf/train_sa2sr_small.yaml>"
    called "<--exp><exp/sa2sr_small_sp0.9_1.1>"
    called "<--sentiment><exp/sentiment_vader_all_sp0.9_1.1>"
    called "<sentemo.bin.decode_asr><--exp><exp/sa2sr_small_sp0.9_1.1>"
    run grep -n -e text_sentiment -e train_asr "$calls"
    [[ ${lines[0]} == *text_sentiment* && ${lines[1]} == *bin.train_asr* ]]
    : > "$calls"
    run "$librispeech" --stage pretrain --work_dir "$work"
    [[ $status == 0 && $(grep -c -e text_sentiment -e "--sentiment" "$calls") == 0 ]]
}

@test "several GPUs and nodes train a model, and one GPU hears, decodes and aligns" {
    local machines="<--ngpu><4><--num_nodes><2>"
    local options=(--ngpu 4 --num_nodes 2 --work_dir "$work")
    run "$emodb" --upstream "$models/asr_x" --config conf/train_ser_acoustic_text.yaml \
        --stage asr_score --stop_stage train "${options[@]}"
    [[ $status == 0 ]]
    run grep "<sentemo.bin.transcribe>" "$calls"
    output_has "<--ngpu><1>"
    run grep "<sentemo.bin.train>" "$calls"
    output_has "$machines"
    : > "$calls"
    run "$emodb" --seeds 2 --stage train --stop_stage train "${options[@]}"
    [[ $status == 0 ]]
    called "$machines"
    : > "$calls"
    run "$emodb" --cmd_backend slurm --submit_only --stage train --stop_stage score "${options[@]}"
    [[ $status == 0 ]]
    run grep "<sentemo.bin.train>" "$calls"
    output_has "$machines"
    run grep "<sentemo.bin.decode>" "$calls"
    output_has "<--ngpu><1><--num_nodes><1>"
}

@test "librispeech takes a text model for SA2SR's labels, with the order of its classes" {
    cd "$BATS_TEST_TMPDIR"
    mkdir "a model"
    run "$clone/egs/librispeech/run.sh" --stage pretrain --config sa2sr --ngpu 2 --work_dir "$work" \
        --sentiment_backend transformers --sentiment_model "a model" \
        --sentiment_label_order negative,neutral,positive
    [[ $status == 0 ]]
    called "<--dest><exp/sentiment_transformers_a model_all><--backend><transformers><--ngpu><1><--model><$BATS_TEST_TMPDIR/a model><--label_order><negative,neutral,positive>"
    called "<--sentiment><exp/sentiment_transformers_a model_all>"
    run "$clone/egs/librispeech/run.sh" --config sa2sr --sentiment_model "a model" --work_dir "$work"
    [[ $status == 2 ]]
    output_has "need --sentiment_backend transformers"
}

@test "librispeech with byte pairs and a beam has an experiment of its own" {
    run "$clone/egs/librispeech/run.sh" --stage pretrain --config rnnt --token_type bpe \
        --bpe_size 300 --beam_size 4 --work_dir "$work"
    [[ $status == 0 ]]
    called "<--config><$clone/conf/train_asr_rnnt.yaml>"
    called "<--token_type><bpe><--bpe_size><300>"
    called "<sentemo.bin.decode_asr><--exp><exp/asr_rnnt_bpe300>"
    called "<--beam_size><4>"
}

@test "an own corpus gets folds of its own, unless a file is given" {
    local own="$clone/egs/own/run.sh"
    run "$own" --data_dir /calls --labels /calls/labels.txt --work_dir "$work"
    [[ $status == 0 ]]
    called "<sentemo.bin.import_data_dir><--data_dir><$(realpath -m /calls)>"
    called "<sentemo.bin.make_folds><--data><data/all><--labels><$(realpath -m /calls/labels.txt)><--dest><data/folds.tsv>"
    : > "$calls"
    run "$own" --data_dir /calls --labels /l.txt --folds /f.tsv --work_dir "$work"
    [[ $status == 0 ]]
    run grep -c make_folds "$calls"
    [[ $output == 0 ]]
    called "<--folds><$(realpath -m /f.tsv)>"
}

@test "an own table is taken over with the names of its columns, and its dimensions are learnt" {
    cd "$BATS_TEST_TMPDIR"
    printf '%s\n' "Datei;Name;activation;valence;dominance" "a b.wav;anna;1;2;3" > "my calls.csv"
    run "$clone/egs/own/run.sh" --csv "my calls.csv" --column file=Datei --column "speaker=Name" \
        --work_dir "$work"
    [[ $status == 0 ]]
    called "<sentemo.bin.import_recordings><$BATS_TEST_TMPDIR/my calls.csv><--dest><data/release><--task><dimensional><--convert_audio><true><--column=file=Datei><--column=speaker=Name>"
    called "<sentemo.bin.make_folds><--data><data/release><--dest><data/folds.tsv>"
    called "<--config><$clone/conf/train_avd_states.yaml><--data><data/release>"
    called "<--task><dimensional><--scale><data/scale.txt>"
    : > "$calls"
    run "$clone/egs/own/run.sh" --csv "my calls.csv" --column file=Datei --scale 1,7 --speaker_from "^(a)" \
        --experiment probe --work_dir "$work"
    [[ $status == 0 ]]
    called "<--convert_audio><true><--scale><1,7><--column=file=Datei><--speaker_from=^(a)>"
    called "<--config><$clone/conf/train_probe.yaml>"
    : > "$calls"
    run "$clone/egs/own/run.sh" --work_dir "$work"
    [[ $status == 2 && ! -s $calls ]]
    output_has "--csv is needed"
    run "$clone/egs/own/run.sh" --csv absent.csv --work_dir "$work"
    [[ $status == 1 && ! -s $calls ]]
    output_has "absent.csv: no such file"
}

@test "--train_with puts other corpora beside the recipe's own, before copies are made" {
    mkdir -p "$work/some corpus/data/all" "$work/more"
    run "$emodb" --upstream none --stage feats --stop_stage train --speed_factors 0.9 --work_dir "$work" \
        --train_with "$work/some corpus/data/all:$work/more"
    [ "$status" -eq 0 ]
    called "<sentemo.bin.combine_data><--data><data/all><--dest><data/all_with_some corpus_more>"
    called "<--add><$work/some corpus/data/all><--add><$work/more>"
    called "<--data><data/all_with_some corpus_more><--dest><data/all_with_some corpus_more_sp0.9>"
    called "<--exp><exp/ser_scratch_with_some corpus_more_sp0.9>"
}

@test "--train_with gives each corpus the scale of its dimensions" {
    local msp="$clone/egs/msp_podcast/run.sh"
    mkdir -p "$work/iemocap/data/release"
    run "$msp" --stage feats --stop_stage feats --task dimensional --work_dir "$work" \
        --train_with "$work/iemocap/data/release" --train_with_scales iemocap
    [ "$status" -eq 0 ]
    called "<--scale><msp_podcast><--add><$work/iemocap/data/release><iemocap>"
    run "$msp" --task dimensional --train_with "$work" --train_with_scales iemocap:1,7
    [ "$status" -eq 2 ]
    output_has "--train_with_scales: 2 for 1"
    run "$emodb" --train_with "$work/absent"
    [ "$status" -eq 2 ]
    output_has "no directory"
}

@test "stage report shows attention over words, aligned by a recogniser with features of its own" {
    run "$emodb" --upstream none --stage report --stop_stage report --work_dir "$work"
    [[ $status == 0 ]]
    called "<sentemo.bin.attention><--config><$clone/conf/train_ser_scratch.yaml>"
    called "<--words><auto>"
    called "<sentemo.bin.report><--exp><exp/ser_scratch>"
    run grep -c -e --align_model "$calls"
    [[ $output == 0 ]]
    : > "$calls"
    run "$emodb" --upstream none --stage feats --stop_stage report --work_dir "$work" --align_model "$models/ctc" \
        --align_words asr
    [[ $status == 0 ]]
    called "<--dest><dump/fbank40/all><--feature_type><fbank40>"
    called "<--dest><dump/fbank80/all><--feature_type><fbank80>"
    called "<--words><asr><--align_model><$models/ctc><--align_dump><dump/fbank40/all>"
    run grep -c sentemo.bin.occlude "$calls"
    [[ $output == 0 ]]
    run "$emodb" --upstream none --stage report --stop_stage report --work_dir "$work" \
        --report_occlusion 50 --align_words times
    [[ $status == 0 ]]
    called "<sentemo.bin.occlude><--config><$clone/conf/train_ser_scratch.yaml>"
    called "<--words><times><--asr_language><de><--utterances><50>"
}

@test "--speed_factors trains on copies, in directories and an experiment of their own" {
    run "$emodb" --upstream none --stage feats --speed_factors 0.9,1.1 --work_dir "$work"
    [[ $status == 0 ]]
    called "<sentemo.bin.add_copies><--data><data/all><--dest><data/all_sp0.9_1.1>"
    called "<--audio><dump/copies/all_sp0.9_1.1><--factors><0.9,1.1><--degraded><0>"
    called "<sentemo.bin.extract_features><--data><data/all_sp0.9_1.1><--dest><dump/fbank80/all_sp0.9_1.1>"
    called "<--exp><exp/ser_scratch_sp0.9_1.1>"
    : > "$calls"
    run "$emodb" --upstream none --stage train --speed_factors "1.1, 0.9" --work_dir "$work"
    called "<--data><data/all_sp0.9_1.1>"
}

@test "--task says what is prepared, trained and scored, in places of its own" {
    local msp="$clone/egs/msp_podcast/run.sh"
    run "$msp" --corpus_dir /msp --task dimensional --work_dir "$work"
    [[ $status == 0 ]]
    called "<--target><avd>"
    called "<sentemo.bin.extract_features><--data><data/release><--dest><dump/fbank40/release>"
    called "<--config><$clone/conf/train_avd_scratch.yaml><--data><data/release>"
    called "<--task><dimensional><--scale><msp_podcast>"
    called "<--exp><exp/avd_scratch>"
    called "<sentemo.bin.score><--exp><exp/avd_scratch><--data><data/release><--folds>"
    run grep "<sentemo.bin.train>" "$calls"
    [[ $output != *"<--labels>"* ]]
    : > "$calls"
    run "$clone/egs/iemocap/run.sh" --corpus_dir /iemocap --task both --upstream "$models/asr_x" \
        --work_dir "$work"
    [[ $status == 0 ]]
    called "<--target><label>"
    called "<--labels><$clone/egs/iemocap/labels.txt><--task><both><--scale><iemocap>"
    called "<--exp><exp/both_ser_states_asr_x>"
    run "$msp" --task valence --work_dir "$work"
    [[ $status == 2 ]]
    output_has "--task: 'valence' is none of label, dimensional and both"
    run "$msp" --task dimensional --experiment baselines --work_dir "$work"
    [[ $status == 2 ]]
    output_has "baselines learns classes alone"
}

@test "a recipe's own study comes before that of conf/, says its task, and has models for its rows" {
    local msp="$clone/egs/msp_podcast/run.sh"
    run "$msp" --stage train --experiment table4 --upstream "$models/asr_x" \
        --sa2sr_model "$models/sa2sr_y" --rows 1,3 --work_dir "$work"
    [[ $status == 0 ]]
    called "<--study><$clone/egs/msp_podcast/table4.yaml>"
    called "<--task><dimensional><--scale><msp_podcast>"
    called "<--exp><exp/table4_asr_x_sa2sr_y>"
    called "<--upstream><$models/asr_x><--sa2sr_model><$models/sa2sr_y><--rows><1,3>"
    run "$msp" --stage pretrain --stop_stage pretrain --experiment table4 --upstream "$models/asr_x" \
        --sa2sr_model "$models/sa2sr_y" --work_dir "$work"
    called "<sentemo.bin.upstream><--upstream><$models/asr_x>"
    called "<sentemo.bin.upstream><--upstream><$models/sa2sr_y>"
    run "$clone/egs/iemocap/run.sh" --stage train --experiment table3 --upstream "$models/asr_x" --work_dir "$work"
    called "<--study><$clone/conf/table3.yaml>"
    run "$msp" --stage train --sa2sr_model "$models/sa2sr_y" --work_dir "$work"
    [[ $status == 2 ]]
    output_has "are for the rows of an --experiment"
}
