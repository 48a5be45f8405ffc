"""Answers item by item for the browser of the page: texts, people's shares, respondents' shares, losses.

Shares are whole thousandths, which is what the page prints. A respondent's shares are those of who answered, averaged
over framings with equal weight, as the measures take them. What a source does not let us pass on is not in the page at
all: no text where the run has none, no shares where the source says `no`, no cell under ten people where it says
`aggregates`.
"""

from collections.abc import Mapping, Sequence
from itertools import permutations
from typing import Any

import polars as pl

from tawazun.report.material import Material, is_floor, subject
from tawazun.report.naming import Subject, direction
from tawazun.report.rounding import known, shown

PARTS = 1_000
SMALL = 10
MOST_SCORES = 24_000
OWN = ("custom:", "pairs:", "grades:")
SUBJECT = ("respondent", "instrument", "persona", "perspective", "language", "mode", "setting")


def item_payload(material: Material) -> dict[str, Any]:
    """Everything the item browser shows, as plain data; empty `items` when nothing was asked."""
    items = _items(material)
    at = {(one["instrument"], one["id"]): i for i, one in enumerate(items)}
    subjects, model = material.keep(("items", "model"), lambda: _model(material, at))
    populations, human, hidden = material.keep(("items", "people"), lambda: _people(material, at))
    order = {one: i for i, one in enumerate(subjects)}
    scores = material.keep(("items", "scores"), lambda: _scores(material, at, order, populations))
    return {
        "parts": PARTS,
        "items": items,
        "subjects": [_subject(material, one, populations) for one in subjects],
        "model": model,
        "populations": [
            {"name": name, "place": material.names.population(name), "source": material.places[name][1]}
            for name in populations
        ],
        "human": human,
        "hidden": hidden,
        "scores": scores,
    }


def untold(material: Material) -> list[str]:
    """A sentence per reason for which the page has no text of an instrument that was asked."""
    asked = material.answers["instrument"].unique()
    own = material.questions.filter(pl.col("instrument").is_in(asked.implode()))
    told = set(own.filter(pl.col("stem").is_not_null())["instrument"])
    worded = set(own.filter(pl.col("wording").is_not_null())["instrument"])
    found: dict[str, list[str]] = {}
    for name in own["instrument"].unique(maintain_order=True):
        if name not in told:
            found.setdefault(_why_untold(material, name, name in worded), []).append(material.instrument_title(name))
    return [
        material.words.plain(f"item.{key}", instruments=material.words.listed(names)) for key, names in found.items()
    ]


def _why_untold(material: Material, name: str, worded: bool) -> str:
    if name.startswith(OWN):
        return "no_text_own"
    if not worded:
        return "no_text_none"
    passed = material.instruments.get(name, {}).get("redistribute") == "yes"
    return "no_text_files" if passed else "no_text_terms"


def _subject(material: Material, one: Subject, populations: Sequence[str]) -> dict[str, Any]:
    place = material.names.stands_for(one)
    own = [i for i, name in enumerate(populations) if place and material.places[name][0] == place]
    return {
        "respondent": one.respondent,
        "instrument": one.instrument,
        "arm": material.names.arm(one),
        "language": one.language,
        "recorded": one.mode == "recorded",
        "own": own,
    }


def _items(material: Material) -> list[dict[str, Any]]:
    asked = material.answers.select("instrument", "question").unique().rows()
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in material.questions.iter_rows(named=True):
        key = (row["instrument"], row["question"])
        if key not in asked:
            continue
        one = found.setdefault(
            key,
            {
                "instrument": row["instrument"],
                "id": row["question"],
                "title": row["title"] or "",
                "kind": row["kind"],
                "codes": list(row["codes"]),
                "tags": list(row["tags"]),
                "texts": [],
            },
        )
        if row["stem"]:
            one["texts"].append(_text(row))
    return list(found.values())


def _text(row: Mapping[str, Any]) -> dict[str, Any]:
    options = list(row["options"] or [])
    if row["kind"] == "pair":
        options = [f"{first} → {second}" for first, second in permutations(options, 2)]
    return {
        "language": row["language"],
        "dir": direction(row["language"] or ""),
        "wording": row["wording"],
        "status": row["status"],
        "stem": row["stem"],
        "options": options,
    }


def _model(
    material: Material, at: Mapping[tuple[str, str], int]
) -> tuple[list[Subject], list[dict[int, dict[str, Any]]]]:
    """Subjects, and for each: item number -> shares, value, losses."""
    table = answered(material)
    keys = [*SUBJECT, "question"]
    losses = table.group_by(keys, maintain_order=True).agg(pl.col("off_menu", "refused", "unread", "value").mean())
    shares = mean_shares(table, keys)
    subjects: dict[Subject, int] = {}
    found: list[dict[int, dict[str, Any]]] = []
    for row in losses.iter_rows(named=True):
        number = at.get((row["instrument"], row["question"]))
        if number is None:
            continue
        one = Subject(*(row[name] for name in SUBJECT))
        if one not in subjects:
            subjects[one] = len(found)
            found.append({})
        found[subjects[one]][number] = _cell(row, shares.get(tuple(row[name] for name in keys)))
    ordered = sorted(subjects, key=material.position)
    return ordered, [found[subjects[one]] for one in ordered]


