"""The verdicts that survived the swap, as preferences: one row per pair, with the texts that won and lost."""

from pathlib import Path

import numpy as np
import polars as pl

from tawazun.errors import BadFile
from tawazun.instruments import Instrument, Question
from tawazun.instruments.judged import PAIRS
from tawazun.judging.verdicts import ORDERS, verdicts
from tawazun.runs import Run
from tawazun.runs.own_files import asked_instruments

WHERE = ("respondent", "language", "wording", "labels", "placement", "context", "decoding", "mode", "persona")
SEED = r",seed=-?\d+$"
COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "instrument": pl.String, "pair": pl.String, "judge": pl.String, "rubric": pl.String, "language": pl.String,
    "labels": pl.String, "decoding": pl.String, "mode": pl.String, "fate": pl.String, "prompt": pl.String,
    "chosen": pl.String, "rejected": pl.String, "chosen_system": pl.String, "rejected_system": pl.String,
    "country": pl.String, "topic": pl.String,
}  # fmt: skip


def kept_verdicts(run: Run, folder: Path | None = None, *, everything: bool = False) -> pl.DataFrame:
    """Preferences from a run that judged pairs: prompt, chosen and rejected, by judge, rubric and language.

    folder      where the `pairs:FILE` of the run's study lies, for a run that kept no copy of it
    everything  rows for verdicts that were not kept too, with their fate and without a chosen one
    Errors      BadFile when the run judged no pairs; StudyChanged when its copy is not what was judged
    """
    names = [name for name in run.study.ask.instruments if name.startswith(PAIRS)]
    if not names:
        raise BadFile(f"{run.path}: the run judged no pairs (no instrument {PAIRS}FILE in its study)")
    answers = run.answers
    tables = []
    for name, instrument in asked_instruments(run, names, folder).items():
        table = verdict_table(answers.filter(pl.col("instrument") == name), instrument)
        tables.append(table if everything else table.filter(pl.col("fate") == "kept"))
    return pl.concat(tables)


def verdict_table(answers: pl.DataFrame, instrument: Instrument) -> pl.DataFrame:
    """One row per judge, framing and pair, seeds pooled, whatever became of it; see `kept_verdicts`."""
    items = {question.id: at for at, question in enumerate(instrument.questions)}
    rows = []
    pooled = answers.with_columns(pl.col("decoding").str.replace(SEED, ""))
    for where, group in pooled.group_by(WHERE, maintain_order=True):
        # sums and counts: shares of the two answers, and what was refused or unread
        p, read = np.zeros((2, len(items), 2)), np.zeros((2, len(items), 1))
        lost, told = np.zeros((2, len(items))), np.zeros((2, len(items)))
        asked = np.zeros(len(items), dtype=bool)
        for one in group.iter_rows(named=True):
            asked[at := items[one["question"]]] = True
            if one["order"] not in ORDERS:
                continue
            order = ORDERS.index(one["order"])
            if one["p"] is not None and sum(one["p"]) > 0:
                p[order, at] += one["p"]
                read[order, at] += 1
            if one["refused"] is not None or one["unread"] is not None:
                lost[order, at] += (one["refused"] or 0.0) + (one["unread"] or 0.0)
                told[order, at] += 1
        shares = np.divide(p, read, out=np.full(p.shape, np.nan), where=read > 0)
        found = verdicts(shares, np.divide(lost, told, out=np.zeros(lost.shape), where=told > 0))
        own = dict(zip(WHERE, where, strict=True))
        for question in (question for question, was in zip(instrument.questions, asked, strict=True) if was):
            at = items[question.id]
            rows.append(_row(instrument.name, own, question, str(found.fate[at]), int(found.chosen[at])))
    return pl.DataFrame(rows, schema=COLUMNS)


def _row(name: str, own: dict[str, object], question: Question, fate: str, chosen: int) -> dict[str, object]:
    wording = question.wordings[0]
    systems = [question.tagged("system_1"), question.tagged("system_2")]
    won = chosen >= 0
    return {
        "instrument": name,
        "pair": question.id,
        "judge": own["respondent"],
        "rubric": own["wording"],
        **{key: own[key] for key in ("language", "labels", "decoding", "mode")},
        "fate": fate,
        "prompt": wording.stem,
        "chosen": wording.options[chosen] if won else None,
        "rejected": wording.options[1 - chosen] if won else None,
        "chosen_system": systems[chosen] if won else None,
        "rejected_system": systems[1 - chosen] if won else None,
        "country": question.tagged("country"),
        "topic": question.tagged("topic"),
    }
