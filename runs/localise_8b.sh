#!/usr/bin/env bash
# Localising a model of eight billion parameters on one GPU: pre-training, tuning, preferences, reward model, RLAIF and
# DPO, with placebos and a one-line persona, three seeds, ending with the page of the ablation. A killed run goes on when
# the same line is given again; what is finished is not made again.
#
#   MODEL=… CORPUS=… … runs/localise_8b.sh [--dry-run]
#
# Not run by us at this size. Estimates, by arithmetic, for P = 8e9 parameters and the sizes below:
#   memory   method lora: base in bfloat16, 2 bytes x P = 16 GB; additions of rank 64 about 0.17e9 x 16 bytes (weights,
#            gradient, two moments of AdamW in float32) = 2.7 GB; logits of 4 rows x 2,048 tokens x 128,000 pieces x 4 bytes,
#            twice = 8.4 GB; activations, recomputed layer by layer, about 5 GB: some 35 GB, so a GPU of 48 GB or more.
#            METHOD=qlora: base at 0.6 bytes x P = 5 GB, some 20 GB in all with PARTS=64 (one row at a time): a GPU of 24 GB;
#            it takes no adapter as its base: keep it for single stages, or start from a merged model.
#   time     one step of 64 x 2,048 tokens costs 6 P tokens (forward 2, backward 2 without gradients of weights that stand
#            still, 2 to compute activations again) = 6.3e15 operations; at 40 % of 989e12 a second (H100) 16 s. Pre-training
#            of 1,000 steps: 4.4 h; tuning of 500: 2.2 h at full rows. For 2 corpora x 3 seeds of both: 40 h. Replies for
#            RLAIF and preferences: generation by transformers, unknown until tried.
#   disk     an adapter of rank 64 is 0.7 GB, with two checkpoints 4.7 GB a training: 21 trainings, 100 GB.
# Several GPUs: single stages by `accelerate launch` (docs/localising.md); the ablation itself runs in one process.
set -euo pipefail

# ---- the model, the people, the data: everything to fill in
MODEL="${MODEL:?a folder or a name of the Hub}"
REVISION="${REVISION:-}"                 # a commit, for a name of the Hub
DEVICE="${DEVICE:-auto}"
INSTRUMENT="${INSTRUMENT:?whose questions, such as wvs-7 as tawazun list names it}"
PEOPLE="${PEOPLE:?population, such as SOURCE-VERSION/EGY}"
OTHERS="${OTHERS:?places whose personas must not drift, as \"JPN\", \"BRA\", \"NGA\"}"
HELD_OUT="${HELD_OUT:?items that decide and are in no training, as \"Q1\", \"Q2\", …; at least 8}"
WORDINGS="${WORDINGS:-\"w1\"}"           # trained on
HELD_WORDINGS="${HELD_WORDINGS:?wordings that decide, as \"w2\"}"
LANGUAGE="${LANGUAGE_CODE:-en}"          # of the questions
CORPUS="${CORPUS:?native texts, JSONL or Parquet}"
PLACEBO="${PLACEBO:?texts of the same language and size that say nothing of values}"
ORIGINAL="${ORIGINAL:?texts of the original language, replayed}"
ORIGINAL_HELD="${ORIGINAL_HELD:?texts of the original language that are not trained on}"
CONVERSATIONS="${CONVERSATIONS:?native conversations, JSONL}"
PLACEBO_TALKS="${PLACEBO_TALKS:?as many conversations about nothing cultural}"
PAIRS="${PAIRS:?prompts with two answers each, JSONL or CSV}"
LABELS="${LABELS:?pairs that people labelled, for the judge}"
PROBES="${PROBES:-capitals}"            # of the judge: capitals, or a file of pairs with another right answer in each country
JUDGE="${JUDGE:?TOML of the judge, as: kind = \"endpoint\", model = \"…\", base_url = \"…\"}"
CORPUS_LANGUAGE="${CORPUS_LANGUAGE:-ar}"
KNOWLEDGE="${KNOWLEDGE:-}"               # benchmarks, as "arabicmmlu"
TRUST="${TRUST:-}"
MARGIN="${MARGIN:-0.05}"
LICENCE="${LICENCE:-CC-BY-4.0}"          # of the texts
OUT="${OUT:-localised-8b}"

# ---- sizes
METHOD="${METHOD:-lora}" RANK="${RANK:-64}" BATCH="${BATCH:-64}" PARTS="${PARTS:-16}" CONTEXT="${CONTEXT:-2048}"
PRETRAIN_STEPS="${PRETRAIN_STEPS:-1000}" SFT_STEPS="${SFT_STEPS:-500}" DPO_STEPS="${DPO_STEPS:-200}"
REWARD_STEPS="${REWARD_STEPS:-200}" RL_STEPS="${RL_STEPS:-100}" SEEDS="${SEEDS:-0, 1, 2}"
PAIR_BATCH="${PAIR_BATCH:-32}" REWARD_PARTS="${REWARD_PARTS:-8}" DPO_PARTS="${DPO_PARTS:-32}" # pairs of a step
RL_BATCH="${RL_BATCH:-64}" RL_PARTS="${RL_PARTS:-16}"                                        # replies of a step
tawazun="${TAWAZUN:-python -m tawazun}"

