"""The commands. Each imports what it needs when it runs, so that `tawazun --help` is quick."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from tawazun.version import VERSION

app = typer.Typer(
    name="tawazun",
    help="How far is a language model from the people it should serve, why, and how to bring it closer.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Data = Annotated[
    Path | None, typer.Option(help="Folder with local copies of data sets (else TAWAZUN_DATA).", show_default=False)
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]


def _version(asked: bool) -> None:
    if asked:
        typer.echo(VERSION)
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Tawazun."""


@app.command()
def run(
    study: Annotated[Path, typer.Argument(help="The study file (TOML), or a shipped study's name.")],
    out: Annotated[Path, typer.Option(help="The run folder; an unfinished run there is taken up.")],
    respondent: Annotated[
        list[str] | None, typer.Option(help="Ask only these respondents of the study.", show_default=False)
    ] = None,
    setting: Annotated[
        list[str] | None, typer.Option("--set", help="Change a key: --set ask.samples=30.", show_default=False)
    ] = None,
    data: Data = None,
    trust_remote_code: Annotated[
        bool, typer.Option(help="Let a model's own code run; the study must say remote_code = true as well.")
    ] = False,
    dry_run: Annotated[bool, typer.Option(help="Print cells, prompts and tokens; ask nothing, write nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Ask every cell of a study, store the answers, measure them and write the page."""
    from tawazun import api
    from tawazun.cli import output
    from tawazun.studies import find_study

    file = find_study(study)
    loaded = output.narrowed(api.load_study(file, setting or []), respondent or [])
    prepared = api.prepare(loaded, folder=file.parent, data=data, remote_code=trust_remote_code)
    if dry_run:
        output.print_size(prepared, as_json)
        return
    with output.progress(prepared, quiet=as_json) as tick:
        done = api.run_prepared(prepared, out, progress=tick)
    output.print_run(done, as_json)


@app.command()
def measure(
    run_folder: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder.")],
    study: Annotated[
        Path | None, typer.Option(help="Take [measure] and [gates] from this study.", show_default=False)
    ] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Compute a run's scores again from its stored answers; asks nothing."""
    from tawazun import api
    from tawazun.cli import output

    loaded = api.load_study(study) if study else None
    folder = study.parent if study else Path()
    output.print_run(api.measure(api.open_run(run_folder), loaded, folder=folder, data=data), as_json)


@app.command()
def report(
    run_folder: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder.")], as_json: AsJson = False
) -> None:
    """Write a run's page again."""
    from tawazun import api

    written = api.report(api.open_run(run_folder))
    typer.echo(json.dumps({"report": str(written)}) if as_json else f"report: {written}")


@app.command(name="list")
def list_(
    kind: Annotated[str, typer.Argument(help="What to list; nothing = the kinds.")] = "",
    as_json: AsJson = False,
) -> None:
    """List what is on offer: instruments, populations, respondents, measures, places, groups, studies."""
    from tawazun.cli import offers

    found: Any = offers.listed(kind)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    for name, about in found.items():
        typer.echo(f"{name:32} {about}".rstrip())


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="A name from `tawazun list KIND`.")], as_json: AsJson = False
) -> None:
    """Show one thing: its source, licence, what it may not be used for, and what is in it."""
    from tawazun.cli import offers

    found = offers.shown(name)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    for key, value in found.items():
        if isinstance(value, list):
            typer.echo(f"{key}:")
            for one in value:
                typer.echo(f"  {one}")
        else:
            typer.echo(f"{key}: {value}")


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="The run folder.")] = Path("demo-run"),
    as_json: AsJson = False,
) -> None:
    """Run the shipped demonstration: no network, no GPU, a planted model whose culture is known."""
    from tawazun import api
    from tawazun.cli import output
    from tawazun.studies import study_file

    file = study_file("demo")
    prepared = api.prepare(api.load_study(file), folder=file.parent)
    with output.progress(prepared, quiet=as_json) as tick:
        done = api.run_prepared(prepared, out, progress=tick)
    output.print_run(done, as_json)
