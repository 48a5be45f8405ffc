"""Planted answers for a planted judge: what is better is known, and so is what people of the country would say."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tawazun import api
from tawazun.runs import Run
from tawazun.study import study_from

COUNTRIES = ("EGY", "MAR")
MEASURES = ("judge_yield", "judge_position_bias", "judge_length_bias", "agreement", "judge_ratio")


def lines(path: Path, rows: Sequence[Mapping[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def pairs(path: Path, count: int = 40) -> Path:
    """Pairs of an answer of the country and a foreign one; people always prefer their own.

    The foreign answer is worse in Egypt's items and better in Morocco's, so a judge that does not see the country is
    right about the first and wrong about the second.
    """
    rows: list[dict[str, object]] = []
    for k in range(count):
        country, foreign = COUNTRIES[k % 2], (4, 7)[k % 2]
        own_at = (k // 2) % 2
        marks = [(foreign, "USA"), (foreign, "USA")]
        marks[own_at] = (6, country)
        texts = [f"Answer {side} to {k} [q={quality}] [c={code}]" for side, (quality, code) in enumerate(marks)]
        rows.append({"id": f"p{k}", "prompt": f"What is eaten on day {k}?", "answer_1": texts[0], "answer_2": texts[1],
                     "country": country, "human": [str(own_at + 1)] * 3})  # fmt: skip
    return lines(path, rows)


def grades(path: Path, count: int = 24) -> Path:
    """Answers of two systems and a reference to the same prompts, with people's grades: the quality, and one off."""
    rows: list[dict[str, object]] = []
    for k in range(count):
        for system, role, quality in (("a", "model", k % 9), ("b", "model", 4), ("turbo", "reference", 8)):
            rows.append({"id": f"{system}{k}", "pair": f"n{k}", "prompt": f"Say {k}.", "system": system, "role": role,
                         "answer": f"Well [q={quality}]", "country": COUNTRIES[k % 2],
                         "human": [quality, min(10, quality + 1)]})  # fmt: skip
    return lines(path, rows)


def judged(folder: Path, file: Path, kind: str, *, ask: Mapping[str, Any] | None = None, **faults: float) -> Run:
    """A run of the planted judge over a file."""
    table: dict[str, Any] = {
        "name": "judging",
        "respondent": [{"name": "judge", "kind": "planted_judge", "options": faults}],
        "ask": {
            "instruments": [f"{kind}:{file.name}"],
            "wordings": ["fit"],
            "orders": ["forward", "reversed"],
            "mode": "generate",
            **(ask or {}),
        },
        "measure": {"measures": list(MEASURES), "draws": 200},
    }
    return api.run(study_from(table, "judging.toml"), folder, folder=file.parent)