mkdir -p "$OUT"
here="$(cd "$OUT" && pwd)"
train() { # steps, rows of a step, parts
  cat <<TOML
[train]
method = "$METHOD"
rank = $RANK
steps = $1
batch = $2
accumulation = $3
rate = 1e-4
context = $CONTEXT
gradient_checkpointing = true
[base]
model = "$MODEL"
revision = "$REVISION"
device = "$DEVICE"
TOML
}
corpus() { # file, language, start and end of its share
  printf '[[source]]\nname = "%s"\nfiles = "%s"\nlanguage = "%s"\nlicence = "%s"\nweight = [[0, %s], [1, %s]]\n' \
    "$(basename "${1%.*}")" "$1" "$2" "$LICENCE" "$3" "$4"
}
pretrain() { # corpus
  printf 'version = 1\nname = "pre-training"\n'
  corpus "$1" "$CORPUS_LANGUAGE" 0.3 0.9
  corpus "$ORIGINAL" "" 0.7 0.1
  train "$PRETRAIN_STEPS" "$BATCH" "$PARTS"
}
sft() { # conversations
  printf 'version = 1\nname = "tuning"\n[[source]]\nname = "talks"\nfiles = "%s"\nlicence = "%s"\n' "$1" "$LICENCE"
}
questions() {
  cat <<TOML
instrument = "$INSTRUMENT"
populations = ["$PEOPLE"]
languages = ["$LANGUAGE"]
wordings = [$WORDINGS]
held_out = [$HELD_OUT]
held_wordings = [$HELD_WORDINGS]
persona = "none"
TOML
}
pretrain "$CORPUS" > "$here/pretrain.toml"
pretrain "$PLACEBO" > "$here/pretrain-placebo.toml"
{ sft "$CONVERSATIONS"; printf '[[survey]]\nname = "people"\n'; questions; train "$SFT_STEPS" "$BATCH" "$PARTS"; } > "$here/sft.toml"
{ sft "$PLACEBO_TALKS"; train "$SFT_STEPS" "$BATCH" "$PARTS"; } > "$here/sft-placebo.toml"
{
  printf 'version = 1\nname = "judged pairs"\n[pairs]\nfile = "%s"\nlanguage = "%s"\nlicence = "%s"\n' "$PAIRS" "$LANGUAGE" "$LICENCE"
  printf '[judge]\n%s\n[judging]\nrubrics = ["fit"]\n[check]\nlabels = "%s"\nprobes = "%s"\n' "$JUDGE" "$LABELS" "$PROBES"
} > "$here/preferences.toml"
judged='[pairs]
file = "{preferences}/train.jsonl"
held_out = "{preferences}/held_out.jsonl"
licence = "'$LICENCE'"
too_long = "drop"'
{ printf 'version = 1\nname = "reward"\n[reward]\nhead = "pairwise"\n%s\n' "$judged"; train "$REWARD_STEPS" "$PAIR_BATCH" "$REWARD_PARTS" | sed 's/^\[train\]$/&\non_adapter = "merge"/'; } > "$here/reward.toml"
{ printf 'version = 1\nname = "DPO"\n[rl]\nmethod = "dpo"\nbeta = 0.1\n%s\n' "$judged"; train "$DPO_STEPS" "$PAIR_BATCH" "$DPO_PARTS"; } > "$here/dpo.toml"
{
  printf 'version = 1\nname = "RLAIF"\n[rl]\nmethod = "grpo"\nbeta = 0.02\ngroup = 8\nmax_completion_length = 1\n'
  printf '[[reward]]\nkind = "distribution"\n[[reward]]\nkind = "model"\nweight = 0.5\noptions = { folder = "{reward}" }\n[prompts]\n'
  questions
  train "$RL_STEPS" "$RL_BATCH" "$RL_PARTS"
} > "$here/rlaif.toml"
cat > "$here/ablation.toml" <<TOML
version = 1
name = "localising $(basename "$MODEL") for $PEOPLE"
seeds = [$SEEDS]
resamples = 1
[base]
model = "$MODEL"
revision = "$REVISION"
device = "$DEVICE"
[values]
instrument = "$INSTRUMENT"
population = "$PEOPLE"
items = [$HELD_OUT]
wordings = [$HELD_WORDINGS]
languages = ["$LANGUAGE"]
[table]
knowledge = [$KNOWLEDGE]
trust = [$TRUST]
group = [$OTHERS]
margin = $MARGIN
[[table.original]]
name = "original"
files = "$ORIGINAL_HELD"
[[arm]]
name = "pretrain"
stages = ["pretrain:pretrain.toml"]
against = ["placebo"]
[[arm]]
name = "sft"
stages = ["pretrain:pretrain.toml", "sft:sft.toml"]
against = ["placebo+sft", "persona"]
[[arm]]
name = "dpo"
stages = ["pretrain:pretrain.toml", "sft:sft.toml", "preferences:preferences.toml", "rlaif:dpo.toml"]
against = ["placebo+sft", "persona"]
[[arm]]
name = "rlaif"
stages = ["pretrain:pretrain.toml", "sft:sft.toml", "preferences:preferences.toml", "reward:reward.toml", "rlaif:rlaif.toml"]
against = ["placebo+sft", "persona"]
[[arm]]
name = "placebo"
control = "placebo"
stages = ["pretrain:pretrain-placebo.toml"]
[[arm]]
name = "placebo+sft"
control = "placebo"
stages = ["pretrain:pretrain-placebo.toml", "sft:sft-placebo.toml"]
[[arm]]
name = "persona"
control = "persona"
persona = "${PEOPLE##*/}"
TOML

$tawazun adapt ablation "$here/ablation.toml" --out "$here/ablation" "$@"
