"""Editing `[table]` alone keeps every fit: what it asks otherwise is asked anew, all else is read."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tawazun.adapt.problem import Problem
from tawazun.adapt.table_studies import Block
from tawazun.api.steering_table import adapt_with_table
from tawazun.api.table_runs import key_of
from tawazun.errors import StudyChanged
from tawazun.respondents.catalogue.hf import HF
from tawazun.study import study_from
from tests.adapt.conftest import recipe

TABLE: dict[str, Any] = {
    "arms": ["near", "random_search"],
    "orders": ["forward"],
    "wordings": ["w2"],
    "languages": ["en"],
    "group": ["x-norvane"],  # too few for columns of a group
    "margin": 0.1,
}
BLOCKS = ("fit", "held_out", "wordings")


class Made:
    """A finished adaptation of a tiny model that can be asked for again with another `[table]`."""

    def __init__(self, model: Path, folder: Path) -> None:
        self._model, self.out = model, folder / "out"

    def again(self, search: dict[str, Any] | None = None, **table: Any) -> pl.DataFrame:
        keys = {"evaluations": 8, "population": 4, "components": 2, "seeds": [0], **(search or {})}
        target = {"populations": ["atlas-1/x-marsouk"], "dimensions": ["rank"]}
        made = recipe(base={"model": str(self._model)}, target=target, search=keys, table={**TABLE, **table})
        adapt_with_table(made, self.out, folder=self.out.parent)
        return pl.read_parquet(self.out / "table.parquet")

    def stamps(self) -> dict[str, int]:
        """Block -> when its answers were written."""
        runs = sorted((self.out / "table" / "x-marsouk").iterdir())
        return {one.name: (one / "answers.parquet").stat().st_mtime_ns for one in runs}


@pytest.fixture
def made(tiny: Callable[[str], Path], tmp_path: Path) -> Made:
    return Made(tiny("llama"), tmp_path)


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[int]]:
    """From now on nothing may be searched; says how many asks came to the model."""
    asked: list[int] = []
    plain = HF.answer

    def counted(self: HF, asks: Sequence[Any], samples: int, study_seed: int) -> Any:
        asked.append(len(asks))
        return plain(self, asks, samples, study_seed)

    def start() -> list[int]:
        def refuse(self: Problem, z: Any) -> Any:
            raise AssertionError("a candidate was scored again")

        monkeypatch.setattr(Problem, "values", refuse)
        monkeypatch.setattr(HF, "answer", counted)
        return asked

    return start


@pytest.mark.slow
def test_only_what_a_table_asks_otherwise_is_asked_anew(made: Made, frozen: Callable[[], list[int]]) -> None:
    first, before = made.again(), made.stamps()
    assert tuple(before) == BLOCKS
    asked = frozen()
    made.again(margin=0.3)
    assert (asked, made.stamps()) == ([], before)
    # one block has another level: its run alone is new
    other = made.again(margin=0.3, wordings=["w3"])
    changed = made.stamps()
    assert asked
    assert {name for name in before if changed[name] != before[name]} == {"wordings"}
    said = other.filter(pl.col("column") == "wordings")["method"].to_list()
    assert any("wordings w3" in one for one in said)
    # and back: the first table again, number for number
    assert made.again().equals(first)


@pytest.mark.slow
def test_another_arm_or_other_items_aside_are_asked_and_left_out_ones_go(
    made: Made, frozen: Callable[[], list[int]]
) -> None:
    first = made.again()
    frozen()
    more = made.again(arms=["near", "random_search", "persona"])
    assert set(more["arm"]) - set(first["arm"]) == {"persona"}
    kept = (
        ~pl.col("column").is_in(["seconds"])
        & (pl.col("versus") == "")
        & (pl.col("arm") != "persona")
        & pl.col("value").is_not_null()
    )
    assert more.filter(kept)["value"].to_list() == pytest.approx(first.filter(kept)["value"].to_list(), abs=1e-5)
    # the near country is chosen on other items: the words of an arm change under the same name
    near = made.out / "arms" / "x-marsouk" / "near" / "steering.json"
    words = near.read_text(encoding="utf-8")
    held = [one for one in _held(first) if one][:9]
    made.again(aside=held)
    assert near.read_text(encoding="utf-8") != words
    answers = pl.read_parquet(made.out / "table" / "x-marsouk" / "held_out" / "answers.parquet")
    assert not set(answers["question"]) & set(held)


def _held(table: pl.DataFrame) -> list[str]:
    from tawazun.instruments import instrument

    return [one.id for one in instrument("atlas").questions if "rights" not in one.tags][30:]


@pytest.mark.slow
def test_a_block_that_a_table_no_longer_has_is_gone(made: Made, frozen: Callable[[], list[int]]) -> None:
    made.again(knowledge=["atlas_facts"])
    assert "knowledge-atlas_facts" in made.stamps()
    frozen()
    table = made.again()
    assert "knowledge-atlas_facts" not in made.stamps()
    assert table.filter(pl.col("column").str.starts_with("knowledge:")).is_empty()


def test_another_search_is_refused_and_a_block_that_was_broken_off_is_taken_up(made: Made) -> None:
    first, before = made.again(), made.stamps()
    with pytest.raises(StudyChanged, match="was begun with another recipe"):
        made.again(search={"evaluations": 12})
    assert made.stamps() == before

    run = made.out / "table" / "x-marsouk" / "fit"
    (run / "manifest.json").unlink()
    again = made.again()
    assert (run / "manifest.json").is_file()
    assert again.equals(first)


def test_a_changed_file_of_people_is_measured_anew(tmp_path: Path) -> None:
    """A table must not show distances to people of yesterday's file."""
    file = tmp_path / "home.csv"
    file.write_text("place,question,value\nx-marsouk,a01,4.0\n", encoding="utf-8")
    study = study_from(
        {
            "name": "s", "respondent": [{"name": "r", "kind": "planted"}], "ask": {"instruments": ["atlas"]},
            "population": [{"name": "mine-1", "file": "home.csv", "instrument": "atlas"}],
            "measure": {"populations": ["mine-1"]},
        },
        "s.toml",
    )  # fmt: skip
    block = Block("held_out", "items", (), study)
    first = key_of(block, [], [], tmp_path)
    assert key_of(block, [], [], tmp_path) == first
    file.write_text("place,question,value\nx-marsouk,a01,3.0\n", encoding="utf-8")
    assert key_of(block, [], [], tmp_path) != first
