"""Gates: what a judge must stand before its verdicts are exported. A closed one stops the export."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from tawazun.adapt.preferences.findings import ACEGPT, value_of
from tawazun.adapt.preferences.keys import NONE, PreferenceRecipe

FEW = 20


@dataclass(frozen=True, slots=True)
class Gate:
    """One bound.

    state   open, closed, or unknown where nothing was there to decide it
    """

    name: str
    rubric: str
    state: str
    value: float | None
    bound: float
    why: str

    @property
    def line(self) -> str:
        """One line for a reader."""
        return f"{self.rubric}: {self.name} {self.state}: {self.why}"


def gates_of(recipe: PreferenceRecipe, table: pl.DataFrame, pairs: str, labels: str) -> list[Gate]:
    """Every gate of every rubric.

    table   of `findings_table`; pairs, labels: names of the instruments
    """
    found: list[Gate] = []
    for rubric in recipe.judging.rubrics:
        own = table.filter(pl.col("rubric") == rubric)
        found += _verdicts(recipe, own, rubric, pairs)
        found.append(_length(recipe, own, rubric, pairs, labels))
        if rubric == recipe.rubric_of_people:
            found.append(_agreement(recipe, own, rubric, labels))
        if rubric == "fit":
            found.append(_country(recipe, own, rubric))
    return found


def closed(gates: Sequence[Gate]) -> list[Gate]:
    """Those that stop the export."""
    return [one for one in gates if one.state == "closed"]


def _verdicts(recipe: PreferenceRecipe, table: pl.DataFrame, rubric: str, pairs: str) -> Iterator[Gate]:
    check = recipe.check
    failed = value_of(table, "judge_yield", instrument=pairs, facet="failed")
    yield _at_most("failed", rubric, failed, check.max_failed, "of the pairs were not read, refused or not answered")
    kept = value_of(table, "judge_yield", instrument=pairs)
    words = f"of the pairs are kept (AceGPT kept {ACEGPT:.1%} of its own)"
    yield _at_least("yield", rubric, kept, check.min_yield, words)
    lean = value_of(table, "judge_position_bias", instrument=pairs, facet="lean")
    yield _lean(rubric, lean, check.max_lean)


def _at_most(name: str, rubric: str, row: dict[str, Any], bound: float, words: str) -> Gate:
    value = row.get("value")
    if value is None:
        return Gate(name, rubric, "unknown", None, bound, row.get("why") or "nothing was judged")
    state = "closed" if value > bound else "open"
    return Gate(name, rubric, state, value, bound, f"{value:.1%} {words}; at most {bound:.0%}")


def _at_least(name: str, rubric: str, row: dict[str, Any], bound: float, words: str) -> Gate:
    value = row.get("value")
    if value is None:
        return Gate(name, rubric, "unknown", None, bound, row.get("why") or "nothing was judged")
    state = "closed" if value < bound else "open"
    return Gate(name, rubric, state, value, bound, f"{value:.1%} {words}; at least {bound:.0%}{_within(row)}")


def _within(row: dict[str, Any]) -> str:
    return "" if row.get("low") is None else f" (95 % interval {row['low']:.1%} to {row['high']:.1%})"


def _lean(rubric: str, row: dict[str, Any], bound: float) -> Gate:
    """Closed only where the whole interval is beyond the bound, or the value where there is no interval."""
    value = row.get("value")
    if value is None:
        return Gate("position", rubric, "unknown", None, bound, row.get("why") or "nothing was decided")
    low, high = (row["low"], row["high"]) if row["low"] is not None else (value, value)
    beyond = low > bound if value > 0 else high < -bound
    where = "to no place" if not value else f"to the {'first' if value > 0 else 'last'} place by {abs(value):.2f}"
    words = f"verdicts lean {where}, as a share of the decided pairs; at most {bound:.2f}"
    return Gate("position", rubric, "closed" if beyond else "open", value, bound, f"{words}{_lean_within(row)}")


def _lean_within(row: dict[str, Any]) -> str:
    return "" if row["low"] is None else f" (95 % interval {row['low']:+.2f} to {row['high']:+.2f})"


def _length(recipe: PreferenceRecipe, table: pl.DataFrame, rubric: str, pairs: str, labels: str) -> Gate:
    """Closed only where the whole interval is beyond the bound; longer may be better, so the bound is a wide one."""
    bound = recipe.check.max_length_lean
    row = value_of(table, "judge_length_bias", instrument=pairs)
    n, value = row.get("n") or 0.0, row.get("value")
    if value is None or n < FEW:
        why = f"{n:.0f} kept verdicts on answers of different lengths are too few to tell"
        return Gate("length", rubric, "unknown", value, bound, why)
    low, high = (row["low"], row["high"]) if row["low"] is not None else (value, value)
    words = f"{value:.1%} of {n:.0f} kept verdicts went to the longer answer; at most {bound:.0%} away from half"
    why = f"{words}{_within(row)}{_people_longer(table, labels)}"
    if low > 0.5 + bound or high < 0.5 - bound:
        return Gate("length", rubric, "closed", value, bound, why)
    if abs(value - 0.5) > bound:
        return Gate("length", rubric, "unknown", value, bound, f"{why}; too few to tell")
    return Gate("length", rubric, "open", value, bound, why)


def _people_longer(table: pl.DataFrame, labels: str) -> str:
    row = value_of(table, "judge_length_bias", instrument=labels, facet="people") if labels else {}
    return "" if row.get("value") is None else f"; people's did in {row['value']:.1%} of {row['n']:.0f} labelled pairs"


def _agreement(recipe: PreferenceRecipe, table: pl.DataFrame, rubric: str, labels: str) -> Gate:
    bound = recipe.check.min_agreement
    if recipe.check.labels == NONE:
        why = "nobody labelled any of these answers, so nothing says that the judge judges as people would"
        return Gate("agreement", rubric, "unknown", None, bound, why)
    row = value_of(table, "agreement", instrument=labels, facet="share")
    if row.get("value") is None:
        # people labelled pairs and the judge kept no verdict on any: that is an answer
        return Gate("agreement", rubric, "closed", None, bound, row.get("why") or "no kept verdict on a labelled pair")
    gate = _at_least("agreement", rubric, row, bound, "of the kept verdicts are people's")
    if gate.state == "open" and row["n"] < FEW:
        return replace(gate, state="unknown", why=f"{gate.why}; {row['n']:.0f} labelled pairs are too few to tell")
    return gate


def _country(recipe: PreferenceRecipe, table: pl.DataFrame, rubric: str) -> Gate:
    bound = recipe.check.min_seen
    probes = value_of(table, "judge_country_seen", facet="probes")
    if probes.get("value") is not None:
        return _at_least("country", rubric, probes, bound, "of the probes are right under each of their countries")
    moved = value_of(table, "judge_country_changed", facet="elsewhere")
    n, value = moved.get("n") or 0.0, moved.get("value")
    if value is None or (value == 0 and n < FEW):
        return Gate(
            "country", rubric, "unknown", value, bound, f"{n:.0f} pairs judged for two places are too few to tell"
        )
    if value == 0:
        why = f"not one of {n:.0f} verdicts changed when the same pair was judged for another place"
        return Gate("country", rubric, "closed", 0.0, bound, why)
    words = f"{value:.1%} of {n:.0f} verdicts changed for another place; whether they should have is not known"
    return Gate("country", rubric, "open", value, bound, words)
