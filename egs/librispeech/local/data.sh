#!/usr/bin/env bash
# Writes the data directory of LibriSpeech; stage data of ../run.sh, which then checks it.
# The options are those of sentemo.bin.prepare_corpus librispeech, see --help.
#
# Usage:
#   local/data.sh --corpus_dir /data/LibriSpeech --parts test-clean --dest data/all
set -euo pipefail
source "$(dirname "$0")/../../../tools/shell.sh"
use_environment

run python -m sentemo.bin.prepare_corpus librispeech "$@"
