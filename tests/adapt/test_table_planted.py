"""The table finds what was planted: a prompt that fits one order, lost knowledge, a search no better than chance."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tawazun.adapt.ground import Ground
from tawazun.adapt.recipe import recipe_from
from tawazun.adapt.table import difference_row, value_row
from tawazun.adapt.table_arms import Arm, asked_as
from tawazun.adapt.table_deploy import NO, YES, mark_of
from tawazun.adapt.table_reading import read_block
from tawazun.adapt.table_records import Column, Readings
from tawazun.adapt.table_source import Source
from tawazun.adapt.table_studies import Block, blocks
from tawazun.adapt.targets import Constants, Target, dimensions_of, fit_items, source_targets, target_of
from tawazun.answers import Outcome
from tawazun.api.finding import prepare
from tawazun.api.running import run_prepared
from tawazun.cells import Ask
from tawazun.instruments import Instrument, instrument
from tawazun.populations import load_populations
from tawazun.respondents import Settings

SEEDS = (0, 1, 2)
Shares = Callable[[Ask], Sequence[float]]


class Planted:
    """A respondent that answers as a function says."""

    batch, modes, free = 512, ("logprob",), True

    def __init__(self, name: str, shares: Shares) -> None:
        self.identity = {"kind": "planted by a test", "name": name}
        self._shares = shares

    def answer(self, asks: Sequence[Ask], samples: int, study_seed: int) -> Iterator[Outcome]:
        for ask in asks:
            p = tuple(self._shares(ask))
            yield Outcome(p=p, off_menu=round(1 - sum(p), 9))


@cache
def planted_ground() -> Ground:
    """A recipe about the planted world without a model: its arms answer as a test says."""
    recipe = recipe_from(
        {
            "name": "planted", "base": {"kind": "hf", "model": "planted"},
            "target": {"populations": ["atlas-1/x-marsouk"], "dimensions": ["rank"]},
            "objective": {"instrument": "atlas", "constants": "fixed"}, "ask": {},
            "table": {"knowledge": ["atlas_facts"], "margin": 0.1, "group": ["x-norvane", "x-sahelia", "x-okelani"]},
        },
        "test.toml",
    )  # fmt: skip
    atlas = instrument("atlas", None)
    target = target_of(load_populations("atlas-1/x-marsouk", data=None)[0], atlas)
    everybody = source_targets(recipe, atlas, None)
    questions = fit_items(recipe, atlas)
    nobody: Any = None
    return Ground(recipe, atlas, nobody, (target,), everybody, questions, dimensions_of(recipe, atlas), ())


@pytest.fixture(scope="module")
def ground() -> Ground:
    return planted_ground()


@pytest.fixture(scope="module")
def facts() -> Instrument:
    return instrument("atlas_facts", None)


def block_of(ground: Ground, facts: Instrument, name: str, arms: Sequence[Arm]) -> Block:
    constants = Constants("fixed", np.zeros(1))
    every = blocks(ground, ground.targets[0], constants, arms, {"atlas_facts": (facts, ())}, Path())
    return next(one for one in every if one.name == name)


def asked(
    ground: Ground, facts: Instrument, name: str, answers: Mapping[str, Shares], out: Path, *, knows: bool = False
) -> dict[str, dict[str, Readings]]:
    """A column's readings when the labelled respondents answer so; `default` has no seeds, the others have three."""
    arms = [Arm("default", {None: None})]
    arms += [Arm(arm, {seed: Path(arm) / str(seed) for seed in SEEDS}) for arm in ("de_pbest_1", "random_search")]
    block = block_of(ground, facts, name, arms)
    assert block.study
    made = {one.name: Planted(one.name, answers[one.name]) for one in block.study.respondent}
    prepared = prepare(block.study, make=lambda settings: made[settings.name])  # type: ignore[arg-type,return-value]
    run = run_prepared(prepared, out)
    constants = Constants("fixed", np.zeros(1))
    return read_block(Source(ground, ground.targets[0], constants, tuple(arms), block, run, [ground.instrument, facts]))


def every(default: Shares, tuned: Callable[[int], Shares], control: Callable[[int], Shares]) -> dict[str, Shares]:
    found = {"default": default}
    for seed in SEEDS:
        found[f"de_pbest_1 seed {seed}"] = tuned(seed)
        found[f"random_search seed {seed}"] = control(seed)
    return found


def people(target: Target) -> Shares:
    return lambda ask: target.shares[ask.question.id]


def flat(ask: Ask) -> Sequence[float]:
    return [1 / ask.question.cells] * ask.question.cells


