#!/usr/bin/env bash
# Every stage of localising on the planted model, one seed: what each does to people's values on items and wordings
# that it was not taught, beside the controls that a claim needs. Ends with the page of the ablation, which claims nothing:
# one seed is no evidence. All arms, faults and three seeds: run the last command without --arm and --seeds; only what is
# missing is trained.
#
#   runs/localise_planted.sh [FOLDER]
set -euo pipefail
out="${1:-localised-planted}"
tawazun="${TAWAZUN:-python -m tawazun}"
jobs="${JOBS:-2}"
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}" # each process computes with one thread; the result is that of one process
began=$SECONDS

# a judge is held against people and against its own faults before a pair is exported
$tawazun adapt preferences preferences-planted --out "$out/preferences"
# a reward model on the verdicts of the planted people
$tawazun adapt reward reward-planted --out "$out/reward"
# base, pre-training, tuning, DPO, RLAIF, and their controls: placebos, native text alone, Arabic alone, a one-line persona
$tawazun adapt ablation ablation --seeds 1 --jobs "$jobs" --out "$out/ablation" \
  --arm pretrain --arm pretrain+sft --arm pretrain+dpo --arm pretrain+sft+rlaif

echo "seconds: $((SECONDS - began)) ($out/ablation/report.html)"
