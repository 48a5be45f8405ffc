"""Evaluation items in prompts and answers stop preferences before anybody is asked; a few labels open no gate."""

import json
from pathlib import Path
from typing import Any

import pytest

from tawazun.api.preferences import make_preferences
from tawazun.errors import Refused
from tawazun.instruments import instrument
from tests.adapt.preferences import planted

ITEM = instrument("vsm13").question("m04").worded("en", "w1").stem  # type: ignore[union-attr]
WATCHED = {"instruments": ["vsm13"]}


def leaky(folder: Path, column: str) -> list[dict[str, Any]]:
    """Planted pairs of which the third holds an item."""
    rows = planted.pairs()
    rows[2] = {**rows[2], column: f"{ITEM} {rows[2][column]}"}
    planted.lines(folder / "pairs.jsonl", rows)
    return rows


@pytest.mark.parametrize("column", ["prompt", "answer_1", "answer_2"])
def test_an_item_in_a_pair_stops_before_the_judge(tmp_path: Path, column: str) -> None:
    recipe = planted.recipe(tmp_path, contamination=WATCHED)
    leaky(tmp_path, column)
    with pytest.raises(Refused, match=r"vsm13:m04; first preferences: pairs.jsonl row 3 \(exact\)"):
        make_preferences(recipe, tmp_path / "out", folder=tmp_path, cache=False)
    assert not (tmp_path / "out" / "judged").exists()


def test_pairs_are_dropped_or_kept_with_a_reason_and_the_lineage_says_so(tmp_path: Path) -> None:
    def lineage(out: str, **keys: Any) -> dict[str, Any]:
        recipe = planted.recipe(tmp_path, contamination={**WATCHED, **keys})
        leaky(tmp_path, "prompt")
        make_preferences(recipe, tmp_path / out, folder=tmp_path, cache=False)
        made: dict[str, Any] = json.loads((tmp_path / out / "lineage.json").read_text())
        return made

    dropped = lineage("one", drop=True)
    assert dropped["contamination"]["pairs"]["dropped"] == 1
    assert ITEM not in (tmp_path / "one" / "pairs.jsonl").read_text()
    kept = lineage("two", go_on="the paper did")
    assert kept["contamination"]["pairs"]["said"].endswith("trained all the same: the paper did")
    assert {"pairs.jsonl", "labelled.jsonl", "probes.jsonl", "train.jsonl", "held_out.jsonl"} == set(kept["hashes"])
    assert kept["hashes"]["train.jsonl"] != dropped["hashes"]["train.jsonl"]


def test_an_item_in_a_prompt_stops_before_the_model(tmp_path: Path) -> None:
    made = planted.table(tmp_path, contamination=WATCHED)
    del made["pairs"]
    planted.lines(tmp_path / "prompts.jsonl", [{"prompt": "Say 1.", "country": "EGY"}, {"prompt": ITEM}])
    own = {"model": {"kind": "writer"}, "prompts": {"file": "prompts.jsonl", "language": "en"}}
    recipe, writer = planted.preference_recipe({**made, **own}, "recipe.toml"), planted.Writer()
    with pytest.raises(Refused, match=r"vsm13:m04; first preferences: prompts.jsonl row 2"):
        make_preferences(recipe, tmp_path / "out", folder=tmp_path, make=planted.maker(writer), cache=False)
    assert writer.asked == 0 and not (tmp_path / "out").exists()


def test_a_few_labels_open_no_gate(tmp_path: Path) -> None:
    recipe = planted.recipe(tmp_path)
    planted.lines(tmp_path / "labelled.jsonl", planted.labelled(2))
    done = make_preferences(recipe, tmp_path / "out", folder=tmp_path, cache=False)
    (gate,) = [one for one in done.gates if one.name == "agreement"]
    assert gate.state == "unknown" and gate.value == 1 and gate.why.endswith("2 labelled pairs are too few to tell")