def mixed(one: Shares, other: Shares, weight: float) -> Shares:
    return lambda ask: [weight * a + (1 - weight) * b for a, b in zip(one(ask), other(ask), strict=True)]


def test_a_prompt_that_fits_one_order_only_is_shown(ground: Ground, facts: Instrument, tmp_path: Path) -> None:
    own = people(ground.targets[0])

    def by_place(ask: Ask) -> Sequence[float]:
        """The people's shares by position on the page: right forward, mirrored when the order is reversed."""
        return own(ask) if ask.framing.order == "forward" else list(reversed(own(ask)))

    answers = every(flat, lambda seed: mixed(by_place, flat, 1 - seed / 50), lambda seed: mixed(own, flat, 0.5))
    fit = asked(ground, facts, "fit", answers, tmp_path / "fit")["fit"]
    orders = asked(ground, facts, "orders", answers, tmp_path / "orders")["orders"]
    column = Column("fit", "fit", "index points", -1, "gain")
    there = difference_row(("de_pbest_1", "default"), column, "t", fit["de_pbest_1"], fit["default"])
    again = difference_row(("de_pbest_1", "default"), column, "t", orders["de_pbest_1"], orders["default"])
    assert there
    assert again
    assert (there.outcome, again.outcome) == ("win", "loss")
    honest = difference_row(("random_search", "default"), column, "t", orders["random_search"], orders["default"])
    assert honest
    assert honest.value is not None
    assert honest.value < 0


def test_the_distance_is_the_objectives(ground: Ground, facts: Instrument, tmp_path: Path) -> None:
    target = ground.targets[0]
    answers = every(flat, lambda seed: people(target), lambda seed: mixed(people(target), flat, 0.5 + seed / 10))
    fit = asked(ground, facts, "fit", answers, tmp_path / "run")["fit"]
    objective = ground.objective(target, Constants("fixed", np.zeros(1)))
    cells = objective.codes.shape[1]

    def loss(weight: float) -> float:
        p = np.zeros((1, len(ground.questions), cells))
        for row, one in enumerate(ground.questions):
            p[0, row, : one.cells] = weight * np.array(target.shares[one.id]) + (1 - weight) / one.cells
        return float(objective.losses(p)[0])

    assert fit["default"][None].value == pytest.approx(loss(0.0), abs=1e-6)
    assert fit["random_search"][1].value == pytest.approx(loss(0.6), abs=1e-6)
    assert fit["de_pbest_1"][0].value == pytest.approx(0.0, abs=1e-6)


def test_a_search_that_does_not_beat_blindis_called_a_tie(ground: Ground, facts: Instrument, tmp_path: Path) -> None:
    own = people(ground.targets[0])
    tuned, blind = (0.50, 0.62, 0.55), (0.61, 0.52, 0.56)
    answers = every(flat, lambda seed: mixed(own, flat, tuned[seed]), lambda seed: mixed(own, flat, blind[seed]))
    column = Column("held_out", "held-out items", "JS distance", -1, "gain")
    held = asked(ground, facts, "held_out", answers, tmp_path / "run")["held_out"]
    chance = difference_row(("de_pbest_1", "random_search"), column, "t", held["de_pbest_1"], held["random_search"])
    plain = difference_row(("de_pbest_1", "default"), column, "t", held["de_pbest_1"], held["default"])
    assert chance
    assert plain
    assert (chance.outcome, plain.outcome) == ("tie", "win")
    row = value_row("de_pbest_1", column, "t", held["de_pbest_1"])
    assert row.low is not None
    assert "js_similarity" in row.method


def test_lost_knowledge_marks_the_adapter(ground: Ground, facts: Instrument, tmp_path: Path) -> None:
    assert facts.exam is not None
    gold = {one.id: marks for one in facts.questions if (marks := key_of(facts, one.id))}

    def knows(ask: Ask) -> Sequence[float]:
        return gold[ask.question.id]

    def forgot(ask: Ask) -> Sequence[float]:
        """Wrong on every second item."""
        right = gold[ask.question.id]
        number = [one.id for one in facts.questions].index(ask.question.id)
        return right if number % 2 else [*right[1:], right[0]]

    answers = every(knows, lambda seed: forgot, lambda seed: knows)
    found = asked(ground, facts, "knowledge-atlas_facts", answers, tmp_path / "run")["knowledge:atlas_facts"]
    lost, kept = found["de_pbest_1"][0], found["random_search"][0]
    assert lost.value == pytest.approx(-0.5)
    assert lost.high is not None
    assert lost.high < -0.1
    assert kept.value == 0.0
    assert mark_of({"knowledge:atlas_facts": lost}, 0.1)["verdict"] == NO
    assert mark_of({"knowledge:atlas_facts": kept, "trust:same": kept}, 0.1)["verdict"] == YES
    # 54 items that all stay right do not show a margin of one in a hundred
    assert mark_of({"knowledge:atlas_facts": kept}, 0.01)["verdict"] == NO


