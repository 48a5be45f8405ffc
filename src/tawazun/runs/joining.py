"""Shards of one study as one answers table, in the order in which a run on one machine would have put it down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from tawazun.answers import SCHEMA
from tawazun.errors import BadAnswers, BadFile, StudyChanged, UserError
from tawazun.runs.folder import Run, RunFolder, read_table
from tawazun.runs.shards import POSITION, ShardRecord
from tawazun.runs.writing import write_text
from tawazun.study import asked_digest, changed_keys, study_toml

STORED = {**SCHEMA, POSITION: pl.Int64}
JOINED = ".joined"  # says that the answers of a folder came from shards, so joining again may replace them


@dataclass(frozen=True)
class Joined:
    """What shards hold together.

    answers   one row per cell: respondents in the study's order, of each the order of its plan
    records   of every shard that was given
    absent    numbers of the shards that were not given or are not finished
    missing   cells that were to be asked and are not here; those of recorded answers are not counted
    """

    answers: pl.DataFrame
    records: tuple[ShardRecord, ...]
    absent: tuple[int, ...]
    missing: int


def join_shards(runs: Sequence[Run], *, partial: bool = False) -> Joined:
    """Join the shards of one study. A cell that stands in several must have the same answer in each.

    partial   whether shards may be absent or unfinished
    Errors    StudyChanged for shards of different studies, respondents, texts or versions; UserError for a run that is
              no shard, and for what is absent; BadAnswers for a cell with two answers; BadFile for damage
    """
    records = tuple(_record(run) for run in runs)
    for run, record in zip(runs[1:], records[1:], strict=True):
        _same(runs[0], records[0], run, record)
    here = {record.shard.number for record in records if record.finished}
    of = records[0].shard.of
    absent = tuple(number for number in range(1, of + 1) if number not in here)
    if absent and not partial:
        raise UserError(
            f"{len(absent)} of {of} shards missing or not finished ({_listed(absent)}); run them (a stopped one "
            "goes on with the same command), or join what there is with --partial"
        )
    table = _rows(runs, records)
    missing = _missing(table, records[0])
    if missing and not absent:
        raise BadFile(f"{missing:,} cells are in no shard though all {of} are finished: answer parts were removed")
    return Joined(table.select(SCHEMA.keys()), records, absent, missing)


def _record(run: Run) -> ShardRecord:
    record = run.shard
    if record is None:
        raise UserError(f"{run.path}: holds no shard; `tawazun run STUDY --out RUN --shard i/n` makes one")
    return record


def _same(first: Run, record: ShardRecord, other: Run, others: ShardRecord) -> None:
    one, two = first.study, other.study
    between = f"{first.path} and {other.path}"
    if record.shard.of != others.shard.of:
        raise UserError(
            f"{between}: one of {record.shard.of} shards and one of {others.shard.of}; join one set of shards"
        )
    if asked_digest(one) != asked_digest(two):
        raise StudyChanged(f"{between}: shards of different studies ({', '.join(changed_keys(one, two)[:6])})")
    if study_toml(one) != study_toml(two):
        raise StudyChanged(f"{between}: the studies differ in what is measured; run one of them again with the other's")
    mine, theirs = first.inputs, other.inputs
    if moved := sorted(name for name in mine.keys() | theirs.keys() if mine.get(name) != theirs.get(name)):
        raise StudyChanged(f"{between}: {', '.join(moved[:6])} differ; ask both shards of the same")
    if record.versions != others.versions:
        made = ["; ".join(f"{name} {version}" for name, version in own.versions.items()) for own in (record, others)]
        raise StudyChanged(f"{between}: made by different versions ({made[0]} and {made[1]}); run one of them again")


def _listed(numbers: Sequence[int]) -> str:
    shown = ", ".join(str(number) for number in numbers[:8])
    return f"{shown} …" if len(numbers) > 8 else shown


def _rows(runs: Sequence[Run], records: Sequence[ShardRecord]) -> pl.DataFrame:
    """Every cell once, in order: an answer goes before a failure, a later failure before an earlier one."""
    tables = [_own_rows(run, record) for run, record in zip(runs, records, strict=True)]
    table = pl.concat(tables)
    _refuse_two_answers(table)
    rank = {label: number for number, label in enumerate(records[0].labels)}
    order = pl.col("respondent").replace_strict(rank, return_dtype=pl.Int64)
    table = table.sort(pl.col("error").is_null(), maintain_order=True)
    table = table.unique("cell", keep="last", maintain_order=True)
    return table.sort(order, POSITION)


def _own_rows(run: Run, record: ShardRecord) -> pl.DataFrame:
    files = sorted((run.path / "answers").glob(f"{record.shard.part}*.parquet"))
    parts = [read_table(file) for file in files]
    if any(part.schema != STORED for part in parts):
        raise BadFile(f"{run.path}: answers of another form; run the shard again in a folder of its own")
    table = pl.concat([pl.DataFrame(schema=STORED), *parts])
    strange = [cell for cell in table.filter(pl.col("respondent").is_in(list(record.cells)))["cell"]
               if not record.shard.holds(cell)]  # fmt: skip
    if strange or not set(table["respondent"].unique()) <= set(record.labels):
        raise BadFile(f"{run.path}: holds answers that are not of shard {record.shard.text}")
    return table


def _refuse_two_answers(table: pl.DataFrame) -> None:
    answered = table.filter(pl.col("error").is_null())
    again = answered.filter(pl.col("cell").is_duplicated()).sort("cell")
    seen: dict[str, tuple[object, ...]] = {}
    cell = again.columns.index("cell")
    for row in again.iter_rows():
        if seen.setdefault(row[cell], row) != row:
            at = dict(zip(again.columns, row, strict=True))
            raise BadAnswers(
                f"{at['respondent']}: {at['question']} as {at['persona']} in {at['language']} has two different "
                "answers in two shards; keep one of the two folders"
            )


def _missing(table: pl.DataFrame, record: ShardRecord) -> int:
    here = table.group_by("respondent").agg(pl.col(POSITION).n_unique())
    found = dict(here.iter_rows())
    return sum(cells - found.get(label, 0) for label, cells in record.cells.items())


def take_joined(folder: RunFolder, joined: Joined, whole: Run, frozen: Mapping[str, object]) -> None:
    """Put joined answers into a folder that is held, with questions, people and sources of a finished shard.

    Errors   UserError when the folder has answers that came from elsewhere; nothing in it is touched then
    """
    own = folder.path / "answers.parquet"
    asked_here = folder.is_whole and "shards" not in Run(folder.path).manifest
    if folder.parts() or asked_here or (own.exists() and not (folder.path / JOINED).exists()):
        raise UserError(f"{folder.path}: holds a run of its own; choose another --out")
    write_text(folder.path / JOINED, "")
    folder.unfinished()
    folder.write_json(".frozen", frozen)
    folder.write_table("answers", joined.answers)
    folder.write_table("questions", whole.questions)
    folder.write_table("humans", whole.humans)
    folder.write_json("sources", whole.sources)
