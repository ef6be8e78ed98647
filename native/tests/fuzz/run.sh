#!/bin/sh
# run.sh SEEDS-PROGRAM RUNS FUZZER: makes the seed corpus, then fuzzes from it a bounded number of runs; with RUNS 0 only replays it.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$1" "$work/corpus"
if [ "$2" -eq 0 ]; then
  "$3" "$work"/corpus/*
else
  # A fixed seed: a test says the same each time. What it finds is kept beside the log.
  "$3" -seed=1 -runs="$2" -max_len=4096 -timeout=10 -print_final_stats=1 -artifact_prefix="${MESON_BUILD_ROOT:-.}/fuzz-" "$work/corpus"
fi
