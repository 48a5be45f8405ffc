"""`tawazun audit card …`: what the documentation of a data set says and leaves out."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from tawazun.cli.options import AsJson
from tawazun.cli.saying import say
from tawazun.errors import BadStudy

MARKS = {"stated": "·", "mentioned": "?", "placeholder": "!", "absent": "!", "unread": "-"}
WIDTH = 22
MOST = 10
COUNTS = 14


def card(
    name: Annotated[
        str, typer.Argument(metavar="[NAME|FOLDER]", help="A data set of the Hub, a folder, or a README.")
    ] = "",
    collection: Annotated[
        Path | None, typer.Option(help="Review a list of sets (JSONL, CSV …) and map what is missing in it.")
    ] = None,
    date: Annotated[str, typer.Option(help="The day that recency is counted to (YYYY-MM-DD); else today.")] = "",
    revision: Annotated[str, typer.Option(help="Of a set of the Hub; else its newest commit.")] = "",
    suggest: Annotated[
        Path | None, typer.Option(help="Write a card here: what was found, TODO for what people must be asked.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Keep the review of a list and its page in this folder.")] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Ask nothing of the Hub for a list's names.")] = False,
    as_json: AsJson = False,
) -> None:
    """Six published criteria with their faults corrected beside them, culture fields, and a card to be filled in."""
    if bool(name) == (collection is not None):
        raise BadStudy("audit card takes either a NAME or FOLDER, or --collection FILE")
    if collection is not None:
        if suggest is not None or revision:
            raise BadStudy("--suggest and --revision go with one set, not with --collection")
        _collection(collection, date, out, offline, as_json)
        return
    if out is not None or offline:
        raise BadStudy("--out and --offline go with --collection")
    from tawazun.api.cards import review_card, write_card

    made = review_card(name, date=date, revision=revision)
    if suggest is not None:
        write_card(made, suggest)
    if as_json:
        typer.echo(json.dumps(_record(made), ensure_ascii=False))
        return
    _print(made)
    if suggest is not None:
        say(f"suggested card: {suggest}")


def _record(made: Any) -> dict[str, Any]:
    facts = made.facts
    return {
        "id": facts.id,
        "task": facts.task,
        "date": made.date,
        "outcome": facts.outcome,
        "why": facts.why,
        "criteria": [asdict(one) for one in made.criteria],
        "fields": [asdict(one) for one in made.fields],
        "notes": list(made.notes),
    }


def _print(made: Any) -> None:
    say(f"{made.facts.id}: {made.facts.outcome}; recency counted to {made.date}")
    say(f"  {'criterion':<15}{'as published':<{WIDTH}}corrected")
    for one in made.criteria:
        shown = f"{_level(one.published_level, one.published):<{WIDTH}}{_level(one.level, one.score):<{WIDTH}}"
        say(f"  {one.name:<15}{shown}{one.why}".rstrip())
    say("culture fields (· stated, ? only mentioned, ! absent):")
    for field in made.fields:
        said = "; ".join(field.values) or field.found_in
        where = f" ({field.found_in})" if field.values else ""
        say(f"  {MARKS[field.state]} {field.name}: {field.state}{': ' if said else ''}{said}{where}")
    for note in made.notes:
        say(f"note: {note}")


def _level(level: str, score: float | None) -> str:
    value = "" if score is None else f" ({score:,.4g})" if score % 1 else f" ({score:,.0f})"
    return f"{level or '—'}{value}"


def _collection(path: Path, date: str, out: Path | None, offline: bool, as_json: bool) -> None:
    from tawazun.api.cards import review_cards, write_reviews

    with _bar() as told:
        done, gaps = review_cards(path, date=date, offline=offline, told=told)
    if out is not None:
        write_reviews(done, gaps, path.name, out)
    if as_json:
        record = {
            "date": done.date,
            "dated": done.dated,
            "entries": len(done.reviews),
            "sets": done.distinct,
            "outcomes": done.outcomes,
            "counted_again": done.counted_again,
            "gap_map": asdict(gaps),
            "notes": list(done.notes),
            "reviews": [_record(one) for one in done.reviews],
        }
        typer.echo(json.dumps(record, ensure_ascii=False))
        return
    _print_collection(path, done, gaps)
    if out is not None:
        say(f"audit: {out} (report.html)")


@contextmanager
def _bar() -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal, nothing elsewhere: names that are looked up take a second or two each."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda done, of: None
        return
    with Progress(TextColumn("reviewing"), BarColumn(), MofNCompleteColumn(), console=console, transient=True) as bar:
        task = bar.add_task("reviewing", total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)


def _print_collection(path: Path, done: Any, gaps: Any) -> None:
    twice = f", {len(done.twice)} of them more than once" if done.twice else ""
    say(f"{path.name}: {len(done.reviews):,} entries, {done.distinct:,} different sets{twice}")
    say(f"recency counted to {done.date}: {done.dated}")
    say(", ".join(f"{outcome} {count:,}" for outcome, count in done.outcomes.items()))
    for mode in ("published", "corrected"):
        counts = {line.task: getattr(line, mode) for line in (*gaps.lines, gaps.total)}
        names = list(counts["all"])
        say(f"\n{'as published' if mode == 'published' else 'corrected'}: High/Medium/Low per task")
        say(f"  {'':<34}{'n':>5}  " + "".join(f"{name:<{COUNTS}}" for name in names))
        dimension = ""
        for line in (*gaps.lines, gaps.total):
            if line.dimension not in (dimension, "all"):
                dimension = line.dimension
                say(f" {dimension}")
            cells = "".join(f"{_counted(counts[line.task][name]):<{COUNTS}}" for name in names)
            say(f"  {line.task:<34}{line.n:>5}  {cells}".rstrip() if line.n else f"  {line.task:<34}{0:>5}  none")
    _print_rest(done, gaps)


def _counted(counts: tuple[int, int, int, int]) -> str:
    high, medium, low, without = counts
    if not high + medium + low:
        return "—"
    return f"{high}/{medium}/{low}" + (f" +{without}" if without else "")


def _print_rest(done: Any, gaps: Any) -> None:
    for name, (same, of) in done.counted_again.items():
        if same < of:
            say(
                f"note: {name}: {same} of {of} recorded levels come out again from the list's own facts; "
                "the published column holds the recorded ones"
            )
    say("gaps:")
    for gap in gaps.gaps:
        say(f"  {gap}")
    for note in done.notes[:MOST]:
        say(f"note: {note}")
    if len(done.notes) > MOST:
        say(f"note: … {len(done.notes) - MOST} more (--json lists all)")
    missed = [one.facts for one in done.reviews if one.facts.outcome != "reviewed"]
    for facts in missed[:MOST]:
        say(f"! {facts.id}: {facts.outcome}; {facts.why or '; '.join(facts.notes)}")
    if len(missed) > MOST:
        say(f"! … {len(missed) - MOST} more")
