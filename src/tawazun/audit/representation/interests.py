"""What a country's rows talk about beside what its people say matters to them.

Survey items ask how important something is in one's life; a data set's topics say how often it comes up. They measure
different things, so only their order is compared: a topic that people rank high and the data rank low is a gap.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tawazun.audit.representation.tags import Tagged
from tawazun.instruments import Instrument
from tawazun.populations import Population
from tawazun.stats.rank_correlation import spearman
from tawazun.stats.raters import spearman_interval

FEWEST = 4
LEVEL = 0.95
# World Values Survey 7, Q1 to Q6: importance in life, 1 = very important … 4 = not at all
WVS = {"family": "Q1", "friends": "Q2", "leisure": "Q3", "politics": "Q4", "work": "Q5", "religion": "Q6"}


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic of a country.

    n, share      rows of the country on it, and their share of its rows on any topic of the map
    importance    mean importance among its people, 0 = not at all to 1 = very
    rank_data, rank_people   1 = most; ties share their mean
    """

    topic: str
    n: float
    share: float
    importance: float
    rank_data: float
    rank_people: float

    @property
    def gap(self) -> float:
        """Ranks by which the data put it lower than people do; below 0: higher."""
        return self.rank_data - self.rank_people


@dataclass(frozen=True, slots=True)
class Interests:
    """Topics of one country, those that the data neglect most first.

    rho, low, high   Spearman's correlation of shares and importances over topics; None where it cannot be had
    left_out         topics of the rows without a survey item, with their rows
    why              why there is no correlation or no interval
    """

    place: str
    population: str
    topics: tuple[Topic, ...]
    rho: float | None
    low: float | None
    high: float | None
    left_out: Mapping[str, float]
    human_error: str
    why: str = ""


def interests(
    data: Tagged, population: Population, instrument: Instrument, items: Mapping[str, str] | None = None
) -> Interests:
    """The map of one population's country.

    items     topic of the rows -> item of the instrument; the six of the World Values Survey when left out
    """
    named = dict(WVS if items is None else items)
    importance = {
        topic: value
        for topic, item in named.items()
        if (value := _importance(population, instrument, item)) is not None
    }
    counts = _rows_of(data, population.place)
    inside = {topic: counts.get(topic, 0.0) for topic in importance}
    topics = _topics(inside, importance)
    rho, low, high, why = _correlation(topics, bool(sum(inside.values())))
    left = {topic: n for topic, n in counts.items() if topic not in importance}
    return Interests(population.place, population.name, topics, rho, low, high, left, population.human_error, why)


def _importance(population: Population, instrument: Instrument, item: str) -> float | None:
    """Mean importance, 0 to 1, of an ordinal item whose lowest code is the most important; None when it is absent."""
    answer = population.answer(item)
    question = next((one for one in instrument.questions if one.id == item), None)
    if answer is None or question is None:
        return None
    low, high = min(question.codes), max(question.codes)
    if answer.p is not None:
        total = math.fsum(answer.p)
        value = math.fsum(p * code for p, code in zip(answer.p, question.codes, strict=True)) / total if total else None
    else:
        value = answer.value
    return None if value is None else (high - value) / (high - low)


def _rows_of(data: Tagged, code: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for row, count in zip(data.rows, data.weights, strict=True):
        if code in row["country"]:
            for topic in row["topic"]:
                found[topic.casefold()] = found.get(topic.casefold(), 0.0) + count / len(row["topic"]) / len(
                    row["country"]
                )
    return found


def _topics(counts: Mapping[str, float], importance: Mapping[str, float]) -> tuple[Topic, ...]:
    total = math.fsum(counts.values())
    names = list(importance)
    data = _ranks([counts[name] for name in names])
    people = _ranks([importance[name] for name in names])
    made = [
        Topic(name, counts[name], counts[name] / total if total else 0.0, importance[name], data[at], people[at])
        for at, name in enumerate(names)
    ]
    return tuple(sorted(made, key=lambda one: (-one.gap, one.rank_people, one.topic)))


def _ranks(values: Sequence[float]) -> list[float]:
    from scipy.stats import rankdata

    return [float(rank) for rank in rankdata([-value for value in values])] if values else []


def _correlation(topics: Sequence[Topic], any_rows: bool) -> tuple[float | None, float | None, float | None, str]:
    if not any_rows:
        return None, None, None, "no row of this country is on any of these topics"
    if len(topics) < FEWEST:
        return None, None, None, f"{len(topics)} topics have a survey item; at least {FEWEST} are needed"
    rho = float(spearman([one.share for one in topics], [one.importance for one in topics]))
    if not np.isfinite(rho):
        return None, None, None, "all topics have the same share or the same importance"
    low, high = spearman_interval(rho, len(topics), LEVEL)
    if not np.isfinite(low):
        return rho, None, None, "the orders agree or disagree fully: there is no error to go by"
    return rho, low, high, f"over {len(topics)} topics only"
