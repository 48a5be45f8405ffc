"""What a respondent recalls of published figures, laid out beside the figures: places x indices.

An instrument whose items carry the tags `recalls:INSTRUMENT`, `index:NAME` and `place:CODE` asks for the published
scores of another instrument as numbers.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from tawazun.estimates import Estimate
from tawazun.instruments import Instrument, Question
from tawazun.measures.context import Context, rows
from tawazun.measures.cube import Cube
from tawazun.measures.people import People, index_values
from tawazun.measures.replies import value_draws
from tawazun.measures.spread import Replicates, replicates


def tag(question: Question, name: str) -> str:
    """What follows `name:` in a question's tags, or empty."""
    return next((one.partition(":")[2] for one in question.tags if one.startswith(f"{name}:")), "")


def recalled_instrument(instrument: Instrument) -> str:
    """The instrument whose published scores an instrument asks for, or empty."""
    return tag(instrument.questions[0], "recalls") if instrument.questions else ""


@dataclass(frozen=True)
class Recall:
    """The figures that one respondent gave in one language and mode.

    base      an estimate with these filled in; made: the cube of the figures; subject: its subject
    target    the instrument that the figures are about
    places    P codes; indices: I names
    items     (P, I) question of each figure, -1 where it was not asked
    figures   (P, I) mean figure given, NaN where none could be read
    reps      replicates of the figures by question
    """

    base: Estimate
    made: Cube
    subject: int
    target: str
    places: tuple[str, ...]
    indices: tuple[str, ...]
    items: np.ndarray
    figures: np.ndarray
    reps: Replicates

    def laid_out(self, block: np.ndarray) -> np.ndarray:
        """(..., Q) figures by question -> (..., P, I), NaN where not asked."""
        return np.where(self.items < 0, np.nan, block[..., np.maximum(self.items, 0)])

    @property
    def given(self) -> np.ndarray:
        """(P, I) share of replies with a figure, NaN where not asked or not observed."""
        lost = self.made.refused[self.subject] + self.made.unread[self.subject]
        there = ~np.isnan(lost)
        count = there.sum(axis=0)
        total = np.where(there, 1 - lost, 0.0).sum(axis=0)
        return self.laid_out(np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0))


def recalls(context: Context) -> Iterator[Recall]:
    """Every respondent's figures, per language, mode and decoding."""
    for name, made in context.cubes.items():
        target = recalled_instrument(made.instrument)
        if not target:
            continue
        places = tuple(dict.fromkeys(tag(question, "place") for question in made.questions))
        indices = tuple(dict.fromkeys(tag(question, "index") for question in made.questions))
        items = np.full((len(places), len(indices)), -1)
        for q, question in enumerate(made.questions):
            items[places.index(tag(question, "place")), indices.index(tag(question, "index"))] = q
        for subject, base in enumerate(rows("recall", name, made)):
            reps = replicates(made, subject, made.value, value_draws(context, made, subject))
            figures = np.where(items < 0, np.nan, reps.whole[np.maximum(items, 0)])
            yield Recall(base, made, subject, target, places, indices, items, figures, reps)


def published(context: Context, found: Recall, side: People) -> np.ndarray:
    """(P, I) published scores of a source for the figures asked, NaN where it has none."""
    questions = context.cubes[found.target].questions if found.target in context.cubes else ()
    instrument = context.instruments[found.target]
    scores: Mapping[str, np.ndarray] = index_values(side, instrument, questions)
    out = np.full(found.items.shape, np.nan)
    for p, place in enumerate(found.places):
        at = side.where(place)
        for i, name in enumerate(found.indices):
            if at is not None and name in scores:
                out[p, i] = scores[name][at]
    return np.where(found.items < 0, np.nan, out)


def against(base: Estimate, side: People) -> Estimate:
    """The row of a comparison with one source."""
    return replace(base, population=side.source, source=side.source)
