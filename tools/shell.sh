# What every script of this repository shares: errors, options, the Python environment.
# Sourced, never run; the sourcing script says `set -euo pipefail`.
# shellcheck shell=bash

# A failing command in "$(…)" is a failure too.
shopt -s inherit_errexit

root=$(realpath "$(dirname "${BASH_SOURCE[0]}")/..")

die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

usage_error() {
    printf 'error: %s\nTry: %s --help\n' "$*" "$0" >&2
    exit 2
}

# --- Options: each is declared once, with its default and its explanation.

option_names=()
declare -A opt=() option_kind=() option_help=() option_alias=()

# option NAME KIND DEFAULT HELP
# KIND: text; path (made absolute); config (a file, given as it is or below the repository root);
#       name (for a folder); number; positive (number); flag (true or false); switch (takes no value);
#       list (given as often as one likes; its values are separated by tabs);
#       one_of:A,B (one of these; an empty one allows none). Declaring a name again replaces it.
option() {
    local name=$1
    [[ -n ${option_kind[$name]+known} ]] || option_names+=("$name")
    option_kind[$name]=$2
    opt[$name]=$3
    option_help[$name]=$4
}

# option_alias OTHER NAME: --OTHER is another name of the option --NAME.
option_alias() {
    option_alias[$1]=$2
}

parse_options() {
    local argument typed name joined value before
    local -A typed_as=() # by option, the name that it was given under
    for argument; do
        [[ $argument != --help && $argument != -h ]] || { print_help && exit 0; }
    done
    while (($# > 0)); do
        [[ $1 =~ ^--([a-z][a-z0-9_]*)(=(.*))?$ ]] ||
            usage_error "unexpected argument '$1': options are --name value"
        typed=${BASH_REMATCH[1]}
        joined=${BASH_REMATCH[2]}
        value=${BASH_REMATCH[3]}
        name=${option_alias[$typed]-$typed}
        [[ -n ${option_kind[$name]+known} ]] ||
            usage_error "unknown option --$typed$(nearest_option "$typed")"
        if [[ ${option_kind[$name]} == switch ]]; then
            [[ -z $joined ]] || usage_error "--$typed takes no value"
            opt[$name]=true
            shift
            continue
        fi
        if [[ -z $joined ]]; then
            [[ $# -ge 2 && $2 != --* ]] || usage_error "--$typed: its value is missing"
            value=$2
            shift
        fi
        shift
        if [[ ${option_kind[$name]} == list ]]; then
            opt[$name]+=${opt[$name]:+$'\t'}$value
            continue
        fi
        before=${typed_as[$name]-$typed}
        [[ $before == "$typed" || ${opt[$name]} == "$value" ]] ||
            usage_error "--$before and --$typed are one option, and were given '${opt[$name]}' and '$value'"
        opt[$name]=$value
        typed_as[$name]=$typed
    done
    for name in "${option_names[@]}"; do
        check_option "$name" "${opt[$name]}"
    done
}

# check_option NAME VALUE: refuse what does not fit the kind; paths become absolute.
check_option() {
    local name=$1 value=$2
    case ${option_kind[$name]} in
        number) [[ $value =~ ^[0-9]+$ ]] || usage_error "--$name: '$value' is not a whole number" ;;
        positive) [[ -z $value || $value =~ ^[1-9][0-9]*$ ]] ||
            usage_error "--$name: '$value' is not a whole number from 1" ;;
        name) [[ $value != */* ]] || usage_error "--$name: '$value' is no name for a folder" ;;
        flag) [[ $value == true || $value == false ]] ||
            usage_error "--$name: '$value' is neither true nor false" ;;
        one_of:*) [[ ,${option_kind[$name]#*:}, == *,"$value",* ]] ||
            usage_error "--$name: '$value' is $(none_of "${option_kind[$name]#*:}")" ;;
        path) [[ -z $value ]] || opt[$name]=$(realpath -ms -- "$value") ;;
        config)
            [[ -z $value ]] && return
            [[ -f $value ]] || value=$root/$value
            [[ -f $value ]] || die "--$name: no file ${opt[$name]}, here or in $root"
            opt[$name]=$(realpath -ms -- "$value")
            ;;
    esac
}

# none_of VALUES: "neither A nor B" for A,B, "none of A, B and C" for more.
none_of() {
    local values=${1#,}
    values=${values//,/, }
    if [[ $values == *,*,* ]]; then
        echo "none of ${values%, *} and ${values##*, }"
    else
        echo "neither ${values%, *} nor ${values##*, }"
    fi
}

# nearest_option NAME: ", did you mean --…?" for the option that begins most alike.
nearest_option() {
    local name length
    for ((length = ${#1}; length >= 2; length--)); do
        for name in "${option_names[@]}" "${!option_alias[@]}"; do
            if [[ $name == "${1:0:length}"* ]]; then
                printf ', did you mean --%s?' "$name"
                return
            fi
        done
    done
}

require_option() {
    [[ -n ${opt[$1]} ]] || usage_error "--$1 is needed: ${option_help[$1]}"
}

# The header comment of the script that the user called, then its options.
print_help() {
    local name other
    sed -n '2,${/^#/!q; s/^# \{0,1\}//p}' "$0"
    printf '\nOptions:\n'
    for name in "${option_names[@]}"; do
        printf '  --%-15s %s%s\n' "$name" "${option_help[$name]}" "${opt[$name]:+ [${opt[$name]}]}"
        for other in "${!option_alias[@]}"; do
            [[ ${option_alias[$other]} != "$name" ]] ||
                printf '  --%-15s another name of --%s\n' "$other" "$name"
        done
    done
}

# --- Programs

use_environment() {
    [[ -x $root/.venv/bin/python ]] || die "no Python environment yet; run $root/tools/install.sh"
    PATH=$root/.venv/bin:$PATH
}

# run COMMAND…: print the command as one can paste it, then run it; it ends with this script.
run() {
    show "$@"
    supervise "$@"
}

show() {
    printf '$'
    printf ' %q' "$@"
    printf '\n'
}

# supervise COMMAND…: run it; it ends with this script.
supervise() {
    local child status=0
    # In the background, as bash heeds a signal only between foreground commands.
    "$@" &
    child=$!
    # shellcheck disable=SC2064  # the child of now
    trap "kill -TERM $child 2> /dev/null; wait $child; exit 143" TERM INT HUP
    wait "$child" || status=$?
    trap - TERM INT HUP
    return "$status"
}

# can_install: whether this user may install Debian's packages here.
can_install() {
    [[ $EUID == 0 ]] && command -v apt-get > /dev/null
}

# apt_install PACKAGE…: as root on Debian.
apt_install() {
    run apt-get install -y --no-install-recommends "$@" ||
        { run apt-get update && run apt-get install -y --no-install-recommends "$@"; }
}
