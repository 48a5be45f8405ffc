"""Answers as arrays: for one instrument, subjects × framings × questions × answer cells.

A subject is everything that is compared (respondent, persona, perspective, language, mode, decoding); a framing is
everything that is averaged over (wording, order, labels, placement, context, seed).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from tawazun.answers.thoughts import without_thought
from tawazun.cells import parse_persona
from tawazun.instruments import Instrument, Question
from tawazun.instruments.judged import JUDGING

SUBJECT = ("respondent", "persona", "perspective", "language", "mode", "setting")
FRAMING = ("wording", "order", "labels", "placement", "context", "seed")


@dataclass(frozen=True, slots=True)
class Subject:
    """Who answered, as whom, in which language and how; `setting` is the decoding without its seed."""

    respondent: str
    persona: str
    perspective: str
    language: str
    mode: str
    setting: str

    @property
    def place(self) -> str:
        """The place that is played or observed, or empty."""
        return parse_persona(self.persona).place


@dataclass(frozen=True)
class Cube:
    """The answers of one instrument.

    p         (S, F, Q, K) shares conditional on an answer, canonical order, padded with 0 beyond a question's
              cells; NaN where there is no answer or only a value. `some` holds marginal mentions as they came
    value     (S, F, Q) item values: the linear read-out of `p`, or the recorded value; NaN where absent
    spread    (S, F, Q) recorded sd of replies, NaN where p says more or nothing was recorded
    replies   (S, F, Q) number of replies; inf for exact probabilities, NaN where unknown
    off_menu, refused, unread  (S, F, Q), NaN where not observed
    clusters  (F,) number of the wording of each framing
    loglik    (S, F, Q, K) log-likelihood of each option's continuation, NaN where none was scored; None without any
    texts     (S, F, Q) tuples of replies to questions that have reference answers; None without such questions
    """

    instrument: Instrument
    questions: tuple[Question, ...]
    subjects: tuple[Subject, ...]
    framings: tuple[tuple[str, ...], ...]
    p: np.ndarray
    value: np.ndarray
    spread: np.ndarray
    replies: np.ndarray
    off_menu: np.ndarray
    refused: np.ndarray
    unread: np.ndarray
    clusters: np.ndarray
    loglik: np.ndarray | None = None
    texts: np.ndarray | None = None

    @cached_property
    def codes(self) -> np.ndarray:
        """(Q, K) codes padded with 0."""
        return padded_codes(self.questions, self.p.shape[-1])

    @cached_property
    def tight_codes(self) -> np.ndarray:
        """(Q, K) codes whose padding repeats a question's last code, so that empty cells add no length to a scale."""
        codes = self.codes.copy()
        for line, question in zip(codes, self.questions, strict=True):
            line[question.cells :] = question.codes[-1] if question.codes else 0.0
        return codes

    @property
    def distributed(self) -> np.ndarray:
        """(Q,) questions whose answers are distributions over one set of cells (`one`, `pair`)."""
        return np.array([q.kind in ("one", "pair") for q in self.questions])

    @property
    def ordinal(self) -> np.ndarray:
        """(Q,) questions for which means and W1 make sense."""
        return np.array([q.kind == "one" and q.ordinal for q in self.questions])


def padded_codes(questions: Sequence[Question], width: int) -> np.ndarray:
    """(Q, K) answer codes, 0 beyond a question's cells."""
    codes = np.zeros((len(questions), width))
    for row, question in zip(codes, questions, strict=True):
        row[: question.cells] = question.codes[: question.cells]
    return codes


def cube(answers: pl.DataFrame, instrument: Instrument) -> Cube | None:
    """The cube of one instrument's answers, or None when there are none. Failed cells are left out."""
    every = answers.filter(pl.col("instrument") == instrument.name)
    table = every.filter(pl.col("error").is_null())
    if table.height == 0:
        return None
    # what a judge failed on in every cell stays in sight: it is counted against it
    present = set((every if JUDGING in instrument.tags else table)["question"].unique())
    questions = tuple(q for q in instrument.questions if q.id in present)
    table = table.with_columns(
        setting=pl.col("decoding").str.replace(r",seed=-?\d+$", ""),
        seed=pl.col("decoding").str.extract(r"seed=(-?\d+)$").fill_null(""),
    )
    subjects, s = _numbered(table, SUBJECT)
    framings, f = _numbered(table, FRAMING)
    position = {q.id: i for i, q in enumerate(questions)}
    q = table["question"].replace_strict(position, return_dtype=pl.Int64).to_numpy()
    shape = (len(subjects), len(framings), len(questions))
    width = max([x.cells for x in questions], default=0)
    raw = _shares(table, "p", (s, f, q), (*shape, width), 0.0)
    scalars = {name: _placed(table[name], (s, f, q), shape) for name in ("off_menu", "refused", "unread", "value")}
    answered = 1 - np.nan_to_num(scalars["refused"]) - np.nan_to_num(scalars["unread"])
    p = _conditional(raw, questions, answered)
    codes = padded_codes(questions, p.shape[-1])
    linear = np.einsum("sfqk,qk->sfq", p, codes)
    value = np.where(np.isnan(linear) | ~_readable(questions), scalars.pop("value"), linear)
    counted = _placed(table["n"], (s, f, q), shape)
    exact = np.isnan(counted) & ~np.isnan(linear) & np.isin(_modes(table, (s, f, q), shape), ("logprob",))
    return Cube(
        instrument=instrument,
        questions=questions,
        subjects=tuple(Subject(*row) for row in subjects),
        framings=tuple(framings),
        p=p,
        value=value,
        spread=_placed(table["sd"], (s, f, q), shape),
        replies=np.where(exact, np.inf, counted),
        clusters=_clusters(framings),
        loglik=_likelihoods(table, instrument, (s, f, q), (*shape, width)),
        texts=_texts(table, instrument, (s, f, q), shape),
        **scalars,
    )


