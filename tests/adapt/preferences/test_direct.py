"""DPO and KTO on pairs: what is learnt, what is refused, and a training that is killed."""

import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoTokenizer, TrainerCallback

from tawazun.adapt.corpora.survey import SurveyPlan
from tawazun.adapt.preferences import direct
from tawazun.adapt.preferences.direct import DirectRecipe
from tawazun.adapt.preferences.people import PeoplePairs, people_pairs, shares_after
from tawazun.adapt.preferences.sets import Preference, jsonl, read_preferences, refuse_one_sided
from tawazun.adapt.preferences.tokens import encoded
from tawazun.adapt.training.keys import stage_from
from tawazun.api.direct import adapt_direct
from tawazun.api.training import Given, Trained
from tawazun.atlas import model_folder
from tawazun.errors import BadFile, BadStudy, Refused
from tawazun.instruments import instrument
from tawazun.populations import load_populations
from tests.adapt.preferences import planted
from tests.adapt.training.conftest import kill_in_save, killed_while, one_thread, weights

__all__ = ["one_thread"]  # autouse: what a step computes must not depend on how busy the machine is
ATLAS = instrument("atlas")
INDEXED = tuple(sorted({item for index in ATLAS.indices for item in index.terms}))
OTHERS = tuple(q.id for q in ATLAS.questions if q.id not in INDEXED and q.kind == "one")
PLACE = "x-marsouk"


def pairs(items: tuple[str, ...], *, lot: bool = False, each: int = 1, seed: int = 0) -> list[Preference]:
    plan = SurveyPlan(("en",), ("w1",), items=items, persona="none", placement="user", rights="a test")
    people = load_populations(f"atlas_exact-1/{PLACE}", data=None)
    return people_pairs(PeoplePairs(plan, each=each, lot=lot, seed=seed), ATLAS, people)[0]


def write(path: Path, made: list[Preference]) -> None:
    path.write_text(jsonl([{"id": one.id, "country": one.country, **one.record()} for one in made]))


def recipe(folder: Path, **changes: Any) -> DirectRecipe:
    """A small recipe on survey pairs; `pairs={"go_on": "why"}` changes a section."""
    if not (folder / "pairs.jsonl").exists():
        write(folder / "pairs.jsonl", pairs(OTHERS))
        write(folder / "held.jsonl", pairs(INDEXED[:8]))
    made: dict[str, Any] = {
        "name": "pairs",
        "base": {"model": "planted", "device": "cpu"},
        "rl": {"method": "dpo"},
        "pairs": {"file": "pairs.jsonl", "held_out": "held.jsonl"},
        "train": {"rank": 2, "steps": 4, "batch": 4, "rate": 1e-3, "save_every": 2, "log_every": 1, "context": 256},
    }
    for section, keys in changes.items():
        made[section] = {**made.get(section, {}), **keys}
    return stage_from(made, "recipe.toml", DirectRecipe)


def trained(folder: Path, name: str = "out", **changes: Any) -> Trained:
    return adapt_direct(recipe(folder, **changes), folder / name, Given(folder=folder))


