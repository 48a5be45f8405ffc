"""Components of training sets: sets in, `components.json` and its tables out."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import polars as pl

from tawazun.api.data_audits import Source
from tawazun.audit.components import (
    Drawn,
    Fit,
    Match,
    Size,
    Structure,
    compared,
    cube_of,
    drawn,
    structure_of,
)
from tawazun.audit.components.fitting import FEWEST_SETS
from tawazun.audit.components.kept import FILE, content_of
from tawazun.audit.data import Choice
from tawazun.audit.data.models import Model, model_facts, with_model
from tawazun.audit.records import Finding
from tawazun.errors import BadStudy
from tawazun.runs.audits import write_audit
from tawazun.version import VERSION


@dataclass(frozen=True)
class Reading:
    """How sets are read and measured, the same for every set.

    language  BCP 47 of every row; empty = identified row by row
    families  of metrics; empty = all that suit
    columns   our name → theirs; `embedder` a folder of an embedding model
    """

    language: str = ""
    families: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    separator: str = ""
    embedder: Path | None = None


@dataclass(frozen=True)
class Structures:
    """Components of every language that had enough sets.

    languages  language → its components
    left_out   set or language → why it takes no part
    matches    (language, language) → components that are alike
    """

    languages: Mapping[str, Structure]
    left_out: Mapping[str, str]
    matches: Mapping[tuple[str, str], Sequence[Match]]
    alone: Mapping[tuple[str, str], str] = field(default_factory=dict)


def named_sets(given: Sequence[str]) -> dict[str, str]:
    """Set → where it lies, of `PATH` or `NAME=PATH`; a path is named by its stem. Errors: BadStudy for a name twice."""
    found: dict[str, str] = {}
    for one in given:
        name, equals, path = one.partition("=")
        if not equals or "/" in name:
            name, path = _stem(one), one
        if name in found:
            raise BadStudy(f"two sets are named {name!r}; name them apart with NAME=PATH")
        found[name] = path
    return found


def _stem(path: str) -> str:
    if path.startswith("hub:"):
        return path.removeprefix("hub:")
    return Path(path).name.removesuffix(".gz").rpartition(".")[0] or Path(path).name


def drawn_sets(sets: Mapping[str, str], size: Size, reading: Reading) -> list[Drawn]:
    """Equal samples of every set in every language it has. Errors: BadFile, BadStudy, MissingExtra."""
    made: list[Drawn] = []
    for name, path in sets.items():
        own = drawn(
            name, Source(path, reading.separator).rows(), size, language=reading.language, columns=reading.columns
        )
        if not own:
            raise BadStudy(f"{name}: no row of this set can be measured; `tawazun audit data {path}` says why")
        made.extend(own)
    return made


def choice_of(reading: Reading) -> tuple[Choice, Mapping[str, str]]:
    """What is measured, and the facts of the embedder. Errors: MissingExtra, BadFile for one that cannot be read."""
    model = Model(str(reading.embedder) if reading.embedder else "")
    return with_model(Choice(reading.language, tuple(reading.families)), model), model_facts(model)


def fit_components(
    sets: Mapping[str, str],
    *,
    size: Size = Size(),
    fit: Fit = Fit(),
    reading: Reading = Reading(),
    out: Path | None = None,
) -> Structures:
    """Components of sets, within each language that has enough of them.

    out     folder for `components.json`, `components.parquet` (scores), `loadings.parquet`, findings and numbers
    Errors  BadStudy when no language has enough sets; BadFile, MissingExtra
    """
    made = drawn_sets(sets, size, reading)
    by_language: dict[str, list[Drawn]] = {}
    left_out: dict[str, str] = {}
    need = size.rows * size.shards
    for one in made:
        if one.shards:
            by_language.setdefault(one.language, []).append(one)
        elif one is next(own for own in made if own.dataset == one.dataset):
            left_out[one.dataset] = (
                f"{one.seen:,} rows in {one.language!r}, {need:,} are needed; lower --rows or --shards"
            )
    choice, facts = choice_of(reading)
    fitted: dict[str, Structure] = {}
    for language, own in sorted(by_language.items()):
        if len(own) < FEWEST_SETS:
            left_out[language] = f"{len(own)} sets of {need:,} rows or more, {FEWEST_SETS} are needed"
            continue
        fitted[language] = structure_of(cube_of(own, choice), fit)
    if not fitted:
        said = "; ".join(f"{name}: {why}" for name, why in left_out.items())
        raise BadStudy(f"components need {FEWEST_SETS} or more sets of one language ({said})")
    done = _matched(fitted, left_out)
    if out is not None:
        kept = {**asdict(size), "families": list(reading.families), "embedder": dict(facts)}
        _write(done, kept, fit, out)
    return done


def _matched(fitted: Mapping[str, Structure], left_out: Mapping[str, str]) -> Structures:
    matches: dict[tuple[str, str], Sequence[Match]] = {}
    alone: dict[tuple[str, str], str] = {}
    names = list(fitted)
    for i, first in enumerate(names):
        for second in names[i + 1 :]:
            try:
                matches[first, second] = compared(fitted[first], fitted[second])
            except BadStudy as error:
                alone[first, second] = str(error)
    return Structures(fitted, left_out, matches, alone)


def scores_table(languages: Mapping[str, Structure]) -> pl.DataFrame:
    """One row a language, set, shard (0 = the set, mean over its shards) and component (from 1): `score`."""
    rows: list[tuple[str, str, int, int, float]] = []
    for language, one in languages.items():
        whole = np.concatenate((one.set_scores[:, None], one.scores), axis=1)
        for d, dataset in enumerate(one.cube.datasets):
            for s in range(whole.shape[1]):
                rows.extend((language, dataset, s, k + 1, float(whole[d, s, k])) for k in range(one.count))
    kinds = {"language": pl.String, "dataset": pl.String, "shard": pl.Int64, "component": pl.Int64, "score": pl.Float64}
    return pl.DataFrame(rows, schema=kinds, orient="row")


def loadings_table(languages: Mapping[str, Structure]) -> pl.DataFrame:
    """One row a language, component and metric: loading, its bounds, weight, centre and scale."""
    rows = [
        (language, k + 1, one.names[k], metric, float(one.loadings[m, k]), float(one.low[m, k]), float(one.high[m, k]),
         float(one.weights[m, k]), float(one.centre[m]), float(one.scale[m]))
        for language, one in languages.items() for k in range(one.count) for m, metric in enumerate(one.metrics)
    ]  # fmt: skip
    numbers = ("loading", "low", "high", "weight", "centre", "scale")
    kinds = {"language": pl.String, "component": pl.Int64, "name": pl.String, "metric": pl.String}
    return pl.DataFrame(rows, schema={**kinds, **dict.fromkeys(numbers, pl.Float64)}, orient="row")


def numbers_of(done: Structures) -> list[dict[str, object]]:
    """Rows of `metrics.parquet`: check `LANGUAGE:component-K` or `LANGUAGE:eigenvalues`."""
    rows: list[dict[str, object]] = []
    for language, one in done.languages.items():
        for k in range(one.count):
            named = (("share", one.share), ("stability", one.stability), ("subspace_stability", one.subspace))
            rows += [{"check": f"{language}:component-{k + 1}", "name": name, "value": float(values[k])}
                     for name, values in named]  # fmt: skip
        for k in range(len(one.eigenvalues)):
            named = (("eigenvalue", one.eigenvalues), ("chance", one.chance), ("p", one.p))
            rows += [{"check": f"{language}:eigenvalue-{k + 1}", "name": name, "value": float(values[k])}
                     for name, values in named]  # fmt: skip
    for (first, second), matches in done.matches.items():
        rows += [{"check": f"{first}-{second}:{one.first + 1}-{one.second + 1}", "name": "congruence",
                  "value": one.congruence} for one in matches]  # fmt: skip
    return rows


def findings_of(done: Structures) -> list[tuple[str, Finding]]:
    """What was left out, and what to know of the components."""
    found = [
        ("sets", Finding("left-out", "warning", (name,), why, "equal samples")) for name, why in done.left_out.items()
    ]
    for language, one in done.languages.items():
        found += [
            (language, Finding("note", "warning", (), text, "parallel analysis and bootstrap")) for text in one.notes
        ]
        found += [
            (language, Finding("metric-left-out", "note", (name,), why, "metrics that can carry components"))
            for name, why in one.dropped.items()
        ]
    found += [("languages", Finding("not-compared", "note", pair, why, "Tucker's congruence"))
              for pair, why in done.alone.items()]  # fmt: skip
    return found


def _write(done: Structures, kept: Mapping[str, object], fit: Fit, out: Path) -> None:
    findings = [{"check": check, **asdict(one), "items": list(one.items)} for check, one in findings_of(done)]
    manifest = {
        "version": VERSION,
        "subject": "components",
        "facts": {language: {"datasets": list(one.cube.datasets), "components": list(one.names), "above": one.above}
                  for language, one in done.languages.items()},
        "choice": {"size": dict(kept), "fit": asdict(fit)},
    }  # fmt: skip
    tables = {"components.parquet": scores_table(done.languages), "loadings.parquet": loadings_table(done.languages)}
    texts = {FILE: json.dumps(content_of(done.languages, kept), ensure_ascii=False, allow_nan=False)}
    write_audit(out, findings, numbers_of(done), manifest, tables=tables, texts=texts)
