"""Scorers and metrics of the Inspect tasks: our readers, and what they could not read, beside what was right."""

from typing import Any

import numpy as np
from inspect_ai.scorer import Metric, SampleScore, Score, Scorer, Target, accuracy, mean, metric, scorer, stderr
from inspect_ai.solver import TaskState

from tawazun.data.logs import OURS
from tawazun.plugins.laying import ask_of, named
from tawazun.plugins.marking import Mark, classes_of, mark, shares_of
from tawazun.stats.classification import confusion_sums
from tawazun.stats.classification import macro_f1 as macro_f1_of

MODE = "generate"
LOST: dict[str, list[Metric]] = {"refused": [mean()], "unread": [mean()]}


@metric
def macro_f1() -> Metric:
    """Mean F1 over the labels that a benchmark's items share; a reply that names none counts against recall."""

    def compute(scores: list[SampleScore]) -> float:
        known = [one.score for one in scores if isinstance(one.score.value, dict)]
        names = sorted({key for one in known for key in _shares(one)})
        gold = [names.index(f"said_{(one.metadata or {})['gold']:g}") for one in known]
        choices = np.array([[_shares(one).get(name, 0.0) for name in names] for one in known])
        return float(macro_f1_of(confusion_sums(choices, gold).sum(axis=0))) if known else 0.0

    return compute


def _shares(score: Score) -> dict[str, float]:
    value = score.value
    assert isinstance(value, dict)
    return {key: float(x) for key, x in value.items() if key.startswith("said_") and isinstance(x, int | float)}


@scorer(metrics=[{"right": [accuracy(), stderr()], **LOST}])
def marked(name: str, data: str = "") -> Scorer:
    """Reads each reply and marks it by the instrument's key; refused and unread replies are counted on their own."""
    instrument = named(name, data)
    classes = classes_of(instrument)

    async def score(state: TaskState, target: Target) -> Score:
        ask = ask_of(instrument, state.metadata[OURS], MODE)
        made = mark(instrument, ask, state.output.completion)
        value: dict[str, Any] = {"right": made.right or 0.0, **_lost(made), **shares_of(made, classes)}
        return _score(made, value, gold=instrument.gold.get(ask.question.id))

    return score


@scorer(metrics=[{"answered": [mean()], **LOST}])
def chosen(name: str, data: str = "") -> Scorer:
    """Reads each reply to a survey and keeps the option that it names; nothing is right or wrong."""
    instrument = named(name, data)

    async def score(state: TaskState, target: Target) -> Score:
        made = mark(instrument, ask_of(instrument, state.metadata[OURS], MODE), state.output.completion)
        return _score(made, {"answered": float(not made.refused and not made.unread), **_lost(made)})

    return score


def _lost(made: Mark) -> dict[str, float]:
    return {"refused": float(made.refused), "unread": float(made.unread)}


def _score(made: Mark, value: dict[str, Any], **more: Any) -> Score:
    metadata = {"codes": list(made.codes), "why": made.why, **more}
    return Score(value=value, answer=made.answer, explanation=made.why, metadata=metadata)
