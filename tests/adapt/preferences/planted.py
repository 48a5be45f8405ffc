"""Answers whose worth is known, a model that gives them, and a planted judge with faults."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tawazun.adapt.preferences.keys import PreferenceRecipe, preference_recipe
from tawazun.answers import Outcome
from tawazun.api.preferences import Preferences, make_preferences
from tawazun.cells import Ask
from tawazun.respondents import Recorded, Respondent, Settings, make_respondent
from tawazun.seeds import seed_for

COUNTRIES = ("EGY", "MAR")


def lines(path: Path, rows: Sequence[Mapping[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def pairs(count: int = 40, start: int = 0) -> list[dict[str, Any]]:
    """An answer of the country and a foreign one, in turn first; the foreign one is worse in Egypt, better in Morocco.

    A judge that does not see the country is right about Egypt's and wrong about Morocco's.
    """
    rows = []
    for k in range(start, start + count):
        country, foreign = COUNTRIES[k % 2], (4, 7)[k % 2]
        own_at = (k // 2) % 2
        marks = [(foreign, "USA"), (foreign, "USA")]
        marks[own_at] = (6, country)
        texts = [
            f"Answer {'of some length ' * (side == k // 4 % 2)}to {k} [q={q}] [c={c}]"
            for side, (q, c) in enumerate(marks)
        ]
        rows.append({"id": f"p{k}", "prompt": f"What is eaten on day {k}?", "answer_1": texts[0], "answer_2": texts[1],
                     "country": country})  # fmt: skip
    return rows


def labelled(count: int = 24) -> list[dict[str, Any]]:
    """Other pairs, labelled by three people who prefer their own country's answer."""
    rows = pairs(count, start=1000)
    return [{**one, "human": [str((k // 2) % 2 + 1)] * 3} for k, one in enumerate(rows)]


def probes(count: int = 8) -> list[dict[str, Any]]:
    """Pairs of equal worth under both countries: each country's answer is right in it."""
    rows = []
    for k in range(count):
        texts = [f"Way {k} [q=6] [c={code}]" for code in COUNTRIES]
        for at, code in enumerate(COUNTRIES):
            rows.append({"id": f"probe-{k}-{code}", "prompt": f"How is tea made, way {k}?", "answer_1": texts[0],
                         "answer_2": texts[1], "country": code, "human": str(at + 1)})  # fmt: skip
    return rows


def table(folder: Path, **changes: Any) -> dict[str, Any]:
    """A recipe over planted pairs, its files written; `check={"labels": "none"}` changes a section."""
    lines(folder / "pairs.jsonl", pairs())
    lines(folder / "labelled.jsonl", labelled())
    lines(folder / "probes.jsonl", probes())
    made: dict[str, Any] = {
        "name": "planted",
        "pairs": {"file": "pairs.jsonl", "language": "en", "licence": "Apache-2.0"},
        "judge": {"kind": "planted_judge"},
        "judging": {"rubrics": ["fit"]},
        "check": {"labels": "labelled.jsonl", "probes": "probes.jsonl", "min_yield": 0.2},
    }
    for section, keys in changes.items():
        made[section] = {**made.get(section, {}), **keys} if isinstance(keys, dict) else keys
    return made


def recipe(folder: Path, **changes: Any) -> PreferenceRecipe:
    return preference_recipe(table(folder, **changes), "recipe.toml")


def made(folder: Path, **changes: Any) -> Preferences:
    """The preferences of a planted recipe, in `out` beside its files."""
    return make_preferences(recipe(folder, **changes), folder / "out", folder=folder, cache=False)


class Writer:
    """A model whose answers carry marks: quality and country are drawn, so that pairs differ."""

    identity: Mapping[str, str] = {"kind": "writer"}
    batch = 4
    free = True
    modes = ("generate",)

    def __init__(self, *, same: bool = False, silent: bool = False) -> None:
        self.same, self.silent, self.asked = same, silent, 0

    def answer(self, asks: Sequence[Ask], samples: int, study_seed: int) -> Iterator[Outcome]:
        for ask in asks:
            self.asked += 1
            draw = 0 if self.same else seed_for("writer", study_seed, ask.ask)
            code = (*COUNTRIES, "USA")[draw % 3]
            yield Outcome(text=("" if self.silent else f"Answer {draw % 1000} [q={draw // 7 % 10}] [c={code}]",))


def maker(writer: Writer) -> Any:
    """Makes the writer for the kind `writer`, any other respondent as usual."""

    def make(settings: Settings) -> Respondent | Recorded:
        return writer if settings.kind == "writer" else make_respondent(settings)

    return make
