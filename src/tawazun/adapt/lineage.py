"""What an adapter was made of: model, people, items, constants, search, cost, and the terms that go with it."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from tawazun.adapt.ground import Ground
from tawazun.adapt.recipe import recipe_digest
from tawazun.adapt.soft_prompt import Fitted
from tawazun.adapt.targets import Constants
from tawazun.source import Source
from tawazun.version import VERSION

NOT_FREE = ("non-commercial", "noncommercial", "-nc", "research only")


def lineage(ground: Ground, fitted: Sequence[Fitted]) -> dict[str, Any]:
    """The record of `lineage.json`; an adapter inherits the strictest terms of what it was tuned on."""
    recipe, objective = ground.recipe, ground.recipe.objective
    sources = _sources(ground)
    return {
        "tawazun": VERSION,
        "method": "soft prompt",
        "recipe": recipe_digest(recipe),
        "base": dict(ground.respondent.identity),
        "position": recipe.search.position,
        "objective": {
            "loss": objective.loss,
            "readout": objective.readout,
            "samples": objective.samples if objective.readout == "sampled" else None,
            "regulariser": objective.regulariser,
            "dimensions": [one.name for one in ground.indices],
            "items": [one.id for one in ground.questions],
            "held_out": list(ground.held_out),
            "rights": {"items": list(ground.rights), "reason": objective.rights},
        },
        "sources": sources,
        "non_commercial": any(sign in f"{s['licence']} {s['terms']}".lower() for s in sources for sign in NOT_FREE),
        "adapters": [_adapter(one) for one in fitted],
    }


def history(fitted: Sequence[Fitted]) -> pl.DataFrame:
    """The rows of `history.parquet`: one per target, seed and generation. A shared search stands under each target."""
    tables = [
        one.history.select(
            target=pl.lit(one.target.place), seed=pl.lit(one.seed, pl.Int64), optimiser=pl.lit(one.optimiser),
            **{name: pl.col(name) for name in one.history.columns},
        )
        for one in fitted
    ]  # fmt: skip
    return pl.concat(tables)


def constants_record(one: Constants) -> dict[str, Any]:
    """A target's constants, as `constants.json` and `lineage.json` hold them."""
    return {"policy": one.policy, "values": one.values.tolist(), "panel": list(one.panel)}


def _adapter(one: Fitted) -> dict[str, Any]:
    return {
        "target": one.target.name,
        "place": one.target.place,
        "seed": one.seed,
        "optimiser": one.optimiser,
        "start": one.began.facts,
        "constants": constants_record(one.constants),
        "objective": {"start": one.start, "best": one.value},
        "indices": one.indices,
        "goals": dict(one.target.scores),
        "menu": one.menu if one.menu == one.menu else None,
        "evaluations": one.evaluations,
        "seconds": one.seconds,
        "parameters": one.parameters,
        "searched": one.searched,
        "stopped": one.stopped,
    }  # fmt: skip


def _sources(ground: Ground) -> list[dict[str, str]]:
    found: dict[str, Source] = {f"instrument {ground.instrument.name}": ground.instrument.source}
    for one in ground.targets:
        if one.source is not None:
            found[f"people {one.name.rpartition('/')[0]}"] = one.source
    return [{"what": what, **source.record()} for what, source in found.items()]
