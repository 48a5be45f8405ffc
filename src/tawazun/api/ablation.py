"""`tawazun adapt ablation` in Python: arms trained, asked by the ordinary pipeline, and set beside their controls.

recipe -> stages found and checked -> what is missing is trained -> every model asked -> table, claims, page
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from tawazun.adapt.ablation.chains import repetitions
from tawazun.adapt.ablation.keys import AblationRecipe
from tawazun.adapt.ablation.rows import Claim, claims, table_rows
from tawazun.adapt.table_records import table_frame
from tawazun.api.ablation_asking import read_all, subjects
from tawazun.api.ablation_ground import Ground, find_ground, undrawn
from tawazun.api.ablation_jobs import ask_all, several, train_all
from tawazun.api.ablation_stages import Shop, sizes, train
from tawazun.api.training import Given
from tawazun.report.ablation import ablation_page
from tawazun.runs.adaptations import AdaptFolder
from tawazun.runs.folder import safe_csv
from tawazun.runs.writing import write_bytes, write_text
from tawazun.seeds import digest_of
from tawazun.version import RUN_FORMAT, VERSION

# what is kept of a stage's own lineage, and what stands there for a stage that trains nothing, as judging pairs
STAGE_FACTS: Mapping[str, Any] = {
    "method": "", "how": "", "recipe": "", "hashes": {}, "licences": [], "trained": None,
}  # fmt: skip


@dataclass(frozen=True)
class Ablation:
    """A finished ablation: its folder, the table, and what is said of each arm."""

    path: Path
    table: pl.DataFrame
    claims: tuple[Claim, ...]


def ablate(recipe: AblationRecipe, out: str | Path, given: Given = Given(), *, jobs: int = 1) -> Ablation:
    """Carry out an ablation in a folder, or take it up: only what is missing is trained and asked.

    jobs     processes of this machine; what comes out is the same bit by bit
    Errors   UserError before anything is trained; Failure when a model or disk let us down (the same call goes on)
    """
    ground = find_ground(recipe, Path(out), given)
    digests = {"base": digest_of(recipe.base.model_dump())}
    with AdaptFolder.hold(out, recipe.toml(), digests) as held:
        _work(ground, jobs)
        columns, found, blanks = read_all(ground)
        rows = table_rows(recipe, columns, found, blanks)
        table = table_frame(rows)
        held.write_table("table", table)
        write_bytes(held.path / "table.csv", safe_csv(table))
        told = claims(recipe, rows, found, undrawn(ground.chains))
        held.write_json("claims", {"claims": [one.record() for one in told]})
        lineage = lineage_of(ground)
        held.write_json("lineage", lineage)
        write_text(held.path / "report.html", ablation_page(held.path, recipe.name, columns))
        held.finish(_manifest(ground))
    return Ablation(Path(out), table, tuple(told))


def _work(ground: Ground, jobs: int) -> None:
    """Train what is missing; in several processes, ask as well."""
    if jobs == 1:
        for chain in ground.chains:
            train(ground.shop, chain)
        return
    with several(ground, jobs) as pool:
        train_all(ground, pool, jobs)
        ask_all(ground, subjects(ground), pool)


def ablation_size(recipe: AblationRecipe, out: str | Path, given: Given = Given()) -> dict[str, Any]:
    """What would be trained and asked; nothing is. Errors: the first user's mistake."""
    ground = find_ground(recipe, Path(out), given)
    stages = sizes(recipe, ground.chains, ground.shop)
    models = 1 + len({chain.links[-1].name for chain in ground.chains}) + sum(bool(one.persona) for one in recipe.arm)
    return {
        "arms": len(recipe.arm),
        "repetitions": len(repetitions(recipe)),
        "stages": len(stages),
        "missing": sum(not one["done"] for one in stages),
        "models_asked": models,
        "studies": models * len(ground.blocks),
        "each": stages,
    }


def lineage_of(ground: Ground) -> dict[str, Any]:
    """What every arm is made of: its stages by repetition, with what their own lineages say first."""
    arms: list[dict[str, Any]] = []
    for arm in ground.recipe.arm:
        made = [
            {
                "seed": chain.repetition.seed,
                "draw": chain.repetition.draw,
                "stages": [stage_record(ground.shop, link.name) for link in chain.links],
            }
            for chain in ground.chains
            if chain.arm == arm.name
        ]
        arms.append(
            {
                "arm": arm.name,
                "control": arm.control,
                "persona": arm.persona,
                "against": [] if arm.control else ground.recipe.controls_of(arm),
                "after": ground.recipe.before(arm),
                "repetitions": made,
            }
        )
    stages = [one for arm in arms for rep in arm["repetitions"] for one in rep["stages"]]
    return {
        "tawazun": VERSION,
        "name": ground.recipe.name,
        "method": "ablation",
        "base": {key: ground.recipe.base.model_dump()[key] for key in ("model", "revision", "adapter")},
        "non_commercial": any(one["non_commercial"] for one in stages),
        "arms": arms,
    }


def stage_record(shop: Shop, name: str) -> dict[str, Any]:
    """The first lines of a stage's own lineage, which lies in its folder."""
    own = json.loads((shop.folder(name) / "lineage.json").read_text(encoding="utf-8"))
    told = {key: own.get(key, none) for key, none in STAGE_FACTS.items()}
    return {"stage": name, **told, "non_commercial": bool(own.get("non_commercial"))}


def _manifest(ground: Ground) -> dict[str, Any]:
    recipe = ground.recipe
    return {
        "name": recipe.name,
        "method": "ablation",
        "format": RUN_FORMAT,
        "versions": {"tawazun": VERSION},
        "seeds": list(recipe.seeds),
        "hashes": {"recipe": digest_of(recipe.model_dump(mode="json"))},
        "counts": {
            "arms": len(recipe.arm),
            "repetitions": len(repetitions(recipe)),
            "stages": len({link.name for chain in ground.chains for link in chain.links}),
        },
    }
