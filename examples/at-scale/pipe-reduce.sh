#!/usr/bin/env bash
# Reducer for engines that pipe lines: adds up the counts of equal segments, which have to follow each other.
set -euo pipefail
LC_ALL=C awk -F '\t' '
  NR > 1 && $1 "" != before "" { printf "%s\t%.0f\n", before, sum; sum = 0 }
  { before = $1; sum += $2 }
  END { if (NR > 0) printf "%s\t%.0f\n", before, sum }'
