"""From equal samples of sets to a cube of metrics, and which of them can carry components."""

from collections.abc import Sequence

import numpy as np

from tawazun.audit.components.records import Cube, Drawn
from tawazun.audit.data import Batch, Choice, families_for, measured
from tawazun.errors import BadStudy

COLLINEAR = 0.95
FEWEST_METRICS = 3
FREE = "free of length"


def cube_of(sets: Sequence[Drawn], choice: Choice = Choice()) -> Cube:
    """Measure the shards of sets of one language; row metrics enter as the mean over a shard's rows.

    Errors   BadStudy without sets, for sets of several languages, without shards, or with one name twice
    """
    if not sets:
        raise BadStudy("components need sets")
    languages = sorted({one.language for one in sets})
    if len(languages) > 1:
        raise BadStudy(f"components are fitted within one language, not over {', '.join(languages)}")
    names = tuple(one.dataset for one in sets)
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise BadStudy(f"two sets are named {twice[0]!r}; name them apart with NAME=PATH")
    if empty := [one.dataset for one in sets if not one.shards]:
        raise BadStudy(f"{empty[0]} has too few rows in {languages[0]!r} for its shards")
    families = families_for(languages[0], choice)
    table = [[_values(Batch(shard, languages[0], choice.entities, choice.embed), families) for shard in one.shards]
             for one in sets]  # fmt: skip
    metrics = tuple(table[0][0])
    values = np.array([[[shard[name] for name in metrics] for shard in own] for own in table])
    steady = frozenset(f"{one.name}.{metric.name}" for one in families for metric in one.metrics
                       if FREE in metric.length)  # fmt: skip
    return Cube(languages[0], names, metrics, values, len(sets[0].shards[0]), steady)


def _values(batch: Batch, families: Sequence[object]) -> dict[str, float]:
    rows, shard = measured(batch, families)  # type: ignore[arg-type]
    means = {name: float(np.nanmean(own)) if np.isfinite(own).any() else float("nan") for name, own in rows.items()}
    return {**means, **shard}


def cleaned(cube: Cube) -> tuple[tuple[str, ...], dict[str, str]]:
    """Metrics that can carry components, and of every other why it cannot.

    Left out are metrics without a value in some shard, constant ones, those that differ in one set only, and the later
    of two that correlate above .95 over shards; of such two the one that is free of a text's length stays.

    Errors   BadStudy when fewer than three are left
    """
    dropped: dict[str, str] = {}
    table = cube.values.reshape(-1, len(cube.metrics))
    usable = [i for i, name in enumerate(cube.metrics) if not (why := _unusable(cube, i)) or _told(dropped, name, why)]
    order = sorted(usable, key=lambda i: cube.metrics[i] not in cube.steady)
    with np.errstate(invalid="ignore"):
        alike = np.corrcoef(table.T) if len(cube.metrics) > 1 else np.ones((1, 1))
    kept: list[int] = []
    for i in order:
        near = next((j for j in kept if abs(alike[i, j]) > COLLINEAR), None)
        if near is None:
            kept.append(i)
        else:
            dropped[cube.metrics[i]] = f"r = {alike[i, near]:.2f} with {cube.metrics[near]}"
    if len(kept) < FEWEST_METRICS:
        reasons = "; ".join(f"{name}: {why}" for name, why in list(dropped.items())[:3])
        raise BadStudy(
            f"{len(kept)} of {len(cube.metrics)} metrics can carry components of {cube.language!r}, "
            f"{FEWEST_METRICS} are needed ({reasons})"
        )
    return tuple(cube.metrics[i] for i in sorted(kept)), dropped


def _told(dropped: dict[str, str], name: str, why: str) -> bool:
    dropped[name] = why
    return False


def _unusable(cube: Cube, metric: int) -> str:
    values = cube.values[:, :, metric]
    missing = int((~np.isfinite(values)).sum())
    if missing:
        return f"no value in {missing} of {values.size} shards"
    tiny = 1e-9 * max(1e-6, float(np.abs(values).max()))
    if values.max() - values.min() <= tiny:
        return "constant"
    middle = float(np.median(values))
    differing = int((np.abs(values - middle) > tiny).any(axis=1).sum())
    return "differs in one set only" if differing <= 1 else ""