def _cell(row: Mapping[str, Any], p: Sequence[float] | None) -> dict[str, Any]:
    cell: dict[str, Any] = {}
    if p is not None:
        cell["p"] = [round(share * PARTS) for share in p]
    elif known(row["value"]):
        cell["value"] = round(row["value"], 2)
    lost = [row[name] for name in ("off_menu", "refused", "unread")]
    if any(known(one) and one > 0.5 / PARTS for one in lost):
        cell["lost"] = [round(one * PARTS) if known(one) else None for one in lost]
    return cell


def answered(material: Material) -> pl.DataFrame:
    """Answers that came, with the decoding as `setting` where a respondent has several, and what divides its shares."""
    kinds = material.questions.select("instrument", "question", "kind").unique()
    table = material.answers.filter(pl.col("error").is_null()).join(
        kinds, on=["instrument", "question"], how="left", maintain_order="left"
    )
    found = pl.col("decoding").str.replace(r",seed=-?\d+$", "")
    several = found.n_unique().over("respondent", "instrument") > 1
    return table.with_columns(
        setting=pl.when(several).then(pl.lit("decoding=") + found).otherwise(pl.lit("")),
        whole=pl.when(pl.col("kind") == "some").then(1.0).otherwise(pl.col("p").list.sum()),
    )


def mean_shares(table: pl.DataFrame, keys: Sequence[str]) -> dict[tuple[Any, ...], list[float]]:
    """Mean over framings of the shares among those who answered (of marginal mentions as they came for `some`)."""
    there = table.filter(pl.col("p").is_not_null() & (pl.col("whole") > 1e-12))
    long = there.select(*keys, "whole", "p", position=pl.int_ranges(pl.col("p").list.len())).explode("p", "position")
    means = (
        long.group_by([*keys, "position"], maintain_order=True)
        .agg((pl.col("p") / pl.col("whole")).mean().alias("share"))
        .sort("position", maintain_order=True)
        .group_by(keys, maintain_order=True)
        .agg("share")
    )
    return {tuple(row[name] for name in keys): row["share"] for row in means.iter_rows(named=True)}


def _people(
    material: Material, at: Mapping[tuple[str, str], int]
) -> tuple[list[str], list[dict[int, dict[str, Any]]], list[str]]:
    """Populations with distributions, for each: item number -> shares or value; and sources that withhold theirs."""
    numbers: dict[str, int] = {}
    found: list[dict[int, dict[str, Any]]] = []
    hidden: list[str] = []
    columns = ("population", "source", "instrument", "item", "p", "value", "n")
    for population, source, instrument, item, p, value, n in material.humans.select(columns).iter_rows():
        number = at.get((instrument, item))
        if number is None or (p is None and value is None):
            continue
        rule = material.human_sources.get(source, {}).get("redistribute", "no")
        if rule == "no":
            hidden = hidden if source in hidden else [*hidden, source]
            continue
        if population not in numbers:
            numbers[population] = len(found)
            found.append({})
        cell: dict[str, Any] = {"value": round(value, 2)} if p is None else {}
        if p is not None:
            shares = disclosed(p, n) if rule == "aggregates" else list(p)
            cell["p"] = [None if share is None else round(share * PARTS) for share in shares]
        found[numbers[population]][number] = cell
    return list(numbers), found, hidden


def disclosed(p: Sequence[float], n: float | None) -> list[float | None]:
    """Shares with cells under ten people taken out, and with the next smallest one where a single gap could be filled.

    Shapes   p: (K,) shares; n: people asked, None where the source does not say (its figures are then as published).
    Returns  (K,) shares, None where fewer than ten people (but somebody) stand behind one.
    Source   threshold rule with secondary suppression; Hundepool et al. (2012), Statistical Disclosure Control, ch. 4.
    """
    if not known(n):
        return list(p)
    counts = [share * float(n or 0) for share in p]
    small = {i for i, count in enumerate(counts) if 0 < count < SMALL - 1e-9}
    if len(small) == 1:
        rest = sorted((count, i) for i, count in enumerate(counts) if i not in small and count > 0)
        small |= {rest[0][1]} if rest else set()
    return [None if i in small else share for i, share in enumerate(p)]


def _scores(
    material: Material,
    at: Mapping[tuple[str, str], int],
    subjects: Mapping[Subject, int],
    populations: Sequence[str],
) -> dict[str, dict[int, list[str]]]:
    """`subject|population` -> item number -> [similarity, interval] as printed, own people first."""
    position = {name: i for i, name in enumerate(populations)}
    table = material.scores.filter((pl.col("measure") == "js_similarity") & (pl.col("item") != ""))
    if table.height > MOST_SCORES:
        table = table.filter(~pl.col("persona").is_in(["none", "human"]))
    found: dict[str, dict[int, list[str]]] = {}
    for row in table.head(MOST_SCORES).iter_rows(named=True):
        number = at.get((row["instrument"], row["item"]))
        one, people = subjects.get(subject(row)), position.get(row["population"])
        if number is None or one is None or people is None or not known(row["value"]) or is_floor(row):
            continue
        value = shown(row["value"], row["low"], row["high"])
        found.setdefault(f"{one}|{people}", {})[number] = [value.value, value.interval]
    return found
