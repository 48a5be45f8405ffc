#!/usr/bin/env bash
# The whole shipped ablation of the planted model: three seeds, each with corpora drawn anew, every arm, fault and control.
# Six of the eight arms took 1,190 CPU-seconds (benchmarks/RESULTS.md).
#
#   runs/localise_planted_seeds.sh [FOLDER]
set -euo pipefail
out="${1:-localised-planted/ablation}"
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}"
python benchmarks/localising.py --seeds 3 --jobs "${JOBS:-2}" --out "$out"
