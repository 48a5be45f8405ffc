"""What comes out of a training loads as any model does: adapters and their sums, whole models, and their base."""

import json
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from torch import nn

from tawazun.adapt.training.folder import base_settings, open_respondent
from tawazun.adapt.training.keys import StageRecipe
from tawazun.adapt.training.models import open_base
from tawazun.adapt.training.stacking import CONFIG, WEIGHTS, stacked
from tawazun.engine.forward import logits_at
from tawazun.errors import MissingExtra, Refused, UserError
from tawazun.respondents import Settings
from tests import tiny_models
from tests.adapt.training.conftest import small, small_stage

TEXT = [list(range(30, 50))]


def logits(model: str, adapter: str = "") -> np.ndarray:
    """What a model expects after a made-up text."""
    loaded = open_respondent(Settings("one", "hf", model=model, adapter=adapter, device="cpu")).reader.model
    return logits_at(loaded, TEXT, [(len(TEXT[0]) - 1,)])[0].numpy()


def on_top(kept: Path, **train: object) -> StageRecipe:
    """The small recipe with an adapter under it."""
    made = small(**train)
    return made.model_copy(update={"base": made.base.model_copy(update={"adapter": str(kept)})})


@pytest.mark.slow
def test_training_on_top_of_an_adapter_keeps_their_sum_or_a_whole_model(tmp_path: Path) -> None:
    first = small_stage(small(), tmp_path / "first")
    sum_ = small_stage(on_top(first.kept, targets=["q_proj", "down_proj"]), tmp_path / "sum")
    whole = small_stage(on_top(first.kept, targets=["q_proj", "down_proj"], on_adapter="merge"), tmp_path / "whole")
    assert (first.kept.name, sum_.kept.name, whole.kept.name) == ("adapter", "adapter", "model")
    base, one = logits("planted"), logits("planted", str(first.kept))
    both, merged = logits("planted", str(sum_.kept)), logits(str(whole.kept))
    assert np.abs(one - base).max() > 0.01 and np.abs(both - one).max() > 0.01
    assert np.allclose(both, merged, atol=1e-4)
    parent = sum_.lineage["parent"]
    assert parent["trained"] == first.lineage["trained"] and sum_.lineage["base"]["adapter"]


def test_what_is_open_for_training_with_an_adapter_is_the_adapted_model(tmp_path: Path) -> None:
    first = small_stage(small(), tmp_path)
    recipe = on_top(first.kept)
    respondent = open_respondent(base_settings(recipe, Path()))
    opened = open_base(base_settings(recipe, Path()), dict(respondent.identity), recipe.train, 0)
    with torch.no_grad(), opened.model.disable_adapter():
        mine = opened.model(torch.tensor(TEXT)).logits[0, -1].numpy()
    assert np.allclose(mine, logits("planted", str(first.kept)), atol=1e-4)


def test_a_reward_head_stands_on_the_adapted_model(tmp_path: Path) -> None:
    """An adapter of a causal model, merged where a head for rewards takes the place of the words."""
    kept = small_stage(small(), tmp_path).kept
    plain, causal, score = (
        _read_inside(recipe, head) for recipe, head in ((small(), "causal"), (on_top(kept), "causal"),
                                                        (on_top(kept, on_adapter="merge"), "score"))
    )  # fmt: skip
    assert np.abs(causal - plain).max() > 0.01
    assert np.allclose(score, causal, atol=1e-5)


def _read_inside(recipe: StageRecipe, head: Literal["causal", "score"]) -> np.ndarray:
    """The last layer's numbers for a made-up text, before any training."""
    respondent = open_respondent(base_settings(recipe, Path()))
    opened = open_base(base_settings(recipe, Path()), dict(respondent.identity), recipe.train, 0, head=head)
    with torch.no_grad(), opened.model.disable_adapter():
        return opened.model.get_base_model().model(torch.tensor(TEXT)).last_hidden_state.numpy()


def test_an_adapter_of_another_base_is_refused_wherever_it_is_given(tmp_path: Path) -> None:
    words = tiny_models.tokenizer()
    one, other = (
        tiny_models.save(tmp_path / name, words=words, seed=seed) for name, seed in (("one", 0), ("other", 1))
    )
    made = small()
    recipe = made.model_copy(update={"base": made.base.model_copy(update={"model": str(one)})})
    kept = small_stage(recipe, tmp_path / "out").kept
    assert np.isfinite(logits(str(one), str(kept))).all()
    with pytest.raises(Refused, match="it was trained on another base") as caught:
        logits(str(other), str(kept))
    assert "\n" not in str(caught.value)
    again = recipe.model_copy(
        update={"base": recipe.base.model_copy(update={"model": str(other), "adapter": str(kept)})}
    )
    with pytest.raises(Refused, match="it was trained on another base"):
        small_stage(again, tmp_path / "again")


