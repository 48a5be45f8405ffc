"""`tawazun adapt ablation`: which stage did what, beside its controls, and what may be claimed."""

import json
from typing import Annotated

import typer

from tawazun.cli.options import AsJson, Data
from tawazun.cli.training import Out, RecipeFile, RemoteCode


def ablation(
    recipe: RecipeFile,
    out: Out,
    data: Data = None,
    trust_remote_code: RemoteCode = False,
    seeds: Annotated[int, typer.Option(min=0, help="Only the first so many seeds of the recipe; 0 = all.")] = 0,
    arm: Annotated[
        list[str] | None,
        typer.Option(help="Only this arm and its controls; may be repeated. The others can be added later."),
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Processes of this machine; the result is the same.")] = 1,
    dry_run: Annotated[
        bool, typer.Option(help="Check every stage and print what is missing; train nothing, write nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Train arms of stages and their controls, ask them all, and claim what the controls leave standing."""
    import warnings

    from tawazun.adapt.ablation.keys import load_ablation
    from tawazun.api.ablation import ablate, ablation_size
    from tawazun.api.training import Given
    from tawazun.studies import find_recipe

    warnings.filterwarnings("ignore", category=FutureWarning, module=r"(transformers|trl|peft|accelerate)\b")
    file = find_recipe(recipe)
    loaded = load_ablation(file)
    if seeds:
        loaded = loaded.model_copy(update={"seeds": loaded.seeds[:seeds]})
    if arm:
        loaded = loaded.only(arm)
    say = (lambda line: None) if as_json else typer.echo
    given = Given(folder=file.parent, data=data, remote_code=trust_remote_code, say=say)
    if dry_run:
        size = ablation_size(loaded, out, given)
        if as_json:
            typer.echo(json.dumps(size))
            return
        for key in ("arms", "repetitions", "stages", "missing", "models_asked", "studies"):
            typer.echo(f"{key.replace('_', ' ')}: {size[key]:,}")
        for one in size["each"]:
            told = "waits for an earlier stage" if one["size"] is None else json.dumps(one["size"])
            typer.echo(f"{one['stage']} ({one['label']}): {'done' if one['done'] else told}")
        return
    done = ablate(loaded, out, given, jobs=jobs)
    if as_json:
        record = {"ablation": str(done.path), "claims": [one.record() for one in done.claims]}
        typer.echo(json.dumps(record, ensure_ascii=False))
        return
    for claim in done.claims:
        typer.echo(f"{claim.arm}: {claim.verdict}{': ' if claim.why else ''}{'; '.join(claim.why)}")
        typer.echo(f"{claim.arm}: knowledge, trust and refusals: {claim.deploy}")
    typer.echo(f"report: {done.path / 'report.html'}")
