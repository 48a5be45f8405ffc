"""What an audit of a training set says: findings in one line each, and its numbers as rows of a table."""

import math
from collections.abc import Mapping

import polars as pl

from tawazun.audit.data.countries import arab_states
from tawazun.audit.data.measuring import DataAudit
from tawazun.audit.records import Finding, Severity
from tawazun.places import place

# kind of fault → severity, and what it means for the set
FAULTS: Mapping[str, tuple[Severity, str]] = {
    "not-json": ("error", "rows are not JSON and are left out"),
    "not-a-record": ("error", "rows are no records and are left out"),
    "csv": ("error", "rows are not CSV and are left out"),
    "fields": ("error", "rows have more or fewer fields than headers and are left out"),
    "broken-file": ("error", "files are broken and read in part"),
    "too-long": ("warning", "rows are too long for one example and are left out"),
    "shape": ("error", "rows have columns of no known shape and are left out"),
    "empty": ("warning", "rows are empty and are left out"),
    "cut": ("warning", "rows are measured by their beginning only"),
    "encoding": ("warning", "rows are not UTF-8 and were read by a guess"),
    "tag": ("warning", "rows say that they are in another language than they are written in"),
    "no-response": ("warning", "rows ask something and answer nothing"),
    "bidi": ("note", "rows have marks that turn the direction of writing"),
    "control": ("warning", "rows have control signs"),
    "broken": ("warning", "rows have letters that could not be read"),
    "no-letters": ("note", "rows have neither letter nor digit"),
}
PERCENTILES = (5, 25, 50, 75, 95)
REPEATED = 0.01
ENOUGH = 100


def findings_of(done: DataAudit) -> list[tuple[str, Finding]]:
    """(check, finding) for every kind of fault, repeated rows, sets too small to be compared, and absent countries."""
    found = []
    for code, count in sorted(done.faults.counts.items()):
        severity, text = FAULTS[code]
        first = done.faults.first[code]
        items = tuple(f"{one.file}:{one.number}" for one in first)
        found.append(("rows", Finding(code, severity, items, f"{count:,} {text}", first[0].why, float(count))))
    if done.repeats.share >= REPEATED:
        how = "equal but for case and spacing" + ("" if done.repeats.exact else ", estimated from a sample of texts")
        text = f"{done.repeats.share:.1%} of rows stand in the set before"
        found.append(("duplicates", Finding("repeated", "warning", (), text, how, done.repeats.share)))
    if done.rows == 1:
        text = "one row: no metric of a set can be told from chance"
        found.append(("size", Finding("one-row", "warning", (), text, "rows that were measured", 1.0)))
    if len(done.shapes) > 1:
        text = ", ".join(f"{count:,} {name}" for name, count in sorted(done.shapes.items()))
        found.append(
            ("shapes", Finding("mixed-shapes", "note", (), f"rows of several shapes: {text}", "columns of each row"))
        )
    return found + _absent(done)


def _absent(done: DataAudit) -> list[tuple[str, Finding]]:
    """States of the Arab League that no Arabic row names, in a set with a hundred of them."""
    named = done.countries.get("ar")
    if named is None or done.languages["ar"] < ENOUGH:
        return []
    gone = [code for code in arab_states() if not named.get(code)]
    if not gone:
        return []
    names = ", ".join(place(code).names["en"].name for code in gone)
    text = f"{len(gone)} of 22 states of the Arab League are named by no row: {names}"
    return [("countries", Finding("absent-states", "note", tuple(gone), text, "names in Arabic", float(len(gone))))]


def metrics_of(done: DataAudit) -> list[Mapping[str, object]]:
    """Rows `check, name, value`: mean, deviation, standard error and number of every row metric by language, the mean
    over whole shards of every shard metric, and counts.

    The check is `LANGUAGE:FAMILY`; a name is the metric's, with `:sd`, `:se` or `:n` behind it for what goes with the
    mean. The standard error takes rows for independent. `:p5` to `:p95` are percentiles over rows, over 2,000 drawn by
    chance where there are more.
    """
    made: list[tuple[str, str, float | None]] = [
        ("set", "rows", float(done.rows)),
        ("set", "repeated", done.repeats.share),
    ]
    for check, counts in (("shape", done.shapes), ("language", done.languages), ("script", done.scripts)):
        made += [(check, name, float(count)) for name, count in sorted(counts.items())]
    made += [("fault", code, float(count)) for code, count in sorted(done.faults.counts.items())]
    for language, moments in done.means.items():
        for full, mean in moments.mean.items():
            group, _, name = full.partition(".")
            check, n, spread = f"{language}:{group}", moments.count[full], moments.deviation(full)
            made += [(check, name, mean), (f"{check}", f"{name}:sd", spread)]
            made += [(check, f"{name}:se", spread / math.sqrt(n)), (check, f"{name}:n", float(n))]
        made += _shard_means(done, language)
        for full, values in done.spreads[language].percentiles(PERCENTILES).items():
            group, _, name = full.partition(".")
            made += [(f"{language}:{group}", f"{name}:p{share}", float(value))
                     for share, value in zip(PERCENTILES, values, strict=True)]  # fmt: skip
    for language, named in done.countries.items():
        made += [(f"{language}:countries", code, float(count)) for code, count in sorted(named.items())]
    return [
        {"check": check, "name": name, "value": value if value is not None and math.isfinite(value) else None}
        for check, name, value in made
    ]


def _shard_means(done: DataAudit, language: str) -> list[tuple[str, str, float | None]]:
    """Means of shard metrics over the shards of a language: whole ones where there are any, else the short one."""
    own = done.shards.filter(done.shards["language"] == language)
    whole = own.filter(own["whole"])
    used = whole if len(whole) else own
    skip = {"shard", "language", "rows", "whole", *done.means[language].count}
    found = []
    for full in (name for name in used.columns if name not in skip):
        values = [one for one in used[full].to_list() if one is not None and math.isfinite(one)]
        group, _, name = full.partition(".")
        if values:
            found.append((f"{language}:{group}", name, sum(values) / len(values)))
    return found


EXAMPLES: dict[str, pl.DataType | type[pl.DataType]] = {
    "language": pl.String, "metric": pl.String, "end": pl.String, "value": pl.Float64, "tied": pl.Int64,
    "file": pl.String, "number": pl.Int64, "text": pl.String,
}  # fmt: skip


def examples_of(done: DataAudit, *, texts: bool) -> pl.DataFrame:
    """Rows at both ends of every row metric: where they stand, and their beginnings where texts may be shown."""
    found = pl.DataFrame(
        [one for language, ends in done.ends.items() for one in ends.records(language)], schema=EXAMPLES
    )
    return found if texts else found.with_columns(pl.lit(None, dtype=pl.String).alias("text"))
