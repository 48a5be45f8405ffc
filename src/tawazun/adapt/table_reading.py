"""From the scores of the table's runs to one reading per arm and seed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from tawazun.adapt.ground import Ground
from tawazun.adapt.table import DEFAULT, FEWEST_ITEMS, Column, Reading, Readings, over
from tawazun.adapt.table_arms import Arm, asked_as
from tawazun.adapt.table_studies import Block
from tawazun.adapt.targets import Constants, Target
from tawazun.claims import gather, read_part
from tawazun.claims.asked import Asked
from tawazun.claims.comparison import compare
from tawazun.errors import TawazunError
from tawazun.instruments import Instrument
from tawazun.runs import Run

Found = dict[str, dict[str, Readings]]  # column -> arm -> readings
CONSERVATIVE = "bounds of the parts added up, as if they all erred together"


@dataclass(frozen=True)
class Source:
    """A run of a block with what it is read by."""

    ground: Ground
    target: Target
    constants: Constants
    arms: tuple[Arm, ...]
    block: Block
    run: Run
    instruments: Sequence[Instrument]

    def each(self, read: Callable[[str], Reading]) -> dict[str, Readings]:
        """Arm -> seed -> reading, `read` of each respondent's label."""
        asked = asked_as(self.arms)
        return {
            arm.name: {seed: read(asked[arm.label(seed)]) for seed in arm.adapters} for arm in self.arms if arm.adapters
        }

    @property
    def column(self) -> Column:
        """The first column."""
        return self.block.columns[0]


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
        return replace(found, method="; ".join(part for part in (words, found.method) if part), items=gaps)

    found = {"drift": source.each(drift)}
    for name in ("structure", "homogenisation"):
        rows = scores.filter((pl.col("measure") == name) & (pl.col("facet") == "") & (pl.col("reference") == ""))
        found[name] = source.each(lambda label, rows=rows: _plain(rows, label))  # type: ignore[misc]
    return found


def _by_place(rows: pl.DataFrame, label: str) -> dict[str, float]:
    own = rows.filter((pl.col("respondent") == label) & pl.col("value").is_not_null())
    return {str(key[0]): 1 - float(one["value"].mean()) for key, one in own.group_by("persona", maintain_order=True)}  # type: ignore[arg-type]


def _plain(rows: pl.DataFrame, label: str) -> Reading:
    """A measure's own row."""
    own = rows.filter(pl.col("respondent") == label)
    known = own.filter(pl.col("value").is_not_null())
    if not known.height:
        whys = [why for why in own["why"].to_list() if why]
        return Reading(why=f"not measured: {whys[0]}" if whys else "not measured: no such row", interpretable=False)
    one = known.row(0, named=True)
    return Reading(one["value"], one["low"], one["high"], one["n"], one["method"], one["why"], one["interpretable"])


# ---- benchmarks


def _exam(source: Source) -> Found:
    gathered = gather([read_part(source.run)], instruments=source.instruments)
    scores = source.run.scores.filter(pl.col("measure") == "accuracy")

    def read(label: str) -> Reading:
        if label == DEFAULT:
            return Reading(0.0, 0.0, 0.0, method="the default itself")
        try:
            rows = compare(gathered, Asked("accuracy", respondents=(label, DEFAULT))).differences
        except TawazunError as error:
            return Reading(why=f"not measured: {error}", interpretable=False)
        return _changed(rows, label)

    found: Found = {source.column.name: source.each(read)}
    return found | _by_category(source, scores)


def _changed(rows: Sequence[Any], label: str) -> Reading:
    """The paired change of a benchmark; of several prompts the mean, with the widest error."""
    turned = [1 if one.first == label else -1 for one in rows]
    value = float(np.mean([sign * one.value for sign, one in zip(turned, rows, strict=True)]))
    halves = [_half(one) for one in rows]
    half = None if None in halves else max(one for one in halves if one is not None)
    words = rows[0].method
    if all(one.low is None and abs(one.value) < 1e-12 for one in rows):
        words = f"{words}; all answers alike: an item that would differ has at most the share that leaves none seen"
    low, high = (None, None) if half is None else (value - half, value + half)
    return Reading(value, low, high, float(rows[0].items), words, rows[0].why if half is None else "")


def _half(row: Any) -> float | None:
    """Half of the interval of a change; where no item differed, the largest share of which none would be seen."""
    if row.low is not None and row.high is not None:
        return float(row.high - row.low) / 2
    return float(1 - 0.025 ** (1 / row.items)) if row.items and abs(row.value) < 1e-12 else None


def _by_category(source: Source, scores: pl.DataFrame) -> Found:
    """Changes by category of the benchmark, described only: a category has few items."""
    found: Found = {}
    groups = [one for one in scores["group"].unique().sort().to_list() if one]
    for group in groups:
        rows = scores.filter((pl.col("group") == group) & pl.col("value").is_not_null())

        def read(label: str, rows: pl.DataFrame = rows) -> Reading:
            own, before = (rows.filter(pl.col("respondent") == one)["value"].mean() for one in (label, DEFAULT))
            if not isinstance(own, float) or not isinstance(before, float):
                return Reading(why="not answered", interpretable=False)
            return Reading(own - before, method="accuracy less the default's", why="no interval: a category by itself")

        found[f"{source.column.name}/{group.partition(':')[2]}"] = source.each(read)
    return found


def _harmful(source: Source) -> Found:
    rows = source.run.scores.filter((pl.col("measure") == "refusal_rate") & (pl.col("item") == ""))
    before = _plain(rows, DEFAULT)

    def read(label: str) -> Reading:
        own = _plain(rows, label)
        if own.value is None or before.value is None:
            return own
        if label == DEFAULT:
            return Reading(0.0, 0.0, 0.0, method="the default itself")
        halves = [(one.high - one.low) / 2 for one in (own, before) if one.low is not None and one.high is not None]
        gap = own.value - before.value
        half = float(np.linalg.norm(halves)) if len(halves) == 2 else None
        low, high = (None, None) if half is None else (gap - half, gap + half)
        return Reading(gap, low, high, own.n, "refusal_rate less the default's, errors taken as independent", own.why)

    return {source.column.name: source.each(read)}


def _recall(source: Source) -> Found:
    """Over all indices together; the measure gives each index by itself as well."""
    whole = (pl.col("item") == "") & pl.col("facet").str.contains("beyond recall")
    rows = source.run.scores.filter((pl.col("measure") == "recall") & whole)
    return {source.column.name: source.each(lambda label: _plain(rows, label))}


def _map(source: Source) -> Found:
    rows = source.run.scores.filter((pl.col("measure") == "map_distance") & (pl.col("population") != ""))
    return {source.column.name: source.each(lambda label: _plain(rows, label))}


_READERS: Mapping[str, Callable[[Source], Found]] = {
    "distance": _distance,
    "items": _items,
    "map": _map,
    "group": _group,
    "exam": _exam,
    "harmful": _harmful,
    "recall": _recall,
}
