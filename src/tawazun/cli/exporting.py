"""`tawazun export …`: instruments for other tools."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from tawazun.cli.options import AsJson, Data

app = typer.Typer(help="Instruments in the form of other tools.", no_args_is_help=True)


@app.callback()
def _root() -> None:
    """Exports."""


@app.command(name="lm-eval")
def lm_eval(
    name: Annotated[str, typer.Argument(help="A benchmark on offer, or a file of your own.")],
    out: Annotated[Path, typer.Option(help="The folder for lm_eval --include_path.")],
    language: Annotated[str, typer.Option(help="BCP 47; else English, or the benchmark's first.")] = "",
    wording: Annotated[str, typer.Option(help="A wording or template; else the first.")] = "",
    labels: Annotated[str, typer.Option(help="letters, digits, ar-letters …, text or cloze.")] = "letters",
    shots: Annotated[str, typer.Option(help="Worked examples before each item: a number, or 'up to K'.")] = "0",
    order: Annotated[str, typer.Option(help="forward, reversed, rotate-1 …, shuffle-1 …")] = "forward",
    seed: Annotated[int, typer.Option(help="Of shuffled orders; that of your study.")] = 0,
    chat: Annotated[
        str, typer.Option(help="Render prompts with this model's chat template (a folder or a Hub name).")
    ] = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Write a benchmark as a task of lm-evaluation-harness that scores what this package scores."""
    from tawazun.plugins.exporting import export_lm_eval
    from tawazun.plugins.laying import Levels

    levels = Levels(language=language, wording=wording, labels=labels, shots=shots, order=order, seed=seed)
    done = export_lm_eval(name, levels, out, chat=chat, data=data)
    if done.own_use:
        print(f"tawazun: {name}: texts or keys may not be passed on; keep {out} to yourself", file=sys.stderr)
    if as_json:
        typer.echo(json.dumps(asdict(done)))
        return
    left = f", {done.left_out} without options or key left out" if done.left_out else ""
    typer.echo(f"{done.task}: {done.items} items{left}")
    typer.echo(f"lm_eval --include_path {done.folder} --tasks {done.task} --model hf --model_args pretrained=MODEL")
