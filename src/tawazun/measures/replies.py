"""Replies drawn again, for a subject that was asked under one framing only."""

from dataclasses import astuple

import numpy as np

from tawazun.measures.context import Context
from tawazun.measures.cube import Cube
from tawazun.seeds import stream
from tawazun.stats.resampling import multinomial_draws

MOST_DRAWS = 400


def _single(made: Cube, subject: int) -> int | None:
    """The one framing a subject has, or None when it has several."""
    there = ~np.isnan(made.value[subject]).all(axis=-1) | ~np.isnan(made.p[subject]).all(axis=(-1, -2))
    framings = np.flatnonzero(there)
    return int(framings[0]) if len(framings) == 1 else None


def _stream(context: Context, made: Cube, subject: int) -> np.random.Generator:
    """Draws that depend on who answered, not on who else did."""
    return stream("replies", context.seed, made.instrument.name, astuple(made.subjects[subject]))


def reply_draws(context: Context, made: Cube, subject: int) -> np.ndarray | None:
    """(D, Q, K) shares drawn again from the observed ones, or None when replies are exact, single or unknown."""
    framing = _single(made, subject)
    if framing is None:
        return None
    p, replies = made.p[subject, framing], valid_replies(made)[subject, framing]
    there = ~np.isnan(p).any(axis=-1) if p.shape[-1] else np.zeros(len(p), dtype=bool)  # numbers alone have no shares
    if not there.any() or not (np.isfinite(replies[there]) & (replies[there] >= 2)).all():
        return None
    draws = min(context.keys.draws, MOST_DRAWS)
    out = np.full((draws, *p.shape), np.nan)
    rng = _stream(context, made, subject)
    marginal = np.array([question.kind == "some" for question in made.questions])
    shared, mentioned = there & ~marginal, there & marginal
    if shared.any():
        out[:, shared] = multinomial_draws(p[shared], replies[shared], draws, rng)
    if mentioned.any():
        out[:, mentioned] = _mentions(p[mentioned], replies[mentioned], draws, rng)
    return out


def _mentions(p: np.ndarray, replies: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    """(D, Q, K) shares of mentions drawn again, each option on its own: how mentions go together is not recorded."""
    counts = np.round(replies).astype(np.int64)[:, None]
    return rng.binomial(counts, np.clip(p, 0.0, 1.0), size=(draws, *p.shape)) / counts


def value_draws(context: Context, made: Cube, subject: int) -> np.ndarray | None:
    """(D, Q) item values drawn again: from shares, else from a recorded mean, sd and n; None when neither can be."""
    shares = reply_draws(context, made, subject)
    if shares is not None:
        return np.einsum("dqk,qk->dq", shares, made.codes)
    found = value_spread(made, subject)
    if found is None:
        return None
    value, sd, replies = found
    there = ~np.isnan(value)
    if not there.any() or np.isnan(sd[there]).any() or not (replies[there] >= 2).all():
        return None
    draws = min(context.keys.draws, MOST_DRAWS)
    rng = _stream(context, made, subject)
    return value + rng.standard_normal((draws, len(value))) * sd / np.sqrt(replies)


def value_spread(made: Cube, subject: int) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """(Q,) recorded values, their sd over replies and number of replies; None when a subject has several framings."""
    framing = _single(made, subject)
    if framing is None:
        return None
    return made.value[subject, framing], made.spread[subject, framing], made.replies[subject, framing]


def valid_replies(made: Cube) -> np.ndarray:
    """(S, F, Q) replies that named an option; inf for exact probabilities."""
    lost = np.nan_to_num(made.refused) + np.nan_to_num(made.unread)
    return made.replies * (1 - lost)