def test_layers_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"train\.targets: Target modules"):
        small_stage(small(targets=["no_such_layer"]), tmp_path)


def test_four_bits_need_their_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bitsandbytes", None)
    with pytest.raises(MissingExtra, match="needs the library bitsandbytes: pip install bitsandbytes"):
        small_stage(small(method="qlora"), tmp_path)


@pytest.mark.skipif(find_spec("bitsandbytes") is None, reason="bitsandbytes is not installed")
@pytest.mark.filterwarnings("ignore")  # of a library that is not ours to mend
def test_additions_over_a_base_in_four_bits_are_a_plain_adapter(tmp_path: Path) -> None:
    recipe = small(method="qlora", steps=4)
    respondent = open_respondent(base_settings(recipe, Path()))
    opened = open_base(base_settings(recipe, Path()), dict(respondent.identity), recipe.train, 0)
    held = [one for one in opened.model.parameters() if one.dtype == torch.uint8]
    assert held and not any(one.requires_grad for one in held)
    made = small_stage(recipe, tmp_path)
    tensors = load_file(made.kept / "adapter_model.safetensors")
    assert all(bool(torch.isfinite(one).all()) for one in tensors.values())
    assert any(float(one.abs().max()) > 1e-4 for key, one in tensors.items() if "lora_B" in key)
    # the adapter stands on the base as it is, in whatever it is held
    assert made.lineage["how"] == "qlora" and np.abs(logits("planted", str(made.kept)) - logits("planted")).max() > 0.01


def _adapter(folder: Path, layers: dict[str, tuple[int, int]], rank: int, alpha: int, seed: int) -> Path:
    draw = torch.Generator().manual_seed(seed)
    tensors = {}
    for name, (out, inside) in layers.items():
        for part, shape in (("A", (rank, inside)), ("B", (out, rank))):
            tensors[f"base_model.model.{name}.lora_{part}.weight"] = torch.randn(shape, generator=draw)
    folder.mkdir(parents=True)
    save_file(tensors, folder / WEIGHTS)
    (folder / CONFIG).write_text(json.dumps({"r": rank, "lora_alpha": alpha, "use_rslora": bool(seed % 2)}))
    return folder


def _delta(folder: Path, name: str) -> torch.Tensor:
    config, tensors = json.loads((folder / CONFIG).read_text()), load_file(folder / WEIGHTS)
    scale = config["lora_alpha"] / (config["r"] ** 0.5 if config["use_rslora"] else config["r"])
    down, up = (tensors.get(f"base_model.model.{name}.lora_{part}.weight") for part in "AB")
    return torch.zeros(1) if down is None or up is None else scale * nn.functional.linear(down.T, up).T


@settings(max_examples=25, deadline=None)
@given(ranks=st.tuples(st.integers(1, 4), st.integers(1, 4)), alphas=st.tuples(st.integers(1, 9), st.integers(1, 9)))
def test_a_stacked_adapter_is_exactly_the_sum(
    tmp_path_factory: pytest.TempPathFactory, ranks: tuple[int, int], alphas: tuple[int, int]
) -> None:
    folder = tmp_path_factory.mktemp("stack")
    layers = {"a.q": (3, 5), "b.v": (4, 2), "c.o": (2, 2)}
    first = _adapter(folder / "1", {key: layers[key] for key in ("a.q", "b.v")}, ranks[0], alphas[0], 1)
    second = _adapter(folder / "2", {key: layers[key] for key in ("a.q", "c.o")}, ranks[1], alphas[1], 2)
    wanted = {name: _delta(first, name) + _delta(second, name) for name in layers}
    stacked(first, second)
    assert json.loads((second / CONFIG).read_text())["target_modules"] == ["a.q", "b.v", "c.o"]
    for name, delta in wanted.items():
        assert torch.allclose(_delta(second, name), delta, atol=1e-4)


def test_adapters_that_are_more_than_lora_are_not_added_up(tmp_path: Path) -> None:
    one, two = (_adapter(tmp_path / str(n), {"a.q": (3, 3)}, 2, 2, n) for n in (1, 2))
    (one / CONFIG).write_text(json.dumps({"r": 2, "lora_alpha": 2, "use_dora": True}))
    with pytest.raises(Refused, match=r"adapters with use_dora cannot be added up"):
        stacked(one, two)
