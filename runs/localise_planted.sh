#!/usr/bin/env bash
# Every stage of localising on the planted model, one seed: what each does to people's values on items and wordings
# that it was not taught, beside its placebo. Ends with the page of the ablation, which claims nothing: one seed is no
# evidence. The three seeds of the recipe: run the last command without --seeds 1; only what is missing is trained.
#
#   runs/localise_planted.sh [FOLDER]
set -euo pipefail
out="${1:-localised-planted}"
tawazun="${TAWAZUN:-python -m tawazun}"
began=$SECONDS

# a judge is held against people and against its own faults before a pair is exported
$tawazun adapt preferences preferences-planted --out "$out/preferences"
# a reward model on the verdicts of the planted people
$tawazun adapt reward reward-planted --out "$out/reward"
# base, pre-training, tuning, DPO, RLAIF, translated-and-Western text, placebos, a one-line persona
$tawazun adapt ablation ablation --seeds 1 --out "$out/ablation"

echo "seconds: $((SECONDS - began)) ($out/ablation/report.html)"
