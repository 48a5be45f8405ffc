"""The candidates of a search on many workers: each has the model and the asks, and gets vectors; no key goes out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tawazun.adapt.layout import Layout, Place
from tawazun.cells import Ask
from tawazun.errors import BadFile, Failure
from tawazun.instruments import Question
from tawazun.respondents import Settings, make_respondent
from tawazun.workers import Engine, Lost, Standing
from tawazun.workers.cluster import from_anywhere

Answers = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class LayOut:
    """What a worker makes its layout from; `identity` is what its model must have."""

    settings: Settings
    asks: tuple[Ask, ...]
    questions: tuple[Question, ...]
    place: Place
    identity: Mapping[str, str]

    def __call__(self) -> Layout:
        """The layout. Errors: BadFile where the worker's model is another than that of the search."""
        made: Any = make_respondent(self.settings)
        for name, value in self.identity.items():
            if made.identity.get(name) != value:
                raise BadFile(
                    f"respondent {self.settings.name}: {name} is {made.identity.get(name)!r} on a worker, {value!r} "
                    "here; give every machine the same files and settings"
                )
        return Layout(made.reader, self.asks, self.questions, self.place)


def answered(layout: Layout, item: tuple[np.ndarray, tuple[int, int] | None]) -> Answers:
    """On a worker: shares and mass of vectors (n, tokens, width), of drawn replies where (samples, seed) are given."""
    vectors, drawn = item
    return layout.replies(vectors, *drawn) if drawn else layout.shares(vectors)


class Crowd:
    """A layout on many workers; answers as `Layout` does. Workers start at the first candidates."""

    def __init__(self, standing: Standing) -> None:
        """The workers, which `close` lets go."""
        self._standing = standing

    def shares(self, vectors: np.ndarray) -> Answers:
        """As `Layout.shares`. Errors: Failure where no worker could score a candidate."""
        return self._spread(vectors, None)

    def replies(self, vectors: np.ndarray, samples: int, seed: int) -> Answers:
        """As `Layout.replies`. Errors: Failure where no worker could score a candidate."""
        return self._spread(vectors, (samples, seed))

    def close(self) -> None:
        """Let the workers go."""
        self._standing.close()

    def _spread(self, vectors: np.ndarray, drawn: tuple[int, int] | None) -> Answers:
        parts = np.array_split(vectors, min(len(vectors), self._standing.count))
        found: Sequence[Any] = self._standing.each((part, drawn) for part in parts)
        for one in found:
            if isinstance(one, Lost):
                raise Failure(
                    f"no worker could score some candidates ({one.reason}); the same command goes on from here"
                )
        p, mass = zip(*found, strict=True)
        return np.concatenate(p), np.concatenate(mass)


def crowd_of(engine: Engine, settings: Settings, layout: Layout, identity: Mapping[str, str]) -> Crowd | None:
    """The workers of an engine for a layout; None where this process is all there is."""
    absolute = from_anywhere(settings)
    make = LayOut(absolute, layout.asks, layout.questions, layout.place, dict(identity))
    standing = engine.stay(answered, make, absolute)
    return Crowd(standing) if standing else None
