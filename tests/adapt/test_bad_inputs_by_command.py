"""What stops `tawazun adapt soft-prompt`: one clear line, the right exit code, and what was saved stays."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tomli_w
import torch

from tawazun.adapt import ground as grounds
from tawazun.adapt.layout import Layout
from tests import tiny_models
from tests.adapt.conftest import table

Said = tuple[int, str]
Command = Callable[..., Said]
Folder = Callable[[str], Path]


@pytest.fixture
def command(tiny: Folder, tmp_path: Path, ended: Callable[[list[str]], Said]) -> Command:
    """Search a soft prompt by the small recipe with changes."""

    def ran(**changes: Any) -> Said:
        base = {"model": str(tiny("llama")), **changes.pop("base", {})}
        target = changes.pop("target", None)
        made = table(base=base, **changes)
        made["target"] = target or made["target"]
        file = tmp_path / "recipe.toml"
        file.write_text(tomli_w.dumps(made), encoding="utf-8")
        return ended(["soft-prompt", str(file), "--out", str(tmp_path / "out"), "--no-table"])

    return ran


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Any], None]], None]:
    """Change every model right after it was loaded."""
    plain = grounds.make_respondent

    def install(change: Callable[[Any], None]) -> None:
        def make(settings: Any) -> Any:
            made: Any = plain(settings)
            change(made.reader.model.module)
            return made

        monkeypatch.setattr(grounds, "make_respondent", make)

    return install


def spread(module: Any) -> None:
    module.hf_device_map = {"model.layers.0": 0, "model.layers.1": 1}


def few_bits(module: Any) -> None:
    weight = torch.zeros(700, 32, dtype=torch.int8)
    module.get_input_embeddings = lambda: torch.nn.Embedding.from_pretrained(weight)


def no_numbers(module: Any) -> None:
    with torch.no_grad():
        module.get_output_embeddings().weight.fill_(float("nan"))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (
            {"target": {"scores": {"rank": 30.0}, "place": "x-marsouk"}},
            "by hand/x-marsouk has no score for ties, contest, rules, horizon, ease; name the others",
        ),
        ({"search": {"tokens": 40_000_000}}, "use fewer virtual tokens"),
        ({"search": {"seeds": [-1]}}, "seeds are whole numbers from 0, not -1"),
        ({"base": {"kind": "endpoint", "model": "x", "base_url": "http://localhost:1"}}, "tawazun adapt prompts"),
    ],
)
def test_a_recipe_that_cannot_be_is_refused(command: Command, tmp_path: Path, changes: Any, says: str) -> None:
    code, line = command(**changes)
    assert code == 2
    assert says in line
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("change", "says"),
    [(spread, "spread over several devices"), (few_bits, "its embedding table cannot be read")],
)
def test_a_model_whose_embeddings_cannot_be_read_is_refused(
    command: Command, broken: Any, tmp_path: Path, change: Any, says: str
) -> None:
    broken(change)
    code, line = command()
    assert code == 2
    assert says in line
    assert not (tmp_path / "out").exists()


def test_a_tokenizer_without_the_names_is_refused(command: Command, tmp_path: Path) -> None:
    folder = tiny_models.save(tmp_path / "blind", "llama", tiny_models.short_sighted())
    code, line = command(base={"model": str(folder)})
    assert code == 2
    assert "the anchor x-norvane: the model's tokenizer does not know 'Norvane'" in line
    assert not (tmp_path / "out").exists()


def test_logits_that_are_no_numbers_end_the_search(command: Command, broken: Any, tiny: Folder, tmp_path: Path) -> None:
    broken(no_numbers)
    code, line = command(base={"model": str(tiny("qwen"))})  # its embeddings are no part of its head
    assert code == 1
    assert "none of 24 candidates got a finite value" in line
    assert not (tmp_path / "out" / "adapter").exists()
    assert not (tmp_path / "out" / "manifest.json").exists()


def test_an_objective_that_no_candidate_moves_ends_the_search(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def alike(self: Layout, vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.full((len(vectors), 4, 5), 0.2), np.ones((len(vectors), 4))

    monkeypatch.setattr(Layout, "shares", alike)
    code, line = command()
    assert code == 2
    assert "the objective is constant" in line
    assert not (tmp_path / "out" / "adapter").exists()


def test_candidates_that_all_refuse_end_the_search(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Replies without an option are no answers, never the middle of a scale."""

    def refused(self: Layout, vectors: np.ndarray, samples: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        return np.full((len(vectors), 4, 5), np.nan), np.zeros((len(vectors), 4))

    monkeypatch.setattr(Layout, "replies", refused)
    code, line = command(objective={"readout": "sampled", "samples": 2})
    assert code == 1
    assert "none of 24 candidates got a finite value" in line
    assert not (tmp_path / "out" / "adapter").exists()


def test_a_folder_of_another_recipe_or_model_is_refused_and_kept(command: Command, tmp_path: Path) -> None:
    model = tiny_models.save(tmp_path / "model", "llama")
    keys = {"base": {"model": str(model)}}
    assert command(**keys)[0] == 0
    saved = tmp_path / "out" / "checkpoints"
    before = {file.name: file.read_bytes() for file in saved.rglob("*.npz")}
    assert before
    code, line = command(**keys, seed=5)
    assert code == 2
    assert "was begun with another recipe; choose another --out" in line
    file = model / "model.safetensors"
    kept = file.read_bytes()
    file.write_bytes(kept[:-4] + bytes(4))  # the last weight is another one
    code, line = command(**keys)
    assert code == 2
    assert "was begun with another model; choose another --out" in line
    assert {one.name: one.read_bytes() for one in saved.rglob("*.npz")} == before
    # the last good checkpoint is good: with the old weights the same command ends where it had ended
    file.write_bytes(kept)
    (tmp_path / "out" / "manifest.json").unlink()
    assert command(**keys)[0] == 0
    assert (tmp_path / "out" / "manifest.json").is_file()
