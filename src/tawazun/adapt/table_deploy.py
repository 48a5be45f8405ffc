"""Whether an adapter may be used: knowledge, trust and refusals are shown not to be worse by more than a margin."""

from collections.abc import Mapping, Sequence
from typing import Any

from tawazun.adapt.ground import Ground
from tawazun.adapt.recipe_keys import TableKeys
from tawazun.adapt.soft_prompt import Fitted
from tawazun.adapt.table_records import Reading, Readings
from tawazun.adapt.table_studies import called

NO, YES, OPEN = "do not deploy", "not worse", "not cleared"
NEEDED = (
    (("knowledge",), "no benchmark of knowledge was measured; name some in table.knowledge"),
    (
        ("trust", "refusal"),
        "nothing of trust or refusals was measured; name benchmarks in table.trust or table.harmful",
    ),
)


def deployment(
    ground: Ground, fitted: Sequence[Fitted], found: Mapping[str, Mapping[str, Mapping[str, Readings]]]
) -> list[dict[str, Any]]:
    """A verdict with its reasons for each adapter; `found`: place -> column -> arm -> readings.

    `do not deploy`   a benchmark got worse, the items cannot show that it did not, or it could not be read at all
    `not cleared`     no benchmark of knowledge, or none of trust or refusals, is named: those losses are unknown
    """
    margin = ground.recipe.table.margin
    named = named_benchmarks(ground.recipe.table)
    marks = []
    for one in fitted:
        own = {
            name: readings[one.optimiser][one.seed]
            for name, readings in found.get(one.target.place, {}).items()
            if guarded(name) and one.seed in readings.get(one.optimiser, {})
        }
        unread = Reading(why="not measured")
        marks.append(mark_of({name: own.get(name, unread) for name in named}, margin))
    return marks


def named_benchmarks(keys: TableKeys) -> list[str]:
    """The columns that decide about deployment."""
    return [
        *(f"knowledge:{called(name)}" for name in keys.knowledge),
        *(f"trust:{called(name)}" for name in keys.trust),
        *(f"refusal:{called(name)}" for name in keys.harmful),
    ]


def guarded(column: str) -> bool:
    """Whether a column decides about deployment: a benchmark of knowledge or trust as a whole, or refusals."""
    side, colon, rest = column.partition(":")
    return side in ("knowledge", "trust", "refusal") and bool(colon) and "/" not in rest


def mark_of(readings: Mapping[str, Reading], margin: float) -> dict[str, Any]:
    """The verdict of one adapter from its own changes."""
    if not readings:
        why = "no benchmark was measured; name some in table.knowledge and table.trust"
        return {"verdict": OPEN, "why": [why], "margin": margin}
    failed = [f"{name}: {_words(one, margin)}" for name, one in readings.items() if not _shown(one, margin)]
    if failed:
        return {"verdict": NO, "why": failed, "margin": margin}
    sides = {name.partition(":")[0] for name in readings}
    unknown = [why for names, why in NEEDED if not sides & set(names)]
    return {"verdict": OPEN if unknown else YES, "why": unknown, "margin": margin}


def _shown(one: Reading, margin: float) -> bool:
    return one.low is not None and one.low > -margin


def _words(one: Reading, margin: float) -> str:
    if one.value is None:
        return one.why
    if one.low is None or one.high is None:
        return f"changed by {one.value:+.3f}, without an interval ({one.why})"
    told = f"changed by {one.value:+.3f} ({one.low:+.3f} to {one.high:+.3f})"
    if one.high < -margin:
        return f"{told}: worse by more than {margin:g}"
    return f"{told}: not shown to be worse by no more than {margin:g}"
