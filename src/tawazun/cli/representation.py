"""`tawazun audit representation …` and `tawazun audit people …`: whom a data set covers, and who is in it."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from tawazun.cli.options import AsJson, Data
from tawazun.cli.saying import say
from tawazun.errors import BadStudy

MOST = 12
Of = Annotated[str, typer.Option("--of", help="The group of places: arab-league, eu, asean, india-states …")]
Column = Annotated[
    list[str] | None, typer.Option(help="Ours=theirs; a dot goes into nested records.", show_default=False)
]
Out = Annotated[Path | None, typer.Option(help="Keep findings and numbers in this folder.", show_default=False)]


def representation(
    file: Annotated[Path, typer.Argument(help="A table of rows with country, topic, variety, origin.")],
    of: Of = "arab-league",
    column: Column = None,
    weights: Annotated[
        Path | None, typer.Option(help="country, weight: what shares should be; else equal.", show_default=False)
    ] = None,
    population: Annotated[
        list[str] | None,
        typer.Option(help="People whose survey says what matters (menavalues_wvs-7/EGY).", show_default=False),
    ] = None,
    topic: Annotated[list[str] | None, typer.Option(help="TOPIC=ITEM of the survey.", show_default=False)] = None,
    data: Data = None,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Countries, topics, varieties and origins covered; gaps ranked; one country's register for a region called out."""
    from tawazun.api.representation import representation as audit
    from tawazun.data import data_folder

    done = audit(
        file,
        of=of,
        columns=pairs(column, "--column"),
        weights=weights,
        populations=population or (),
        topics=pairs(topic, "--topic") or None,
        data=data_folder(data),
        out=out,
    )
    if as_json:
        record = asdict(done)
        crosses = record["coverage"]["crosses"]
        record["coverage"]["crosses"] = {
            name: [[*pair, n] for pair, n in cross.items()] for name, cross in crosses.items()
        }
        typer.echo(json.dumps(record, ensure_ascii=False))
        return
    _print(done, out)


def people(
    name: Annotated[str, typer.Argument(metavar="FILE|NAME", help="A table of people, or a printed set: prism.")],
    of: Of = "arab-league",
    column: Column = None,
    word: Annotated[
        list[str] | None, typer.Option(help="Words of a self-description that mean the group.", show_default=False)
    ] = None,
    expected: Annotated[
        Path | None, typer.Option(help="dimension, value, share of the people it speaks for.", show_default=False)
    ] = None,
    terms: Annotated[str, typer.Option(help="yes, or aggregates: cells under ten are withheld.")] = "yes",
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Who annotated or took part: by birth, residence and self-description, each on its own, and their demographics."""
    from tawazun.api.representation import named_group, people_in

    done = people_in(
        name,
        of=of,
        columns=pairs(column, "--column"),
        self_words=word or (),
        expected=expected,
        redistribute=terms,
        out=out,
    )
    if as_json:
        typer.echo(json.dumps(asdict(done), ensure_ascii=False))
        return
    _print_people(name, done, named_group(of))
    if out:
        say(f"audit: {out}")


def _print_people(name: str, done: Any, group: Any) -> None:
    from tawazun.audit.representation.people import line

    say(f"{name}: {done.total:,} people; {group.title}")
    for one in done.definitions:
        say(f"  {line(one, group)}")
        if one.unread:
            shown = ", ".join(f"{text!r} {n:,}" for text, n in list(one.unread.items())[:5])
            say(f"    not read as a place: {shown}{' …' if len(one.unread) > 5 else ''}")
    for each in done.demographics:
        count = "<10" if each.n is None else f"{each.n:,}"
        beside = "" if each.expected is None else f"; among its people {100 * each.expected:.1f} %"
        ratio = "" if each.ratio is None else f" (x {each.ratio:.2f})"
        share = "" if each.share is None else f" = {100 * each.share:.1f} %"
        say(f"  {each.dimension} {each.value}: {count}{share}{beside}{ratio}")
    for note in done.notes:
        say(f"note: {note}")


def pairs(given: list[str] | None, option: str) -> dict[str, str]:
    """`ours=theirs` options as a mapping. Errors: BadStudy."""
    made = {}
    for one in given or ():
        ours, sign, theirs = one.partition("=")
        if not (sign and ours.strip() and theirs.strip()):
            raise BadStudy(f"{option} {one!r}: write OURS=THEIRS")
        made[ours.strip()] = theirs.strip()
    return made


def _print(done: Any, out: Path | None) -> None:
    made = done.coverage
    inside = sum(made.members.values())
    there = sum(1 for n in made.members.values() if n)
    say(f"{made.total:,} rows; {there} of the {len(made.members)} places of {made.group} have any ({inside:,.0f} rows)")
    for name, counts in made.counts.items():
        if counts:
            shown = ", ".join(f"{value.removeprefix('region:')} {n:,.0f}" for value, n in list(counts.items())[:MOST])
            rest = f" … {len(counts) - MOST} more" if len(counts) > MOST else ""
            say(f"  {name} ({made.tagged[name]:,} rows tagged): {shown}{rest}")
        else:
            say(f"  {name}: no row says")
    for name, unread in made.unread.items():
        shown = ", ".join(f"{value!r} {n:,}" for value, n in list(unread.items())[:5])
        say(f"  {name} not read: {shown}{' …' if len(unread) > 5 else ''}")
    for one in (*made.warnings, *made.gaps[:MOST]):
        say(f"{one.severity}: {one.text}")
    if len(made.gaps) > MOST:
        say(f"… {len(made.gaps) - MOST} more gaps (--out or --json lists all)")
    for each in done.maps:
        span = "" if each.low is None else f" [{each.low:.2f}, {each.high:.2f}]"
        rho = f"rank correlation {each.rho:.2f}{span}, {each.why}" if each.rho is not None else each.why
        say(f"{each.place}, rows beside what its people say matters ({each.population}): {rho}")
        for one in each.topics:
            say(
                f"  {one.topic:<12} {100 * one.share:5.1f} % of rows (rank {one.rank_data:g}); "
                f"importance {one.importance:.2f} (rank {one.rank_people:g})"
            )
    if out:
        say(f"audit: {out} (report.html)")