class _Kill(TrainerCallback):  # type: ignore[misc]
    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if state.global_step == 3:
            os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize(
    ("method", "how"),
    [("dpo", "lora"), *(pytest.param(*one, marks=pytest.mark.slow) for one in (("kto", "lora"), ("dpo", "full")))],
)
def test_a_killed_training_comes_to_the_same_weights(
    method: str, how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes: dict[str, Any] = {
        "rl": {"method": method},
        "train": {"method": how, "rate": 1e-4 if how == "full" else 1e-3},
    }
    first = trained(tmp_path, "whole", **changes)
    with monkeypatch.context() as patch:
        kill_in_save(patch, 2, before=False)
        assert killed_while(lambda: trained(tmp_path, "killed", **changes)) == signal.SIGKILL
    own = direct._trainer

    def deadly(*given: Any) -> Any:
        made = own(*given)
        made.add_callback(_Kill())
        return made

    with monkeypatch.context() as patch:
        patch.setattr(direct, "_trainer", deadly)
        assert killed_while(lambda: trained(tmp_path, "killed", **changes)) == signal.SIGKILL
    again = trained(tmp_path, "killed", **changes)
    assert weights(again.kept) == weights(first.kept)
    tables = [pl.read_parquet(one.path / "held_out.parquet") for one in (first, again)]
    assert tables[0].equals(tables[1]) and (tables[0]["before"] != tables[0]["after"]).all()
    # TRL's copy of the additions is not kept with what was trained
    assert not (again.kept / "ref").exists()


def test_the_lineage_says_what_was_learnt_from(tmp_path: Path) -> None:
    done = trained(tmp_path, pairs={"licence": "CC-BY-NC-4.0"}, train={"steps": 2})
    record = done.lineage
    assert record["method"] == "dpo" and record["non_commercial"] is True
    assert record["data"]["pairs"] == len(OTHERS) and record["data"]["countries"] == {PLACE: len(OTHERS)}
    assert set(record["hashes"]) == {"pairs", "held-out pairs"}
    history = pl.read_parquet(done.path / "history.parquet")
    assert history["loss"][0] == pytest.approx(np.log(2), abs=1e-4)  # nothing moved yet: both answers are level
    assert {"rewards/margins", "rewards/accuracies"} <= set(history.columns)


def test_margins_are_the_log_probabilities_of_the_answers(tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM

    words = AutoTokenizer.from_pretrained(model_folder())
    model = AutoModelForCausalLM.from_pretrained(model_folder(), dtype=torch.float32)
    made = [encoded(words, one) for one in pairs(INDEXED[:5])]
    found = direct.margins(model, torch.device("cpu"), made)
    for one, margin in zip(made, found, strict=True):
        alone = []
        for answer in (one.chosen, one.rejected):
            logits = model(torch.tensor([[*one.prompt, *answer]])).logits[0].detach().log_softmax(-1)
            at = range(len(one.prompt) - 1, len(one.prompt) + len(answer) - 1)
            alone.append(sum(float(logits[t, token]) for t, token in zip(at, answer, strict=True)))
        assert margin == pytest.approx(alone[0] - alone[1], abs=1e-3)


# ---- what is refused


def test_pairs_that_teach_one_thing_only_are_refused(tmp_path: Path) -> None:
    made = [Preference(f"p{k}", (("text", f"Say {k}"),), "yes", f"no {k}") for k in range(24)]
    with pytest.raises(BadStudy, match="'yes' wins in all 24 pairs"):
        refuse_one_sided(made, "pairs.jsonl")
    assert "'yes' wins" in refuse_one_sided(made, "pairs.jsonl", go_on="a trial")[0]
    longer = [Preference(f"p{k}", (("text", f"Say {k}"),), f"yes {k} indeed", f"no {k}") for k in range(24)]
    with pytest.raises(BadStudy, match="the longer answer wins in all 24 pairs"):
        refuse_one_sided(longer, "pairs.jsonl")
    with pytest.raises(BadStudy, match="no pairs"):
        refuse_one_sided([], "pairs.jsonl", go_on="whatever")
    write(tmp_path / "pairs.jsonl", longer)
    write(tmp_path / "held.jsonl", [])
    with pytest.raises(BadStudy, match="one-sided"):
        trained(tmp_path, pairs={"held_out": ""})


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"prompt": "a", "chosen": "b", "rejected": "b"}, "the same as chosen"),
        ({"prompt": "a", "chosen": "", "rejected": "b"}, "empty"),
        (
            {"prompt": [{"role": "user", "content": "a"}], "chosen": "b", "rejected": "c"},
            "one message of the assistant",
        ),
        ({"chosen": "b", "rejected": "c"}, "no column of prompts"),
        ({"prompt": "a", "chosen": "b"}, "rejected"),
    ],
)
def test_rows_that_are_refused(tmp_path: Path, row: dict[str, Any], told: str) -> None:
    with pytest.raises(BadFile, match=told):
        read_preferences(planted.lines(tmp_path / "set.jsonl", [row]))


def test_prompts_that_are_held_out_and_trained_on_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "pairs.jsonl", pairs(OTHERS))
    write(tmp_path / "held.jsonl", pairs(OTHERS[:2], seed=4))
    with pytest.raises(BadStudy, match="held-out prompts are new ones"):
        trained(tmp_path)


def test_pairs_longer_than_the_context_are_refused_or_dropped(tmp_path: Path) -> None:
    made = pairs(OTHERS)
    size = sorted(encoded(AutoTokenizer.from_pretrained(model_folder()), one).longest for one in made)
    with pytest.raises(BadStudy, match=r"tokens long, train.context is"):
        trained(tmp_path, train={"context": size[-1] - 1})
    with pytest.raises(BadStudy, match="every pair is longer"):
        trained(tmp_path, "b", train={"context": 8}, pairs={"too_long": "drop"})
    done = trained(
        tmp_path, "c", train={"context": size[-1] - 1, "steps": 2}, pairs={"too_long": "drop", "held_out": ""}
    )
    assert 0 < done.lineage["data"]["too_long"] < len(made)


