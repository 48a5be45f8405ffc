"""What a judge's verdicts are worth, before anything is trained on them.

Yield, position and length come from the scores of the runs that judged (`judge_yield`, `judge_position_bias`,
`judge_length_bias`, `agreement`); beside them stand how the judge's lead goes with people's mean verdict, and whether
it sees the country.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import polars as pl

from tawazun.adapt.preferences.elsewhere import MARK, UNNAMED, Probes
from tawazun.estimates import Estimate, scores_table
from tawazun.instruments import Instrument
from tawazun.instruments.judged import TIE
from tawazun.stats.classification import share_interval
from tawazun.stats.rank_correlation import spearman
from tawazun.stats.raters import spearman_interval

LEVEL = 0.95
ACEGPT = 0.289  # 11,548 of 40,000 pairs kept: data card of the released set; context, not a bar
PEOPLE_VERDICTS = {"1": -1.0, "2": 1.0, TIE: 0.0}
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Judged:
    """One rubric's verdicts.

    table    of `verdict_table`: one row a pair, whatever became of it
    answers  of the run that judged, for the judge's lead
    scores   its scores; labels: the instrument that people labelled, None where nobody did
    """

    rubric: str
    table: pl.DataFrame
    answers: pl.DataFrame
    scores: pl.DataFrame
    pairs: str
    labels: Instrument | None = None


@dataclass(frozen=True)
class Elsewhere:
    """Verdicts of pairs judged for other places, and of probes; id -> answer (0, 1), or -1 where none was kept."""

    chosen: Mapping[str, int] = field(default_factory=dict)
    probes: Probes = field(default_factory=Probes)


def findings_table(judged: Sequence[Judged], elsewhere: Elsewhere, judge: str) -> pl.DataFrame:
    """Every finding: the columns of the scores table, and `rubric`."""
    tables = []
    for one in judged:
        own = scores_table([*_correlation(one, judge), *_country(one, elsewhere, judge)])
        tables.append(pl.concat([one.scores, own]).with_columns(rubric=pl.lit(one.rubric)))
    return pl.concat(tables)


def choices(table: pl.DataFrame, pairs: str) -> dict[str, int]:
    """Pair -> the answer that won in both orders, -1 where none did, of the rows of one file."""
    own = table.filter(pl.col("instrument") == pairs)
    return {row["pair"]: row["choice"] for row in own.iter_rows(named=True)}


def _share(row: Estimate, hits: Sequence[bool], words: str) -> Estimate:
    """A share with its interval; things are taken as independent."""
    n = len(hits)
    row = replace(row, n=float(n), method=f"{words}; pairs independent")
    if not n:
        return replace(row, why="nothing to take a share of")
    value = float(np.mean(hits))
    error = float(np.sqrt(value * (1 - value) / (n - 1))) if n > 1 else float("nan")
    low, high = share_interval(value, error, max(1, n - 1), n, LEVEL)
    row = replace(row, value=value)
    return replace(row, low=low, high=high, level=LEVEL) if np.isfinite(low) else row.because("one pair")


# ---- people


def leads(answers: pl.DataFrame, instrument: str) -> dict[str, float]:
    """Pair -> share of the second answer minus share of the first, mean over both orders; pairs with a reply only."""
    own = answers.filter(pl.col("instrument") == instrument)
    found: dict[str, list[float]] = {}
    for row in own.iter_rows(named=True):
        if row["p"] is not None and sum(row["p"]) > 0:
            found.setdefault(row["question"], []).append(row["p"][1] - row["p"][0])
    return {item: float(np.mean(both)) for item, both in found.items() if len(both) > 1}


def people_mean(instrument: Instrument) -> dict[str, float]:
    """Pair -> people's mean verdict, from -1 (the first answer) to 1 (the second); a tie counts as 0."""
    found = {}
    for item, counts in instrument.references.items():
        if total := sum(counts.values()):
            found[item] = sum(PEOPLE_VERDICTS[label] * count for label, count in counts.items()) / total
    return found


def _correlation(one: Judged, judge: str) -> Iterator[Estimate]:
    if one.labels is None:
        return
    row = Estimate("judge_correlation", judge, one.labels.name, unit="Spearman's correlation", facet="people")
    lead, said = leads(one.answers, one.labels.name), people_mean(one.labels)
    both = [item for item in said if item in lead]
    row = replace(row, n=float(len(both)), method="judge's lead over both orders against people's mean verdict")
    r = float(spearman([lead[i] for i in both], [said[i] for i in both])) if len(both) > 1 else float("nan")
    if not np.isfinite(r):
        yield replace(row, why="fewer than two pairs, or one side does not vary")
        return
    low, high = spearman_interval(r, len(both), LEVEL)
    row = replace(row, value=r)
    if np.isfinite(low):
        yield replace(row, low=low, high=high, level=LEVEL)
    else:
        yield row.because("no interval: fewer than four pairs, or exactly one order")


# ---- the country


def _country(one: Judged, elsewhere: Elsewhere, judge: str) -> Iterator[Estimate]:
    if one.rubric != "fit":
        return
    own = choices(one.table, one.pairs)
    for facet, words in (("elsewhere", "judged for another place"), (UNNAMED, "judged without a place")):
        moved = []
        for item, there in elsewhere.chosen.items():
            pair, _, where = item.rpartition(MARK)
            here = own.get(pair, -1)
            if pair in own and (where == UNNAMED) == (facet == UNNAMED) and min(here, there) >= 0:
                moved.append(here != there)
        row = Estimate("judge_country_changed", judge, one.pairs, facet=facet, unit="share of pairs")
        yield _share(row, moved, f"kept verdicts that changed when the same pair was {words}")
    yield from _probes(one, elsewhere, judge)


def _probes(one: Judged, elsewhere: Elsewhere, judge: str) -> Iterator[Estimate]:
    probes = elsewhere.probes
    if not probes.rows:
        return
    right: dict[str, list[bool]] = {}
    unread = 0
    for item, wanted in probes.right.items():
        there = elsewhere.chosen.get(item, -1)
        unread += there < 0
        right.setdefault(probes.of[item], []).append(there == wanted)
    row = Estimate("judge_country_seen", judge, one.pairs, facet="probes", unit="share of probes")
    words = (
        f"probes whose verdict was right under every country ({unread} of {len(probes.right)} verdicts not kept, which "
        "count as wrong)"
    )
    yield _share(row, [all(group) for group in right.values()], words)


def value_of(table: pl.DataFrame, measure: str, **where: str) -> dict[str, Any]:
    """The judge's one row of a measure; fields that are not named are empty ones, but for the prompt in `facet`.

    Returns  an empty dictionary where there is none
    """
    rows = table.filter((pl.col("measure") == measure) & ~pl.col("respondent").str.starts_with("ceiling:"))
    for name in ("group", "rubric"):
        if name in where or name == "group":
            rows = rows.filter(pl.col(name) == where.get(name, ""))
    if "instrument" in where:
        rows = rows.filter(pl.col("instrument") == where["instrument"])
    wanted = where.get("facet", "")
    found = [row for row in rows.iter_rows(named=True) if about(row["facet"]) == wanted]
    return found[0] if found else {}


def about(facet: str) -> str:
    """A facet without its decoding and prompt: `first`, `share`, `lean`, or empty."""
    return ";".join(part for part in facet.split(";") if not part.startswith(("decoding=", "prompt=")))
