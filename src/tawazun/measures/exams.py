"""Benchmarks as answer sheets: what each subject chose under each prompt, and what is marked right.

A prompt is a wording (or template), a label script, worked examples and a placement. Scores under two prompts are two
scores; option orders and seeds of one prompt are averaged.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np

from tawazun.cells.framing import shots_words
from tawazun.cells.labels import UNLABELLED
from tawazun.instruments import Exam, Instrument, Question
from tawazun.measures.context import Context
from tawazun.measures.cube import FRAMING, Cube
from tawazun.seeds import digest
from tawazun.stats.classification import best_shares


@dataclass(frozen=True, slots=True, order=True)
class PromptKind:
    """The part of a framing that makes a score another score."""

    wording: str
    labels: str
    context: str
    placement: str

    @property
    def words(self) -> str:
        """`w1 letters 0-shot`, as it stands in a facet."""
        shown = shots_words(self.context) or f"context-{digest(self.context)[:8]}"
        parts = [self.wording, self.labels, shown, "" if self.placement == "system" else f"in-{self.placement}"]
        return " ".join(part for part in parts if part)


@dataclass(frozen=True)
class Bench:
    """A benchmark as asked: its cube, and what is looked up item by item, made once.

    classes    (C,) codes that any item may be answered with, in order
    class_at   (Q, K) position of each option's code among them, 0 beyond an item's options
    there      (Q, K) whether an item has such an option
    """

    made: Cube
    exam: Exam

    @cached_property
    def classes(self) -> np.ndarray:
        return np.unique([code for one in self.made.questions for code in one.codes[: one.cells]])

    @cached_property
    def there(self) -> np.ndarray:
        cells = np.array([question.cells for question in self.made.questions])
        return np.arange(self.made.p.shape[-1]) < cells[:, None]

    @cached_property
    def class_at(self) -> np.ndarray:
        return np.where(self.there, np.searchsorted(self.classes, self.made.codes), 0)

    @cached_property
    def _kept(self) -> dict[object, Any]:
        return {}

    def groups(self, dimension: str) -> tuple[tuple[str, ...], np.ndarray]:
        """Names of a dimension's groups in order, and each item's position among them (Q,); one group without one."""
        if dimension not in self._kept:
            own = [question.tagged(dimension) if dimension else "" for question in self.made.questions]
            names, at = np.unique(np.array(own), return_inverse=True)
            self._kept[dimension] = tuple(str(name) for name in names), at
        found: tuple[tuple[str, ...], np.ndarray] = self._kept[dimension]
        return found

    def texts(self, language: str, wording: str) -> list[tuple[str, ...]]:
        """The option texts of each item in a wording, or in the text that a template is laid over; empty without."""
        key = (language, wording)
        if key not in self._kept:
            template = self.made.instrument.template(language, wording)
            worded = [one.worded(language, template.base if template else wording) for one in self.made.questions]
            self._kept[key] = [one.options if one else () for one in worded]
        found: list[tuple[str, ...]] = self._kept[key]
        return found

    def lengths(self, language: str, wording: str) -> np.ndarray:
        """(Q, K) characters of each option's text, at least 1; NaN where there is no such option or text."""
        found = np.full(self.there.shape, np.nan)
        for line, texts in zip(found, self.texts(language, wording), strict=True):
            line[: len(texts)] = [max(1, len(text)) for text in texts]
        return found


def benches(context: Context) -> Iterator[Bench]:
    """Every benchmark of a context that has a key for anything that was asked."""
    for name, made in context.cubes.items():
        exam = made.instrument.exam
        if exam is not None and made.instrument.gold:
            yield context.once(("bench", name), partial(Bench, made, exam))


@dataclass(frozen=True, slots=True)
class Marking:
    """Which items are marked against which answers.

    facet   empty for the benchmark as it is, else `view=NAME` or `key=suspected`
    gold    (Q,) position of the right option, -1 where an item is not marked
    """

    facet: str
    gold: np.ndarray


@dataclass(frozen=True, slots=True)
class Sheet:
    """What one subject answered under one prompt.

    rule     how an answer was chosen, as a facet: `norm=none`, `norm=chars`, or empty for replies
    method   the same in words
    choices  (O, Q, K) share of each item's answer that each option took, per order and seed, canonical option order;
             what was refused or not read is nobody's; NaN where an item was not asked
    orders   (O,) names of the option orders
    lost     `refused` and `unread` -> (O, Q) share of replies; NaN where not observed
    """

    prompt: PromptKind
    rule: str
    method: str
    choices: np.ndarray
    orders: tuple[str, ...]
    lost: Mapping[str, np.ndarray]

    @property
    def facet(self) -> str:
        """The prompt and the rule as they stand in a facet."""
        return ";".join(part for part in (f"prompt={self.prompt.words}", self.rule) if part)


