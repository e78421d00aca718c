#!/bin/sh
#SBATCH --job-name=vocab-count
#SBATCH --cpus-per-task=1
#SBATCH --mem=1500M
#SBATCH --output=slurm-%x-%a.log
# One task of a job array: counts its shard. slurm-count.sh SHARDS PARTS FLAG… - the flags are those of `vocab-merge count`.
set -eu
shards=$1 parts=$2
shift 2
mkdir -p "$parts"
exec vocab-merge count "$@" --shard "$SLURM_ARRAY_TASK_ID/$shards" --out "$parts/part-$SLURM_ARRAY_TASK_ID.tsv.gz"
