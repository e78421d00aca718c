#!/usr/bin/env bash
# Mapper for engines that pipe lines: lines in, `segment<tab>count` lines out. pipe-map.sh FLAG… - the flags are those of
# `vocab-merge count`. Nothing is written before all was counted, so that half of a partition is never taken for all of it.
set -euo pipefail
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
if ! vocab-merge count "$@" --input - --out "$made/table.tsv" > /dev/null 2> "$made/errors"; then
  # A partition may have nothing to count.
  grep -q ': no segment of script' "$made/errors" && exit 0
  cat "$made/errors" >&2
  exit 1
fi
tail -n +2 "$made/table.tsv"
