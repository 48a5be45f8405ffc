"""The column of recall: agreement with the people beyond what the model knows of their published figures by heart."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import tomli_w
from typer.testing import CliRunner

from tawazun.adapt.ground import Ground
from tawazun.adapt.recipe import recipe_from
from tawazun.adapt.table import difference_row, value_row
from tawazun.adapt.table_arms import Arm
from tawazun.adapt.table_places import published_places
from tawazun.adapt.table_reading import read_block
from tawazun.adapt.table_records import Column
from tawazun.adapt.table_source import Source
from tawazun.adapt.table_studies import blocks
from tawazun.adapt.targets import Constants, dimensions_of, fit_items, source_targets
from tawazun.answers import Outcome
from tawazun.api.finding import prepare
from tawazun.api.running import run_prepared
from tawazun.api.steering_table import check_table
from tawazun.cells import Ask
from tawazun.cli import app
from tawazun.errors import BadStudy
from tawazun.instruments import instrument
from tawazun.seeds import stream
from tests import tiny_models

VSM, FIGURES = instrument("vsm13"), instrument("hofstede_recall")
SEEDS = (0, 1, 2)
ARMS = ("default", *(f"de_pbest_1 seed {seed}" for seed in SEEDS))


def recipe(**parts: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "name": "recall",
        "base": {"kind": "hf", "model": "planted"},
        "target": {"populations": ["hofstede-2015/DEU"]},
        "objective": {"instrument": "vsm13", "constants": "fixed"},
        "ask": {},
        "table": {"recall": "hofstede_recall"},
    }
    for name, part in parts.items():
        made[name] = {**made[name], **part} if isinstance(part, dict) else part
    return made


@pytest.fixture(scope="module")
def ground(data_folder: Path) -> Ground:
    made = recipe_from(recipe(), "test.toml")
    everybody = source_targets(made, VSM, data_folder)
    target = next(one for one in everybody if one.place == "DEU")
    nobody: Any = None
    return Ground(made, VSM, nobody, (target,), everybody, fit_items(made, VSM), dimensions_of(made, VSM), ())


class Learned:
    """Gives noisy published figures by heart; its personas play either these figures or the people themselves.

    scores   place -> index -> published; plays: how much of a persona is the people's own score, the rest is the figure
    """

    batch, modes, free = 512, ("logprob", "sample"), True

    def __init__(self, name: str, scores: dict[str, dict[str, float]], plays: float, seed: int) -> None:
        self.identity = {"kind": "planted by a test", "name": name}
        self._scores, self._plays = scores, plays
        self._noise = seed

    def known(self, place: str, index: str) -> float:
        """The figure that it gives: right within 25 points, the same for every arm."""
        return self._scores[place][index] + 25 * float(stream("figure", place, index).standard_normal())

    def played(self, place: str, index: str) -> float:
        own = self._plays * self._scores[place][index] + (1 - self._plays) * self.known(place, index)
        return own + 3 * float(stream("play", place, index, self._noise).standard_normal())

    def answer(self, asks: Sequence[Ask], samples: int, study_seed: int) -> Iterator[Outcome]:
        for ask in asks:
            if ask.question.kind == "number":
                index, place = ask.question.id.split(".")
                figure = float(np.clip(self.known(place, index), 0, 120)) if place in self._scores else 50.0
                yield Outcome(value=figure, sd=0.0, n=5.0, refused=0.0, unread=0.0, text=(f"{figure:.0f}",) * 5)
                continue
            yield Outcome(p=self._shares(ask), off_menu=0.0)

    def _shares(self, ask: Ask) -> tuple[float, ...]:
        """Shares of codes 1 to 5 whose mean puts the index where the persona plays it; one item carries each index."""
        place, mean = ask.framing.persona, 3.0
        for index in VSM.indices:
            first, weight = next(iter(index.terms.items()))
            if first == ask.question.id and place in self._scores:
                mean = 3.0 + (self.played(place, index.name) - 60.0) / weight
        high = (float(np.clip(mean, 1, 5)) - 1) / 4
        return (1 - high, 0.0, 0.0, 0.0, high)


def test_a_gain_that_is_known_by_heart_is_told_from_one_that_is_not(
    ground: Ground, data_folder: Path, tmp_path: Path
) -> None:
    """The default plays the figures that it knows; the tuned one plays the people. Real scores of 22 places."""
    names = [index.name for index in VSM.indices]
    scores = {one.place: dict(one.scores) for one in ground.everybody if all(name in one.scores for name in names)}
    made = {name: Learned(name, scores, 0.0 if name == "default" else 1.0, at) for at, name in enumerate(ARMS)}
    arms = (Arm("default", {None: None}), Arm("de_pbest_1", {seed: Path("de") / str(seed) for seed in SEEDS}))
    constants = Constants("fixed", np.zeros(6))
    every = blocks(ground, ground.targets[0], constants, arms, {"hofstede_recall": (FIGURES, ())}, Path())
    block = next(one for one in every if one.name == "recall")
    assert block.study is not None
    assert block.levels == "22 places with published figures"
    prepared = prepare(block.study, data=data_folder, make=lambda settings: made[settings.name])  # type: ignore[arg-type,return-value]
    run = run_prepared(prepared, tmp_path / "run")
    found = read_block(Source(ground, ground.targets[0], constants, arms, block, run, [VSM, FIGURES]))["recall"]
    column = Column("recall", "agreement beyond recall", "partial rank correlation", 1, "gain")
    plain = found["default"][None]
    tuned = value_row("de_pbest_1", column, "DEU", found["de_pbest_1"])
    assert plain.value is not None
    assert abs(plain.value) < 0.25
    assert plain.n == 22
    assert tuned.value is not None
    assert tuned.value > 0.6
    gap = difference_row(("de_pbest_1", "default"), column, "DEU", found["de_pbest_1"], found["default"])
    assert gap is not None
    assert gap.outcome == "win"


def test_personas_are_places_whose_figures_are_published(ground: Ground) -> None:
    places = published_places(ground, ground.targets[0], FIGURES)
    assert places[0] == "DEU"
    assert len(places) == len(set(places)) == 22
    assert "OMN" not in places


def test_an_instrument_that_recalls_another_is_refused_before_the_search(data_folder: Path) -> None:
    made = recipe_from(recipe(objective={"instrument": "atlas"}, target={"populations": ["atlas-1/x-marsouk"]}), "r")
    with pytest.raises(BadStudy, match=r"table\.recall: hofstede_recall asks for no published figures of atlas"):
        check_table(made, Path(), data_folder)


def test_recall_is_read_over_all_indices_in_the_mode_of_the_fit(ground: Ground) -> None:
    """Never the first index by itself, nor the replies where the fit is read out."""
    from types import SimpleNamespace

    base = {"measure": "recall", "respondent": "default", "low": 0.0, "high": 1.0, "n": 9.0, "method": "m", "why": ""}
    facets = {"PDI": "beyond recall", "IDV": "beyond recall", "": "average over indices;beyond recall"}
    values = {"PDI": 0.9, "IDV": -0.4, "": 0.25}
    rows = [
        {**base, "item": one, "facet": facets[one], "value": values[one] + shift, "interpretable": True,
         "mode": mode, "language": "en"}
        for mode, shift in (("sample", 0.5), ("logprob", 0.0))
        for one in facets
    ]  # fmt: skip
    arms = (Arm("default", {None: None}),)
    others = {"hofstede_recall": (FIGURES, ())}
    block = next(
        one for one in blocks(ground, ground.targets[0], Constants("fixed", np.zeros(6)), arms, others, Path())
        if one.name == "recall"
    )  # fmt: skip
    run: Any = SimpleNamespace(scores=pl.DataFrame(rows))
    source = Source(ground, ground.targets[0], Constants("fixed", np.zeros(6)), arms, block, run, ())
    assert read_block(source)["recall"]["default"][None].value == 0.25


@pytest.mark.slow
def test_the_command_asks_for_figures_and_says_what_a_model_does_not_know(data_folder: Path, tmp_path: Path) -> None:
    """A random model gives no figures worth ranking: the column is there, with a value or with the reason."""
    model = tiny_models.save(tmp_path / "tiny", "llama")
    keys = recipe(
        base={"model": str(model), "device": "cpu"},
    ) | {"search": {"evaluations": 4, "population": 4, "components": 2, "seeds": [0]}}
    keys["ask"] = {"decoding": {"temperature": 1.0, "top_p": 1.0, "max_tokens": 4}}
    keys["table"] |= {"arms": ["default"], "wordings": ["w2"], "group": ["FRA", "SWE"]}
    file = tmp_path / "recipe.toml"
    file.write_text(tomli_w.dumps(keys), encoding="utf-8")
    words = ["adapt", "soft-prompt", str(file), "--out", str(tmp_path / "out"), "--data", str(data_folder)]
    said = CliRunner().invoke(app, words)
    assert said.exit_code == 0, said.output
    own = pl.read_parquet(tmp_path / "out" / "table.parquet").filter(
        (pl.col("column") == "recall") & (pl.col("versus") == "")
    )
    assert own["arm"].to_list() == ["default", "de_pbest_1"]
    assert all(why or value is not None for value, why in zip(own["value"], own["why"], strict=True))
    answers = pl.read_parquet(tmp_path / "out/table/DEU/recall/answers.parquet")
    assert set(answers.filter(pl.col("instrument") == "hofstede_recall")["mode"]) == {"sample"}
    assert answers.filter(pl.col("instrument") == "vsm13")["persona"].n_unique() == 23
