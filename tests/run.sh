#!/usr/bin/env bash
# All checks: lint, unit tests, shell tests, one end-to-end run. Every one runs, also after another
# has failed; the exit status is 0 only when all passed. About 15 minutes on 2 cores.
#
# Usage:
#   tests/run.sh
#   tests/run.sh --long     # also the tests that take minutes each
set -euo pipefail
source "$(dirname "$0")/../tools/shell.sh"

option long switch "" "also the tests that take minutes each"
failed=()
browser=""

main() {
    parse_options "$@"
    cd "$root"
    tools/install.sh --test
    use_environment
    install_bats
    install_chromium
    local marks="not long" scripts
    [[ -z ${opt[long]} ]] || marks=""
    mapfile -t scripts < <(git ls-files --cached --others --exclude-standard '*.sh' '*.bats' '*.bash' .ci/run)
    check ruff check
    check ruff format --check
    check shellcheck "${scripts[@]}"
    check python -m pytest -m "$marks"
    check bats tests/shell
    [[ -n $browser ]] || warn_of_browser
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
    if ! command -v chromium > /dev/null && can_install; then
        apt_install chromium || true
    fi
    browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
    [[ -n $browser ]] || warn_of_browser
}

warn_of_browser() {
    printf '\n%s\n%s\n\n' "!!!!!!!! NOT TESTED: pages in a browser. None is installed; on Debian:" \
        "!!!!!!!! sudo apt-get install chromium" >&2
}

can_install() {
    [[ $EUID == 0 ]] && command -v apt-get > /dev/null
}

apt_install() {
    run apt-get install -y --no-install-recommends "$1" ||
        { run apt-get update && run apt-get install -y --no-install-recommends "$1"; }
}

main "$@"
