"""`tawazun adapt pretrain | sft`: train a model, and say what it is made of and what was gained and lost."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tawazun.cli.options import AsJson, Data

if TYPE_CHECKING:
    from tawazun.adapt.training.watch import Step
    from tawazun.api.training import Given, Trained

RecipeFile = Annotated[Path, typer.Argument(help="The recipe file (TOML), or the name of a shipped one.")]
Out = Annotated[Path, typer.Option(help="The training's folder; an unfinished one there is taken up.")]
RemoteCode = Annotated[
    bool, typer.Option(help="Let a model's own code run; the recipe must say remote_code = true as well.")
]
DryRun = Annotated[bool, typer.Option(help="Print rows, tokens and steps; train nothing, write nothing.")]


def pretrain(
    recipe: RecipeFile,
    out: Out,
    data: Data = None,
    trust_remote_code: RemoteCode = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Go on pre-training a model on corpora: mixed by a schedule, without doubles and items of the evaluation."""
    from tawazun.api.training_pretrain import adapt_pretrain, load_pretrain, pretrain_size

    run_stage((load_pretrain, pretrain_size, adapt_pretrain), recipe, out, data, trust_remote_code, dry_run, as_json)


def sft(
    recipe: RecipeFile,
    out: Out,
    data: Data = None,
    trust_remote_code: RemoteCode = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Tune a model on conversations and survey answers; it learns from the assistant's text alone."""
    from tawazun.api.training_sft import adapt_sft, load_sft, sft_size

    run_stage((load_sft, sft_size, adapt_sft), recipe, out, data, trust_remote_code, dry_run, as_json)


def run_stage(
    calls: tuple[Callable[..., Any], Callable[..., Any], Callable[..., "Trained"]],
    recipe: Path,
    out: Path,
    data: Path | None,
    trust_remote_code: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """One stage's command.

    calls   load(path) -> recipe; size(recipe, given) -> a record; adapt(recipe, out, given) -> what was trained
    """
    import warnings

    from tawazun.api.training import Given
    from tawazun.studies import find_recipe

    # the libraries tell each other which of their names will go: nothing that a user can act on
    warnings.filterwarnings("ignore", category=FutureWarning, module=r"(transformers|trl|peft|accelerate)\b")
    load, size, adapt = calls
    file = find_recipe(recipe)
    loaded = load(file)
    say: Callable[[str], None] = (lambda line: None) if as_json else typer.echo
    given = Given(folder=file.parent, data=data, remote_code=trust_remote_code, say=say)
    if dry_run:
        print_size(asdict(size(loaded, given)), as_json)
        return
    with training_progress(given, quiet=as_json) as watched:
        done = adapt(loaded, out, watched)
    if done.lineage:  # other processes of one training have nothing to say
        print_trained(done, as_json)


def print_size(found: Mapping[str, Any], as_json: bool) -> None:
    """What a training would take."""
    if as_json:
        typer.echo(json.dumps(found))
        return
    for key, value in found.items():
        for name, inner in value.items() if isinstance(value, Mapping) else [("", value)]:
            shown = "not known" if inner is None else f"{inner:,}" if isinstance(inner, int) else str(inner)
            typer.echo(f"{key.replace('_', ' ')}{' of ' if name else ''}{name}: {shown}")


@contextmanager
def training_progress(given: "Given", *, quiet: bool) -> Iterator["Given"]:
    """The same with a line that follows the training on a terminal, nothing elsewhere."""
    from dataclasses import replace

    from rich.console import Console

    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield given
        return
    with console.status("finding and checking the data") as line:

        def tick(step: "Step") -> None:
            loss = "-" if step.loss is None else f"{step.loss:.4g}"
            speed = "" if step.speed is None else f", {step.speed:,.0f} tokens/s"
            line.update(f"step {step.step:,} of {step.steps:,}: loss {loss}{speed}")

        yield replace(given, progress=tick)


def print_trained(done: "Trained", as_json: bool) -> None:
    """Where the trained weights are, what they are made of, and scores before and after."""
    record = done.lineage
    if as_json:
        keys = ("method", "non_commercial", "licence_unknown", "scores", "losses")
        told = {key: record[key] for key in keys if key in record}
        typer.echo(json.dumps({"adaptation": str(done.path), "trained": str(done.kept), **told}))
        return
    for line in lines_of(record):
        typer.echo(line)
    typer.echo(f"trained: {done.kept}")
    typer.echo(f"adaptation: {done.path}")


def lines_of(record: Mapping[str, Any]) -> Iterator[str]:
    """What a reader should know first of a lineage, line by line."""
    checked = record["data"].get("contamination")
    if checked:
        yield checked["said"]
    if record["non_commercial"]:
        yield f"not for commercial use, because of {', '.join(record['non_commercial_because'])}"
    if record["licence_unknown"]:
        yield f"licence unknown: {', '.join(record['licence_unknown'])}"
    for one in record.get("losses", []):
        before, after = one["nats_per_token_before"], one["nats_per_token_after"]
        where = f"{one['source']} ({one['language'] or 'language not given'})"
        yield f"loss on {where}: {before:.4g} -> {after:.4g} nats a token"
    for one in record["scores"]:
        what = " ".join(str(one[key]) for key in ("measure", "item", "population", "persona") if one.get(key))
        shown = [f"{one[side]:.4g}" if one.get(side) is not None else "-" for side in ("before", "after")]
        yield f"{what} ({one['language']}): {shown[0]} -> {shown[1]}"
