"""`compare`, `claim`, `power`, `freeze`: what may be said of finished runs, and what is to be settled before."""

from pathlib import Path
from typing import Annotated

import typer

from tawazun.cli.options import AsJson, Data


def compare(
    runs: Annotated[list[str], typer.Argument(metavar="RUN…", help="Run folders.")],
    population: Annotated[
        list[str] | None, typer.Option(help="People to compare against; a group counts as one.", show_default=False)
    ] = None,
    measure: Annotated[
        str, typer.Option(help="js_similarity, w1_similarity, js_divergence or map_distance; else the primary one.")
    ] = "",
    respondent: Annotated[list[str] | None, typer.Option(help="Compare only these.", show_default=False)] = None,
    persona: Annotated[str, typer.Option(help="none, human, own, or a place; else all.")] = "",
    language: Annotated[str, typer.Option(help="One language; else all.")] = "",
    mode: Annotated[str, typer.Option(help="One mode; else all.")] = "",
    group: Annotated[
        list[str] | None, typer.Option(help="Models as units: --group regional=a,b --group global=c,d.")
    ] = None,
    block: Annotated[list[str] | None, typer.Option(help="A developer family: --block qwen=a,c.")] = None,
    family: Annotated[str, typer.Option(help="all, population, or the number of tests that were planned.")] = "all",
    smallest_effect: Annotated[
        float | None, typer.Option(help="Smallest effect of interest, in the measure's unit.", show_default=False)
    ] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Compare respondents, or groups of models, with intervals, corrected tests, equivalence and shared places."""
    from tawazun import api
    from tawazun.claims.asked import Asked
    from tawazun.claims.comparison import compare as compare_respondents
    from tawazun.claims.group_comparison import compare_groups
    from tawazun.cli import inference

    folders, groups = inference.split_runs(runs, group or [], block or [])
    gathered = api.gather_runs(folders, data=data)
    rule, tests = inference.read_family(family)
    narrow = {"persona": persona, "language": language, "mode": mode}
    who = tuple(respondent or ())
    name = measure or api.usual_measure(gathered)
    asked = Asked(name, tuple(population or ()), who, smallest_effect, rule, tests, narrow)
    if groups is None:
        inference.print_comparison(compare_respondents(gathered, asked), as_json)
    else:
        inference.print_groups(compare_groups(gathered, asked, groups), as_json)


def claim(
    file: Annotated[str, typer.Argument(metavar="CLAIM", help="A claim file (TOML), or a shipped claim's name.")],
    runs: Annotated[list[Path], typer.Argument(metavar="RUN…", help="Run folders.")],
    setting: Annotated[
        list[str] | None, typer.Option("--set", help="Change a key: --set respondent=NAME.", show_default=False)
    ] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Test a claim: supported, refuted or undecided, with what it does not show and what an answer would need."""
    from tawazun import api
    from tawazun.cli import inference

    found = api.claim(inference.find_claim(file), runs, overrides=setting or [], data=data)
    inference.print_finding(found, as_json)


def power(
    study: Annotated[Path, typer.Argument(help="The study file (TOML), or a shipped study's name.")],
    effect: Annotated[float, typer.Option(help="True difference of closeness; for ranks, a correlation.")],
    kind: Annotated[str, typer.Option(help="closer, equivalent, ranks or groups.")] = "closer",
    measure: Annotated[str, typer.Option(help="The measure; else the study's primary one.")] = "",
    target: Annotated[str, typer.Option(help="The people; else the study's first population.")] = "",
    pilot: Annotated[Path | None, typer.Option(help="A finished run to take spreads from.", show_default=False)] = None,
    between: Annotated[str, typer.Option(help="Two respondents of the pilot: A,B; else its first two.")] = "",
    persona: Annotated[str, typer.Option(help="The pilot's persona: none, human, own, or a place.")] = "",
    language: Annotated[str, typer.Option(help="The pilot's language.")] = "",
    sd_wording: Annotated[
        float | None, typer.Option(help="Standard deviation of one wording's mean.", show_default=False)
    ] = None,
    sd_item: Annotated[float | None, typer.Option(help="Of the items' differences.", show_default=False)] = None,
    sd_human: Annotated[float | None, typer.Option(help="Standard error from people.", show_default=False)] = None,
    sd_reply: Annotated[float | None, typer.Option(help="Of one reply to one item.", show_default=False)] = None,
    sd_model: Annotated[float | None, typer.Option(help="Between models of one kind.", show_default=False)] = None,
    family: Annotated[int | None, typer.Option(help="Tests made together; else every pair x population.")] = None,
    wanted: Annotated[float, typer.Option("--power", help="The power that is wanted.")] = 0.8,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """How likely a study is to answer its question, the smallest effect it can find, how many wordings it needs."""
    from tawazun import api
    from tawazun.claims.planning import Planned
    from tawazun.cli import inference
    from tawazun.studies import find_study

    planned = Planned(
        inference.read_question(kind),
        effect,
        measure,
        target,
        family,
        wanted,
        {"wording": sd_wording, "item": sd_item, "human": sd_human, "reply": sd_reply, "model": sd_model},
        inference.read_pair(between),
        {"persona": persona, "language": language},
    )
    inference.print_power(api.power(find_study(study), planned, pilot=pilot, data=data), as_json)


def freeze(
    study: Annotated[Path, typer.Argument(help="The study file (TOML); a run folder with answers is refused.")],
    claim: Annotated[
        list[Path] | None, typer.Option(help="Claim files that will be tested, as one family.", show_default=False)
    ] = None,
    dry_run: Annotated[bool, typer.Option(help="Print the table and write nothing.")] = False,
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Fix items, arms, people, primary measure, smallest effect and claims before there are answers."""
    from tawazun import api
    from tawazun.cli import inference

    inference.freezable(study)
    inference.put_frozen(study, api.freeze(study, claims=claim or [], data=data), write=not dry_run, as_json=as_json)
