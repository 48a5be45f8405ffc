"""A tiny ablation of the planted model: one seed, six steps of tuning, and a placebo on another country's answers."""

from typing import Any

HELD = ["a01", "a02", "a03", "a04", "a05", "a06", "a07", "a08", "a09", "a10"]


def survey(people: str = "x-marsouk", **changes: Any) -> dict[str, Any]:
    return {
        "name": "people", "instrument": "atlas", "populations": [f"atlas_exact-1/{people}"], "wordings": ["w1"],
        "persona": "none", "people": 8, "held_out": HELD, "held_wordings": ["w4"], **changes,
    }  # fmt: skip


def sft(people: str = "x-marsouk", **changes: Any) -> dict[str, Any]:
    train = {"method": "lora", "rank": 4, "steps": 6, "batch": 16, "rate": 1e-3, "context": 256, "save_every": 3}
    change = {"name": people, "survey": [survey(people)], "train": train, **changes}
    return {"kind": "sft", "change": change}


def table(**changes: Any) -> dict[str, Any]:
    return {
        "name": "tiny",
        "base": {"model": "planted", "device": "cpu"},
        "seeds": [0],
        "arm": [
            {"name": "sft", "stages": [sft()]},
            {"name": "placebo", "control": "placebo", "stages": [sft("x-norvane")]},
            {"name": "persona", "control": "persona", "persona": "x-marsouk"},
        ],
        "values": {
            "instrument": "atlas", "population": "atlas_exact-1/x-marsouk", "items": HELD, "wordings": ["w4"],
            "survey": ["format:importance", "format:agreement-5"], "behaviour": ["format:yes-no"],
        },
        "table": {"knowledge": ["atlas_facts"], "group": ["x-norvane"], "original": [
            {"name": "english", "files": "english.csv", "language": "en"}]},
        **changes,
    }  # fmt: skip
