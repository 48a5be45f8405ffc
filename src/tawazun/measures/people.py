"""The human side as arrays, aligned with the questions of a cube."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from tawazun.errors import BadAnswers
from tawazun.instruments import Instrument, Question
from tawazun.populations.halves import as_array, full_size_distance
from tawazun.stats.shared_people import shared_covariance, split_items
from tawazun.study import ITEM_CORRELATION

TOLERANCE = 1e-6
ASSUMED = "items of one person correlating"


@dataclass(frozen=True)
class People:
    """The populations of one source for one instrument.

    source   `wvs-7`
    names    population names, in order; places: their place codes
    p        (C, Q, K) shares, padded with 0 beyond a question's cells; NaN where the population has no answer
    value    (C, Q) item means, from `p` where there is one, else as recorded; NaN where absent
    n_eff    (C, Q) effective number of people; NaN where the source does not say
    ready    ready scores by name (`pdi`, `map_x`): (C,), NaN where absent
    thin     (C,) items left out because fewer than two effective people stand behind them
    itself   (C, Q) JS distance between this sample and its own people, from random halves; NaN without microdata
    halved   per population (R, 2, Q, K) shares in random halves of its people, every item in the same halves and NaN
             where it has none; None without microdata
    item_correlation  how much a person's answers to two items go together, where there are no halves to tell
    """

    source: str
    instrument: str
    names: tuple[str, ...]
    places: tuple[str, ...]
    p: np.ndarray
    value: np.ndarray
    n_eff: np.ndarray
    ready: Mapping[str, np.ndarray]
    thin: np.ndarray
    itself: np.ndarray
    halved: tuple[np.ndarray | None, ...] = ()
    item_correlation: float = ITEM_CORRELATION

    def where(self, place: str) -> int | None:
        """Position of a place, or None."""
        return self.places.index(place) if place in self.places else None

    def named(self, reference: str) -> int | None:
        """Position of a population by its name (`wvs-7/USA`) or its place alone (`USA`), or None."""
        return self.names.index(reference) if reference in self.names else self.where(reference)

    def halves_of(self, population: int, items: np.ndarray) -> np.ndarray | None:
        """(R, 2, items, K) a population's halves, NaN where an item has none; None where none of them has."""
        found = self.halved[population] if self.halved else None
        own = None if found is None else found[:, :, items]
        return own if split_items(own, len(items)).any() else None

    def covariance(self, population: int, items: np.ndarray, slopes: np.ndarray) -> tuple[np.ndarray, float]:
        """Covariance of J sums over items from the sampling of one population, and its degrees of freedom.

        slopes   (J, items, K) of each sum by the population's shares; items whose slopes are all 0 count for nothing
        Returns  (J, J), NaN where a number of people is unknown
        """
        used = (slopes != 0).any(axis=(0, 2))
        items, slopes = items[used], slopes[:, used]
        halves = self.halves_of(population, items)
        h, n_eff = self.p[population][items], self.n_eff[population][items]
        found = shared_covariance(slopes, h, n_eff, halves, self.item_correlation)
        return found, np.inf if halves is None else float(len(halves))

    def error_words(self, population: int, items: np.ndarray) -> str:
        """How the people's error of an average over items was made."""
        halves = self.halves_of(population, items)
        assumed = f"humans by delta method, {ASSUMED} {self.item_correlation:g} (assumed)"
        if halves is None:
            return assumed if len(items) > 1 else "humans by delta method"
        words = f"humans by {len(halves)} random halves, all items together"
        lacking = len(items) - int(split_items(halves, len(items)).sum())
        return words if not lacking else f"{words}; {lacking} items without halves: {assumed}"


def people(
    humans: pl.DataFrame,
    instrument: Instrument,
    questions: Sequence[Question],
    item_correlation: float = ITEM_CORRELATION,
) -> list[People]:
    """One People per source that has answers to this instrument, in the order of the table.

    Errors   BadAnswers for shares that do not fit the question's options, are negative or do not sum to 1.
    """
    own = humans.filter(pl.col("instrument") == instrument.name)
    width = max([q.cells for q in questions], default=0)
    return [
        replace(
            _one(own.filter(pl.col("source") == source), source, instrument.name, questions, width),
            item_correlation=item_correlation,
        )
        for source in own["source"].unique(maintain_order=True)
    ]


