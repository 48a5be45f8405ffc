"""Run folders made by hand, so that every situation of the page can be had without asking anybody."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from tawazun.answers import SCHEMA
from tawazun.estimates import Estimate, scores_table
from tawazun.populations.records import HUMANS
from tawazun.runs import Run, RunFolder, open_run
from tawazun.study import Study, study_from, study_toml

QUESTIONS: dict[str, Any] = {
    "instrument": pl.String, "question": pl.String, "kind": pl.String, "title": pl.String, "ordinal": pl.Boolean,
    "codes": pl.List(pl.Float64), "tags": pl.List(pl.String), "language": pl.String, "wording": pl.String,
    "status": pl.String, "stem": pl.String, "options": pl.List(pl.String),
}  # fmt: skip
SOURCE = {
    "cite": "a test", "where": "tests", "version": "1", "licence": "CC0-1.0", "terms": "none", "redistribute": "yes",
}  # fmt: skip


@dataclass(frozen=True)
class Texts:
    """Every place of a run into which somebody else's text comes."""

    study: str = "A toy study"
    respondent: str = "toy model"
    stem: str = "How is it?"
    option: str = "level"
    reply: str = "I would rather not."
    why: str = "one framing and no repeated replies"
    cite: str = "a test"
    title: str = "Toy"


def toy_study(texts: Texts, **changes: Any) -> Study:
    """A study of one respondent that is asked nothing here."""
    table: dict[str, Any] = {
        "name": texts.study,
        "respondent": [{"name": texts.respondent, "kind": "planted"}],
        "ask": {"instruments": ["toy"], "languages": ["en", "ar"]},
        "measure": {"populations": ["people-1"]},
    }
    for key, value in changes.items():
        table[key] = {**table.get(key, {}), **value} if isinstance(value, dict) else value
    return study_from(table, "toy.toml")


def estimate(texts: Texts, **changes: Any) -> Estimate:
    """An estimate of the toy respondent's similarity to the people of Egypt."""
    made = Estimate(
        "js_similarity", texts.respondent, "toy", population="people-1/EGY", persona="EGY", perspective="persona",
        language="en", value=0.9, low=0.88, high=0.92, level=0.95, n=2, unit="1 - JS distance (base 2)", mode="logprob",
        source="people-1",
    )  # fmt: skip
    return replace(made, **changes)


def floor(name: str, value: float, population: str = "people-1/EGY", **changes: Any) -> Estimate:
    """A floor's similarity to a population."""
    made = Estimate(
        "js_similarity",
        f"floor:{name}",
        "toy",
        population=population,
        value=value,
        n=2,
        unit="1 - JS distance (base 2)",
    )
    return replace(made, **changes)


def questions(texts: Texts, shown: bool = True) -> pl.DataFrame:
    """Two questions in English and Arabic; without texts when they may not be shown."""
    rows = [
        {
            "instrument": "toy", "question": f"q{n}", "kind": "one", "title": f"thing {n}", "ordinal": True,
            "codes": [1.0, 2.0, 3.0], "tags": ["topic"], "language": language, "wording": "w1", "status": "draft",
            "stem": (f"{texts.stem} {n}" if language == "en" else f"كيف الحال {n}؟") if shown else None,
            "options": [f"{texts.option} {k}" for k in (1, 2, 3)] if shown else None,
        }
        for n in (1, 2)
        for language in ("en", "ar")
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=QUESTIONS)


def answers(texts: Texts, personas: Sequence[str] = ("none", "EGY")) -> pl.DataFrame:
    """One cell per persona, language and question; the first has a reply that was refused."""
    rows: list[dict[str, Any]] = []
    for persona in personas:
        for language in ("en", "ar"):
            for question in ("q1", "q2"):
                rows.append(
                    {
                        "ask": f"{persona}{language}{question}", "cell": f"{len(rows):032x}",
                        "respondent": texts.respondent, "respondent_id": "0", "instrument": "toy", "question": question,
                        "persona": persona, "perspective": "self" if persona == "none" else "persona",
                        "language": language, "wording": "w1", "order": "forward", "labels": "letters",
                        "placement": "system", "context": "", "decoding": "readout", "mode": "logprob",
                        "p": [0.2, 0.3, 0.4], "off_menu": 0.0, "refused": 0.1, "unread": 0.0, "n": None,
                        "value": None, "sd": None, "text": [texts.reply], "error": None,
                    }
                )  # fmt: skip
    return pl.DataFrame(rows, schema=SCHEMA)


def humans(places: Sequence[str] = ("EGY", "JOR"), n: float | None = 100.0) -> pl.DataFrame:
    """The people of some places, all alike; the first option is chosen by few."""
    rows = [
        {
            "population": f"people-1/{place}", "source": "people-1", "place": place, "instrument": "toy",
            "holds": "distributions", "item": question, "p": [0.04, 0.46, 0.5], "value": 2.46, "sd": 0.6, "n": n,
            "n_eff": n, "deff": 1.0 if n else None, "human_error": "sampled" if n else "none", "note": "",
        }
        for place in places
        for question in ("q1", "q2")
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=HUMANS)


def sources(texts: Texts, redistribute: str = "yes", human_error: str = "sampled") -> list[dict[str, Any]]:
    """The instrument's source and the people's."""
    cited = {**SOURCE, "cite": texts.cite}
    return [
        {"kind": "instrument", "name": "toy", "title": texts.title, "not_for": "anything real", "indices": {}, **cited},
        {
            "kind": "population", "name": "people-1", "human_error": human_error, "universe": {"who": "people"},
            **cited, "redistribute": redistribute,
        },
    ]  # fmt: skip


def write_run(path: Path, scores: Sequence[Estimate], texts: Texts | None = None, **parts: Any) -> Run:
    """A measured run folder; `parts` replace the study, questions, answers, humans or sources."""
    texts = texts or Texts()
    (path / "answers").mkdir(parents=True)
    (path / "study.toml").write_text(study_toml(parts.get("study") or toy_study(texts)), encoding="utf-8")
    folder = RunFolder(path)
    folder.add_answers(parts.get("answers", answers(texts)))
    folder.gather_answers()
    folder.write_table("questions", parts.get("questions", questions(texts)))
    folder.write_table("humans", parts.get("humans", humans()))
    folder.write_json("sources", parts.get("sources", sources(texts)))
    folder.write_scores(scores_table(list(scores)))
    return open_run(path)
