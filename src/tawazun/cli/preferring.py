"""`tawazun adapt preferences` and `reward`: pairs that a judge prefers, and a model that learns to prefer likewise."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from tawazun.cli.options import AsJson, Data


def preferences(
    recipe: Annotated[Path, typer.Argument(help="The recipe file (TOML), or the name of a shipped one: preferences.")],
    out: Annotated[Path, typer.Option(help="The folder of the preferences; an unfinished one there is taken up.")],
    data: Data = None,
    trust_remote_code: Annotated[
        bool, typer.Option(help="Let a model's own code run; the recipe must say remote_code = true as well.")
    ] = False,
    allow_host: Annotated[
        list[str] | None, typer.Option(help="Host that a key may be sent to besides its own.")
    ] = None,
    cache: Annotated[
        bool | None, typer.Option(help="Use verdicts that this machine remembers; by default where asking costs.")
    ] = None,
    dry_run: Annotated[bool, typer.Option(help="Print how much would be asked; ask nothing, write nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Let a judge prefer a model's answers; report what its verdicts are worth, then export them as training pairs."""
    from tawazun.adapt.preferences.keys import load_preference_recipe
    from tawazun.api.preferences import make_preferences, preference_size
    from tawazun.studies import find_recipe

    recipe = find_recipe(recipe)
    loaded = load_preference_recipe(recipe)
    if dry_run:
        size = preference_size(loaded, recipe.parent)
        words = f"{size.answers:,} answers to {size.prompts:,} prompts, {size.verdicts:,} verdicts at most"
        typer.echo(json.dumps(asdict(size)) if as_json else words)
        return
    with _progress(quiet=as_json) as tick:
        done = make_preferences(
            loaded, out, folder=recipe.parent, data=data, remote_code=trust_remote_code, allow_hosts=allow_host or (),
            cache=cache, progress=tick, say=(lambda line: None) if as_json else typer.echo,
        )  # fmt: skip
    if as_json:
        gates = [asdict(one) for one in done.gates]
        told = {"path": str(done.path), "train": done.train, "held_out": done.held_out, "left_out": dict(done.left)}
        typer.echo(json.dumps({**told, "gates": gates}, ensure_ascii=False))
        return
    gone = ", ".join(f"{count} {name}" for name, count in done.left.items() if count) or "none"
    typer.echo(f"preferences: {done.path}: {done.train} pairs to train on, {done.held_out} held out; left out: {gone}")


def reward(
    recipe: Annotated[Path, typer.Argument(help="The recipe file (TOML), or the name of a shipped one: reward.")],
    out: Annotated[Path, typer.Option(help="The reward model's folder; an unfinished one there is taken up.")],
    data: Data = None,
    trust_remote_code: Annotated[
        bool, typer.Option(help="Let a model's own code run; the recipe must say remote_code = true as well.")
    ] = False,
    dry_run: Annotated[bool, typer.Option(help="Read the recipe and its files; train nothing, write nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Learn from pairs or grades how good an answer is, and report what that is worth on held-out pairs."""
    from tawazun.adapt.reward.keys import RewardRecipe
    from tawazun.adapt.training.keys import load_stage
    from tawazun.api.reward import adapt_reward, reward_size
    from tawazun.api.training import Given
    from tawazun.studies import find_recipe

    recipe = find_recipe(recipe)
    loaded = load_stage(recipe, RewardRecipe)
    if dry_run:
        size = reward_size(loaded, Given(recipe.parent, data))
        words = (
            f"{size['rows']:,} rows and {size['held_out']:,} held out, {size['steps']:,} steps of {size['batch']} rows"
        )
        typer.echo(json.dumps(size) if as_json else words)
        return
    with _progress(quiet=as_json) as tick:
        given = Given(recipe.parent, data, trust_remote_code, lambda step: tick("rewards, steps", 1))
        done = adapt_reward(loaded, out, given)
    _print_reward(done.path, as_json)


def _print_reward(path: Path, as_json: bool) -> None:
    """What was found on held-out pairs, and where the model is."""
    import polars as pl

    file = path / "findings.parquet"
    rows = pl.read_parquet(file).to_dicts() if file.is_file() else []
    if as_json:
        typer.echo(json.dumps({"path": str(path), "findings": rows}))
        return
    for row in rows:
        about = " ".join(part for part in (row["group"], row["facet"]) if part)
        within = "" if row["low"] is None else f" ({row['low']:.3f} to {row['high']:.3f})"
        value = row["why"] if row["value"] is None else f"{row['value']:.3f}{within}"
        who = row["respondent"] if row["respondent"].startswith("floor:") else ""
        typer.echo(f"{' '.join(part for part in (row['measure'], who, about) if part)}: {value}, {row['n']:.0f} pairs")
    if not rows:
        typer.echo("nothing is known of its worth: the recipe names no held-out rows")
    typer.echo(f"reward model: {path}")


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Callable[[str, int], None]]:
    """A line that follows what is asked on a terminal, nothing elsewhere."""
    from rich.console import Console

    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda what, count: None
        return
    with console.status("reading the recipe") as line:
        asked: dict[str, int] = {}

        def tick(what: str, count: int) -> None:
            asked[what] = asked.get(what, 0) + count
            line.update(f"{what}: {asked[what]:,} asked")

        yield tick
