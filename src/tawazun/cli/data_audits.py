"""`tawazun audit data`: what is in a training set."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tawazun.cli import engines
from tawazun.cli.components import Column, columns
from tawazun.cli.options import AsJson
from tawazun.errors import BadStudy

if TYPE_CHECKING:
    from tawazun.audit.data import DataAudit
    from tawazun.audit.records import Finding

Findings = Sequence[tuple[str, "Finding"]]
Numbers = Sequence[Mapping[str, object]]
SHOWN = ("mattr", "mtld", "hdd", "pool_distinct_2", "self_bleu", "near_duplicate_share", "words", "response_ratio",
         "code_switch_share", "dialect", "translationese", "local_share", "arab_states", "coherence")  # fmt: skip
Against = Annotated[
    list[Path] | None, typer.Option(help="Hold the page against this other audit folder.", show_default=False)
]
Plane = Annotated[
    Path | None, typer.Option(help="Folder of `audit components`: the plane of sets on the page.", show_default=False)
]


def data(
    path: Annotated[str, typer.Argument(metavar="FILE|FOLDER|hub:OWNER/NAME", help="A training set.")],
    out: Annotated[
        Path | None, typer.Option(help="Keep findings and numbers in this folder.", show_default=False)
    ] = None,
    language: Annotated[
        str, typer.Option(help="Language of every row (BCP 47); identified row by row without it.", show_default=False)
    ] = "",
    family: Annotated[
        list[str] | None, typer.Option(help="Only these families of metrics.", show_default=False)
    ] = None,
    shard: Annotated[int, typer.Option(help="Rows of a shard.")] = 1000,
    column: Column = None,
    separator: Annotated[str, typer.Option(help="Line that divides rows of a text file.", show_default=False)] = "",
    entities: Annotated[
        Path | None, typer.Option(help="Own names: columns Entity and Culture.", show_default=False)
    ] = None,
    embedder: Annotated[
        str, typer.Option(help="Embedding model (folder or Hub name), for the semantic family.", show_default=False)
    ] = "",
    pooling: Annotated[
        str, typer.Option(help="mean, cls, last or max, of an embedder that does not say.", show_default=False)
    ] = "",
    parse: Annotated[
        bool, typer.Option("--parse", help="Measure syntax, too, where a parser of spaCy is installed (slow).")
    ] = False,
    rows: Annotated[bool, typer.Option("--rows", help="Also keep the metrics of every row.")] = False,
    config: Annotated[str, typer.Option(help="Configuration of a set of the Hub.", show_default=False)] = "",
    split: Annotated[str, typer.Option(help="Split of a set of the Hub.")] = "train",
    revision: Annotated[str, typer.Option(help="Revision of a set of the Hub.", show_default=False)] = "",
    terms: Annotated[
        str,
        typer.Option(
            help="yes, aggregates or no: may texts be shown? A file is yours (yes), a Hub set's terms are not "
            "known (aggregates).",
            show_default=False,
        ),
    ] = "",
    against: Against = None,
    components: Plane = None,
    jobs: Annotated[int, typer.Option(help="Processes of this machine; the result is the same.")] = 1,
    engine: engines.Name = "local",
    ray_address: engines.Address = "",
    workers: engines.Workers = 0,
    as_json: AsJson = False,
) -> None:
    """Shapes, languages, faults of rows, and metrics of language, structure and culture of a training set."""
    from tawazun.api.audit_pages import read_beside, write_audit_page
    from tawazun.api.data_audits import Crew, Source, audit_data
    from tawazun.audit.data import findings_of, metrics_of

    if (against or components) and out is None:
        raise BadStudy("--against and --components are for the page, which goes to a folder: say which with --out DIR")
    beside = read_beside(against or (), components)
    done = audit_data(
        Source(path, separator, config, split, revision), out=out, language=language, families=family or (),
        shard=shard, columns=columns(column or []), entities=entities, keep_rows=rows, embedder=embedder,
        pooling=pooling, parse=parse, terms=terms,
        crew=Crew(jobs, engine, ray_address if engine == "ray" else "", workers),
    )  # fmt: skip
    if out is not None:
        write_audit_page(out, beside)
    if as_json:
        typer.echo(json.dumps(_record(done, findings_of(done), metrics_of(done)), ensure_ascii=False))
        return
    _print(done, findings_of(done), metrics_of(done))
    if out:
        typer.echo(f"audit: {out}\nreport: {out / 'report.html'}")


def page(
    folder: Annotated[Path, typer.Argument(metavar="AUDIT", help="A folder that `audit data --out` wrote.")],
    against: Against = None,
    components: Plane = None,
    as_json: AsJson = False,
) -> None:
    """Write the page of an audited training set again, beside other audited sets."""
    from tawazun.api.audit_pages import read_beside, write_audit_page

    written = write_audit_page(folder, read_beside(against or (), components))
    typer.echo(json.dumps({"report": str(written)}) if as_json else f"report: {written}")


def _record(done: "DataAudit", findings: Findings, numbers: Numbers) -> dict[str, object]:
    listed = [
        {"check": check, "code": one.code, "severity": one.severity, "text": one.text, "items": one.items}
        for check, one in findings
    ]
    return {
        "rows": done.rows,
        "shapes": done.shapes,
        "languages": done.languages,
        "tools": done.tools,
        "findings": listed,
        "metrics": numbers,
    }


def _print(done: "DataAudit", findings: Findings, numbers: Numbers) -> None:
    typer.echo(f"{done.rows:,} rows in {len(done.shards):,} shards")
    for title, counts in (("shapes", done.shapes), ("languages", done.languages), ("scripts", done.scripts)):
        parts = [f"{name} {count:,}" for name, count in Counter(counts).most_common(8)]
        typer.echo(f"{title}: {', '.join(parts)}")
    typer.echo(f"languages by: {done.tools['language']}")
    for check, one in findings:
        about = f" [{', '.join(one.items[:3])}{' …' if len(one.items) > 3 else ''}]" if one.items else ""
        typer.echo(f"{one.severity} {check}/{one.code}{about}: {one.text} ({one.how})")
    for name, _ in Counter(done.languages).most_common(4):
        own = [row for row in numbers if str(row["check"]).startswith(f"{name}:") and row["value"] is not None]
        shown = [f"{row['name']} {row['value']:.3g}" for row in own if row["name"] in SHOWN]
        typer.echo(f"{name} (words by {done.tools.get(f'words:{name}', 'none')}): {', '.join(shown)}")
