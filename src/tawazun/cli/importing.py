"""`tawazun import` and `tawazun reread`: runs that other tools made."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from tawazun.cli.options import AsJson, Data

MOST = 10


def import_(
    logs: Annotated[
        list[Path], typer.Argument(metavar="LOG…", help="Inspect logs, or samples_*.jsonl of lm-evaluation-harness.")
    ],
    out: Annotated[Path, typer.Option(help="The folder for the study.")],
    instrument: Annotated[
        list[str] | None, typer.Option(help="Look for the items in these benchmarks only.", show_default=False)
    ] = None,
    language: Annotated[str, typer.Option(help="Of items that no benchmark has; else told by their script.")] = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Make a study of other tools' runs: their answers, our intervals, baselines and comparisons."""
    from tawazun.api.importing import import_logs

    done = import_logs(logs, out, names=instrument or (), language=language, data=data)
    if as_json:
        typer.echo(json.dumps(asdict(done), ensure_ascii=False))
        return
    for name, count in done.found.items():
        typer.echo(f"{name}: {count} items")
    for line in done.notes:
        typer.echo(f"note: {line}")
    typer.echo(f"tawazun run {done.study} --out RUN")


def reread(
    log: Annotated[Path, typer.Argument(help="An Inspect log made with multiple_choice and the scorer choice.")],
    language: Annotated[str, typer.Option(help="Of the replies; else told by the script of the questions.")] = "",
    as_json: AsJson = False,
) -> None:
    """Read an Inspect log's replies again: where both read, they agree; every difference is listed with its reason."""
    from tawazun.data.logs import read_log
    from tawazun.plugins.rereading import reread as read_again

    done = read_again(read_log(log), language)
    if as_json:
        typer.echo(json.dumps(asdict(done), ensure_ascii=False))
        return
    typer.echo(f"{done.task} · {done.model}: {done.replies} replies")
    typer.echo(f"read by both {done.both}, by Inspect only {done.theirs_only}, by us only {done.ours_only}")
    typer.echo(f"where both read: Inspect {done.right_theirs} right, we {done.right_ours} right")
    for one in done.differences[:MOST]:
        typer.echo(f"  {one.item} ({one.epoch}): Inspect {one.theirs or '—'}, we {one.ours or '—'}: {one.reason}")
    if len(done.differences) > MOST:
        typer.echo(f"  … {len(done.differences) - MOST} more (--json lists all)")
