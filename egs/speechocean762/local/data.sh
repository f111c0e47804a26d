#!/usr/bin/env bash
# Writes the data directory of speechocean762 and checks it; stage data of ../run.sh.
# The options are those of sentemo.bin.prepare_corpus speechocean762, see --help.
#
# Usage:
#   local/data.sh --corpus_dir /data/speechocean762 --dest data/all
set -euo pipefail
source "$(dirname "$0")/../../../tools/shell.sh"
use_environment

run python -m sentemo.bin.prepare_corpus speechocean762 --folds "$root/egs/speechocean762/folds/official.tsv" "$@"
