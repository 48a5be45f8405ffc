"""The commands. Each imports what it needs when it runs, so that `tawazun --help` is quick."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from tawazun.cli import (
    ablating,
    adapting,
    auditing,
    caching,
    doctoring,
    engines,
    exporting,
    importing,
    judging,
    merging,
    prompting,
    rating,
    reinforcing,
    reporting,
    starting,
    training,
)
from tawazun.cli.options import AsJson, Data
from tawazun.version import VERSION

app = typer.Typer(
    name="tawazun",
    help="How far is a language model from the people it should serve, why, and how to bring it closer.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

adapting.app.command()(prompting.prompts)
adapting.app.command()(training.pretrain)
adapting.app.command()(training.sft)
adapting.app.command()(reinforcing.rlaif)
adapting.app.command()(ablating.ablation)
app.add_typer(adapting.app, name="adapt")
app.add_typer(auditing.app, name="audit")
app.add_typer(exporting.app, name="export")
app.add_typer(judging.app, name="judge")
app.add_typer(rating.app, name="rate")
app.command(name="import")(importing.import_)
app.command()(importing.reread)
app.command()(caching.cache)
app.command()(merging.merge)
app.command()(reporting.report)
app.command()(starting.init)
app.command()(doctoring.doctor)


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
    allow_host: Annotated[
        list[str] | None,
        typer.Option(help="A host that a key may be sent to besides its provider's own.", show_default=False),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option(help="Print cells, prompts, tokens and cost; ask nothing, write nothing.")
    ] = False,
    shard: merging.Part = "",
    engine: engines.Name = "local",
    ray_address: engines.Address = "",
    workers: engines.Workers = 0,
    use_cache: caching.UseCache = None,
    cache_mb: caching.Megabytes = None,
    as_json: AsJson = False,
) -> None:
    """Ask every cell of a study, store the answers, measure them and write the page."""
    from tawazun import api
    from tawazun.cli import output
    from tawazun.studies import find_study

    part = merging.part_of(shard)
    file = find_study(study)
    loaded = output.narrowed(api.load_study(file, setting or []), respondent or [])
    # counting what is asked needs no workers
    with api.open_engine(*("local",) if dry_run else (engine, ray_address, workers)) as where:
        prepared = api.prepare(
            loaded,
            folder=file.parent,
            data=data,
            remote_code=trust_remote_code,
            allow_hosts=allow_host or [],
            make=where.maker(loaded),
        )
        if dry_run:
            output.print_size(prepared, as_json, part)
            return
        memories = api.find_memories(prepared, use_cache, cache_mb)
        with output.progress(prepared, quiet=as_json) as tick:
            done = merging.asked(prepared, out, part, progress=tick, memories=memories)
    caching.print_recalled(memories, as_json)
    merging.print_asked(done, as_json)
    merging.check_answered(done)


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


@app.command()
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


@app.command()
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


@app.command()
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
    name: Annotated[str, typer.Argument(help="A name from `tawazun list KIND`.")],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Show one thing: its source, licence, what it may not be used for, and what is in it."""
    from tawazun.cli import offers

    found = offers.shown(name, data)
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
def fetch(
    name: Annotated[str, typer.Argument(help="An instrument whose questions lie in a data set.")],
    data: Data = None,
    revision: Annotated[str, typer.Option(help="A commit, where none is pinned or another is wanted.")] = "",
    source: Annotated[
        Path | None, typer.Option("--from", help="An archive or a folder that you downloaded.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Copy an instrument's data set into the data folder, at one commit, and check it."""
    from tawazun.cli import fetching

    fetching.fetch_instrument(name, data, revision=revision, source=source, as_json=as_json)


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
