# Stage report: every experiment as one page, report.html. Sourced by recipe.sh.
# shellcheck shell=bash
# shellcheck disable=SC2154  # what the driver sets

report_options() {
    option report_audio flag false "embed the utterances' sound in report.html, about 6 kB for each second"
}

stage_report() {
    local data exp experiments
    if is_text_sentiment || is_study; then
        echo "no report of a study; sentemo.bin.report makes one of each of its experiments"
        return
    fi
    scored_experiments
    for exp in "${experiments[@]}"; do
        run python -m sentemo.bin.report --exp "$exp" --data "$data" --audio "${opt[report_audio]}"
    done
}
