"""The ablation of the shipped recipe on the planted model: what is left of the distance to the people, stage by stage.

Reads `table.parquet` of an ablation and prints one row per arm: index distance and JS distance on held-out items in an
unseen wording as a share of the base's, the difference in JS distance from the base, from its controls and from the arm
that it goes on from, knowledge, other countries' people, and the loss in the original language. What of the ablation is
not there is made; what is finished is not made again.

    python benchmarks/localising.py --seeds 3 --out FOLDER
"""

import argparse
import json
from pathlib import Path

import polars as pl
import torch

from tawazun.adapt.ablation.keys import load_ablation
from tawazun.api.ablation import Ablation, ablate
from tawazun.api.training import Given
from tawazun.studies import find_recipe

SHARES = ("index", "values")
CHANGES = ("knowledge:atlas_facts", "others", "original:english")


def cell(table: pl.DataFrame, arm: str, column: str, versus: str = "") -> str:
    """A value with its interval."""
    own = table.filter((pl.col("arm") == arm) & (pl.col("column") == column) & (pl.col("versus") == versus))
    if not own.height or own["value"][0] is None:
        return "-"
    row = own.row(0, named=True)
    if row["low"] is None:
        return f"{row['value']:.3f}"
    return f"{row['value']:.3f} [{row['low']:.3f}, {row['high']:.3f}]"


def left(table: pl.DataFrame, arm: str, column: str) -> str:
    """What is left of the base's distance."""
    own = table.filter((pl.col("column") == column) & (pl.col("versus") == ""))
    value = dict(zip(own["arm"], own["value"], strict=True))
    if value.get(arm) is None or not value.get("base"):
        return "-"
    return f"{value[arm] / value['base']:.0%}"


def lines(done: Ablation) -> list[str]:
    """The table of RESULTS.md."""
    table, told = done.table, {one.arm: one.verdict for one in done.claims}
    arms = json.loads((done.path / "lineage.json").read_text(encoding="utf-8"))["arms"]
    head = ["arm", *(f"{name} left" for name in SHARES), "less the base", "less its controls", "last stage"]
    head += [*CHANGES, "claim"]
    rows = [f"| {' | '.join(head)} |", f"|---|{'---:|' * (len(head) - 2)}---|"]
    for one in [{"arm": "base"}, *arms]:
        arm, after = one["arm"], one.get("after", "")
        cells = [left(table, arm, name) for name in SHARES]
        cells.append(cell(table, arm, "values", "base"))
        cells.append("; ".join(f"{name} {cell(table, arm, 'values', name)}" for name in one.get("against", ())))
        cells.append(f"{cell(table, arm, 'values', after)} to {after}" if after else "")
        cells += [cell(table, arm, name) for name in CHANGES]
        rows.append(f"| {arm} | {' | '.join(cells)} | {told.get(arm, '')} |")
    return rows


def main() -> None:
    """Make the ablation where it is not there, and print its table."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--seeds", type=int, default=3)
    words.add_argument("--recipe", default="ablation")
    words.add_argument("--jobs", type=int, default=1)
    words.add_argument("--arm", nargs="*", default=[], help="only these and their controls")
    words.add_argument("--out", required=True)
    given = words.parse_args()
    torch.set_num_threads(1)
    file = find_recipe(given.recipe)
    recipe = load_ablation(file)
    recipe = recipe.model_copy(update={"seeds": recipe.seeds[: given.seeds]})
    recipe = recipe.only(given.arm) if given.arm else recipe
    done = ablate(recipe, Path(given.out), Given(folder=file.parent, say=print), jobs=given.jobs)
    print("\n".join(lines(done)))
    for one in done.claims:
        print(f"{one.arm}: {one.verdict}: {'; '.join(one.why)}")


if __name__ == "__main__":
    main()
