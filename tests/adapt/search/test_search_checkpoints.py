"""Checkpoints: whole or not there, the last two kept, refused for another recipe or model, and true to the bit."""

import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tawazun.adapt.search import (
    Budget,
    Found,
    Optimiser,
    Owner,
    box,
    keep_checkpoints,
    latest_checkpoint,
    make_optimiser,
    optimiser_names,
    resume,
    search,
)
from tawazun.errors import BadFile, StudyChanged, WriteFailed

OWNER = Owner({"seed": 1, "items": ["a", "b"], "f": 0.1}, {"weights": "ab12", "dtype": "float32"})
SEARCHING = [name for name in optimiser_names() if name != "fixed"]


class Stopped(Exception):
    """A search that is ended from outside."""


def ready(name: str = "jade") -> Optimiser:
    return make_optimiser(name, box(4, -2, 2, spread=1), Budget(50), seed=3, options={"candidates": 6})


def objective(x: np.ndarray) -> np.ndarray:
    values = ((x - 0.3) ** 2).sum(axis=1)
    values[x[:, 0] > 1] = np.nan
    return values


def stopped_after(folder: Path, generations: int, name: str = "jade") -> None:
    """A search that saves and is killed in generation `generations + 1`."""
    optimiser = ready(name)

    def dying(x: np.ndarray) -> np.ndarray:
        if optimiser.generations == generations:
            raise Stopped
        return objective(x)

    with pytest.raises(Stopped):
        search(optimiser, dying, keep_checkpoints(folder, OWNER))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def timeless(found: Found) -> list[object]:
    return [replace(row, seconds=0) for row in found.history]


@pytest.mark.parametrize("name", SEARCHING)
def test_a_killed_search_ends_as_if_it_had_not_been(name: str, tmp_path: Path) -> None:
    whole = search(ready(name), objective)
    for generations in (1, 4, 8):
        folder = tmp_path / str(generations)
        stopped_after(folder, generations, name)
        optimiser = ready(name)
        kept = resume(optimiser, folder, OWNER)
        assert kept is not None and len(kept.history) == generations and not kept.skipped
        assert optimiser.best is None or np.array_equal(kept.best, optimiser.best.x)
        again = search(optimiser, objective, keep_checkpoints(folder, OWNER), kept.history)
        assert np.array_equal(again.best.x, whole.best.x)
        assert timeless(again) == timeless(whole)


def test_the_last_two_are_kept_and_nothing_else(tmp_path: Path) -> None:
    stopped_after(tmp_path, 1)
    assert names(tmp_path) == ["checkpoint-000001.npz"]
    (tmp_path / ".checkpoint-000001.npz.99999.tmp").write_bytes(b"half")
    (tmp_path / "adapter.safetensors").write_bytes(b"not ours")
    optimiser = ready()
    kept = resume(optimiser, tmp_path, OWNER)
    assert kept is not None
    search(optimiser, objective, keep_checkpoints(tmp_path, OWNER), kept.history)
    assert names(tmp_path) == ["adapter.safetensors", "checkpoint-000008.npz", "checkpoint-000009.npz"]


def test_an_empty_folder_or_none_has_nothing_to_resume(tmp_path: Path) -> None:
    assert resume(ready(), tmp_path, OWNER) is None
    assert latest_checkpoint(tmp_path / "none", OWNER) is None


def test_a_checkpoint_is_arrays_and_json_alone(tmp_path: Path) -> None:
    stopped_after(tmp_path, 3)
    path = tmp_path / "checkpoint-000003.npz"
    with zipfile.ZipFile(path) as file:
        assert sorted(file.namelist()) == ["about.json", "best.npy", "sizes.npy", "values.npy"]
    with np.load(path, allow_pickle=False) as arrays:
        assert arrays["values"].shape == (18,)
        assert arrays["sizes"].tolist() == [6, 6, 6]
        assert arrays["best"].shape == (4,)


@settings(max_examples=60)
@given(where=st.floats(0, 1, exclude_max=True), flip=st.integers(0, 255))
def test_a_damaged_last_checkpoint_falls_back_to_the_one_before(
    tmp_path_factory: pytest.TempPathFactory, where: float, flip: int
) -> None:
    """Whatever byte is changed and wherever the file is cut: never another number, never a traceback."""
    folder = tmp_path_factory.mktemp("damaged")
    stopped_after(folder, 3)
    path = folder / "checkpoint-000003.npz"
    content = bytearray(path.read_bytes())
    good = latest_checkpoint(folder, OWNER)
    at = int(where * len(content))
    if flip:
        content[at] ^= flip
    else:
        content = content[:at]
    path.write_bytes(bytes(content))
    found = latest_checkpoint(folder, OWNER)
    assert good is not None and found is not None
    if found.skipped:
        assert found.skipped[0].startswith("checkpoint-000003.npz (it is cut or changed")
        assert len(found.history) == 2
        ready().restore(found.state)
    else:
        # a byte that zip does not need, such as a date
        assert found.history == good.history
        assert np.array_equal(found.state["values"], good.state["values"])
        assert found.state["trace"] == good.state["trace"]


def test_a_changed_number_is_seen_even_where_zip_is_repaired(tmp_path: Path) -> None:
    stopped_after(tmp_path, 3)
    path = tmp_path / "checkpoint-000003.npz"
    with zipfile.ZipFile(path) as file:
        members = {name: file.read(name) for name in file.namelist()}
    members["values.npy"] = members["values.npy"][:-8] + np.float64(-5).tobytes()
    with zipfile.ZipFile(path, "w") as file:
        for name, content in members.items():
            file.writestr(name, content)
    found = latest_checkpoint(tmp_path, OWNER)
    assert found is not None
    assert found.skipped == ("checkpoint-000003.npz (its values do not match their digest)",)


