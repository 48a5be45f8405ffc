"""`tawazun rate …`: packs for people, and what they said; questions that people write."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from tawazun.cli.options import AsJson, Data

app = typer.Typer(help="People in the loop: blinded packs out, ratings and questions in.", no_args_is_help=True)
KEY = "key.json"


@app.callback()
def _root() -> None:
    """Rating."""


@app.command()
def export(
    out: Annotated[Path, typer.Option(help="A new folder for the packs.")],
    source: Annotated[
        Path | None,
        typer.Argument(metavar="FILE|RUN", help="Pairs or answers (as for a judge), or a run with open questions."),
    ] = None,
    raters: Annotated[int, typer.Option(help="How many people; each gets a pack of their own.")] = 3,
    language: Annotated[str, typer.Option(help="Of the forms: en or ar.")] = "en",
    seed: Annotated[int, typer.Option(help="Of orders and sides.")] = 0,
    author: Annotated[bool, typer.Option("--author", help="A blank form for writing questions.")] = False,
    folder: Annotated[Path, typer.Option(help="Where files lie of which a run kept no copy.")] = Path(),
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Blinded packs as CSV and as offline forms, one per rater; what they hide goes to a key that stays with you."""
    from tawazun.errors import BadFile
    from tawazun.judging import exporting

    if author == (source is not None):
        raise BadFile("rate export: name a FILE or RUN, or --author for a blank form")
    if source is not None and not source.exists():
        raise BadFile(f"{source}: there is no such file, and no such run")
    if source is None:
        made = exporting.export_author(out, language)
    elif source.is_dir():
        from tawazun.cli.judging import collected_grades

        made = exporting.export_rows(collected_grades(source, folder, data), out, raters, language, seed)
    else:
        made = exporting.export_file(source, out, raters, language, seed)
    if as_json:
        typer.echo(json.dumps({name: str(path) for name, path in made.items()}))
        return
    for name, path in made.items():
        typer.echo(f"{name}: {path}")


@app.command(name="import")
def import_(
    packs: Annotated[list[Path], typer.Argument(metavar="PACK…", help="Files that came back: CSV or JSON.")],
    out: Annotated[Path, typer.Option(help="The file to write (JSONL).")],
    key: Annotated[
        Path | None, typer.Option(help="The key of the packs; else key.json beside their folder.", show_default=False)
    ] = None,
    author: Annotated[bool, typer.Option("--author", help="They are questions that people wrote.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check what came back, row by row, and write labels beside the answers, or questions as a benchmark."""
    from tawazun.judging import importing

    if author:
        _say(out, importing.import_author(packs, out), [], as_json)
        return
    rows, agreed, raters = importing.import_packs(packs, key or _key_beside(packs[0]), out)
    _say(out, rows, [asdict(one) for one in agreed], as_json, raters=raters)


def _key_beside(pack: Path) -> Path:
    places = [folder / KEY for folder in (pack.parent, pack.parent.parent)]
    return next((file for file in places if file.is_file()), places[0])


def _say(out: Path, rows: int, agreed: Sequence[dict[str, Any]], as_json: bool, *, raters: int = 0) -> None:
    if as_json:
        typer.echo(json.dumps({"file": str(out), "rows": rows, "raters": raters, "agreement": list(agreed)}))
        return
    typer.echo(f"{out}: {rows:,} rows" + (f" from {raters} rater{'s' * (raters > 1)}" if raters else ""))
    for one in agreed:
        span = f" [{one['low']:.3f}, {one['high']:.3f}]" if one["low"] is not None else ""
        value = f"alpha {one['alpha']:.3f}{span}" if one["alpha"] is not None else "no alpha"
        why = f" ({one['why']})" if one["why"] else ""
        typer.echo(f"  {one['what']}, {one['who']}: {value}; {one['ratings']} ratings of {one['items']} items{why}")
