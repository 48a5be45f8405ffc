"""What the commands print."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import polars as pl
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from tawazun.api import Prepared
from tawazun.catalogue import unknown
from tawazun.cells import cell_of
from tawazun.cli.verdict_lines import judge_lines
from tawazun.errors import UnknownName
from tawazun.measures.gates import QUALITY
from tawazun.respondents import respondent_id
from tawazun.runs import Run, Shard
from tawazun.study import Study

HEADLINE = ("js_similarity", "skill", "map_distance", "rank_agreement", "accuracy", "macro_f1")
MARKS = ("accuracy", "macro_f1", "sem_b", "sem_w")


def narrowed(study: Study, labels: Sequence[str]) -> Study:
    """The study with only these respondents. Errors: UnknownName."""
    names = [one.name for one in study.respondent]
    for label in labels:
        if label not in names:
            raise UnknownName(unknown("respondent", label, names))
    if not labels:
        return study
    return study.model_copy(update={"respondent": [one for one in study.respondent if one.name in labels]})


def print_size(prepared: Prepared, as_json: bool, shard: Shard | None = None) -> None:
    """Cells, prompts and tokens per respondent that is asked; of a shard, its own."""
    found: dict[str, dict[str, Any]] = {}
    for label, plan in prepared.plans.items():
        size = plan.size(_own(shard, respondent_id(prepared.asked[label].identity)))
        found[label] = {"cells": size.cells, "prompts": size.prompts, "tokens": size.tokens, "cost": None}
        if prices := getattr(prepared.asked[label], "prices", None):
            found[label] |= {"cost": prices.cost(size.tokens, size.reply_tokens), "currency": prices.currency}
    if as_json:
        typer.echo(json.dumps(found))
        return
    if shard:
        typer.echo(f"shard {shard.text}:")
    for label, one in found.items():
        typer.echo(
            f"{label}: {one['cells']:,} cells, {one['prompts']:,} prompts, about {one['tokens']:,} prompt tokens; "
            f"cost: {_cost(one, hasattr(prepared.asked[label], 'prices'))}"
        )
    for label in prepared.recorded:
        typer.echo(f"{label}: recorded, nothing is asked" + ("; comes with shard 1" if shard else ""))


def _own(shard: Shard | None, rid: str) -> Callable[[str], bool]:
    return lambda ask: shard is None or shard.holds(cell_of(ask, rid))


def _cost(size: dict[str, Any], paid: bool) -> str:
    if size["cost"] is not None:
        return f"about {size['cost']:.2f} {size['currency']} when every reply is as long as it may be"
    return "unknown, the study gives no prices" if paid else "runs locally"


@contextmanager
def progress(prepared: Prepared, *, quiet: bool) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, nothing elsewhere."""
    console = Console(stderr=True)
    total = sum(len(plan) for plan in prepared.plans.values())
    if quiet or not console.is_terminal or not total:
        yield lambda count: None
        return
    columns = (TextColumn("asking"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=console) as bar:
        task = bar.add_task("asking", total=total)
        yield lambda count: bar.advance(task, count)


def print_run(run: Run, as_json: bool) -> None:
    """Where the run is and its first numbers."""
    manifest = run.manifest
    scores = run.scores
    if as_json:
        counts = manifest["counts"]
        typer.echo(json.dumps({"run": str(run.path), "report": str(run.path / "report.html"), "counts": counts}))
        return
    counts = manifest["counts"]
    typer.echo(f"{counts['cells']:,} cells, {counts['failed']:,} failed, {counts['scores']:,} scores")
    for line in failures(run.answers) if counts["failed"] else ():
        typer.echo(f"  {line}")
    for line in _headlines(scores, metrics=_metrics(run)):
        typer.echo(f"  {line}")
    for line in _for_judges(run):
        typer.echo(f"  {line}")
    typer.echo(f"report: {run.path / 'report.html'}")


def failures(answers: pl.DataFrame, most: int = 3) -> list[str]:
    """Why cells have no answer: a line per respondent and reason, the usual first; numbers make no other reason."""
    failed = answers.filter(pl.col("error").is_not_null())
    keys = [pl.col("respondent"), pl.col("error").str.replace_all(r"\d+", "#").alias("reason")]
    found = failed.group_by(keys, maintain_order=True).agg(pl.len().alias("cells"), pl.col("error").first())
    found = found.sort("cells", descending=True, maintain_order=True)
    rows = list(found.iter_rows(named=True))
    lines = [f"{row['respondent']}: {row['cells']:,} failed: {' '.join(row['error'].split())}" for row in rows[:most]]
    return lines if len(rows) <= most else [*lines, f"{len(rows) - most} more reasons: column error of the answers"]


def _for_judges(run: Run) -> list[str]:
    """What to do with replies that only a judge can score, one line per instrument that was asked for them."""
    metrics = _metrics(run)
    opened = run.questions.filter(pl.col("kind") == "text")["instrument"].unique(maintain_order=True)
    names = [name for name in opened if metrics.get(name, "judge") == "judge"]
    return [f"{name}: open replies, for a judge: tawazun judge grades {run.path} --out FILE" for name in names]


def _metrics(run: Run) -> dict[str, str]:
    """Benchmark -> the measure that its headline reads."""
    return {one["name"]: one["exam"]["metric"] for one in run.sources if one.get("exam")}


def _headlines(scores: pl.DataFrame, most: int = 12, metrics: Mapping[str, str] | None = None) -> list[str]:
    """The nearest population of each respondent, on the first headline measure it has."""
    lines = []
    overall = scores.filter((pl.col("item") == "") & pl.col("value").is_not_null() & pl.col("interpretable"))
    for name in HEADLINE[:1]:
        table = overall.filter((pl.col("measure") == name) & ~pl.col("respondent").str.contains("^(floor|ceiling):"))
        keys = ["respondent", "instrument", "persona", "language"]
        best = table.sort("value", descending=True).unique(keys, keep="first", maintain_order=True)
        for row in best.sort(keys).head(most).iter_rows(named=True):
            lines.append(_line(row))
    near = overall.filter((pl.col("measure") == "map_distance") & pl.col("facet").str.contains("nearest"))
    for row in near.filter(~pl.col("respondent").str.contains("^(floor|ceiling):")).head(most).iter_rows(named=True):
        lines.append(_line(_bounded(row, overall)))
    return [*lines, *_marks(overall, most, metrics or {}), *judge_lines(overall, most), *_stopped(scores)]


def _bounded(row: dict[str, Any], overall: pl.DataFrame) -> dict[str, Any]:
    """The row of the same distance that has an interval, where this one only says which place is nearest."""
    keys = ("measure", "respondent", "instrument", "population", "persona", "perspective", "language", "mode")
    same = overall.filter(pl.all_horizontal(*(pl.col(key) == row[key] for key in keys)), pl.col("low").is_not_null())
    return same.row(0, named=True) if row["low"] is None and same.height else row


def _stopped(scores: pl.DataFrame) -> list[str]:
    """Respondents of whom something or everything cannot be read, with the commonest reason."""
    own = scores.filter(~pl.col("respondent").str.contains("^(floor|ceiling):"), ~pl.col("measure").is_in(QUALITY))
    lines = []
    for respondent in own["respondent"].unique(maintain_order=True):
        rows = own.filter(pl.col("respondent") == respondent)
        readable = rows.filter(pl.col("value").is_not_null() & pl.col("interpretable"))
        stopped = rows.filter(~pl.col("interpretable"))
        if stopped.is_empty():
            continue
        why = str(stopped["why"].value_counts(sort=True)["why"][0]).rpartition("not interpretable: ")[2]
        if readable.is_empty():
            lines.append(f"{respondent}: NOTHING HERE IS INTERPRETABLE ({stopped.height} scores): {why}")
        else:
            lines.append(f"{respondent}: {stopped.height} of {rows.height} scores are not interpretable; mostly {why}")
    return lines


def _marks(overall: pl.DataFrame, most: int, metrics: Mapping[str, str]) -> list[str]:
    """The score of each respondent on each benchmark and prompt, with what the best baseline scores.

    The headline measure of every respondent comes first, one prompt each, then its other prompts, then other measures.
    """
    own = overall.filter(
        pl.col("measure").is_in(MARKS)
        & (pl.col("group") == "")
        & pl.col("facet").str.contains(r"^(decoding=[^;]*;)?prompt=[^;]*(;norm=\w+)?$")
    )
    keys = ["respondent", "instrument", "persona", "perspective", "language", "mode", "measure"]
    metric = pl.col("instrument").replace_strict(metrics, default=MARKS[0], return_dtype=pl.String)
    turn = pl.int_range(pl.len()).over("respondent", "instrument", "measure")
    own = own.sort(pl.col("measure") != metric, turn, maintain_order=True)
    above = overall.filter(pl.col("facet").str.ends_with(";above the best floor"))
    above = above.select(
        *keys, facet=pl.col("facet").str.strip_suffix(";above the best floor"), gap="value", floor="reference"
    )
    lines = []
    for row in own.join(above, on=[*keys, "facet"], how="left", maintain_order="left").head(most).iter_rows(named=True):
        span = f" [{row['low']:.3f}, {row['high']:.3f}]" if row["low"] is not None else " (no interval)"
        prompt = row["facet"].replace("prompt=", "").replace(";", ", ")
        best = "" if row["gap"] is None else f"; {row['floor']} {row['value'] - row['gap']:.3f}"
        lines.append(
            f"{row['respondent']} on {row['instrument']} ({prompt}): {row['measure']} {row['value']:.3f}{span}{best}"
        )
    if own.height > most:
        lines.append(f"… {own.height - most} more scores of benchmarks: see scores.csv")
    return lines


def _line(row: dict[str, Any]) -> str:
    who = f"{row['respondent']} as {row['persona']} in {row['language']}"
    return f"{who}: nearest to {row['population']}, {row['measure']} {row['value']:.3f}{_span(row)}"


def _span(row: dict[str, Any]) -> str:
    """The interval in words; one of no width is said to be none."""
    if row["low"] is None:
        return " (no interval)"
    told = "; excludes human error" if "human error" in f"{row['method']} {row['why']} {row['facet']}" else ""
    if row["high"] - row["low"] < 1e-9:
        return f" (nothing varied: no interval{told})"
    return f" [{row['low']:.3f}, {row['high']:.3f}]{told.replace(';', ',')}"
