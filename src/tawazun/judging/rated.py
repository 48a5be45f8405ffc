"""What people said, put beside the answers (`human`), and how far they agree: by own and other country and dialect."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tawazun.data.rows import Row
from tawazun.instruments.judged import people
from tawazun.judging.packs import LABELS, PAIRS, Key
from tawazun.judging.returned import Rater, Rating
from tawazun.seeds import stream
from tawazun.stats.raters import alpha_of_counts
from tawazun.stats.resampling import cluster_weights

DRAWS, LEVEL = 1000, 0.95
VERDICTS = ("1", "2", "tie")


@dataclass(frozen=True, slots=True)
class Agreed:
    """Krippendorff's alpha of some raters on some items.

    what    choice, label or grade; who: everybody, own country, other country, own dialect, other dialect
    alpha   None where no two ratings meet, or all are the same; `why` then says so
    """

    what: str
    who: str
    alpha: float | None
    low: float | None
    high: float | None
    items: int
    ratings: int
    raters: int
    why: str = ""


def labelled(key: Key, raters: Sequence[Rater], ratings: Sequence[Rating]) -> list[dict[str, Any]]:
    """The rows of the exported file with what people said: `human` (verdicts or grades) and `ratings` (who said what).

    What the file had of both already stays before the new. A rater is a code of the pack with the country and dialect
    that they agreed to have published; no name is asked for anywhere.
    """
    who = {one.rater: one for one in raters}
    main = "choice" if key.kind == PAIRS else "grade"
    by_item: dict[str, list[Rating]] = {}
    for one in ratings:
        by_item.setdefault(one.item, []).append(one)
    rows = []
    for item, fields in key.rows.items():
        own, before = by_item.get(item, []), fields.get("ratings")
        given = [value for one in own if (value := getattr(one, main)) not in ("", None)]
        row = {**fields, "id": item, "human": [*people(Row("", 0, dict(fields))), *given]}
        told = [_told(key, who[one.rater], one) for one in own]
        rows.append({**row, "ratings": [*(before if isinstance(before, list) else ()), *told]})
    return rows


def _told(key: Key, rater: Rater, said: Rating) -> dict[str, Any]:
    """One rating as a record, without what was not said."""
    about = {"country": rater.country, "dialect": rater.dialect}
    what = {"choice": said.choice, "label": said.label, "grade": said.grade, "remark": said.comment}
    there = {name: value for name, value in {**about, **what}.items() if value not in ("", None)}
    return {"pack": key.pack, "rater": rater.rater, **there}


def agreements(key: Key, raters: Sequence[Rater], ratings: Sequence[Rating]) -> list[Agreed]:
    """Alpha of everybody, and of raters on items of their own and of another country or dialect."""
    who = {one.rater: one for one in raters}
    whats = ("choice",) if key.kind == PAIRS else ("label", "grade")
    found = []
    for what in whats:
        said = [one for one in ratings if getattr(one, what) not in ("", None)]
        found.append(_agreed(what, "everybody", said))
        for group, name in (("country", "country"), ("dialect", "dialect")):
            marked = [(one, _own(key.rows[one.item], who[one.rater], group)) for one in said]
            if any(own is not None for _, own in marked):
                found.append(_agreed(what, f"own {name}", [one for one, own in marked if own is True]))
                found.append(_agreed(what, f"other {name}", [one for one, own in marked if own is False]))
    return found


def _own(row: Mapping[str, Any], rater: Rater, group: str) -> bool | None:
    """Whether an item is of the rater's own group; None where either is not known."""
    item, own = str(row.get(group) or "").strip(), rater.country if group == "country" else rater.dialect
    return item.casefold() == own.strip().casefold() if item and own.strip() else None


def _agreed(what: str, who: str, said: Sequence[Rating]) -> Agreed:
    items = sorted({one.item for one in said})
    codes = _codes(what, said)
    counts = np.zeros((len(items), len(codes)))
    at = {item: row for row, item in enumerate(items)}
    for one in said:
        counts[at[one.item], codes.index(getattr(one, what))] += 1
    size: dict[str, Any] = {"items": len(items), "ratings": len(said), "raters": len({one.rater for one in said})}
    met = counts[counts.sum(axis=1) > 1]
    values = np.array(codes, dtype=float) if what == "grade" else np.arange(float(len(codes)))
    scale = "interval" if what == "grade" else "nominal"
    value = float(alpha_of_counts(met, values, scale)) if len(met) else float("nan")  # type: ignore[arg-type]
    if not np.isfinite(value):
        why = "all ratings are the same" if len(met) else "no item has two ratings"
        return Agreed(what, who, None, None, None, **size, why=why)
    if len(met) < 3:
        return Agreed(what, who, value, None, None, **size, why="no interval: fewer than three items")
    weights = cluster_weights(len(met), DRAWS, stream("rated", what, who))
    drawn = alpha_of_counts(met, values, scale, weights)  # type: ignore[arg-type]
    drawn = drawn[np.isfinite(drawn)]
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    if not high > low:
        return Agreed(
            what, who, value, None, None, **size, why="no interval: nothing varies when items are drawn again"
        )
    return Agreed(what, who, value, min(float(low), value), max(float(high), value), **size)


def _codes(what: str, said: Sequence[Rating]) -> list[Any]:
    if what == "grade":
        return sorted({one.grade for one in said})  # type: ignore[type-var]
    return list(VERDICTS if what == "choice" else LABELS)
