"""`report`: the page of a run again, in a language or as a PDF; a site over several runs."""

import json
from pathlib import Path
from typing import Annotated

import typer

from tawazun.cli.options import AsJson, Data


def report(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN…", help="One run folder, or several for a site.")],
    out: Annotated[
        Path | None,
        typer.Option(
            help="A folder: write a site, a page per run and one that compares. FILE.html: one run's page, elsewhere.",
            show_default=False,
        ),
    ] = None,
    language: Annotated[str, typer.Option(help="What the page opens in; it can be turned into the others.")] = "en",
    measure: Annotated[
        list[str] | None, typer.Option(help="Compare by these on a site's front page.", show_default=False)
    ] = None,
    title: Annotated[str, typer.Option(help="The title of a site's front page.")] = "",
    pdf: Annotated[bool, typer.Option("--pdf", help="Also write report.pdf; needs Chromium.")] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Write a run's page again, or a static site over several runs."""
    from tawazun import api
    from tawazun.api.site import site
    from tawazun.errors import UserError

    single = out is None or out.suffix.lower() in (".html", ".htm")
    if single and len(runs) > 1:
        raise UserError("report: several runs become a site; name its folder with --out")
    if single and (measure or title):
        raise UserError("report: --measure and --title belong to a site; name its folder with --out")
    if out is None or single:
        written = api.report(api.open_run(runs[0]), language, out)
    else:
        written = site(runs, out, measures=measure or (), language=language, title=title, data=data)
    found = {"report": str(written)}
    if pdf:
        from tawazun.api.printing import printed

        found["pdf"] = str(printed(written))
    typer.echo(json.dumps(found) if as_json else "\n".join(f"{name}: {path}" for name, path in found.items()))
