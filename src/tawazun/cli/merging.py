"""`tawazun merge`, and what `tawazun run --shard i/n` prints."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tawazun.cli.options import AsJson, Data

if TYPE_CHECKING:
    from tawazun.api import Prepared
    from tawazun.runs import Run, Shard

Part = Annotated[str, typer.Option(metavar="i/n", help="Ask one of n parts; `tawazun merge` joins them to a run.")]


def merge(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN…", help="The folders of all shards of one study.")],
    out: Annotated[Path, typer.Option(help="The run folder to write.")],
    partial: Annotated[
        bool, typer.Option("--partial", help="Join what there is, though shards are absent or unfinished.")
    ] = False,
    folder: Annotated[Path, typer.Option(help="Where files that the study names lie.")] = Path(),
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Join the shards of a study into the run that one machine would have made, measure it and write the page."""
    from tawazun import api
    from tawazun.cli import output

    done = api.merge(runs, out, partial=partial, folder=folder, data=data)
    shards = done.manifest["shards"]
    if shards["absent"] and not as_json:
        numbers = ", ".join(str(number) for number in shards["absent"])
        typer.echo(
            f"NOT THE WHOLE STUDY: shards {numbers} of {shards['of']} are absent, {shards['missing']:,} cells missing"
            + ("; recorded answers come with shard 1" if 1 in shards["absent"] else "")
        )
    output.print_run(done, as_json)


def part_of(text: str) -> "Shard | None":
    """The shard of `--shard i/n`; None without one. Errors: UserError."""
    from tawazun.runs import parse_shard

    return parse_shard(text) if text else None


def asked(prepared: "Prepared", out: Path, part: "Shard | None", **others: Any) -> "Run":
    """The whole run, or the shard, after everything was asked."""
    from tawazun import api

    return api.run_shard(prepared, out, part, **others) if part else api.run_prepared(prepared, out, **others)


def print_asked(done: "Run", as_json: bool) -> None:
    """Where the run or the shard is and what is in it."""
    from tawazun.cli import output

    record = done.shard
    if record is None:
        output.print_run(done, as_json)
        return
    answers = done.answers
    failed = answers.height - answers["error"].null_count()
    respondents = record.facts["respondents"]
    if as_json:
        counts = {"cells": answers.height, "failed": failed}
        usage = {label: one["usage"] for label, one in respondents.items() if "usage" in one}
        typer.echo(json.dumps({"run": str(done.path), "shard": record.shard.text, "counts": counts, "usage": usage}))
        return
    typer.echo(f"shard {record.shard.text}: {answers.height:,} cells, {failed:,} failed")
    for line in output.failures(answers):
        typer.echo(f"  {line}")
    for label, one in respondents.items():
        for line in one["notes"]:
            typer.echo(f"  {label}: {line}")
    typer.echo("when all shards are there: tawazun merge RUN… --out RUN")


def check_answered(done: "Run") -> None:
    """A run of which nothing came is a failure. Errors: RespondentFailed."""
    from tawazun.errors import RespondentFailed

    errors = done.answers["error"]
    if len(errors) and not errors.null_count():
        raise RespondentFailed(f"not one of {len(errors):,} cells was answered; the same command asks them again")
