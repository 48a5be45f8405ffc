"""`run`, `measure`, `demo`: from a study to a run folder with scores and a page."""

from pathlib import Path
from typing import Annotated

import typer

from tawazun.cli import caching, engines, merging
from tawazun.cli.options import AsJson, Data


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
