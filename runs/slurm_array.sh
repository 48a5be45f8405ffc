#!/bin/bash
# One study on many GPUs: each task of the array asks one shard, a last job joins them.
#
#   sbatch --array=1-8 runs/slurm_array.sh egypt.toml results/egypt
#   sbatch --dependency=singleton --job-name=tawazun-shard --wrap \
#       "tawazun merge results/egypt/shard-* --out results/egypt/whole --folder ."
#
# A task that was killed or preempted goes on where it was: submit the same line again, finished shards cost seconds.
# Any queue will do: what matters is that task i of n runs `tawazun run … --shard i/n` into a folder of its own.

#SBATCH --job-name=tawazun-shard
#SBATCH --gres=gpu:1
#SBATCH --cpus-per-task=4
#SBATCH --mem=32G
#SBATCH --time=04:00:00
#SBATCH --requeue
#SBATCH --output=%x-%A-%a.log

set -euo pipefail

study=${1:?the study file}
out=${2:?a folder for the shards}
shard=${SLURM_ARRAY_TASK_ID:?submit with --array=1-n}
of=${SHARDS:-${SLURM_ARRAY_TASK_COUNT:?}} # resubmitting some tasks only: --array=3,5 --export=ALL,SHARDS=8

# SQLite needs a local disk: the cache of a node, gone with the job, or none
export TAWAZUN_CACHE=${TAWAZUN_CACHE:-off}

mkdir -p "$out"
exec tawazun run "$study" --out "$out/shard-$shard" --shard "$shard/$of"
