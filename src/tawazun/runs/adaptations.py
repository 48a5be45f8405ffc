"""The folder of an adaptation: the recipe, what was found, the runs before and after, and a manifest written last."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from tawazun.errors import BadFile, StudyChanged
from tawazun.runs.writing import locked, write_parquet, write_text

RECIPE = "recipe.toml"
DIGEST = ".recipe.json"


@dataclass(frozen=True)
class AdaptFolder:
    """A folder that an adaptation is being written to."""

    path: Path

    @staticmethod
    @contextmanager
    def hold(path: str | Path, recipe: str, digests: Mapping[str, str]) -> Iterator["AdaptFolder"]:
        """Make the folder, or take up one of the same recipe, and hold it for this process.

        recipe   the resolved recipe as TOML; digests: what must be the same to take it up, by name
        Errors   StudyChanged naming what differs; BadFile when the folder holds something else; UserError when another
                 process writes to it. Nothing in the folder is touched in these cases.
        """
        folder = AdaptFolder(Path(path))
        folder._refuse_foreign()
        try:
            folder.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BadFile(f"{path}: no folder can be made there ({error.strerror})") from error
        with locked(folder.path, "adaptation"):
            folder._refuse_other(digests)
            (folder.path / "manifest.json").unlink(missing_ok=True)
            write_text(folder.path / DIGEST, json.dumps(dict(digests), sort_keys=True))
            write_text(folder.path / RECIPE, recipe)
            yield folder

    def release(self) -> None:
        """Let another recipe take the folder: nothing was made in it yet, as when the first one held a mistake."""
        write_text(self.path / DIGEST, "{}")

    def write_json(self, name: str, value: Mapping[str, Any]) -> None:
        """Write `NAME.json` in one step."""
        write_text(self.path / f"{name}.json", json.dumps(value, ensure_ascii=False, indent=2) + "\n")

    def write_table(self, name: str, table: pl.DataFrame) -> None:
        """Write `NAME.parquet` in one step."""
        write_parquet(self.path / f"{name}.parquet", table)

    def finish(self, manifest: Mapping[str, Any]) -> None:
        """Write the manifest; its presence means that the adaptation is whole."""
        self.write_json("manifest", {"kind": "adapt", **manifest})

    def _refuse_foreign(self) -> None:
        if self.path.is_file():
            raise BadFile(f"{self.path}: a file, not a folder; choose another --out")
        held = [one.name for one in self.path.iterdir()] if self.path.is_dir() else []
        if DIGEST not in held and any(name != ".lock" for name in held):
            raise BadFile(f"{self.path}: the folder is not empty and holds no adaptation; choose another --out")

    def _refuse_other(self, digests: Mapping[str, str]) -> None:
        file = self.path / DIGEST
        if not file.is_file():
            return
        try:
            before = json.loads(file.read_text(encoding="utf-8"))
        except ValueError as error:
            raise BadFile(f"{file}: cannot be read; choose another --out") from error
        for name, digest in digests.items():
            if name in before and before[name] != digest:
                raise StudyChanged(f"{self.path}: was begun with another {name}; choose another --out")
