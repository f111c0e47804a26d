#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031  # each test is a subshell; `run` sets status anew in it
# The installer, as far as it can be seen without downloading torch.

setup() {
    source "$BATS_TEST_DIRNAME/common.bash"
    make_clone
    install="$clone/tools/install.sh"
    bin="$BATS_TEST_TMPDIR/bin"
    mkdir "$bin"
    local program
    for program in bash dirname realpath sha256sum; do
        ln -s "$(command -v "$program")" "$bin/$program"
    done
}

# fake_python NAME VERSION VENV_STATUS: one that only tells its version and whether it has venv.
fake_python() {
    # shellcheck disable=SC2016  # the fake's own arguments
    printf '#!/usr/bin/env bash\n[[ $2 != *ensurepip* ]] || exit %d\n[[ $1 == -c ]] && echo %s\n' \
        "$3" "$2" > "$bin/$1"
    chmod +x "$bin/$1"
}

# An environment that is complete in the eyes of the installer's own bookkeeping.
mark_complete() {
    mkdir -p "$clone/.venv/bin"
    printf 'place %s\npip %s\nsetup.py %s\nwith tests %s\n' "$(realpath "$clone/.venv")" \
        "$(sed -n 's/^pip_version=//p' "$install")" "$(sha256sum < "$clone/setup.py")" "$1" \
        > "$clone/.venv/.sentemo_installed"
}

@test "a complete installation is up to date at once; one with the tests' packages serves both" {
    mark_complete true
    PATH=$bin run "$install"
    [[ $status == 0 ]]
    output_has "up to date"
    PATH=$bin run "$install" --test
    [[ $status == 0 ]]
    output_has "up to date"
}

@test "other requirements, a moved environment, or missing test packages are not up to date" {
    mark_complete ""
    PATH=$bin run "$install" --test
    [[ $status == 1 ]]
    output_has "is needed"
    mv "$clone" "$BATS_TEST_TMPDIR/moved"
    PATH=$bin run "$BATS_TEST_TMPDIR/moved/tools/install.sh"
    [[ $status == 1 ]]
    mv "$BATS_TEST_TMPDIR/moved" "$clone"
    PATH=$bin run "$install"
    [[ $status == 0 ]]
    echo "# another requirement" >> "$clone/setup.py"
    PATH=$bin run "$install"
    [[ $status == 1 ]]
}

@test "no fitting Python: the message says which, and how to get it" {
    fake_python python3 3.13 0
    PATH=$bin run "$install"
    [[ $status == 1 ]]
    output_has "Python 3.10, 3.11 or 3.12 is needed"
    [[ ! -e $clone/.venv ]]
}

@test "a Python without its venv module: the message names the package" {
    fake_python python3 3.11 1
    PATH=$bin run "$install"
    [[ $status == 1 ]]
    output_has "sudo apt-get install python3.11-venv"
}

# install_without_index CLONE: pip finds no package, so that only the environment is made.
install_without_index() {
    PIP_CONFIG_FILE=/dev/null PIP_NO_INDEX=1 PIP_FIND_LINKS='' run "$1/tools/install.sh"
    [[ $status == 1 ]]
    output_has "the installation is not finished"
    [[ ! -e $1/.venv/.sentemo_installed ]]
}

@test "an unfinished installation is resumed, a moved or broken environment is made anew" {
    local moved="$BATS_TEST_TMPDIR/moved clone"
    install_without_index "$clone"
    touch "$clone/.venv/kept"
    install_without_index "$clone"
    [[ -e $clone/.venv/kept ]]

    mv "$clone" "$moved"
    install_without_index "$moved"
    [[ ! -e $moved/.venv/kept ]]

    touch "$moved/.venv/kept"
    rm -r "$moved"/.venv/lib/python3*/site-packages/pip
    install_without_index "$moved"
    [[ ! -e $moved/.venv/kept ]]
}

@test "an unknown option ends with status 2" {
    run "$install" --tests
    [[ $status == 2 ]]
    output_has "unknown option --tests, did you mean --test?"
}
