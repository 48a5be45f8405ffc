"""Audits of training sets: a file, a folder of shards, or a set of the Hub, written down as an audit folder."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import get_args

from tawazun.audit.data import (
    Choice,
    DataAudit,
    Fault,
    Raw,
    audit_rows,
    examples_of,
    families_for,
    findings_of,
    metrics_of,
    raw_rows,
    read_files,
)
from tawazun.audit.data.entities import read_entities
from tawazun.audit.data.lexicon import Lexicon
from tawazun.audit.data.models import Model, model_label, with_model
from tawazun.audit.data.work import done as work
from tawazun.errors import BadStudy
from tawazun.runs.audits import ROWS, row_sink, write_audit
from tawazun.source import Redistribute
from tawazun.version import VERSION
from tawazun.workers.pools import open_pool


@dataclass(frozen=True)
class Source:
    """Where rows come from.

    name        a file, a folder, or `hub:OWNER/NAME`
    separator   line that divides rows of a text file
    config, split, revision   of a set of the Hub
    """

    name: str
    separator: str = ""
    config: str = ""
    split: str = "train"
    revision: str = ""

    def rows(self) -> Iterable[Raw | Fault]:
        """Every row. Errors: BadFile, MissingExtra."""
        if not self.name.startswith("hub:"):
            return read_files(Path(self.name), self.separator)
        from tawazun.data.hub_sets import stream_rows

        stream = stream_rows(self.name, config=self.config, split=self.split, revision=self.revision)
        return raw_rows(stream, self.name)


@dataclass(frozen=True)
class Crew:
    """Who does the work; the result is the same.

    jobs     processes of this machine
    engine   `ray`: the workers of a cluster, at `address` or started here, so many as `workers` (0 = all it has)
    """

    jobs: int = 1
    engine: str = "local"
    address: str = ""
    workers: int = 0


def audit_data(
    source: Source | str,
    *,
    out: Path | None = None,
    language: str = "",
    families: Iterable[str] = (),
    shard: int = 1000,
    columns: Mapping[str, str] | None = None,
    entities: Path | None = None,
    keep_rows: bool = False,
    embedder: str = "",
    pooling: str = "",
    parse: bool = False,
    crew: Crew = Crew(),
    terms: str = "",
) -> DataAudit:
    """Audit a training set.

    out         folder for `findings.parquet`, `metrics.parquet`, `shards.parquet`, `examples.parquet`, `report.html`
                and `manifest.json`
    entities    file or folder of names with the columns Entity and Culture, counted beside our own lists
    keep_rows   also write the metrics of every row, in parts, to `rows/`
    embedder    folder or Hub repository of an embedding model, for the semantic family; pooling: of one that says none
    parse       also measure syntax, with a parser of the language where one is installed
    crew        processes or workers that share the work
    terms       `yes`, `aggregates` or `no`: whether texts of the set may be shown; a local file is the user's own
                (`yes`), of a set of the Hub nothing is known (`aggregates`)
    Errors      BadFile, BadStudy, UnknownName, MissingExtra; Failure for lost workers
    """
    if shard < 2:
        raise BadStudy(f"--shard: a shard has 2 rows or more, not {shard}")
    if keep_rows and out is None:
        raise BadStudy("--rows: say where they are kept with --out DIR")
    opened = Source(source) if isinstance(source, str) else source
    shown = terms_of(opened, terms)
    names = read_entities(entities) if entities is not None else Lexicon()
    plain = Choice(language, tuple(families), shard, columns or {}, names, parse=parse)
    model = Model(embedder, pooling)
    make = partial(with_model, plain, model)
    choice = make()
    sink = row_sink(out) if keep_rows and out is not None else None
    with open_pool(work, make, jobs=crew.jobs, engine=crew.engine, address=crew.address, workers=crew.workers) as pool:
        done = audit_rows(opened.rows(), choice, sink, pool)
    if out is not None:
        _write(done, opened, choice, model_label(model), shown, out, keep_rows)
    return done


def terms_of(source: Source, given: str) -> Redistribute:
    """Whether texts of a set may be shown. Errors: BadStudy."""
    if not given:
        return "aggregates" if source.name.startswith("hub:") else "yes"
    for one in get_args(Redistribute):
        if one == given:
            terms: Redistribute = one
            return terms
    raise BadStudy(f"--terms {given!r}: one of {', '.join(get_args(Redistribute))}")


def _write(
    done: DataAudit, source: Source, choice: Choice, embedder: Mapping[str, str], terms: Redistribute, out: Path,
    rows: bool,
) -> None:  # fmt: skip
    findings = [{"check": check, **asdict(one), "items": list(one.items)} for check, one in findings_of(done)]
    kept = {language: families_for(language, choice) for language in done.means}
    meanings = {one.name: [asdict(metric) for metric in one.metrics] for own in kept.values() for one in own}
    manifest = {
        "version": VERSION,
        "subject": subject_of(source),
        "terms": terms,
        "facts": {"rows": done.rows, "shapes": dict(done.shapes), "languages": dict(done.languages)},
        "tools": dict(done.tools),
        "embedder": embedder,
        "choice": {"language": choice.language, "families": list(choice.families), "shard": choice.shard,
                   "columns": dict(choice.columns), "own_names": sum(map(len, choice.entities.phrases.values()))},
        "metrics": meanings,
        "counts": {"findings": len(findings), "shards": len(done.shards)},
    }  # fmt: skip
    tables = {"shards.parquet": done.shards, "examples.parquet": examples_of(done, texts=terms == "yes")}
    write_audit(out, findings, metrics_of(done), manifest, tables=tables, keep=(ROWS,) if rows else ())


def subject_of(source: Source) -> str:
    """What was audited, without the path of this machine."""
    return source.name if source.name.startswith("hub:") else Path(source.name).name
