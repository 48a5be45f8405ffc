"""`tawazun audit components`: how training sets of one language differ."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tawazun.cli.options import AsJson
from tawazun.cli.saying import say
from tawazun.errors import BadStudy

if TYPE_CHECKING:
    from tawazun.api.components import Structures
    from tawazun.audit.components import Structure

KNOWN = ("text", "instruction", "response", "rejected", "messages", "language")
MOST = 6
Sets = Annotated[
    list[str], typer.Argument(metavar="[NAME=]PATH…", help="Training sets: files, folders of shards, hub:OWNER/NAME.")
]
Language = Annotated[
    str, typer.Option(help="Language of every row (BCP 47); identified row by row without it.", show_default=False)
]
FamilyOption = Annotated[list[str] | None, typer.Option(help="Only these families of metrics.", show_default=False)]
Column = Annotated[
    list[str] | None, typer.Option(help=f"{', '.join(f'{one}=NAME' for one in KNOWN)}.", show_default=False)
]
Separator = Annotated[str, typer.Option(help="Line that divides rows of a text file.", show_default=False)]
Embedder = Annotated[Path | None, typer.Option(help="Embedding model, for the semantic family.", show_default=False)]
Out = Annotated[Path | None, typer.Option(help="Keep tables and findings in this folder.", show_default=False)]


def components(
    paths: Sets,
    out: Out = None,
    language: Language = "",
    rows: Annotated[int, typer.Option(help="Rows of a shard.")] = 500,
    shards: Annotated[int, typer.Option(help="Shards of every set; smaller sets are left out.")] = 4,
    rotate: Annotated[str, typer.Option(help="none or varimax.")] = "none",
    count: Annotated[int, typer.Option(help="Components to keep; 0 = those above chance.")] = 0,
    draws: Annotated[int, typer.Option(help="Of the parallel analysis and of the bootstrap.")] = 400,
    family: FamilyOption = None,
    column: Column = None,
    separator: Separator = "",
    embedder: Embedder = None,
    seed: Annotated[int, typer.Option(help="Of the samples and draws.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Components of the metrics of training sets, within each language, with their number by parallel analysis."""
    from tawazun.api.components import Reading, findings_of, fit_components, named_sets, numbers_of
    from tawazun.audit.components import Fit, Size

    done = fit_components(
        named_sets(paths), size=Size(rows, shards, seed), fit=Fit(rotate, count, draws, seed),
        reading=Reading(language, tuple(family or ()), columns(column or []), separator, embedder), out=out,
    )  # fmt: skip
    if as_json:
        listed = [{"check": check, "code": one.code, "severity": one.severity, "text": one.text, "items": one.items}
                  for check, one in findings_of(done)]  # fmt: skip
        typer.echo(json.dumps({"languages": {name: _record(one) for name, one in done.languages.items()},
                               "findings": listed, "metrics": numbers_of(done)}, ensure_ascii=False))  # fmt: skip
        return
    _print(done)
    if out:
        typer.echo(f"audit: {out}")


def columns(given: list[str]) -> dict[str, str]:
    """`ours=theirs` pairs. Errors: BadStudy."""
    found = {}
    for one in given:
        ours, equals, theirs = one.partition("=")
        if not equals or ours not in KNOWN or not theirs:
            raise BadStudy(f"--column: {one!r} is not of the form NAME=COLUMN with a NAME of {', '.join(KNOWN)}")
        found[ours] = theirs
    return found


def _record(one: "Structure") -> dict[str, object]:
    scores = one.set_scores
    return {
        "sets": list(one.cube.datasets), "metrics": list(one.metrics), "dropped": dict(one.dropped),
        "above_chance": one.above, "names": list(one.names), "share": one.share.tolist(),
        "stability": one.stability.tolist(), "eigenvalues": one.eigenvalues.tolist(), "chance": one.chance.tolist(),
        "scores": {name: scores[i].tolist() for i, name in enumerate(one.cube.datasets)}, "notes": list(one.notes),
    }  # fmt: skip


def _print(done: "Structures") -> None:
    for name, why in done.left_out.items():
        say(f"left out: {name}: {why}")
    for language, one in done.languages.items():
        say(
            f"{language}: {len(one.cube.datasets)} sets, each {one.cube.values.shape[1]} × {one.cube.rows:,} rows; "
            f"{len(one.metrics)} of {len(one.cube.metrics)} metrics; {one.above} components above chance"
        )
        for k in range(one.count):
            say(
                f"  component {k + 1}: {one.names[k]} ({one.share[k]:.0%} of the variance; eigenvalue "
                f"{one.eigenvalues[k]:.2f}, by chance up to {one.chance[k]:.2f}; stability {one.stability[k]:.2f})"
            )
            order = one.set_scores[:, k].argsort()
            ends = [
                f"{one.cube.datasets[i]} {one.set_scores[i, k]:+.2f}" for i in order[:2].tolist() + order[-2:].tolist()
            ]
            say(f"    from {', '.join(ends[:2])} to {', '.join(ends[2:])}")
        for note in one.notes:
            say(f"  note: {note}")
    for (first, second), matches in done.matches.items():
        for match in matches:
            say(
                f"{first} {match.first + 1} and {second} {match.second + 1}: congruence {match.congruence:.2f} over "
                f"{match.metrics} metrics, by chance up to {match.chance:.2f}: {match.verdict}"
            )
    for pair, why in done.alone.items():
        say(f"{' and '.join(pair)} not compared: {why}")
