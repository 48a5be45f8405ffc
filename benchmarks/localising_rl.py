"""RLAIF on the planted model: what a distributional reward does to items that no prompt asks, beside two controls.

Arms: `distribution` (the people's shares less what the group says), `mode` (minus the distance from their mean),
`placebo` (the distributional reward with each item's shares taken from another item), each with as many steps from the
same start. Prompts ask 36 items in two wordings; measured are the 24 items of the six indices in two other wordings and
two orders, by exact probabilities: distance of the indices from the people's (sum of absolute differences, points),
Jensen-Shannon divergence (bits), spread of the answers over that of the people, different answers of eight draws.

    python benchmarks/localising_rl.py --seeds 0 1 2 --out FOLDER
    python benchmarks/localising_rl.py --arms distribution mode --rounds 3 --watch 0 --out FOLDER
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

from tawazun.api.rlaif import adapt_rlaif, rlaif_from
from tawazun.instruments import Instrument, instrument
from tawazun.populations import Population, load_populations
from tawazun.runs import open_run

PLACE = "atlas_exact-1/x-marsouk"
WORDINGS, HELD_WORDINGS = ["w1", "w2"], ["w4", "w5"]
GROUP = 8
ARMS: Mapping[str, dict[str, Any]] = {
    "distribution": {"reward": [{"kind": "distribution"}]},
    "plain": {"reward": [{"kind": "distribution", "options": {"exact": False}}]},
    "mode": {"reward": [{"kind": "mode"}]},
    "placebo": {"reward": [{"kind": "distribution"}], "shuffled": True},
}


def recipe_of(arm: str, seed: int, given: argparse.Namespace, atlas: Instrument) -> Any:
    """The recipe of one arm."""
    keys = ARMS[arm]
    table = {
        "name": f"planted: {arm}",
        "seed": seed,
        "base": {"model": "planted", "device": "cpu"},
        "train": {
            "method": "lora", "rank": 8, "steps": given.steps, "batch": 64, "rate": given.rate, "context": 256,
            "save_every": 10,
        },
        "rl": {
            "method": given.method, "beta": given.beta, "group": GROUP, "max_completion_length": 1,
            "rounds": given.rounds,
        },
        "reward": keys["reward"],
        "prompts": {
            "instrument": "atlas", "populations": [PLACE], "wordings": WORDINGS, "held_wordings": HELD_WORDINGS,
            "orders": ["forward", "reversed", "shuffle-1", "shuffle-2"], "held_out": indexed(atlas),
            "shuffled": keys.get("shuffled", False),
        },
        "watch": {"entropy": given.watch, "distinct": given.watch},
        "score": {
            "ask": {
                "instruments": ["atlas"], "personas": ["none"], "perspectives": ["self"], "wordings": HELD_WORDINGS,
                "orders": ["forward", "reversed"],
            },
            "measure": {"populations": [PLACE], "measures": ["js_divergence"]},
        },
    }  # fmt: skip
    return rlaif_from(table, arm)


def indexed(atlas: Instrument) -> list[str]:
    """Items that the indices are made of: no prompt asks them."""
    return sorted({item for index in atlas.indices for item in index.terms})


def measured(folder: Path, atlas: Instrument, people: Population) -> dict[str, float]:
    """What a run came to on the items of the indices."""
    answers = open_run(folder).answers
    model: dict[str, np.ndarray] = {}
    for (item,), rows in answers.group_by("question"):
        p = np.array(rows["p"].to_list(), dtype=float)
        model[str(item)] = (p / p.sum(axis=1, keepdims=True)).mean(axis=0)
    human = {one.item: np.array(one.p) for one in people.answers if one.p is not None}
    codes = {one.id: np.array(one.codes) for one in atlas.questions}
    own = indexed(atlas)
    gaps = {item: float((model[item] - human[item]) @ codes[item]) for item in own}
    return {
        "indices": sum(abs(sum(w * gaps[item] for item, w in one.terms.items())) for one in atlas.indices),
        "js": float(np.mean([divergence(model[item], human[item]) for item in own])),
        "spread": float(np.mean([spread(model[i], codes[i]) / spread(human[i], codes[i]) for i in own])),
        "different": float(np.mean([(1 - (1 - model[item]) ** GROUP).sum() for item in own])),
    }


def divergence(p: np.ndarray, q: np.ndarray) -> float:
    """Jensen-Shannon divergence in bits."""
    middle = (p + q) / 2
    return float(sum(np.where(one > 0, one * np.log2(np.maximum(one, 1e-300) / middle), 0).sum() for one in (p, q)) / 2)


def spread(p: np.ndarray, codes: np.ndarray) -> float:
    """Variance of answers."""
    return float(p @ codes**2 - (p @ codes) ** 2)


def one_run(arm: str, seed: int, given: argparse.Namespace, atlas: Instrument, people: Population) -> list[dict]:
    """Rows of one arm and seed: before, after each round."""
    out = Path(given.out) / f"{arm}-{seed}"
    began = process_time()
    done = adapt_rlaif(recipe_of(arm, seed, given, atlas), out)
    seconds = process_time() - began
    sides = [("before", out / "before")]
    sides += [(f"round {n}", out / "rounds" / str(n) / "after") for n in range(1, given.rounds)]
    sides += [(f"round {given.rounds}", out / "after")]
    first = measured(out / "before", atlas, people)
    rows = []
    for name, folder in sides:
        found = measured(folder, atlas, people)
        rows.append({"arm": arm, "seed": seed, "side": name, **found, "ratio": found["indices"] / first["indices"]})
    stopped = [one["collapsed"] for one in done.lineage["data"]["rounds"]]
    rows[-1] |= {"seconds": seconds, "collapsed": "; ".join(filter(None, stopped))}
    return rows


def main() -> None:
    """Run the arms and print a table; every row also goes to `rows.json`."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--arms", nargs="+", default=["distribution", "mode", "placebo"], choices=list(ARMS))
    words.add_argument("--seeds", nargs="+", type=int, default=[0])
    words.add_argument("--method", default="grpo", choices=["grpo", "rloo"])
    words.add_argument("--steps", type=int, default=40)
    words.add_argument("--rate", type=float, default=1e-3)
    words.add_argument("--beta", type=float, default=0.0)
    words.add_argument("--rounds", type=int, default=1)
    words.add_argument("--watch", type=float, default=0.3, help="bound of the collapse watch; 0 = off")
    words.add_argument("--out", required=True)
    given = words.parse_args()
    torch.set_num_threads(1)
    atlas, people = instrument("atlas"), load_populations(PLACE, data=None, halves=0)[0]
    rows: list[dict] = []
    for seed in given.seeds:
        for arm in given.arms:
            rows += one_run(arm, seed, given, atlas, people)
            print(json.dumps(rows[-1]), flush=True)
            (Path(given.out) / "rows.json").write_text(json.dumps(rows, indent=1))
    with pl.Config(tbl_rows=-1, tbl_cols=-1, tbl_hide_dataframe_shape=True):
        print(pl.DataFrame(rows, infer_schema_length=None))


if __name__ == "__main__":
    main()