def test_items_of_the_evaluation_are_found_in_pairs(tmp_path: Path) -> None:
    found = {"instruments": ["atlas"], "held_out": [f"atlas:{OTHERS[0]}"]}
    with pytest.raises(Refused, match=f"atlas:{OTHERS[0]}"):
        trained(tmp_path, contamination=found)
    done = trained(tmp_path, "b", contamination={**found, "drop": True}, train={"steps": 2})
    assert done.lineage["data"]["pairs"] == len(OTHERS) - 1


def test_methods_and_losses_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadStudy, match=r"loss = 'kto' is none of dpo; allowed: sigmoid, hinge, ipo"):
        recipe(tmp_path, rl={"loss": "kto"})
    with pytest.raises(BadStudy, match="kto estimates its baseline from the other rows"):
        recipe(tmp_path, rl={"method": "kto"}, train={"batch": 4, "accumulation": 4})
    with pytest.raises(BadStudy, match="give either pairs or people"):
        recipe(tmp_path, people={"instrument": "atlas", "populations": [f"atlas_exact-1/{PLACE}"], "wordings": ["w1"]})
    with pytest.raises(BadStudy, match=r"rl.method"):
        recipe(tmp_path, rl={"method": "ppo"})
    with pytest.raises(BadStudy, match=r"fewer than train.batch = 64"):
        trained(tmp_path, train={"batch": 64})


# ---- the oracle


def test_people_choose_as_their_shares_say() -> None:
    people = load_populations(f"atlas_exact-1/{PLACE}", data=None)[0]
    question = next(q for q in ATLAS.questions if q.id == OTHERS[0])
    shares = np.array(people.answer(question.id).p)  # type: ignore[union-attr]
    made = pairs((question.id,), each=4000)
    labels = "ABCDE"
    for one, other in ((0, 1), (1, 3)):
        chosen = [labels.index(p.chosen) for p in made if {p.chosen, p.rejected} == {labels[one], labels[other]}]
        wanted = shares[one] / (shares[one] + shares[other])
        assert np.mean(np.array(chosen) == one) == pytest.approx(wanted, abs=4 * np.sqrt(0.25 / len(chosen)))
    coin = pairs((question.id,), each=4000, lot=True)
    assert {(p.id, *sorted((p.chosen, p.rejected))) for p in coin} == {
        (p.id, *sorted((p.chosen, p.rejected))) for p in made
    }
    agreed = np.mean([a.chosen == b.chosen for a, b in zip(made, coin, strict=True)])
    assert agreed == pytest.approx(0.5, abs=0.04) or agreed > 0.5


@given(st.integers(2, 6), st.floats(0.2, 5), st.randoms())
def test_where_direct_preferences_lead(options: int, beta: float, lot: Any) -> None:
    before, people = (np.array([lot.random() + 0.01 for _ in range(options)]) for _ in range(2))
    before, people = before / before.sum(), people / people.sum()
    after = shares_after(before, people, beta)
    assert after.sum() == pytest.approx(1)
    # the reward that these preferences have is log people: odds move by the people's odds to the power 1 / beta
    odds = (after[0] / after[1]) / (before[0] / before[1])
    assert odds == pytest.approx((people[0] / people[1]) ** (1 / beta), rel=1e-6)


@pytest.mark.slow
def test_people_verdicts_move_held_out_items_and_a_coin_does_not(tmp_path: Path) -> None:
    """Mean squared distance of shares from the people's, over items that no pair was made of."""
    from tests.adapt.preferences.measured import distance

    found = {}
    for lot in (False, True):
        folder = tmp_path / str(lot)
        folder.mkdir()
        write(folder / "pairs.jsonl", pairs(OTHERS, each=12, lot=lot))
        write(folder / "held.jsonl", pairs(INDEXED[:8]))
        done = trained(folder, rl={"beta": 1.0}, train={"rank": 8, "steps": 60, "batch": 16, "schedule": "constant"})
        found[lot] = distance(done.kept, PLACE, INDEXED) / distance(None, PLACE, INDEXED)
    assert found[False] < 0.8
    assert 0.9 < found[True] < 1.1
