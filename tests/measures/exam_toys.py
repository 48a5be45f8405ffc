"""Benchmarks and answer sheets for tests: made up, or the keys of real files read in place."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from tawazun.estimates import Estimate
from tawazun.instruments import Exam, Instrument, Question, Wording
from tests.measures.by_hand import answers, context, measured
from tests.toys import SOURCE


def item(name: str, options: Sequence[str], *tags: str, language: str = "en") -> Question:
    """One item with options coded 1, 2 …"""
    codes = tuple(float(k + 1) for k in range(len(options)))
    return Question(name, "one", codes, (Wording("w1", language, f"About {name}?", tuple(options)),), tags=tags)


def exam(items: Iterable[Question], gold: Mapping[str, float], **keys: Any) -> Instrument:
    """A benchmark of these items."""
    return Instrument("toy_exam", "A toy", tuple(items), SOURCE, "anything", exam=Exam(**keys), gold=gold)


def topical(sizes: Sequence[int], options: int = 2, **keys: Any) -> Instrument:
    """Topics of these sizes; the right options go round."""
    texts = ("yes", "no") if options == 2 else tuple(f"thing {k}" for k in range(options))
    made = [item(f"t{t}-{i}", texts, f"topic:t{t}") for t, size in enumerate(sizes) for i in range(size)]
    gold = {one.id: float(q % options + 1) for q, one in enumerate(made)}
    return exam(made, gold, **{"groups": ("topic",), "clusters": "topic", **keys})


def choosing(instrument: Instrument, choose: Callable[[Question], int], **cell: Any) -> list[dict[str, Any]]:
    """Cells of a respondent that gives each item one option wholly; -1 is a refusal."""
    found = []
    for question in instrument.questions:
        at = choose(question)
        p = [float(k == at) for k in range(question.cells)]
        found.append({"question": question.id, "p": p, "refused": float(at < 0), **cell})
    return found


def scores(measure: str, instrument: Instrument, cells: Sequence[Mapping[str, Any]], **keys: Any) -> list[Estimate]:
    """The rows of a measure over these cells."""
    return measured(measure, context([instrument], answers(instrument, cells), **keys))


def right(instrument: Instrument) -> Callable[[Question], int]:
    """The position of the right option."""
    return lambda question: question.codes.index(instrument.gold[question.id])


def acva(folder: Path) -> Instrument:
    """The test split of ACVA with invented statements: only its ids, topics and labels are read."""
    rows = [json.loads(line) for line in (folder / "acva" / "difficulty-easy-TF_test.jsonl").open(encoding="utf-8")]
    made = [item(row["id"], ("yes", "no"), f"topic:{row['id'].rpartition('-')[0]}", language="ar") for row in rows]
    gold = {row["id"]: 1.0 if row["answer"] == "نعم" else 2.0 for row in rows}
    return exam(made, gold, metric="macro_f1", groups=("topic",), clusters="topic", positive=1.0)


def aratrust(folder: Path) -> Instrument:
    """AraTrust with its option texts, in memory only."""
    path = folder / "aratrust" / "aratrust_clean.jsonl"
    rows = [json.loads(line) for line in path.open(encoding="utf-8")]
    made = [
        item(row["id"], row["options"], f"category:{row['category']}", f"subcategory:{row['subcategory']}",
             language="ar")
        for row in rows
    ]  # fmt: skip
    gold = {row["id"]: row["answer_index"] + 1.0 for row in rows}
    return exam(made, gold, over="category", groups=("category", "subcategory"), clusters="subcategory")


def table_of(rows: Iterable[Estimate]) -> pl.DataFrame:
    """Rows as a table, for looking at."""
    return pl.DataFrame(
        [{k: getattr(row, k) for k in ("respondent", "facet", "group", "value", "low")} for row in rows]
    )


def uniform(count: int) -> list[float]:
    """Equal shares."""
    return np.full(count, 1 / count).tolist()