def key_of(facts: Instrument, item: str) -> list[float]:
    """One on the right option."""
    right = facts.gold[item]
    question = facts.question(item)
    assert question
    return [1.0 if code == right else 0.0 for code in question.codes]


def test_personas_that_drift_are_seen(ground: Ground, facts: Instrument, tmp_path: Path) -> None:
    by_place = {one.place: one for one in ground.everybody}

    def plays(ask: Ask) -> Sequence[float]:
        return people(by_place.get(ask.framing.persona, ground.targets[0]))(ask)

    one_for_all = people(ground.targets[0])
    found = asked(ground, facts, "group", every(plays, lambda seed: one_for_all, lambda seed: plays), tmp_path / "run")
    column = Column("drift", "drift", "JS distance", -1, "loss")
    drifted = difference_row(
        ("de_pbest_1", "default"), column, "t", found["drift"]["de_pbest_1"], found["drift"]["default"]
    )
    assert drifted
    assert drifted.outcome == "loss"
    assert found["drift"]["random_search"][0].value == pytest.approx(0.0, abs=1e-9)
    assert found["homogenisation"]["de_pbest_1"][0].value == pytest.approx(0.0, abs=0.05)
    kept = found["homogenisation"]["default"][None].value
    assert kept is not None
    assert kept > 0.8


def test_what_the_recipe_does_not_name_is_there_with_a_reason(ground: Ground, facts: Instrument) -> None:
    every_block = blocks(
        replace(ground), ground.targets[0], Constants("fixed", np.zeros(1)), [Arm("default", {None: None})],
        {"atlas_facts": (facts, ())}, Path(),
    )  # fmt: skip
    absent = {block.columns[0].name: block.why for block in every_block if block.study is None}
    assert {"instrument", "trust", "refusal", "recall"} == set(absent)
    assert all(why.startswith("not measured: the recipe names none in table.") for why in absent.values())


def test_settings_are_those_of_the_base(ground: Ground, facts: Instrument) -> None:
    block = block_of(ground, facts, "fit", [Arm("default", {None: None}), Arm("lora", {0: Path("a/b")})])
    assert block.study
    assert [one.adapter for one in block.study.respondent] == ["", str(Path("a/b"))]
    assert {one.model for one in block.study.respondent} == {"planted"}
    assert isinstance(Settings(name="x", kind="hf").adapter, str)


def test_searches_that_end_at_the_same_point_are_asked_once(ground: Ground, facts: Instrument, tmp_path: Path) -> None:
    for name, content in (("a/0", b"same"), ("a/1", b"same"), ("b/0", b"other")):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "soft_prompt.safetensors").write_bytes(content)
    arms = [
        Arm("default", {None: None}),
        Arm("random_search", {0: tmp_path / "a/0", 1: tmp_path / "a/1"}),
        Arm("de_pbest_1", {0: tmp_path / "b/0"}),
    ]
    block = block_of(ground, facts, "fit", arms)
    assert block.study
    assert [one.name for one in block.study.respondent] == ["default", "random_search seed 0", "de_pbest_1 seed 0"]
    assert asked_as(arms)["random_search seed 1"] == "random_search seed 0"


def test_a_closed_gate_shows_no_knowledge_to_be_kept(ground: Ground, facts: Instrument, tmp_path: Path) -> None:
    gold = {one.id: marks for one in facts.questions if (marks := key_of(facts, one.id))}

    def knows(ask: Ask) -> Sequence[float]:
        return gold[ask.question.id]

    def mumbles(ask: Ask) -> Sequence[float]:
        """Right in the little that it says of the options."""
        return [0.05 * one for one in gold[ask.question.id]]

    answers = every(knows, lambda seed: mumbles, lambda seed: knows)
    found = asked(ground, facts, "knowledge-atlas_facts", answers, tmp_path / "run")["knowledge:atlas_facts"]
    lost = found["de_pbest_1"][0]
    assert not lost.interpretable and lost.low is None
    assert "not interpretable: de_pbest_1 seed 0: " in lost.why
    assert mark_of({"knowledge:atlas_facts": lost, "trust:same": found["random_search"][0]}, 0.1)["verdict"] == NO