def right_options(instrument: Instrument, questions: Sequence[Question], changed: Mapping[str, float]) -> np.ndarray:
    """(Q,) position of each item's right option, -1 where there is none; `changed` holds other codes for some items."""
    gold = np.full(len(questions), -1)
    for q, question in enumerate(questions):
        code = changed.get(question.id, instrument.gold.get(question.id))
        if code is not None and question.kind == "one" and code in question.codes:
            gold[q] = question.codes.index(code)
    return gold


def markings(bench: Bench) -> list[Marking]:
    """The benchmark as it is, its views, and the suspected key; empty when it has no key for what was asked."""
    made, exam = bench.made, bench.exam
    instrument = made.instrument
    plain = right_options(instrument, made.questions, {})
    found = [Marking("", plain)]
    for name, items in exam.views.items():
        there = np.array([question.id in items for question in made.questions], dtype=bool)
        found.append(Marking(f"view={name}", np.where(there, plain, -1)))
    if exam.suspect:
        found.append(Marking("key=suspected", right_options(instrument, made.questions, exam.suspect)))
    return [one for one in found if (one.gold >= 0).any()]


def prompt_kinds(made: Cube, subject: int) -> list[tuple[PromptKind, list[int]]]:
    """The prompts that a subject was asked under, with the framings (orders, seeds) of each."""
    asked = np.flatnonzero(_asked(made, subject).any(axis=-1))
    found: dict[PromptKind, list[int]] = {}
    for f in asked.tolist():
        level = dict(zip(FRAMING, made.framings[f], strict=True))
        kind = PromptKind(level["wording"], level["labels"], level["context"], level["placement"])
        found.setdefault(kind, []).append(f)
    return sorted(found.items())


def sheets(bench: Bench, subject: int) -> Iterator[Sheet]:
    """Every answer sheet of a subject. One read-out gives two where options are scored as texts."""
    made = bench.made
    for prompt, at in prompt_kinds(made, subject):
        orders = tuple(made.framings[f][FRAMING.index("order")] for f in at)
        lost = {"refused": made.refused[subject, at], "unread": made.unread[subject, at]}
        if made.subjects[subject].mode != "logprob" and not _logged(made, subject, at):
            yield Sheet(prompt, "", "share of replies that name it", _replied(made, subject, at), orders, lost)
            continue
        scores, words = _scores(made, subject, at, labelled=prompt.labels not in UNLABELLED)
        chosen = _chosen(made, subject, at, scores)
        yield Sheet(prompt, "norm=none", f"option of the highest {words}, ties shared", chosen, orders, lost)
        if words == "log-likelihood" and prompt.labels in UNLABELLED:
            lengths = bench.lengths(made.subjects[subject].language, prompt.wording)
            chosen = _chosen(made, subject, at, scores / lengths)
            words = "option of the highest log-likelihood per character of its text, ties shared"
            yield Sheet(prompt, "norm=chars", words, chosen, orders, lost)


def _logged(made: Cube, subject: int, at: list[int]) -> bool:
    """Whether another tool recorded log-likelihoods, so that its answers are read as read-outs."""
    return made.loglik is not None and bool(np.isfinite(made.loglik[subject, at]).any())


def _asked(made: Cube, subject: int) -> np.ndarray:
    """(F, Q) cells that came back, also those where nothing but refusals did."""
    found: np.ndarray = np.isfinite(made.p[subject]).any(axis=-1)
    for lost in (made.refused, made.unread):
        found |= ~np.isnan(lost[subject])
    if made.texts is not None:
        found |= np.vectorize(bool, otypes=[bool])(made.texts[subject])
    return found


def _replied(made: Cube, subject: int, at: list[int]) -> np.ndarray:
    """(O, Q, K) shares of all replies; a refusal or an unread reply names no option."""
    lost = sum(np.nan_to_num(one[subject, at]) for one in (made.refused, made.unread, made.off_menu))
    named = np.nan_to_num(made.p[subject, at]) * (1 - np.asarray(lost))[..., None]
    return np.where(_asked(made, subject)[at][..., None], named, np.nan)


def _scores(made: Cube, subject: int, at: list[int], *, labelled: bool) -> tuple[np.ndarray, str]:
    """(O, Q, K) scores of the options, padding NaN: log-likelihoods, or probabilities where an item has none.

    Labels are read by probability, which counts both spellings of a label (bare and after a space); texts have one.
    """
    cells = np.array([question.cells for question in made.questions])[:, None]
    p = np.where(np.arange(made.p.shape[-1]) < cells, made.p[subject, at], np.nan)
    if labelled or made.loglik is None or np.isnan(made.loglik[subject, at]).all():
        return p, "probability"
    own = made.loglik[subject, at]
    with np.errstate(divide="ignore"):
        return np.where(np.isnan(own).all(axis=-1, keepdims=True), np.log(p), own), "log-likelihood"


def _chosen(made: Cube, subject: int, at: list[int], scores: np.ndarray) -> np.ndarray:
    asked = _asked(made, subject)[at][..., None]
    return np.where(asked, np.nan_to_num(best_shares(scores)), np.nan)