def _numbered(table: pl.DataFrame, columns: Sequence[str]) -> tuple[list[tuple[str, ...]], np.ndarray]:
    """Distinct keys, sorted so that the order of rows changes nothing, and the number of each row's key."""
    keys = table.select(columns).unique().sort(columns).with_row_index("number")
    numbers = table.select(columns).join(keys, on=list(columns), how="left", maintain_order="left")["number"]
    return [tuple(row) for row in keys.drop("number").rows()], numbers.to_numpy().astype(np.int64)


def _placed(column: pl.Series, at: tuple[np.ndarray, ...], shape: tuple[int, ...]) -> np.ndarray:
    out = np.full(shape, np.nan)
    out[at] = column.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return out


def _modes(table: pl.DataFrame, at: tuple[np.ndarray, ...], shape: tuple[int, ...]) -> np.ndarray:
    out = np.full(shape, "", dtype=object)
    out[at] = table["mode"].to_numpy()
    return out


def _shares(
    table: pl.DataFrame, column: str, at: tuple[np.ndarray, ...], shape: tuple[int, ...], padding: float
) -> np.ndarray:
    """A column of lists as an array, NaN where there is no list and `padding` beyond the end of each."""
    out = np.full(shape, np.nan)
    has = table[column].is_not_null().to_numpy()
    if shape[-1] and has.any():
        lengths = table[column].list.len().fill_null(0).to_numpy().astype(np.int64)[has]
        flat = table[column].filter(pl.Series(has)).explode().to_numpy()
        block = np.full((int(has.sum()), shape[-1]), padding)
        block[np.repeat(np.arange(len(lengths)), lengths), _positions(lengths)] = flat
        out[tuple(axis[has] for axis in at)] = block
    return out


def _likelihoods(
    table: pl.DataFrame, instrument: Instrument, at: tuple[np.ndarray, ...], shape: tuple[int, ...]
) -> np.ndarray | None:
    """Log-likelihoods, kept for benchmarks only: surveys have no use for them."""
    if instrument.exam is None or "loglik" not in table.columns or table["loglik"].null_count() == table.height:
        return None
    return _shares(table, "loglik", at, shape, np.nan)


def _texts(
    table: pl.DataFrame, instrument: Instrument, at: tuple[np.ndarray, ...], shape: tuple[int, ...]
) -> np.ndarray | None:
    """Replies, kept where reference answers are looked for in them."""
    if instrument.exam is None or not instrument.references or "text" not in table.columns:
        return None
    out = np.full(shape, None, dtype=object)
    for place, replies in zip(zip(*at, strict=True), table["text"].to_list(), strict=True):
        out[place] = tuple(without_thought(text) for text in replies or ())
    return out


def _positions(lengths: np.ndarray) -> np.ndarray:
    starts = np.repeat(np.cumsum(lengths) - lengths, lengths)
    return np.arange(int(lengths.sum())) - starts


def _conditional(raw: np.ndarray, questions: Sequence[Question], answered: np.ndarray) -> np.ndarray:
    """Shares among those who answered; a cell in which nobody answered has no distribution, never a uniform one.

    answered   (S, F, Q) share of replies that were read; mentions of a `some` question are taken among them
    """
    total = raw.sum(axis=-1, keepdims=True)
    some = np.array([q.kind == "some" for q in questions])[:, None]
    among = np.where(some, answered[..., None], total)
    return np.divide(raw, among, out=np.full_like(raw, np.nan), where=among > 1e-12)


def _readable(questions: Sequence[Question]) -> np.ndarray:
    return np.array([q.kind in ("one", "some", "pair") for q in questions])


def _clusters(framings: Sequence[tuple[str, ...]]) -> np.ndarray:
    """Wordings are the clusters; with one wording every framing is its own."""
    wordings = [framing[0] for framing in framings]
    if len(set(wordings)) > 1:
        order = {name: i for i, name in enumerate(dict.fromkeys(wordings))}
        return np.array([order[name] for name in wordings])
    return np.arange(len(framings))


def by_framing(instrument: Cube, subject: int, array: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sums and counts over framings inside each cluster that a subject has.

    Shapes   array: (S, F, Q) or (S, F, Q, K)
    Returns  sums (G, Q[, K]) and counts (G, Q[, 1]) over the clusters with any answer; NaN cells count for nothing
    """
    own = array[subject]
    there = ~np.isnan(own)
    members = sorted({int(g) for g in instrument.clusters[there.reshape(len(own), -1).any(axis=1)]})
    filled = np.where(there, own, 0.0)
    sums = [filled[instrument.clusters == g].sum(axis=0) for g in members]
    counts = [there[instrument.clusters == g].sum(axis=0) for g in members]
    if array.ndim == 4:
        counts = [count.max(axis=-1, keepdims=True) for count in counts]
    shape = own.shape[1:]
    empty = np.zeros((0, *shape))
    return (np.array(sums), np.array(counts, dtype=float)) if members else (empty, empty[..., :1])
