#!/bin/sh
#SBATCH --job-name=vocab-merge
#SBATCH --cpus-per-task=1
#SBATCH --mem=1500M
#SBATCH --output=slurm-%x.log
# Merges the parts of a job array: slurm-merge.sh PARTS TABLE
set -eu
exec vocab-merge count merge "$1"/part-*.tsv.gz --out "$2"
