"""Culture: whose people, places, food, feasts, money and countries a text names."""

from collections.abc import Mapping

import numpy as np

from tawazun.audit.data.batches import UNSPACED, Batch
from tawazun.audit.data.countries import arab_states, country_names, side_of
from tawazun.audit.data.lexicon import Lexicon
from tawazun.audit.data.lists import TOPICS, cues
from tawazun.audit.data.records import Family, Metric, Values, per

SIDES = ("local", "western")


def rows(batch: Batch) -> Values:
    """Rates of local and Western names, and of countries, in every text."""
    size = _size(batch)
    found = {name: np.full(len(batch.samples), np.nan) for name in NAMES}
    listed = cues(batch.primary)
    if listed is None:
        return found
    counts, columns = cue_counts(batch, listed)
    for side in SIDES:
        found[f"{side}_rate"] = per(_summed(counts, columns, side), size, 1000)
    for topic in TOPICS:
        found[f"{topic}_rate"] = per(_summed(counts, columns, topic), size, 1000)
    local, western = _summed(counts, columns, "local"), _summed(counts, columns, "western")
    if _has_local(columns):
        found["local_share"] = per(local, local + western)
    mentions = batch.countries
    arab = np.isin(country_names(batch.primary).classes, arab_states())
    found["arab_countries"] = per(mentions[:, arab].sum(axis=1), size, 1000)
    found["other_countries"] = per(mentions[:, ~arab].sum(axis=1), size, 1000)
    return found


def shard(batch: Batch) -> Mapping[str, float]:
    """Share of local names among all names of a shard, and how many countries it names."""
    listed = cues(batch.primary)
    names = ("pool_local_share", "countries", "arab_states")
    if listed is None:
        return dict.fromkeys(names, float("nan"))
    counts, columns = cue_counts(batch, listed)
    local = float(_summed(counts, columns, "local").sum())
    western = float(_summed(counts, columns, "western").sum())
    named = batch.countries.sum(axis=0) > 0
    arab = np.isin(country_names(batch.primary).classes, arab_states())
    share = local / (local + western) if local + western and _has_local(columns) else float("nan")
    return {"pool_local_share": share, "countries": float(named.sum()), "arab_states": float((named & arab).sum())}


def cue_counts(batch: Batch, listed: Lexicon) -> tuple[np.ndarray, list[str]]:
    """Cues of every class in every text, countries and a user's names among them. Shapes: (R, classes)."""
    both = listed.joined(batch.entities)
    counts = batch.found(both)
    mentions = batch.countries
    codes = country_names(batch.primary).classes
    sides = np.array([side_of(code, batch.primary) for code in codes])
    extra = [mentions[:, sides == side].sum(axis=1, keepdims=True) for side in SIDES]
    return np.hstack([counts, *extra]), [*both.classes, *(f"{side} country" for side in SIDES)]


def _has_local(columns: list[str]) -> bool:
    """Whether anything is local to the language; English is local to no place unless a user brings names."""
    return any(name.startswith("local ") for name in columns if name != "local country")


def _size(batch: Batch) -> np.ndarray:
    if batch.primary in UNSPACED:
        return batch.characters.letters
    return batch.words.lengths


def _summed(counts: np.ndarray, columns: list[str], word: str) -> np.ndarray:
    return counts[:, [i for i, name in enumerate(columns) if word in name.split()]].sum(axis=1)


FREE = "free of length in the mean"
UNIT = "per 1,000 words (letters in Chinese and Japanese)"
OWN = "own short lists, the places catalogue, and names a user brings; a lower bound"
NAMES = (
    "local_rate", "western_rate", "local_share", *(f"{topic}_rate" for topic in TOPICS), "arab_countries",
    "other_countries",
)  # fmt: skip
FAMILY = Family(
    "culture",
    "whose people, places, food, feasts, money and countries are named",
    (
        Metric("local_rate", "row", UNIT, "names and words of the language's own cultures / words", OWN, FREE),
        Metric("western_rate", "row", UNIT, "Western names and words / words", OWN, FREE),
        Metric(
            "local_share", "row", "share of names", "local / (local + Western)", OWN, "none in texts without either"
        ),
        *(Metric(f"{topic}_rate", "row", UNIT, f"{topic} of either side / words", OWN, FREE) for topic in TOPICS),
        Metric(
            "arab_countries",
            "row",
            UNIT,
            "names of the 22 states of the Arab League and their people / words",
            OWN,
            FREE,
        ),
        Metric("other_countries", "row", UNIT, "names of other countries and their people / words", OWN, FREE),
        Metric(
            "pool_local_share",
            "shard",
            "share of names",
            "local / (local + Western) over all rows",
            OWN,
            "free of the number of rows in the mean",
        ),
        Metric("countries", "shard", "countries", "countries that are named", OWN, "rises with the size of a shard"),
        Metric(
            "arab_states",
            "shard",
            "of 22",
            "states of the Arab League that are named",
            OWN,
            "rises with the size of a shard",
        ),
    ),
    rows,
    shard,
    ("ar", "en", "zh", "ja", "hi"),
)
