"""DPO and KTO on the planted model: what people's verdicts on pairs do to items of which no pair is made.

Arms: `dpo` and `kto` on pairs in which the answer wins that a person drawn from the people's shares would sooner give;
`placebo`, the same pairs with winners by lot. Pairs are of 36 items in two wordings; measured are the 24 items of the
six indices in two other wordings and two orders, as in `localising_rl.py`. `kept` is the share of held-out pairs (the
people's verdicts on those items) whose chosen answer the model gives the higher probability.

    python benchmarks/localising_preferences.py --seeds 0 1 2 --out FOLDER
"""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
import polars as pl
import torch
from localising_rl import PLACE, measured

from tawazun.adapt.preferences.direct import DirectRecipe
from tawazun.adapt.training.keys import stage_from
from tawazun.api.direct import adapt_direct
from tawazun.instruments import instrument
from tawazun.populations import load_populations
from tawazun.studies import find_recipe
from tawazun.study import read_toml

ARMS: Mapping[str, dict[str, Any]] = {
    "dpo": {},
    "kto": {"rl": {"method": "kto"}},
    "placebo": {"people": {"lot": True}},
}


def recipe_of(arm: str, seed: int, beta: float, steps: int) -> DirectRecipe:
    """The shipped recipe, changed for one arm."""
    table = {**read_toml(find_recipe("dpo-planted")), "seed": seed, "name": f"planted: {arm}"}
    for section, keys in ARMS[arm].items():
        table[section] = {**table[section], **keys}
    table["rl"] = {**table["rl"], "beta": beta}
    table["train"] = {**table["train"], "steps": steps}
    return stage_from(table, arm, DirectRecipe)


def one_run(arm: str, seed: int, given: argparse.Namespace) -> dict[str, Any]:
    """Row of one arm and seed."""
    atlas, people = instrument("atlas"), load_populations(PLACE, data=None)[0]
    out = Path(given.out) / f"{arm}-{seed}"
    began = process_time()
    adapt_direct(recipe_of(arm, seed, given.beta, given.steps), out)
    sides = {side: measured(out / side, atlas, people) for side in ("before", "after")}
    held = pl.read_parquet(out / "held_out.parquet")
    row: dict[str, Any] = {"arm": arm, "seed": seed, "seconds": process_time() - began}
    row["ratio"] = sides["after"]["indices"] / sides["before"]["indices"]
    for side, found in sides.items():
        row |= {f"{name} {side}": value for name, value in found.items() if name != "different"}
        row[f"kept {side}"] = float(np.mean(held[side].to_numpy() > 0))
    return row


def main() -> None:
    """Run the arms and print a table; every row also goes to `rows.json`."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--arms", nargs="+", default=list(ARMS), choices=list(ARMS))
    words.add_argument("--seeds", nargs="+", type=int, default=[0])
    words.add_argument("--beta", type=float, default=1.0)
    words.add_argument("--steps", type=int, default=60)
    words.add_argument("--out", required=True)
    given = words.parse_args()
    torch.set_num_threads(1)
    rows = []
    for seed in given.seeds:
        for arm in given.arms:
            rows.append(one_run(arm, seed, given))
            print(json.dumps(rows[-1]), flush=True)
    Path(given.out, "rows.json").write_text(json.dumps(rows, indent=1), encoding="utf-8")
    print("\n| arm | seed | indices, ratio | JS before | after | spread before | after | kept before | after | CPU s |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    for one in rows:
        cells = [f"{one[f'{name} {side}']:.3f}" for name in ("js", "spread", "kept") for side in ("before", "after")]
        print(f"| {one['arm']} | {one['seed']} | {one['ratio']:.0%} | {' | '.join(cells)} | {one['seconds']:.0f} |")


if __name__ == "__main__":
    main()
