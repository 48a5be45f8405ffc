"""`tawazun judge …`: files of answers for a judge, and what a judge's verdicts leave as preferences."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tawazun.cli.options import AsJson, Data

if TYPE_CHECKING:
    from tawazun.judging.collecting import Side

app = typer.Typer(help="Answers of runs as files for a judge (any respondent), and its verdicts.", no_args_is_help=True)
Files = Annotated[Path, typer.Option("--folder", help="Where files lie of which a run kept no copy.")]
Out = Annotated[Path, typer.Option(help="The file to write (JSONL); one that is there is not written over.")]
Sides = Annotated[list[str], typer.Argument(metavar="RUN[:RESPONDENT]…", help="Runs that answered open questions.")]


@app.callback()
def _root() -> None:
    """Judging."""


@app.command()
def pairs(
    runs: Sides, out: Out, seed: int = 0, folder: Files = Path(), data: Data = None, as_json: AsJson = False
) -> None:
    """Every two systems' replies to the same prompt; of one run, its samples two by two."""
    from tawazun.judging import collect_pairs

    _refuse_written(out)
    rows, left = collect_pairs([_side(one, folder, data) for one in runs], seed=seed)
    _written(out, rows, left, as_json)


@app.command()
def grades(
    runs: Sides,
    out: Out,
    reference: Annotated[str, typer.Option(help="RUN[:RESPONDENT] whose answers the others are held against.")] = "",
    folder: Files = Path(),
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Every reply by itself, to be graded from 0 to 10; with --reference beside another system's."""
    from tawazun.judging import collect_grades

    _refuse_written(out)
    beside = _side(reference, folder, data) if reference else None
    rows, left = collect_grades([_side(one, folder, data) for one in runs], reference=beside)
    _written(out, rows, left, as_json)


@app.command()
def kept(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run that judged pairs in both orders.")],
    out: Out,
    folder: Annotated[
        Path | None, typer.Option(help="Where the file of pairs lies, for a run that kept no copy.", show_default=False)
    ] = None,
    everything: Annotated[
        bool, typer.Option(help="Verdicts that were not kept too, with what became of them.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Verdicts that survived the swap, as preferences: prompt, chosen, rejected."""
    from tawazun.api import open_run
    from tawazun.judging import kept_verdicts

    _refuse_written(out)
    table = kept_verdicts(open_run(run), folder, everything=everything)
    _written(out, table.to_dicts(), {}, as_json)


def _side(text: str, folder: Path, data: Path | None) -> "Side":
    from tawazun.api import open_run
    from tawazun.api.finding import instruments_of
    from tawazun.data import data_folder
    from tawazun.judging.collecting import Side
    from tawazun.runs.own_files import asked_instruments

    path, _, respondent = (text, "", "") if Path(text).is_dir() else text.rpartition(":")
    run = open_run(path or text)
    own = asked_instruments(run, run.study.ask.instruments, folder)
    return Side(run, instruments_of(run.study, folder, data_folder(data), own=own), respondent if path else "")


def collected_grades(run: Path, folder: Path, data: Path | None) -> list[dict[str, object]]:
    """The replies of every respondent of a run to its open questions, as rows of a `grades:` file."""
    from tawazun.api import open_run
    from tawazun.judging import collect_grades

    labels = sorted(open_run(run).answers["respondent"].unique())
    return collect_grades([_side(f"{run}:{label}", folder, data) for label in labels])[0]


def _refuse_written(out: Path) -> None:
    """Before anything is collected: a file that is there stays. Errors: BadFile."""
    from tawazun.errors import BadFile

    if out.exists():
        raise BadFile(f"{out}: is there already and is not written over; choose another --out, or remove it")


def _written(out: Path, rows: Sequence[Mapping[str, object]], left: Mapping[str, int], as_json: bool) -> None:
    from tawazun.errors import WriteFailed
    from tawazun.runs.writing import write_text

    try:
        out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WriteFailed(f"{out.parent}: no folder can be made there ({error.strerror})") from error
    write_text(out, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    if as_json:
        typer.echo(json.dumps({"file": str(out), "rows": len(rows), "left_out": dict(left)}))
        return
    gone = ", ".join(f"{count} {name}" for name, count in left.items() if count)
    typer.echo(f"{out}: {len(rows):,} rows" + (f"; left out: {gone}" if gone else ""))
