"""From the scores of the table's runs to one reading per arm and seed."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import polars as pl

from tawazun.adapt.table import over
from tawazun.adapt.table_exams import read_exam
from tawazun.adapt.table_records import DEFAULT, FEWEST_ITEMS, PERSONA, Reading
from tawazun.adapt.table_refusals import read_refusals
from tawazun.adapt.table_source import Found, Source, plain

UNTOUCHED = (
    "0 by construction: a persona in words leaves asks that play another country as they are; a soft prompt stands "
    "before them too"
)
PERSONAS = (PERSONA, "near", "placebo")  # arms of words that speak only where nobody is played
CONSERVATIVE = "bounds of the parts added up, as if they all erred together"


def read_block(source: Source) -> Found:
    """Every column of a run."""
    return _READERS[source.block.kind](source)


# ---- the objective in other framings


def _distance(source: Source) -> Found:
    scores = source.run.scores
    ground, loss = source.ground, source.ground.recipe.objective.loss
    weights = ground.objective(source.target, source.constants).weights
    names = [one.name for one in ground.indices] if loss == "index" else [one.id for one in ground.questions]
    share = dict(zip(names, weights.tolist(), strict=True))
    measure = {"index": "index", "js_divergence": "js_divergence", "w1": "w1_similarity"}[loss]
    rows = scores.filter((pl.col("measure") == measure) & pl.col("item").is_in(names))
    if loss != "index":
        rows = rows.filter(pl.col("population") == source.target.name)
    goals = {name: source.target.scores[name] for name in names} if loss == "index" else {}

    def read(label: str) -> Reading:
        own = rows.filter(pl.col("respondent") == label)
        parts = {name: _part(own.filter(pl.col("item") == name), goals.get(name), loss) for name in names}
        return _weighted(parts, share, _method(loss, source.block.levels))

    return {source.column.name: source.each(read)}


def _method(loss: str, levels: str) -> str:
    told = {
        "index": "weighted mean |index - target| of measure index, the objective's constants",
        "js_divergence": "weighted mean over items of measure js_divergence",
        "w1": "weighted mean over items of 1 - w1_similarity",
    }
    return f"{told[loss]}; {levels}"


def _part(rows: pl.DataFrame, goal: float | None, loss: str) -> Reading:
    """One index or item: its distance, averaged over languages and personas before the difference is taken."""
    known = rows.filter(pl.col("value").is_not_null())
    if known.height < max(1, rows.height):
        whys = [why for why in rows["why"].to_list() if why]
        return Reading(why=whys[0] if whys else "not answered")
    value = float(known["value"].mean())  # type: ignore[arg-type]
    halves = ((known["high"] - known["low"]) / 2).to_list()
    half = None if None in halves else float(np.mean(halves))
    if loss == "index":
        assert goal is not None
        value = abs(value - goal)
    elif loss == "w1":
        value = 1 - value
    closed = not all(known["interpretable"].to_list())
    why = next((one for one in known["why"].to_list() if one), "")
    low, high = (None, None) if half is None else (value - half, value + half)
    return Reading(value, low, high, interpretable=not closed, why=why)


def _weighted(parts: Mapping[str, Reading], share: Mapping[str, float], method: str) -> Reading:
    counted = {name: one for name, one in parts.items() if share[name] > 0}
    if lost := [name for name, one in counted.items() if one.value is None]:
        return Reading(why=f"{lost[0]}: {counted[lost[0]].why}", interpretable=False)
    value = sum(share[name] * _value(one) for name, one in counted.items())
    halves = [
        share[name] * (one.high - one.low) / 2
        for name, one in counted.items()
        if one.low is not None and one.high is not None
    ]
    whole = len(halves) == len(counted)
    half = sum(halves) if whole else None
    closed = [one for one in counted.values() if not one.interpretable]
    whys = "" if whole and not closed else next((one.why for one in (closed or counted.values()) if one.why), "")
    return Reading(
        value,
        None if half is None else max(0.0, value - half),
        None if half is None else value + half,
        float(len(counted)),
        f"{method}; {CONSERVATIVE}" if whole else method,
        whys,
        not closed,
        {name: _value(one) for name, one in counted.items()},
    )


def _value(one: Reading) -> float:
    assert one.value is not None
    return one.value


# ---- distributions of answers


def _items(source: Source) -> Found:
    rows = _similar(source.run.scores)

    def read(label: str) -> Reading:
        return _apart(rows.filter(pl.col("respondent") == label), source.block.levels)

    return {source.column.name: source.each(read)}


def _similar(scores: pl.DataFrame) -> pl.DataFrame:
    return scores.filter((pl.col("measure") == "js_similarity") & (pl.col("facet") == ""))


def _apart(rows: pl.DataFrame, levels: str) -> Reading:
    """Mean JS distance over items; of several languages or people their mean."""
    whole = rows.filter((pl.col("item") == "") & pl.col("value").is_not_null())
    if not whole.height:
        whys = [why for why in rows["why"].to_list() if why]
        return Reading(why=whys[0] if whys else "no readable answer", interpretable=False)
    value = 1 - float(whole["value"].mean())  # type: ignore[arg-type]
    one = whole.row(0, named=True)
    alone = whole.height == 1 and one["low"] is not None
    items = rows.filter((pl.col("item") != "") & pl.col("value").is_not_null())
    each = {key[0]: 1 - float(own["value"].mean()) for key, own in items.group_by("item", maintain_order=True)}  # type: ignore[arg-type]
    return Reading(
        value,
        1 - one["high"] if alone else None,
        1 - one["low"] if alone else None,
        one["n"],
        f"1 - js_similarity, {one['method']}; {levels}",
        one["why"] or ("" if alone else "no interval: a mean of several rows"),
        bool(whole["interpretable"].all()),
        {str(name): gap for name, gap in each.items()},
    )


# ---- other people's personas


def _group(source: Source) -> Found:
    scores = source.run.scores
    places = [one for one in source.run.study.ask.personas if one not in ("none", source.target.place)]
    similar = _similar(scores).filter((pl.col("item") == "") & pl.col("persona").is_in(places))
    own = similar.filter(pl.col("population").str.split("/").list.last() == pl.col("persona"))
    before = _by_place(own, DEFAULT)

    def drift(label: str) -> Reading:
        after = _by_place(own, label)
        gaps = {place: after[place] - before[place] for place in places if place in after and place in before}
        if not gaps:
            return Reading(why="no persona of another place was answered", interpretable=False)
        found = over(list(gaps.values()), "places", FEWEST_ITEMS)
        words = f"change of 1 - js_similarity of other personas to their own people; {source.block.levels}"
        found = replace(found, method="; ".join(part for part in (words, found.method) if part), items=gaps)
        return replace(found, low=None, high=None, why=UNTOUCHED) if label in PERSONAS else found

    found = {"drift": source.each(drift)}
    for name in ("structure", "homogenisation"):
        rows = scores.filter((pl.col("measure") == name) & (pl.col("facet") == "") & (pl.col("reference") == ""))
        found[name] = source.each(lambda label, rows=rows: plain(rows, label))  # type: ignore[misc]
    return found


def _by_place(rows: pl.DataFrame, label: str) -> dict[str, float]:
    own = rows.filter((pl.col("respondent") == label) & pl.col("value").is_not_null())
    return {str(key[0]): 1 - float(one["value"].mean()) for key, one in own.group_by("persona", maintain_order=True)}  # type: ignore[arg-type]


def _recall(source: Source) -> Found:
    """Over all indices together, read out as the fit is; the measure gives each index and way of asking as well."""
    recipe = source.ground.recipe
    mode = "sample" if recipe.objective.readout == "sampled" else "logprob"
    whole = (pl.col("item") == "") & pl.col("facet").str.contains("beyond recall") & (pl.col("mode") == mode)
    spoken = pl.col("language") == recipe.ask.languages[0]
    rows = source.run.scores.filter((pl.col("measure") == "recall") & whole & spoken)
    return {source.column.name: source.each(lambda label: plain(rows, label))}


def _map(source: Source) -> Found:
    rows = source.run.scores.filter((pl.col("measure") == "map_distance") & (pl.col("population") != ""))
    return {source.column.name: source.each(lambda label: plain(rows, label))}


_READERS: Mapping[str, Callable[[Source], Found]] = {
    "distance": _distance,
    "items": _items,
    "map": _map,
    "group": _group,
    "exam": read_exam,
    "harmful": read_refusals,
    "recall": _recall,
}
