"""`tawazun audit …`: what is wrong with a benchmark, before anybody trusts its scores."""

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from tawazun.cli.options import AsJson, Data

app = typer.Typer(help="What is in a benchmark or a training set, and what is wrong with it.", no_args_is_help=True)
MARKS = {"found": "!", "passed": "·", "not applicable": "-", "skipped": "?"}
MOST = 5


@app.callback()
def _root() -> None:
    """Audits."""


def benchmark(
    name: Annotated[str, typer.Argument(metavar="NAME|FILE", help="A benchmark on offer, or a file of your own.")],
    run: Annotated[
        list[Path] | None,
        typer.Option(help="Runs whose respondents' answers are held against the keys.", show_default=False),
    ] = None,
    check: Annotated[list[str] | None, typer.Option(help="Only these checks.", show_default=False)] = None,
    out: Annotated[
        Path | None, typer.Option(help="Keep findings and numbers in this folder.", show_default=False)
    ] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Duplicates, conflicting keys, leaks, cues, key positions, broken texts — and what knowing nothing scores."""
    from tawazun.api.auditing import audit
    from tawazun.data import data_folder

    done = audit(name, data=data_folder(data), runs=run or (), checks=check or (), out=out)
    if as_json:
        typer.echo(json.dumps(asdict(done) | {"findings": [asdict(one) for one in done.findings]}, ensure_ascii=False))
        return
    typer.echo(f"{done.subject}: {done.facts['title']} ({done.facts['items']})")
    typer.echo(f"licence: {done.facts['licence']}; {done.facts['terms']}")
    for title, outcome in done.outcomes.items():
        typer.echo(f"{MARKS[outcome.state]} {title}: {outcome.state}; {outcome.text}")
        for one in outcome.findings[:MOST]:
            about = f" [{', '.join(one.items[:3])}{' …' if len(one.items) > 3 else ''}]" if one.items else ""
            typer.echo(f"    {one.severity} {one.code}{about}: {one.text}")
        if len(outcome.findings) > MOST:
            rest = f"{len(outcome.findings) - MOST:,} more"
            typer.echo(f"    … {rest}" + (f"; all in {out}/findings.parquet" if out else "; --out DIR keeps them all"))
    if done.baselines:
        typer.echo("without knowing anything:")
        for floor in dict.fromkeys(floor for floor, *_ in done.baselines):
            values = [f"{metric} {100 * value:.1f}" for own, metric, value in done.baselines if own == floor]
            typer.echo(f"    {floor}: {', '.join(values)}")
    counts = Counter(one.severity for one in done.findings)
    typer.echo(", ".join(f"{counts[level]:,} {level}s" for level in ("error", "warning", "note")))
    if out:
        typer.echo(f"audit: {out}")
