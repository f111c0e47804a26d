#!/usr/bin/env bash
# All checks: style, floors, types, unit tests, shell tests. Every one runs, also after another has failed;
# the exit status is 0 only when all passed. About 15 minutes on 2 cores, with --long an hour.
#
# Programs that the tests need are installed where this user may do so; without one, its tests are
# skipped, and NOT TESTED says so.
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
    install_programs
    warn_of_untested
    local marks="not long" scripts
    [[ -z ${opt[long]} ]] || marks=""
    mapfile -t scripts < <(git ls-files --cached --others --exclude-standard '*.sh' '*.bats' '*.bash' .ci/run)
    check ruff check
    check ruff format --check
    check lint-imports
    check mypy
    check shellcheck "${scripts[@]}"
    # Two processes of one thread each: small models gain nothing from a second.
    check env OMP_NUM_THREADS=1 python -m pytest -n 2 -m "$marks"
    ! has_bats || check bats tests/shell
    warn_of_untested
    ((${#failed[@]} == 0)) || die "failed: ${failed[*]}"
    ((${#untested[@]} == 0)) || echo "${#untested[@]} parts were NOT TESTED, see above"
    echo "all checks passed"
}

# check COMMAND…: run it, with its time; what fails is told again at the end.
check() {
    local started=$SECONDS
    run "$@" || failed+=("$*")
    echo "── $((SECONDS - started)) s"
}

# --- Programs

install_programs() {
    PATH=$PATH:$root/.venv/node_modules/.bin
    provide bats "the shell scripts" bats
    provide sox "audio that only sox reads" sox libsox-fmt-all
    provide browser "pages in a browser" chromium
    provide slurm "recipes on a cluster" slurm-wlm
}

# provide PROGRAM WHAT PACKAGE…: install Debian's packages unless has_PROGRAM.
provide() {
    "has_$1" && return
    if can_install; then
        apt_install "${@:3}" || true
    elif [[ $1 == bats ]] && command -v npm > /dev/null; then
        run npm install --prefix "$root/.venv" bats || true
    fi
    "has_$1" || untested+=("$2, for want of ${*:3}; on Debian: sudo apt-get install ${*:3}")
}

has_bats() {
    command -v bats
} > /dev/null

# The tests use formats that Debian packs apart from sox.
has_sox() {
    command -v sox && sox --help | grep amr-nb
} > /dev/null

has_browser() {
    command -v chromium || command -v chromium-browser || command -v google-chrome
} > /dev/null

has_slurm() {
    command -v slurmctld && command -v slurmd && command -v sbatch
} > /dev/null

warn_of_untested() {
    local what
    for what in "${untested[@]}"; do
        printf '\n!!!!!!!! NOT TESTED: %s\n\n' "$what" >&2
    done
}

main "$@"
