"""The layout of a run folder, and how answers get into it without being lost or asked twice.

While a run is going, answers lie in `answers/part-NNNNNN.parquet`, each put in place in one step. When every cell is
there the parts become `answers.parquet`. `manifest.json` is written last: its presence means that the run is whole.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from tawazun.answers import SCHEMA
from tawazun.errors import BadFile, StudyChanged, UserError
from tawazun.estimates import SCORES
from tawazun.runs.shards import POSITION, SHARD, Shard, ShardRecord, read_record
from tawazun.runs.writing import locked, sink_parquet, write_bytes, write_parquet, write_text
from tawazun.study import Study, asked_digest, changed_keys, load_study, register_own, study_toml

INPUTS = ".inputs.json"
FROZEN = ".frozen.json"
# what a spreadsheet may take for a formula: a sign (full-width ones too), after any space, or a control character
FORMULA = r"^[\s\x00-\x1f\x{FEFF}]*[=+\-@\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}\x{2212}]|^[\t\r\n]"


@dataclass(frozen=True)
class RunFolder:
    """A run folder that is being written; `shard` when it is to hold one part of its study only."""

    path: Path
    shard: Shard | None = None

    @staticmethod
    def start(path: str | Path, study: Study) -> "RunFolder":
        """Make or take up a folder without holding it, for a single writer that needs no lock; see `hold`."""
        with RunFolder.hold(path, study, {}) as folder:
            return folder

    @staticmethod
    @contextmanager
    def hold(
        path: str | Path, study: Study, inputs: Mapping[str, str], shard: Shard | None = None
    ) -> Iterator["RunFolder"]:
        """Make the folder, or take up one whose answers belong to the same asks, and hold it for this process.

        inputs   name of each thing that answers depend on beside the study file (`respondent NAME`, `texts`) -> its
                 hash; a run is never taken up with other ones, so answers of two respondents are never mixed
        Errors   StudyChanged naming what differs; BadFile when the folder holds something else; UserError when
                 another process writes to it. Nothing in the folder is touched in these cases.
        """
        folder = RunFolder(Path(path), shard)
        folder._refuse_foreign()
        try:
            folder.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BadFile(f"{path}: no folder can be made there ({error.strerror})") from error
        with folder.locked():
            folder._refuse_mixed()
            folder._refuse_other(study, inputs)
            folder._sweep()
            (folder.path / "answers").mkdir(exist_ok=True)
            write_text(folder.path / INPUTS, json.dumps(inputs, sort_keys=True))
            write_text(folder.path / "study.toml", study_toml(study))
            yield folder

    def _refuse_foreign(self) -> None:
        if self.path.is_file():
            raise BadFile(f"{self.path}: a file, not a run folder; choose another --out")
        ours = ("study.toml", "answers", ".lock", INPUTS, SHARD)
        held = [f.name for f in self.path.iterdir()] if self.path.is_dir() else []
        if "study.toml" not in held and any(name not in ours for name in held):
            raise BadFile(f"{self.path}: the folder is not empty and holds no run; choose another --out")

    def _refuse_mixed(self) -> None:
        """A folder holds one shard, or no shards."""
        record = read_record(self.path)
        held = record.shard if record else None
        if held and held != self.shard:
            raise UserError(f"{self.path}: holds shard {held.text}; merge it with the others, or choose another --out")
        if self.shard and not held and (self.parts() or (self.path / "answers.parquet").exists()):
            raise UserError(f"{self.path}: holds answers that are in no shard; choose another --out")

    def _refuse_other(self, new: Study, inputs: Mapping[str, str]) -> None:
        if not (self.path / "study.toml").exists():
            return
        old = load_study(self.path / "study.toml")
        register_own(new)
        if asked_digest(old) != asked_digest(new):
            keys = ", ".join(changed_keys(old, new)[:6])
            raise StudyChanged(
                f"{self.path}: the study changed since this run began ({keys}); restore it, or choose another --out"
            )
        stored = self.path / INPUTS
        before = json.loads(stored.read_text()) if stored.exists() else dict(inputs)
        changed = sorted(name for name in before.keys() | inputs.keys() if before.get(name) != inputs.get(name))
        if changed:
            what = ", ".join(changed[:6])
            raise StudyChanged(f"{self.path}: {what} changed since this run began; restore it, or choose another --out")

    def _sweep(self) -> None:
        """Remove what a killed writer left behind."""
        for left in (*self.path.glob(".*.tmp"), *(self.path / "answers").glob(".*.tmp")):
            left.unlink(missing_ok=True)

    def locked(self) -> AbstractContextManager[None]:
        """Hold the folder for this process. Errors: UserError when another process writes to it, or none may."""
        return locked(self.path, "run")

    def parts(self) -> list[Path]:
        """Answer parts in the order written."""
        return sorted((self.path / "answers").glob("part-*.parquet"))

    def done(self) -> set[bytes]:
        """Hashes (16 bytes) of the cells that have an answer; a cell that failed is not done."""
        files: list[Path] = self.parts()
        if (self.path / "answers.parquet").exists():
            files = [self.path / "answers.parquet", *files]
        found: set[bytes] = set()
        for file in files:
            try:
                cells = pl.scan_parquet(file).filter(pl.col("error").is_null()).select("cell").collect()
            except (OSError, pl.exceptions.PolarsError) as error:
                raise BadFile(
                    f"{file}: damaged ({str(error).splitlines()[0]}); delete it to ask its cells again"
                ) from error
            found.update(bytes.fromhex(cell) for cell in cells["cell"])
        return found

    def add_answers(self, table: pl.DataFrame) -> None:
        """Write one part in one step."""
        numbers = [int(file.stem.rpartition("-")[2]) for file in self.parts()]
        begin = self.shard.part if self.shard else "part-"
        write_parquet(self.path / "answers" / f"{begin}{max(numbers, default=0) + 1:06d}.parquet", table)

    def gather_answers(self) -> int:
        """Turn parts into `answers.parquet`, the last answer of a cell winning; returns the number of cells."""
        whole = self.path / "answers.parquet"
        parts = self.parts()
        if parts or not whole.exists():
            files = ([whole] if whole.exists() else []) + parts
            tables = [pl.scan_parquet(file) for file in files] or [pl.LazyFrame(schema=SCHEMA)]
            table = pl.concat(tables, how="diagonal")
            if self._has_failures(files):
                table = table.unique("cell", keep="last", maintain_order=True)
            sink_parquet(whole, table)
            for file in parts:
                file.unlink()
        with_rows: int = pl.scan_parquet(whole).select(pl.len()).collect().item()
        return with_rows

    def _has_failures(self, files: Sequence[Path]) -> bool:
        """Whether a cell may stand twice: only a failed cell is ever asked again, or a gather was cut short."""
        if len(files) > 1 and files[0].name == "answers.parquet":
            return True
        return any(pl.scan_parquet(file).select(pl.col("error").is_not_null().any()).collect().item() for file in files)

    def write_table(self, name: str, table: pl.DataFrame) -> None:
        """`questions`, `humans` or `scores`, as `NAME.parquet`."""
        write_parquet(self.path / f"{name}.parquet", table)

    def write_scores(self, table: pl.DataFrame) -> None:
        """`scores.parquet` and `scores.csv`; text cells of the CSV are escaped against formula injection."""
        write_parquet(self.path / "scores.parquet", table)
        write_bytes(self.path / "scores.csv", safe_csv(table))

    def write_json(self, name: str, value: object) -> None:
        """`sources` or `manifest`, as `NAME.json`."""
        write_text(self.path / f"{name}.json", json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True) + "\n")

    def write_report(self, html: str) -> None:
        """`report.html`."""
        write_text(self.path / "report.html", html)

    @property
    def is_whole(self) -> bool:
        """Whether the manifest says that nothing is missing."""
        return (self.path / "manifest.json").exists()

    def unfinished(self) -> None:
        """Take the manifest away: the run is being written again."""
        (self.path / "manifest.json").unlink(missing_ok=True)

    def finish(self, manifest: Mapping[str, object]) -> None:
        """Write the manifest and remove the empty folder of parts. Nothing is written after this."""
        answers = self.path / "answers"
        if answers.is_dir() and not any(answers.iterdir()):
            os.rmdir(answers)
        self.write_json("manifest", manifest)


def safe_csv(table: pl.DataFrame) -> bytes:
    """A table as CSV whose text cells cannot be read as formulas by a spreadsheet."""
    text = [name for name, kind in table.schema.items() if kind == pl.String]
    guarded = [
        pl.when(pl.col(name).str.contains(FORMULA)).then(pl.lit("'") + pl.col(name)).otherwise(pl.col(name)).alias(name)
        for name in text
    ]
    return table.with_columns(guarded).write_csv().encode()


@dataclass(frozen=True)
class Run:
    """A run folder that is being read."""

    path: Path

    @property
    def study(self) -> Study:
        """The study as run."""
        return load_study(self.path / "study.toml")

    @property
    def inputs(self) -> dict[str, str]:
        """Hashes of what answers depend on beside the study file; see `RunFolder.hold`."""
        found: dict[str, str] = self._json("inputs", INPUTS) if (self.path / INPUTS).exists() else {}
        return found

    @property
    def frozen(self) -> dict[str, Any]:
        """What was frozen when the first answer was asked for; empty when the run kept no record of it."""
        found: dict[str, Any] = self._json("frozen", FROZEN) if (self.path / FROZEN).exists() else {}
        return found

    @property
    def shard(self) -> ShardRecord | None:
        """What the folder says of the shard that it holds; None when it holds a whole run."""
        return read_record(self.path)

    @property
    def answers(self) -> pl.DataFrame:
        """The answers table, finished or not; of a shard, its own rows."""
        whole, parts = self.path / "answers.parquet", sorted((self.path / "answers").glob("part-*.parquet"))
        files = ([whole] if whole.exists() else []) + parts
        if not files:
            return pl.DataFrame(schema=SCHEMA)
        # a run of an earlier version lacks the columns that came later
        table = pl.concat([pl.DataFrame(schema=SCHEMA), *(read_table(file) for file in files)], how="diagonal_relaxed")
        table = table.drop(POSITION, strict=False)
        return table if len(files) == 1 else table.unique("cell", keep="last", maintain_order=True)

    @property
    def scores(self) -> pl.DataFrame:
        """The scores table."""
        return self._table("scores", SCORES)

    @property
    def humans(self) -> pl.DataFrame:
        """The human side."""
        return self._table("humans", {})

    @property
    def questions(self) -> pl.DataFrame:
        """The questions as far as they may be shown."""
        return self._table("questions", {})

    @property
    def sources(self) -> list[dict[str, Any]]:
        """Sources and licences."""
        found: list[dict[str, Any]] = self._json("sources")
        return found

    @property
    def manifest(self) -> dict[str, Any]:
        """The manifest. Errors: BadFile when the run is not finished."""
        found: dict[str, Any] = self._json("manifest")
        return found

    def _table(self, name: str, schema: Mapping[str, Any]) -> pl.DataFrame:
        file = self.path / f"{name}.parquet"
        if not file.exists():
            raise BadFile(f"{self.path}: no {file.name} yet; finish the run with `tawazun run`")
        return read_table(file)

    def _json(self, name: str, spelled: str = "") -> Any:
        file = self.path / (spelled or f"{name}.json")
        if not file.exists():
            raise BadFile(f"{self.path}: no {file.name}; the run is not finished")
        try:
            return json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise BadFile(f"{file}: damaged ({str(error).splitlines()[0]})") from error


def read_table(file: Path) -> pl.DataFrame:
    """A table of a run folder. Errors: BadFile when it is damaged."""
    try:
        return pl.read_parquet(file)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise BadFile(f"{file}: damaged ({str(error).splitlines()[0]})") from error


def open_run(path: str | Path) -> Run:
    """The run of a folder. Errors: BadFile when the folder holds no run."""
    folder = Path(path)
    if not (folder / "study.toml").is_file():
        raise BadFile(f"{path}: no run here (no study.toml)")
    return Run(folder)
