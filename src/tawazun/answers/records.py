"""What comes back for one cell, and the table that keeps it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from tawazun.errors import BadAnswers
from tawazun.instruments import Question

TOLERANCE = 1e-6
FILTERED = "<content_filter/>"  # stands for a reply that a provider's filter kept back: a refusal, not an empty reply

SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "ask": pl.String,
    "cell": pl.String,
    "respondent": pl.String,
    "respondent_id": pl.String,
    "instrument": pl.String,
    "question": pl.String,
    "persona": pl.String,
    "perspective": pl.String,
    "language": pl.String,
    "wording": pl.String,
    "order": pl.String,
    "labels": pl.String,
    "placement": pl.String,
    "context": pl.String,
    "decoding": pl.String,
    "mode": pl.String,
    "p": pl.List(pl.Float64),
    "off_menu": pl.Float64,
    "refused": pl.Float64,
    "unread": pl.Float64,
    "n": pl.Float64,
    "value": pl.Float64,
    "sd": pl.Float64,
    "text": pl.List(pl.String),
    "loglik": pl.List(pl.Float64),
    "error": pl.String,
}
Schema = Mapping[str, pl.DataType | type[pl.DataType]]


def table_of(rows: Sequence[Sequence[Any]], schema: Schema) -> pl.DataFrame:
    """Rows as a table of this schema; a row has one value per column, in order."""
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    pairs = zip(schema.items(), columns, strict=True)
    return pl.DataFrame([_column(name, values, kind) for (name, kind), values in pairs])


def _column(name: str, values: Sequence[Any], kind: pl.DataType | type[pl.DataType]) -> pl.Series:
    """One column. Polars makes a series of every single list, at half the cost of a cell: here all go in at once."""
    if not isinstance(kind, pl.List) or all(one is None for one in values) or any(one == () for one in values):
        return pl.Series(name, values, dtype=kind)
    flat = [each for one in values for each in (one or (None,))]
    own = pl.Series([at for at, one in enumerate(values) for _ in (one or (None,))], dtype=pl.UInt32)
    known = pl.Series([one is not None for one in values])
    long = pl.DataFrame({"own": own, name: pl.Series(flat, dtype=kind.inner)})
    made = long.group_by("own", maintain_order=True).agg(name).with_columns(known.alias("known"))
    return made.select(pl.when("known").then(name).alias(name)).to_series()


@dataclass(frozen=True, slots=True)
class Outcome:
    """One answer. Null is what cannot be observed, never 0.

    p         shares in canonical order: of options (`one`), marginal mentions (`some`), ordered pairs (`pair`)
    off_menu  probability outside the options; refused, unread: shares of replies
              for `one` and `pair`: sum(p) + off_menu + refused + unread = 1 over what was observed, never renormalised
    n         replies behind the shares; null for exact probabilities
    value     a number, a ready composite or a recorded mean; sd its spread over replies
    text      the replies
    loglik    natural-log likelihood of each option's continuation in canonical order, where one was scored; lengths are
              taken out afterwards, so that one ask serves every normalisation
    error     why there is no answer; every other field is then null
    """

    p: tuple[float, ...] | None = None
    off_menu: float | None = None
    refused: float | None = None
    unread: float | None = None
    n: float | None = None
    value: float | None = None
    sd: float | None = None
    text: tuple[str, ...] | None = None
    loglik: tuple[float, ...] | None = None
    error: str | None = None


def check(outcome: Outcome, question: Question, where: str) -> Outcome:
    """The outcome itself when it keeps the rules of its question. Errors: BadAnswers naming `where` and the rule."""
    if outcome.error is not None:
        return outcome
    losses = [x for x in (outcome.off_menu, outcome.refused, outcome.unread) if x is not None]
    shares = (*(outcome.p or ()), *losses)
    # the sum is finite only where all are; a million answers are checked, so the usual case has no loop of ours
    if shares and not (math.isfinite(sum(shares)) and min(shares) >= -TOLERANCE and max(shares) <= 1 + TOLERANCE):
        wrong = next(one for one in shares if not -TOLERANCE <= one <= 1 + TOLERANCE)
        raise BadAnswers(f"{where}: a share is between 0 and 1, not {wrong}")
    if outcome.p is not None:
        _check_shares(outcome, question, where, sum(losses))
    if outcome.value is not None:
        _check_value(outcome.value, question, where)
    return outcome


def _check_shares(outcome: Outcome, question: Question, where: str, losses: float) -> None:
    p = outcome.p or ()
    if len(p) != question.cells:
        raise BadAnswers(f"{where}: {question.id} has {question.cells} answer cells, {len(p)} came")
    replies = 1 - (outcome.refused or 0.0) - (outcome.unread or 0.0)
    if question.kind == "some" and p and max(p) > replies + TOLERANCE:
        raise BadAnswers(
            f"{where}: {question.id} is mentioned in {max(p):.6g} of replies, only {replies:.6g} were answers"
        )
    if question.kind in ("one", "pair") and abs(sum(p) + losses - 1) > TOLERANCE:
        raise BadAnswers(f"{where}: shares and losses of {question.id} sum to {sum(p) + losses:.6f}, not 1")


def _check_value(value: float, question: Question, where: str) -> None:
    if question.kind == "some":
        low = sum(min(c, 0.0) for c in question.codes)
        high = sum(max(c, 0.0) for c in question.codes)
    elif question.codes:
        low, high = min(question.codes), max(question.codes)
    else:
        return
    if not math.isfinite(value) or not low - 1e-9 <= value <= high + 1e-9:
        hint = " (a refusal coded as 0 is not an answer)" if value == 0 else ""
        raise BadAnswers(f"{where}: {question.id} lies between {low:g} and {high:g}, not {value:g}{hint}")
