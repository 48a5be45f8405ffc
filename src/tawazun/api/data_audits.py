"""Audits of training sets: a file, a folder of shards, or a set of the Hub, written down as an audit folder."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from tawazun.audit.data import (
    Choice,
    DataAudit,
    Fault,
    Raw,
    audit_rows,
    families_for,
    findings_of,
    metrics_of,
    raw_rows,
    read_files,
)
from tawazun.audit.data.batches import Embed
from tawazun.audit.data.entities import read_entities
from tawazun.audit.data.lexicon import Lexicon
from tawazun.errors import BadStudy
from tawazun.runs.audits import row_sink, write_audit
from tawazun.version import VERSION


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
    embedder: Path | None = None,
) -> DataAudit:
    """Audit a training set.

    out         folder for `findings.parquet`, `metrics.parquet`, `shards.parquet` and `manifest.json`
    entities    file or folder of names with the columns Entity and Culture, counted beside our own lists
    keep_rows   also write the metrics of every row, in parts, to `rows/`
    embedder    folder of an embedding model, for the semantic family
    Errors      BadFile, BadStudy, UnknownName, MissingExtra
    """
    if shard < 2:
        raise BadStudy(f"--shard: a shard has 2 rows or more, not {shard}")
    if keep_rows and out is None:
        raise BadStudy("--rows: say where they are kept with --out DIR")
    opened = Source(source) if isinstance(source, str) else source
    embed, facts = _embedding(embedder)
    names = read_entities(entities) if entities is not None else Lexicon()
    choice = Choice(language, tuple(families), shard, columns or {}, names, embed)
    sink = row_sink(out) if keep_rows and out is not None else None
    done = audit_rows(opened.rows(), choice, sink)
    if out is not None:
        _write(done, opened, choice, facts, out)
    return done


def _embedding(folder: Path | None) -> tuple[Embed | None, Mapping[str, str]]:
    """What embeds texts, and what is to be kept of it."""
    if folder is None:
        return None, {}
    from tawazun.engine import embed, load_embedder

    model = load_embedder(str(folder))

    def vectors(texts: Sequence[str]) -> np.ndarray:
        return embed(model, texts)

    return vectors, dict(model.facts)


def _write(done: DataAudit, source: Source, choice: Choice, embedder: Mapping[str, str], out: Path) -> None:
    findings = [{"check": check, **asdict(one), "items": list(one.items)} for check, one in findings_of(done)]
    kept = {language: families_for(language, choice) for language in done.means}
    meanings = {one.name: [asdict(metric) for metric in one.metrics] for own in kept.values() for one in own}
    manifest = {
        "version": VERSION,
        "subject": subject_of(source),
        "facts": {"rows": done.rows, "shapes": dict(done.shapes), "languages": dict(done.languages)},
        "tools": dict(done.tools),
        "embedder": embedder,
        "choice": {"language": choice.language, "families": list(choice.families), "shard": choice.shard,
                   "columns": dict(choice.columns), "own_names": sum(map(len, choice.entities.phrases.values()))},
        "metrics": meanings,
        "counts": {"findings": len(findings), "shards": len(done.shards)},
    }  # fmt: skip
    write_audit(out, findings, metrics_of(done), manifest, tables={"shards.parquet": done.shards})


def subject_of(source: Source) -> str:
    """What was audited, without the path of this machine."""
    return source.name if source.name.startswith("hub:") else Path(source.name).name
