"""LoRA on the model that is loaded: trained, asked and taken off again, with the weights in memory once."""

import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from tawazun.adapt import lora
from tawazun.adapt.ground import Ground
from tawazun.adapt.lora import train_lora
from tawazun.adapt.prompted import Tuned
from tawazun.api.table_runs import respondent_on
from tawazun.engine import loading
from tawazun.errors import BadFile, BadStudy, RespondentFailed
from tawazun.respondents import Settings, make_respondent

Make = Callable[..., Ground]


def trained(ground: Ground, folder: Path, evaluations: int = 30) -> Any:
    return train_lora(ground, ground.targets[0], seed=0, folder=folder, evaluations=evaluations)


def answers(one: Any, ground: Ground) -> list[tuple[float, ...]]:
    return [found.p for found in one.answer(ground.asks, 1, 0)]


def test_training_leaves_the_model_bit_for_bit_and_fits_the_people(grounded: Make, tmp_path: Path) -> None:
    ground = grounded()
    before = answers(ground.respondent, ground)
    weights = {name: one.clone() for name, one in ground.model.module.state_dict().items()}
    made = trained(ground, tmp_path / "lora")
    assert made.after < made.before
    assert made.evaluations == 30
    after = ground.model.module.state_dict()
    assert after.keys() == weights.keys()
    assert all(torch.equal(after[name], one) for name, one in weights.items())
    assert not any(one.requires_grad for one in ground.model.module.parameters())
    assert not ground.model.module.training
    assert answers(ground.respondent, ground) == before


def test_the_adapter_on_the_loaded_model_is_the_respondent_of_a_study(grounded: Make, tmp_path: Path) -> None:
    """One respondent by identity and by answers, though its weights were never loaded a second time."""
    ground = grounded()
    trained(ground, tmp_path / "lora")
    plain = answers(ground.respondent, ground)
    shared = Tuned(ground.respondent, tmp_path / "lora")
    keys = {**ground.recipe.base.model_dump(exclude={"instruments"}), "adapter": str(tmp_path / "lora")}
    alone: Any = make_respondent(Settings(**keys))
    assert dict(shared.identity) == dict(alone.identity)
    for one, other, base in zip(answers(shared, ground), answers(alone, ground), plain, strict=True):
        assert one == pytest.approx(other, abs=1e-6)
        assert max(abs(a - b) for a, b in zip(one, base, strict=True)) > 1e-3
    # the base between two answers of the adapter answers as ever, and so does the adapter
    assert answers(ground.respondent, ground) == plain
    first = ground.asks[0]
    spoken = [replace(first, framing=replace(first.framing, mode="sample", decoding="t=1,p=1,max=8,seed=0"))]
    replied = shared.replies(spoken, [(0, 1)], 0)
    assert replied == alone.replies(spoken, [(0, 1)], 0)
    assert replied != ground.respondent.replies(spoken, [(0, 1)], 0)
    assert answers(ground.respondent, ground) == plain


def test_the_table_loads_no_model_for_an_arm_of_lora(
    grounded: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground = grounded()
    monkeypatch.setattr(loading, "load_model", None)
    trained(ground, tmp_path / "lora")
    keys = {**ground.recipe.base.model_dump(exclude={"instruments"}), "name": "lora seed 0"}
    made = respondent_on(ground, Settings(**{**keys, "adapter": str(tmp_path / "lora")}))
    assert isinstance(made, Tuned)
    assert made.reader.model.module is ground.model.module


def test_nothing_of_a_library_is_said_to_the_user(grounded: Make, tmp_path: Path) -> None:
    ground = grounded()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        trained(ground, tmp_path / "lora", 6)
        trained(ground, tmp_path / "again", 6)
        Tuned(ground.respondent, tmp_path / "lora").answer(ground.asks[:1], 1, 0)


def test_a_training_that_breaks_off_leaves_the_model_as_it_was(
    grounded: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground = grounded()
    before = answers(ground.respondent, ground)
    monkeypatch.setattr(lora, "_batch_loss", lambda model, lessons: torch.tensor(float("nan"), requires_grad=True))
    with pytest.raises(RespondentFailed, match="LoRA: the model gave no numbers"):
        trained(ground, tmp_path / "lora")
    assert answers(ground.respondent, ground) == before
    assert not (tmp_path / "lora" / lora.FACTS).exists()


def test_what_cannot_be_trained_or_put_on_is_said(grounded: Make, tmp_path: Path) -> None:
    ground = grounded()
    with pytest.raises(BadStudy, match="2 evaluations hold no step"):
        trained(ground, tmp_path / "lora", 2)
    with pytest.raises(BadFile, match=r"adapter_config\.json is missing"):
        Tuned(ground.respondent, tmp_path)
    eight = grounded(base={"dtype": "int8"})
    with pytest.raises(BadStudy, match=r'base\.dtype = "int8": weights in few bits take no LoRA'):
        trained(eight, tmp_path / "lora")
