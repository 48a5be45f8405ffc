"""Search over a pool of prompts: each is a steering, tried on the items of the fit and nothing else.

It needs answers only, so it works on replies of an endpoint as on exact probabilities. Budgets count as those of soft
prompts do: one evaluation is one pass over the asks of the fit. The first of the pool is tried first, the others in an
order drawn by the seed, each once. The best of many is flattered by having been chosen: its worth is what it does on
items that were held out.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from time import perf_counter
from typing import Literal

import numpy as np

from tawazun.adapt.objective import Objective
from tawazun.adapt.search.records import Budget, Generation
from tawazun.answers import Outcome
from tawazun.cells import Ask
from tawazun.errors import BadStudy, RespondentFailed
from tawazun.instruments import Question
from tawazun.respondents import Respondent, Steering
from tawazun.respondents.steered import Steered
from tawazun.seeds import stream

SAME = 1e-6  # values closer than this share are one value
EARLY = 10  # prompts that may score the same before a search gives up: wordings of one persona can be close


@dataclass(frozen=True)
class Trial:
    """One prompt that was tried.

    value   of the objective, lower is better; None where some item got no answer at all
    lost    mean share of refused, unread and off-menu answers: a prompt may reach its people by silencing the rest
    """

    digest: str
    title: str
    value: float | None
    lost: float


@dataclass(frozen=True)
class PoolFound:
    """What a search over a pool leaves. `stopped`: `budget`, `stale`, or `done` where the pool was tried whole."""

    best: Steering
    value: float
    trials: tuple[Trial, ...]
    history: tuple[Generation, ...]
    stopped: Literal["budget", "stale", "done"]


@dataclass(frozen=True, eq=False)
class Fit:
    """What prompts are tried on.

    asks       the asks of the fit, of nobody in particular, every framing of every question
    questions  in the order of the objective's rows
    samples    replies an ask, where replies are drawn
    """

    respondent: Respondent
    asks: Sequence[Ask]
    questions: Sequence[Question]
    objective: Objective
    samples: int
    seed: int

    def attempt(self, steering: Steering) -> Trial:
        """One evaluation: every ask of the fit under a steering.

        Errors   RespondentFailed where the respondent answers nobody any more: that says nothing of the prompt
        """
        made = Steered(self.respondent, steering, "the search")
        outcomes = list(made.answer(self.asks, self.samples, self.seed))
        if any(one.error is not None for one in outcomes):
            self._check_alive()
        value = float(self.objective.losses(shares_of(self.asks, outcomes, self.questions)[None])[0])
        lost = fmean(lost_of(one) for one in outcomes)
        return Trial(steering.digest, steering.title, value if math.isfinite(value) else None, lost)

    def _check_alive(self) -> None:
        """Ask once without any steering: errors of a respondent that is down are not those of a prompt."""
        plain = next(iter(self.respondent.answer(self.asks[:1], 1, self.seed)))
        if plain.error is not None:
            raise RespondentFailed(
                f"the respondent answers nothing any more ({plain.error}); what was tried is kept: the same command "
                "goes on from there"
            )


def shares_of(asks: Sequence[Ask], outcomes: Sequence[Outcome], questions: Sequence[Question]) -> np.ndarray:
    """Shares among the options, averaged over framings: (Q, K).

    0 beyond a question's options; NaN for a question without an answer.
    """
    row = {one.id: at for at, one in enumerate(questions)}
    found = np.zeros((len(questions), max(one.cells for one in questions)))
    counts = np.zeros(len(questions))
    for ask, outcome in zip(asks, outcomes, strict=True):
        p = np.array(outcome.p if outcome.p is not None else (), dtype=np.float64)
        if p.size and p.sum() > 0:
            found[row[ask.question.id], : p.size] += p / p.sum()
            counts[row[ask.question.id]] += 1
    found[counts == 0] = np.nan
    return np.asarray(found / np.maximum(counts, 1)[:, None])


def lost_of(outcome: Outcome) -> float:
    """Share of an answer that is none; 1 for an ask that failed."""
    if outcome.error is not None:
        return 1.0
    return min(1.0, sum(one or 0.0 for one in (outcome.off_menu, outcome.refused, outcome.unread)))


def search_pool(
    pool: Sequence[Steering],
    attempt: Callable[[Steering], Trial],
    budget: Budget,
    *,
    seed: int,
    batch: int = 1,
    known: Mapping[str, Trial] | None = None,
    on_generation: Callable[[tuple[Trial, ...], tuple[Generation, ...]], None] = lambda trials, history: None,
) -> PoolFound:
    """Try prompts of a pool until the budget, a standstill, or its end.

    attempt        one evaluation, such as `Fit.attempt`
    batch          prompts of one generation, by which history is kept and staleness is counted
    known          digest -> trial of an earlier part of the same search: counted as evaluations, not tried again
    on_generation  called with everything so far after each generation: the place to save and to show
    Errors         BadStudy for an empty pool, a prompt that stands twice, a constant objective; RespondentFailed where
                   no prompt got an answer to every item
    """
    ordered = _ordered(pool, seed, batch)
    trials: list[Trial] = []
    rows: list[Generation] = []
    improved = 0
    while (stopped := _stopped(budget, len(trials), len(pool), len(rows), improved)) is None:
        begun = perf_counter()
        chosen = ordered[len(trials) : min(len(trials) + batch, budget.evaluations)]
        made = [(known or {}).get(one.digest) or attempt(one) for one in chosen]
        before = _best(trials)
        trials += made
        rows.append(_row(len(rows) + 1, trials, made, perf_counter() - begun))
        if _best(trials) is not None and (before is None or _best(trials) < before):  # type: ignore[operator]
            improved = len(rows)
        on_generation(tuple(trials), tuple(rows))
        if len(rows) >= budget.constant_after and len(trials) >= EARLY:
            _check_varied(trials)
    value = _best(trials)
    if value is None:
        raise RespondentFailed(f"none of {len(trials)} prompts got an answer to every item of the fit")
    _check_varied(trials)
    at = next(i for i, one in enumerate(trials) if one.value == value)
    return PoolFound(ordered[at], value, tuple(trials), tuple(rows), stopped)


def _ordered(pool: Sequence[Steering], seed: int, batch: int) -> list[Steering]:
    if not pool:
        raise BadStudy("prompts: the pool is empty; give prompts, or let a respondent write some")
    if batch < 1:
        raise BadStudy(f"prompts: a generation has 1 prompt or more, not {batch}")
    digests = [one.digest for one in pool]
    if twice := next((one for one in pool if digests.count(one.digest) > 1), None):
        raise BadStudy(f"prompts: the pool has the same prompt twice: {twice.title}")
    return [pool[0], *(pool[1 + i] for i in stream("prompt-pool", seed).permutation(len(pool) - 1))]


def _stopped(
    budget: Budget, tried: int, size: int, generations: int, improved: int
) -> Literal["budget", "stale", "done"] | None:
    if tried >= size:
        return "done"
    if tried >= budget.evaluations:
        return "budget"
    return "stale" if budget.stale and improved and generations - improved >= budget.stale else None


def _best(trials: Sequence[Trial]) -> float | None:
    return min((one.value for one in trials if one.value is not None), default=None)


def _row(number: int, trials: Sequence[Trial], made: Sequence[Trial], seconds: float) -> Generation:
    values = [one.value for one in made if one.value is not None]
    middle = median(values) if values else None
    # a pool does not draw together as a population of vectors does: its spread is always 0
    return Generation(number, len(trials), _best(trials), middle, 0.0, len(made) - len(values), seconds)


def _check_varied(trials: Sequence[Trial]) -> None:
    """Refuse an objective that no prompt moves. Errors: BadStudy."""
    if len(trials) < 2:
        return
    values = [math.inf if one.value is None else one.value for one in trials]
    first = values[0]
    if math.isfinite(first) and all(math.isclose(one, first, rel_tol=SAME, abs_tol=SAME**2) for one in values):
        raise BadStudy(
            f"prompts: the objective is constant: {len(values)} prompts all scored {first:.6g}; check that the persona "
            "reaches the model, and that it does not refuse every question"
        )
