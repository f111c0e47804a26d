#!/usr/bin/env bash
# All checks: lint, unit tests, shell tests, one end-to-end run. Every one runs, also after another
# has failed; the exit status is 0 only when all passed. About 25 minutes on 2 cores, with --long an hour.
#
# Usage:
#   tests/run.sh
#   tests/run.sh --long     # also the tests that take minutes each
set -euo pipefail
source "$(dirname "$0")/../tools/shell.sh"

option long switch "" "also the tests that take minutes each"
failed=()
untested=()

main() {
    parse_options "$@"
    cd "$root"
    tools/install.sh --test
    use_environment
    install_bats
    install_chromium
    install_slurm
    warn_of_untested
    local marks="not long" scripts
    [[ -z ${opt[long]} ]] || marks=""
    mapfile -t scripts < <(git ls-files --cached --others --exclude-standard '*.sh' '*.bats' '*.bash' .ci/run)
    check ruff check
    check ruff format --check
    check shellcheck "${scripts[@]}"
    check python -m pytest -m "$marks"
    check bats tests/shell
    warn_of_untested
    ((${#failed[@]} == 0)) || die "failed: ${failed[*]}"
    echo "all checks passed"
}

check() {
    local started=$SECONDS
    echo "── $1"
    run "$@" || failed+=("$1")
    echo "── $1: $((SECONDS - started)) s"
}

install_bats() {
    PATH=$PATH:$root/.venv/node_modules/.bin
    if command -v bats > /dev/null; then
        return
    elif can_install; then
        apt_install bats
    elif command -v npm > /dev/null; then
        run npm install --prefix "$root/.venv" bats
    else
        die "bats is missing; run: sudo apt-get install bats, or: npm install -g bats"
    fi
}

# For the tests of pages, which are skipped without one.
install_chromium() {
    has_browser || ! can_install || apt_install chromium || true
    has_browser || untested+=("pages in a browser. None is installed; on Debian: sudo apt-get install chromium")
}

has_browser() {
    command -v chromium || command -v chromium-browser || command -v google-chrome
} > /dev/null

# For the tests of the recipes on a cluster, which start a Slurm of their own.
install_slurm() {
    has_slurm || ! can_install || apt_install slurm-wlm || true
    has_slurm || untested+=("recipes on a cluster. There is no Slurm; on Debian: sudo apt-get install slurm-wlm")
}

has_slurm() {
    command -v slurmctld > /dev/null
}

warn_of_untested() {
    local what
    for what in "${untested[@]}"; do
        printf '\n!!!!!!!! NOT TESTED: %s\n\n' "$what" >&2
    done
}

main "$@"
