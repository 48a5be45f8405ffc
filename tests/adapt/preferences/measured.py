"""How far a model's answers to items of the planted world are from its people's."""

from pathlib import Path

import numpy as np

from tawazun.api.running import run
from tawazun.populations import load_populations
from tawazun.study import study_from


def distance(adapter: Path | None, place: str, items: tuple[str, ...]) -> float:
    """Mean over items of the squared distance between shares, asked in two orders without a persona."""
    from tempfile import TemporaryDirectory

    people = load_populations(f"atlas_exact-1/{place}", data=None)[0]
    ask = {"instruments": ["atlas"], "items": list(items), "orders": ["forward", "reversed"], "placement": "user"}
    respondent = {"name": "m", "kind": "hf", "model": "planted", "device": "cpu", "adapter": str(adapter or "")}
    study = study_from({"name": "held out", "respondent": [respondent], "ask": ask}, "study.toml")
    with TemporaryDirectory() as folder:
        answers = run(study, Path(folder) / "run").answers
    found: dict[str, list[np.ndarray]] = {}
    for row in answers.iter_rows(named=True):
        found.setdefault(row["question"], []).append(np.array(row["p"]) / sum(row["p"]))
    return float(
        np.mean([np.sum((np.mean(p, 0) - np.array(people.answer(item).p)) ** 2) for item, p in found.items()])  # type: ignore[union-attr]
    )