def _one(table: pl.DataFrame, source: str, instrument: str, questions: Sequence[Question], width: int) -> People:
    pairs = table.select("population", "place").unique(maintain_order=True).rows()
    row = {name: i for i, (name, _) in enumerate(pairs)}
    column = {question.id: i for i, question in enumerate(questions)}
    shape = (len(pairs), len(questions))
    p, value, n_eff = np.full((*shape, width), np.nan), np.full(shape, np.nan), np.full(shape, np.nan)
    thin, itself = np.zeros(len(pairs)), np.full(shape, np.nan)
    ready: dict[str, np.ndarray] = {}
    halved: list[np.ndarray | None] = [None] * len(pairs)
    if "halves" not in table.columns:
        table = table.with_columns(halves=None)
    columns = ("population", "item", "p", "value", "n_eff", "halves")
    for name, item, shares, mean, people_n, halves in table.select(columns).iter_rows():
        c = row[name]
        if item not in column:
            ready.setdefault(item, np.full(len(pairs), np.nan))[c] = np.nan if mean is None else mean
            continue
        q = column[item]
        if people_n is not None and not people_n > 1:
            thin[c] += 1
            continue
        n_eff[c, q] = np.nan if people_n is None else people_n
        if shares is not None:
            _check(shares, questions[q], name)
            p[c, q] = 0.0
            p[c, q, : len(shares)] = shares
            if halves and questions[q].kind in ("one", "pair"):
                itself[c, q] = full_size_distance(halves, "people")
            if halves:
                _keep_halves(halved, c, q, as_array(halves), (len(questions), width))
            value[c, q] = float(np.dot(shares, questions[q].codes[: len(shares)]))
        elif mean is not None:
            value[c, q] = mean
    return People(
        source,
        instrument,
        tuple(name for name, _ in pairs),
        tuple(place for _, place in pairs),
        p,
        value,
        n_eff,
        ready,
        thin,
        itself,
        tuple(halved) if any(one is not None for one in halved) else (),
    )


def _keep_halves(halved: list[np.ndarray | None], c: int, q: int, own: np.ndarray, shape: tuple[int, int]) -> None:
    """Put an item's halves (R, 2, K) with the others of its population, which are split alike."""
    block = halved[c]
    if block is None:
        block = halved[c] = np.full((len(own), 2, *shape), np.nan)
    if len(own) == len(block):
        block[:, :, q] = 0.0
        block[:, :, q, : own.shape[-1]] = own


def _check(shares: Sequence[float], question: Question, population: str) -> None:
    if len(shares) != question.cells:
        raise BadAnswers(
            f"humans: {population} has {len(shares)} shares for {question.id}, which has {question.cells} answer cells"
        )
    if not all(0 <= share <= 1 + TOLERANCE for share in shares):
        raise BadAnswers(f"humans: {population}, {question.id}: a share is between 0 and 1, not {list(shares)}")
    if question.kind in ("one", "pair") and abs(sum(shares) - 1) > TOLERANCE:
        raise BadAnswers(f"humans: {population}, {question.id}: shares sum to {sum(shares):.6f}, not 1")


def index_values(side: People, instrument: Instrument, questions: Sequence[Question]) -> dict[str, np.ndarray]:
    """(C,) human index values by index: ready ones, else the formula over item means."""
    at = {question.id: i for i, question in enumerate(questions)}
    found: dict[str, np.ndarray] = {}
    for index in instrument.indices:
        if index.name in side.ready:
            found[index.name] = side.ready[index.name]
        elif all(item in at for item in index.terms):
            found[index.name] = sum(
                (weight * side.value[:, at[item]] for item, weight in index.terms.items()),
                np.full(len(side.names), index.constant),
            )
    return found


def regional_mean(side: People, members: Sequence[str], own: str) -> np.ndarray:
    """(Q, K) mean shares of a group's populations with `own` left out; NaN where no other member answered.

    Every member country counts once, whatever its size or sample.
    """
    others = [i for i, place in enumerate(side.places) if place in members and place != own]
    if not others:
        return np.full(side.p.shape[1:], np.nan)
    block = side.p[others]
    there = ~np.isnan(block).any(axis=-1, keepdims=True)
    count = there.sum(axis=0)
    total = np.where(there, block, 0.0).sum(axis=0)
    return np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)


def regional_variance(side: People, members: Sequence[str], own: str) -> np.ndarray:
    """(Q, K) sampling variance of `regional_mean`; NaN where the size of a sample in it is unknown."""
    others = [i for i, place in enumerate(side.places) if place in members and place != own]
    if not others:
        return np.full(side.p.shape[1:], np.nan)
    block = side.p[others]
    there = ~np.isnan(block).any(axis=-1, keepdims=True)
    each = np.where(there, block * (1 - block) / side.n_eff[others][..., None], 0.0)
    count = there.sum(axis=0)
    return np.divide(each.sum(axis=0), count**2, out=np.full(each.shape[1:], np.nan), where=count > 0)
