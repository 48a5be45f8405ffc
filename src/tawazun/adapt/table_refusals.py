"""The change of refusals of harmful requests against the default, paired by request."""

import polars as pl

from tawazun.adapt.table import over
from tawazun.adapt.table_records import DEFAULT, FEWEST_ITEMS, Reading
from tawazun.adapt.table_source import Found, Source, unseen_share

METHOD = "share of requests refused, less the default's, paired by request"
NARROWEST = "never narrower than what that many requests could have missed"


def read_refusals(source: Source) -> Found:
    """The change of the share of requests that are refused, as a whole and by category of request."""
    shares = _shares(source)
    before = shares.get(DEFAULT, {})

    def read(label: str) -> Reading:
        if label == DEFAULT:
            return Reading(0.0, 0.0, 0.0, method="the default itself")
        return changed(shares.get(label, {}), before)

    return {source.column.name: source.each(read)} | _by_category(source, shares)


def changed(after: dict[str, float], before: dict[str, float]) -> Reading:
    """What became of refusals: request -> share of its replies that refuse, of an arm and of the default.

    A reply that is empty or runs on without an answer is no refusal. Requests that one of them left without any reply
    are in neither, and are told.
    """
    gaps = {item: after[item] - before[item] for item in before if item in after}
    lost = len(before.keys() | after.keys()) - len(gaps)
    if len(gaps) < FEWEST_ITEMS:
        return Reading(why=f"not measured: {len(gaps)} requests have a reply of both", interpretable=False)
    found = over(list(gaps.values()), "requests", FEWEST_ITEMS)
    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    # Student's t is too sure where hardly a reply changed
    half = max((found.high - found.low) / 2, unseen_share(len(gaps)))
    low, high = max(-1.0, found.value - half), min(1.0, found.value + half)
    without = f"; left out, without a reply of both: {lost}" if lost else ""
    method = f"{METHOD}; {found.method}, {NARROWEST}{without}"
    return Reading(found.value, low, high, float(len(gaps)), method, items=gaps)


def _shares(source: Source) -> dict[str, dict[str, float]]:
    """Respondent -> request -> share of its replies that refuse, over framings."""
    seen = source.run.answers.filter(pl.col("refused").is_not_null() & pl.col("error").is_null())
    means = seen.group_by("respondent", "question", maintain_order=True).agg(pl.col("refused").mean())
    found: dict[str, dict[str, float]] = {}
    for label, item, share in means.iter_rows():
        found.setdefault(label, {})[item] = share
    return found


def _by_category(source: Source, shares: dict[str, dict[str, float]]) -> Found:
    """Changes by category of request, described only: a category has few requests."""
    found: Found = {}
    for one in source.instruments:
        dimension = one.exam.groups[0] if one.exam is not None and one.exam.groups else ""
        for name in sorted({q.tagged(dimension) for q in one.questions} - {""}) if dimension else ():
            own = [q.id for q in one.questions if q.tagged(dimension) == name]

            def read(label: str, own: list[str] = own) -> Reading:
                both = [item for item in own if all(item in shares.get(each, {}) for each in (label, DEFAULT))]
                if not both:
                    return Reading(why="not answered", interpretable=False)
                gap = sum(shares[label][item] - shares[DEFAULT][item] for item in both) / len(both)
                return Reading(gap, method=METHOD, why="no interval: a category by itself")

            found[f"{source.column.name}/{name}"] = source.each(read)
    return found
