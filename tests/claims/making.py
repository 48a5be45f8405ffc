"""Finished runs made by hand in memory: a toy instrument, shares by wording, people; and contrasts without any."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from tawazun.answers import SCHEMA
from tawazun.claims import Finding, Gathered, Part, claim_from, decide, gather
from tawazun.claims.contrast import Contrast
from tawazun.claims.yardsticks import yardstick
from tawazun.instruments import Instrument
from tawazun.populations import HumanAnswer, Population, humans_table
from tawazun.seeds import digest
from tawazun.stats.resampling import jackknife_sd
from tawazun.study import Study, study_from
from tests.toys import SOURCE, toy

# who -> (wordings, items, options), or (label, persona) -> the same
Answers = Mapping[Any, np.ndarray]


def study_of(labels: Sequence[str], **measure: Any) -> Study:
    """A study of the toy instrument."""
    table = {
        "name": "made by hand",
        "seed": 1,
        "respondent": [{"name": label, "kind": "recorded", "file": f"{label}.csv"} for label in labels],
        "ask": {"instruments": ["toy"]},
        "measure": measure,
    }
    return study_from(table, "test.toml")


def answers_of(answers: Answers, **factors: Any) -> pl.DataFrame:
    """An answers table; `factors` are columns that are the same in every row (`mode`, `language`, `order`, `n` …)."""
    rows = []
    for who, shares in answers.items():
        label, persona = who if isinstance(who, tuple) else (who, "none")
        for w, by_item in enumerate(shares, 1):
            for q, p in enumerate(by_item, 1):
                framing = {
                    "question": f"q{q}",
                    "persona": persona,
                    "perspective": "self" if persona in ("none", "human") else "persona",
                    "language": "en",
                    "wording": f"w{w}",
                    "order": "forward",
                    "labels": "letters",
                    "placement": "system",
                    "context": "",
                    "decoding": "readout",
                    "mode": "logprob",
                    "instrument": "toy",
                } | {k: v for k, v in factors.items() if k in SCHEMA and k != "n"}
                ask = digest(str(sorted(framing.items())))
                rows.append(
                    {
                        **framing,
                        "ask": ask,
                        "cell": digest(ask + label + str(factors.get("id", ""))),
                        "respondent": label,
                        "respondent_id": digest(label + str(factors.get("id", ""))),
                        "p": None if np.isnan(p).any() else list(p),
                        "n": factors.get("n"),
                        "error": "lost" if np.isnan(p).any() else None,
                    }
                )
    kinds = {name: kind for name, kind in SCHEMA.items() if name != "text"}
    return pl.DataFrame([{name: row.get(name) for name in kinds} for row in rows], schema=kinds)


def people_of(people: Mapping[str, np.ndarray], n_eff: float | None = 1000.0) -> pl.DataFrame:
    """A humans table: place -> (items, options)."""
    return humans_table(
        [
            Population(
                f"made-1/{place}",
                place,
                "toy",
                "distributions",
                tuple(
                    HumanAnswer(f"q{q}", tuple(p), float(p @ np.arange(1, len(p) + 1)), None, n_eff, n_eff, 1.0)
                    for q, p in enumerate(shares, 1)
                ),
                SOURCE,
                "sampled" if n_eff else "none",
            )
            for place, shares in people.items()
        ]
    )


def part(
    answers: Answers, people: Mapping[str, np.ndarray], *, name: str = "run", study: Study | None = None, **factors: Any
) -> Part:
    """A finished run."""
    labels = list(dict.fromkeys(who[0] if isinstance(who, tuple) else who for who in answers))
    n_eff = factors.pop("n_eff", 1000.0)
    manifest = {"kind": "study", "prompt_version": factors.pop("prompt_version", 1)}
    questions = pl.DataFrame({"instrument": ["toy"], "language": ["en"], "status": ["draft"]})
    made = study or study_of(labels)
    return Part(name, made, answers_of(answers, **factors), people_of(people, n_eff), questions, manifest)


def instrument_of(answers: Answers) -> Instrument:
    """The toy instrument that fits."""
    shape = next(iter(answers.values())).shape
    return toy(shape[1], options=shape[2], wordings=shape[0])


def laid_out(answers: Answers, people: Mapping[str, np.ndarray], **factors: Any) -> Gathered:
    """One run laid out."""
    return gather([part(answers, people, **factors)], instruments=[instrument_of(answers)])


def claimed(gathered: Gathered, **keys: Any) -> Finding:
    """The finding of a claim."""
    base = {"claim": "something", "measure": "js_similarity"}
    if keys.get("kind") in ("distinguishable", "ranks"):
        del base["measure"]
    return decide(gathered, claim_from({**base, **keys}, "claim.toml"))


def noisy(shares: np.ndarray, wordings: int, weight: float, rng: np.random.Generator) -> np.ndarray:
    """(wordings, items, options) shares that scatter around given ones; a large weight scatters little."""
    return np.array([[rng.dirichlet(weight * p + 1e-3) for p in shares] for _ in range(wordings)])


def made_contrast(
    rng: np.random.Generator,
    *,
    effect: float,
    items: int,
    wordings: int,
    item_sd: float,
    shared_sd: float,
    cell_sd: float,
    human_sd: float = 0.0,
    fixed_items: bool = True,
) -> Contrast:
    """A contrast drawn from a model: item effects, a shift of each wording shared by all items, and single cells.

    fixed_items   item effects sum to 0 and have exactly `item_sd`; else they are drawn too, and the truth is their mean
    """
    particular = rng.standard_normal(items)
    if fixed_items:
        particular = (particular - particular.mean()) / particular.std(ddof=1)
    cells = effect + item_sd * particular + shared_sd * rng.standard_normal((wordings, 1))
    cells = cells + cell_sd * rng.standard_normal((wordings, items)) + human_sd * rng.standard_normal()
    each = cells.mean(axis=0)
    left = np.array([np.delete(cells, g, axis=0).mean() for g in range(wordings)])
    return Contrast(
        yardstick("js_similarity"),
        tuple(f"q{q}" for q in range(items)),
        0,
        each,
        float(each.mean()),
        (0.0, 0.0),
        float(jackknife_sd(left)),
        wordings,
        "wordings",
        human_sd,
        0.0,
        "",
    )
