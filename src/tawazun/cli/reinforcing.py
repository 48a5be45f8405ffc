"""`tawazun adapt rlaif`: train a model by rewards, or on judged pairs, and say what became of its answers."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from tawazun.cli.options import AsJson, Data
from tawazun.cli.training import DryRun, Out, RecipeFile, RemoteCode, run_stage

if TYPE_CHECKING:
    from pathlib import Path

    from tawazun.api.rlaif import AnyRecipe
    from tawazun.api.training import Given, Trained


def rlaif(
    recipe: RecipeFile,
    out: Out,
    data: Data = None,
    trust_remote_code: RemoteCode = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Train a model by rewards (GRPO, RLOO), in rounds if asked for, or on judged pairs (DPO, KTO)."""
    from tawazun.api.rlaif import load_rlaif, rlaif_size

    calls = (load_rlaif, rlaif_size, _adapt)
    run_stage(calls, recipe, out, data, trust_remote_code, dry_run, as_json)


def _adapt(recipe: "AnyRecipe", out: "Path", given: "Given") -> "Trained":
    from tawazun.api.rlaif import adapt_rlaif

    done = adapt_rlaif(recipe, out, given)
    for line in round_lines(done.lineage.get("data", {})):
        given.say(line)
    return done


def round_lines(facts: Mapping[str, Any]) -> Iterator[str]:
    """What each round came to, and where one was stopped."""
    for one in facts.get("rounds", []):
        signs = [
            f"{name} {one['began'][name]:.3g} -> {one['ended'][name]:.3g}"
            for name in ("reward", "entropy", "distinct", "unread")
            if name in one["began"] and name in one["ended"]
        ]
        yield f"round {one['number']}, {one['steps']:,} steps: {', '.join(signs)}"
        if one["collapsed"]:
            yield f"round {one['number']} was stopped: {one['collapsed']}; kept is step {one['kept']}"
    if facts.get("resumed", "never") != "never":
        yield f"this run was {facts['resumed']}"
