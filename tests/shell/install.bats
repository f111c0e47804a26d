#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031  # each test is a subshell; `run` sets status anew in it
# The installer, as far as it can be seen without downloading torch.

setup() {
    source "$BATS_TEST_DIRNAME/common.bash"
    make_clone
    install="$clone/tools/install.sh"
    requirements=(pyproject.toml setup.py tools/constraints.txt)
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
    local file
    mkdir -p "$clone/.venv/bin"
    {
        printf 'place %s\n' "$(realpath "$clone/.venv")"
        printf 'pip %s\n' "$(sed -n 's/^pip_version=//p' "$install")"
        for file in "${requirements[@]}"; do
            printf '%s %s\n' "$file" "$(sha256sum < "$clone/$file")"
        done
        printf 'with tests %s\n' "$1"
    } > "$clone/.venv/.sentemo_installed"
}

@test "a complete installation is up to date at once; one with the tests' packages serves both" {
    mark_complete true
    PATH=$bin run "$install"
    [[ $status == 0 ]]
    output_has "up to date"
    output_has "source $(printf %q "$clone/.venv/bin/activate")"
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
    local file
    for file in "${requirements[@]}"; do
        cp "$clone/$file" "$BATS_TEST_TMPDIR/before"
        echo "# another requirement" >> "$clone/$file"
        PATH=$bin run "$install"
        [[ $status == 1 ]]
        cp "$BATS_TEST_TMPDIR/before" "$clone/$file"
        PATH=$bin run "$install"
        [[ $status == 0 ]]
    done
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

# The programs of a machine that has Python, and no compiler.
without_compiler() {
    local program
    for program in mv sed mkdir rm cat; do
        ln -sf "$(command -v "$program")" "$bin/$program"
    done
    ln -sf "$(python3 -c 'import sys; print(sys.executable)')" "$bin/python3"
}

@test "without a compiler: its remedy follows what pip says" {
    without_compiler
    PATH=$bin install_without_index "$clone"
    output_has "there is no C++ compiler"
    [[ $output =~ "sudo apt-get install g++ python3."1[012]-dev ]]
}

@test "without a compiler, root on Debian gets one" {
    ((EUID == 0)) || skip "only root may install"
    without_compiler
    # shellcheck disable=SC2016  # the fake's own arguments
    printf '#!/usr/bin/env bash\necho "asked for: $*"; ln -s /bin/true "$CXX"\n' > "$bin/apt-get"
    chmod +x "$bin/apt-get"
    ln -s "$(command -v ln)" "$(command -v env)" "$bin"
    CXX=$bin/a-compiler PATH=$bin install_without_index "$clone"
    [[ $output =~ "asked for: install -y --no-install-recommends g++ python3."1[012]-dev ]]
    [[ $output != *"there is no C++ compiler"* ]]
}

@test "an unknown option ends with status 2" {
    run "$install" --tests
    [[ $status == 2 ]]
    output_has "unknown option --tests, did you mean --test?"
}
