#!/usr/bin/env bash
# Installs sentemo with all that it can use, torch and ESPnet too, into .venv in this repository: about
# 2 minutes and 6 GB. To predict alone, without torch: pip install .
# Needs Python 3.10, 3.11 or 3.12. Every package gets the release that tools/constraints.txt names.
# When everything is in place already, it says so at once; when it was interrupted, run it again.
#
# Usage:
#   tools/install.sh
#   tools/install.sh --test     # also what tests/run.sh needs
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/shell.sh"

# pip 26.3 refuses espnet's metadata ("cannot declare direct URL dependencies"); this one is tested.
pip_version=25.0.1
venv=$root/.venv
marker=$venv/.sentemo_installed
constraints=$root/tools/constraints.txt
no_compiler="" # what is missing for packages that are built here, and its remedy

option test switch "" "also install what the tests need"

main() {
    parse_options "$@"
    if is_complete "${opt[test]}" || is_complete true; then
        echo "$venv: up to date"
        say_how_to_call
        return
    fi
    venv_works || make_venv
    has_compiler || install_compiler
    install_packages
    state "${opt[test]}" > "$marker.tmp"
    mv "$marker.tmp" "$marker"
    echo "$venv: installed"
    say_how_to_call
}

say_how_to_call() {
    printf 'Call it as %q, or after this as sentemo:\n  source %q\n' \
        "$venv/bin/sentemo" "$venv/bin/activate"
}

# state TEST: what a finished installation was made from. Its own place belongs to it, for an
# environment that was moved or copied still points to where it came from.
state() {
    local file
    printf 'place %s\n' "$(realpath -m "$venv")"
    printf 'pip %s\n' "$pip_version"
    for file in pyproject.toml setup.py tools/constraints.txt; do
        printf '%s %s\n' "$file" "$(sha256sum < "$root/$file")"
    done
    printf 'with tests %s\n' "$1"
}

is_complete() {
    [[ -f $marker && $(< "$marker") == "$(state "$1")" ]]
}

# False for an environment that is absent, half made, moved here, or of a Python since removed.
# Its pip says where it is: "pip 25.0.1 from <environment>/lib/python3.11/…".
venv_works() {
    local place
    place=$("$venv/bin/pip" --version 2> /dev/null) || return
    place=${place#* from }
    [[ ${place%/lib/python*} -ef $venv ]]
}

make_venv() {
    local python
    python=$(find_python)
    echo "making $venv with $python"
    "$python" -m venv --clear "$venv"
}

# The first Python that fits; a name on PATH is not enough, for version managers put names there
# that do not run, and Debian's Python comes without its venv module.
find_python() {
    local python version without_venv=""
    for python in python3.12 python3.11 python3.10 python3; do
        version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2> /dev/null) ||
            continue
        [[ $version =~ ^3\.1[012]$ ]] || continue
        if "$python" -c 'import ensurepip, venv' 2> /dev/null; then
            command -v "$python"
            return
        fi
        without_venv=${without_venv:-python$version}
    done
    [[ -z $without_venv ]] ||
        die "$without_venv lacks its venv module; run: sudo apt-get install $without_venv-venv"
    die "Python 3.10, 3.11 or 3.12 is needed; on Debian 12: sudo apt-get install python3 python3-venv"
}

# pyworld, which ESPnet requires, comes as C++ source only: it takes the compiler that this Python
# was built with, and Python's headers. True also where pyworld is built already.
has_compiler() {
    "$venv/bin/python" - << 'END' 2> /dev/null
import importlib.util, os, shutil, sys, sysconfig
compiler = os.environ.get("CXX") or sysconfig.get_config_var("CXX") or "c++"
headers = os.path.join(sysconfig.get_path("include"), "Python.h")
can_build = shutil.which(compiler.split()[0]) and os.path.exists(headers)
sys.exit(not (can_build or importlib.util.find_spec("pyworld")))
END
}

install_compiler() {
    local headers
    headers=$("$venv/bin/python" -c 'import sys; print("python%d.%d-dev" % sys.version_info[:2])')
    if can_install && apt_install g++ "$headers" && has_compiler; then
        return
    fi
    no_compiler="there is no C++ compiler or no Python.h, which pyworld needs; sudo apt-get install g++ $headers"
}

install_packages() {
    local python=$venv/bin/python extras="[all${opt[test]:+,test}]"
    # pip's own message stands above; what it has installed so far is kept.
    if ! "$python" -m pip install --disable-pip-version-check "pip==$pip_version" ||
        ! "$python" -m pip install --constraint "$constraints" -e "$root$extras"; then
        [[ -z $no_compiler ]] || printf 'error: %s\n' "$no_compiler" >&2
        die "the installation is not finished; mend what is said above and run tools/install.sh again"
    fi
    # A killed pip can leave a package that it takes for whole.
    "$python" -c 'import torch, torchaudio, kaldiio, espnet2, sentemo' ||
        die "a package is damaged, see above; remove $venv and run tools/install.sh again"
}

main "$@"