def test_a_search_goes_on_from_the_older_one_and_replaces_the_damaged(tmp_path: Path) -> None:
    whole = search(ready(), objective)
    stopped_after(tmp_path, 5)
    (tmp_path / "checkpoint-000005.npz").write_bytes(b"")
    optimiser = ready()
    kept = resume(optimiser, tmp_path, OWNER)
    assert kept is not None and len(kept.skipped) == 1 and optimiser.generations == 4
    again = search(optimiser, objective, keep_checkpoints(tmp_path, OWNER), kept.history)
    assert timeless(again) == timeless(whole)
    assert latest_checkpoint(tmp_path, OWNER).skipped == ()  # type: ignore[union-attr]


def test_where_none_can_be_read_it_says_so_and_overwrites_nothing(tmp_path: Path) -> None:
    stopped_after(tmp_path, 3)
    for path in tmp_path.iterdir():
        path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(BadFile, match=r"no checkpoint .* can be read: checkpoint-000003.npz .*, checkpoint-000002.npz"):
        resume(ready(), tmp_path, OWNER)
    with pytest.raises(BadFile, match="move the folder away"):
        keep_checkpoints(tmp_path, OWNER)


@pytest.mark.parametrize(
    ("owner", "message"),
    [
        (Owner({**OWNER.recipe, "seed": 2}, OWNER.model), "another recipe: seed is 1 there and 2 here"),
        (Owner({**OWNER.recipe, "lambda": 0.1}, OWNER.model), "another recipe: lambda is null there and 0.1 here"),
        (Owner({"seed": 1, "f": 0.1}, OWNER.model), r'another recipe: items is \["a","b"\] there and null here'),
        (
            Owner(OWNER.recipe, {**OWNER.model, "weights": "cd" * 99}),
            'another model: weights is "ab12" there and "cdcd',
        ),
    ],
)
def test_the_checkpoint_of_another_recipe_or_model_is_refused(owner: Owner, message: str, tmp_path: Path) -> None:
    stopped_after(tmp_path, 2)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    for refused in (lambda: resume(ready(), tmp_path, owner), lambda: keep_checkpoints(tmp_path, owner)):
        with pytest.raises(StudyChanged, match=message) as caught:
            refused()
        assert "\n" not in str(caught.value) and len(str(caught.value)) < 250
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_facts_that_json_writes_alike_are_the_same_owner(tmp_path: Path) -> None:
    stopped_after(tmp_path, 2)
    assert latest_checkpoint(tmp_path, Owner({**OWNER.recipe, "items": ("a", "b")}, OWNER.model)) is not None


def test_another_optimiser_cannot_take_it_over(tmp_path: Path) -> None:
    stopped_after(tmp_path, 2)
    with pytest.raises(StudyChanged, match="another optimiser"):
        resume(ready("lshade"), tmp_path, OWNER)


def test_a_full_disk_leaves_the_older_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped_after(tmp_path, 2)
    before = names(tmp_path)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    optimiser = ready()
    kept = resume(optimiser, tmp_path, OWNER)
    assert kept is not None
    with pytest.raises(WriteFailed, match=r"checkpoint-000003\.npz could not be written"):
        search(optimiser, objective, keep_checkpoints(tmp_path, OWNER), kept.history)
    assert names(tmp_path) == before


def test_files_that_cannot_be_read_or_made_are_told_in_one_line(tmp_path: Path) -> None:
    stopped_after(tmp_path / "a", 2)
    (tmp_path / "a" / "checkpoint-000009.npz").mkdir()
    found = latest_checkpoint(tmp_path / "a", OWNER)
    assert found is not None and found.skipped == ("checkpoint-000009.npz (Is a directory)",)
    (tmp_path / "b").write_text("a file")
    with pytest.raises(WriteFailed, match="no folder for checkpoints at b: File exists"):
        search(ready(), objective, keep_checkpoints(tmp_path / "b", OWNER))


KILLED = """
import os, signal, sys
from pathlib import Path
from tests.adapt.search.test_search_checkpoints import OWNER, objective, ready
from tawazun.adapt.search import keep_checkpoints, search

written = 0
real = os.fsync
def fsync(descriptor):
    global written
    written += 1
    if written == 4:
        os.ftruncate(descriptor, os.fstat(descriptor).st_size // 2)
        os.kill(os.getpid(), signal.SIGKILL)
    real(descriptor)
os.fsync = fsync
search(ready(), objective, keep_checkpoints(Path(sys.argv[1]), OWNER))
"""


def test_a_process_killed_in_the_middle_of_a_write_loses_one_generation(tmp_path: Path) -> None:
    ran = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], capture_output=True, text=True)
    assert ran.returncode == -9, ran.stderr
    found = names(tmp_path)
    assert found[1:] == ["checkpoint-000002.npz", "checkpoint-000003.npz"] and found[0].endswith(".tmp")
    optimiser = ready()
    kept = resume(optimiser, tmp_path, OWNER)
    assert kept is not None and optimiser.generations == 3 and not kept.skipped
    again = search(optimiser, objective, keep_checkpoints(tmp_path, OWNER), kept.history)
    assert timeless(again) == timeless(search(ready(), objective))
    assert names(tmp_path) == ["checkpoint-000008.npz", "checkpoint-000009.npz"]
