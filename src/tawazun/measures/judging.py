"""A judge's verdicts and grades as arrays, per subject and rubric, beside what people said of the same answers."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from tawazun.estimates import Estimate
from tawazun.instruments import Instrument, Question
from tawazun.instruments.judged import JUDGING, TIE
from tawazun.judging.verdicts import ORDERS, Verdicts, verdicts
from tawazun.measures.context import Context, faceted, rows
from tawazun.measures.cube import FRAMING, Cube
from tawazun.measures.exams import PromptKind
from tawazun.stats.classification import share_interval

ONE_ORDER = "judged in one order only: ask with orders = ['forward', 'reversed']"


@dataclass(frozen=True)
class Sitting:
    """One judge under one rubric (and labels, context, placement).

    row       the estimate to fill, with the prompt in its facet
    framings  its framings in the cube: orders and seeds
    """

    made: Cube
    subject: int
    row: Estimate
    prompt: PromptKind
    framings: tuple[int, ...]

    @property
    def questions(self) -> tuple[Question, ...]:
        """The answers that were judged."""
        return self.made.questions

    def _of(self, name: str, level: str) -> list[int]:
        return [f for f in self.framings if self.made.framings[f][FRAMING.index(name)] == level]

    @cached_property
    def verdicts(self) -> Verdicts | None:
        """What became of each pair; seeds are pooled. None when it was not judged in both orders."""
        at = [self._of("order", order) for order in ORDERS]
        if not all(at):
            return None
        lost = self.made.refused + self.made.unread
        p = np.stack([_mean(self.made.p[self.subject, own][..., :2]) for own in at])
        return verdicts(p, np.stack([_mean(lost[self.subject, own]) for own in at]))

    @property
    def seeds(self) -> list[str]:
        """The runs of the sitting, by their seed."""
        seeds = {self.made.framings[f][FRAMING.index("seed")] for f in self.framings}
        return sorted(seeds, key=lambda seed: (len(seed), seed))

    def grades(self, seed: str | None = None) -> np.ndarray:
        """(Q,) grades, the mean over orders (and runs, unless one is named); NaN where none was read."""
        at = [*self.framings] if seed is None else self._of("seed", seed)
        return _mean(self.made.value[self.subject, at])

    @cached_property
    def groups(self) -> dict[str, np.ndarray]:
        """`country:CODE` -> (Q,) whether an item is of the country."""
        own = np.array([question.tagged("country") for question in self.questions], dtype=object)
        return {f"country:{code}": own == code for code in sorted({*own.tolist()}) if code}


def _mean(values: np.ndarray) -> np.ndarray:
    """Mean over the first axis of what is there; NaN where nothing is."""
    there = ~np.isnan(values)
    count = there.sum(axis=0)
    total = np.where(there, values, 0.0).sum(axis=0)
    return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)


def sittings(context: Context, measure: str, kind: str) -> Iterator[Sitting]:
    """Every sitting over pairs (`one`) or single answers (`number`), with empty rows of a measure."""
    for name, made in context.cubes.items():
        if not judges(made.instrument, kind):
            continue
        for subject, base in enumerate(rows(measure, name, made)):
            for prompt, framings in _prompts(made, subject).items():
                row = replace(base, facet=faceted(base, f"prompt={prompt.words}"))
                yield Sitting(made, subject, row, prompt, tuple(framings))


def judges(instrument: Instrument, kind: str) -> bool:
    """Whether an instrument holds answers to be judged, of a kind of question."""
    return JUDGING in instrument.tags and instrument.questions[0].kind == kind


def _prompts(made: Cube, subject: int) -> dict[PromptKind, list[int]]:
    asked = np.isfinite(made.p[subject]).any(axis=(-1, -2)) if made.p.shape[-1] else np.zeros(len(made.framings), bool)
    for part in (made.value, made.refused, made.unread):
        asked = asked | np.isfinite(part[subject]).any(axis=-1)
    found: dict[PromptKind, list[int]] = {}
    for f in np.flatnonzero(asked).tolist():
        level = dict(zip(FRAMING, made.framings[f], strict=True))
        kind = PromptKind(level["wording"], level["labels"], level["context"], level["placement"])
        found.setdefault(kind, []).append(f)
    return dict(sorted(found.items()))


def counted(row: Estimate, hits: np.ndarray, level: float, words: str) -> Estimate:
    """The row of a share of items: (N,) 0 or 1 each, items independent."""
    n = len(hits)
    if n == 0:
        return replace(row, n=0.0, method=words, why=row.why or "nothing to take a share of")
    value = float(hits.mean())
    sd = float(np.sqrt(value * (1 - value) / (n - 1))) if n > 1 else float("nan")
    low, high = share_interval(value, sd, max(1, n - 1), n, level)
    filled = replace(row, value=value, n=float(n), method=f"{words}; items independent")
    return replace(filled, low=low, high=high, level=level) if np.isfinite(low) else filled.because("one item")


def people_counts(made: Cube, codes: dict[str, int]) -> np.ndarray:
    """(Q, C) how many people gave each label of a fixed list."""
    counts = np.zeros((len(made.questions), len(codes)))
    for line, question in zip(counts, made.questions, strict=True):
        for label, count in made.instrument.references.get(question.id, {}).items():
            line[codes[label]] += count
    return counts


LABELS = {"1": 0, "2": 1, TIE: 2}
