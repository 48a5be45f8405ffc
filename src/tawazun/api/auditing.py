"""Audits: of a benchmark by name or from a user's file."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import polars as pl

from tawazun.audit import Audit, audit_benchmark
from tawazun.errors import BadStudy
from tawazun.instruments import Instrument, instrument, instrument_names
from tawazun.instruments.custom import load_custom
from tawazun.runs import Run, open_run
from tawazun.runs.audits import write_audit
from tawazun.version import VERSION


def audit(
    name: str,
    *,
    data: Path | None = None,
    runs: Sequence[Path] = (),
    checks: Sequence[str] = (),
    out: Path | None = None,
) -> Audit:
    """Audit a benchmark of the catalogue, or a file of a user's own.

    runs   run folders whose respondents' answers are held against the keys
    out    folder for `findings.parquet`, `metrics.parquet` and `manifest.json`
    Errors UnknownName, BadFile, BadStudy
    """
    faults: tuple[str, ...] = ()
    if name not in instrument_names() and Path(name).suffix:
        read = load_custom(Path(name), lenient=True)
        made, faults = read.instrument, read.faults
    else:
        made = instrument(name, data)
    answers: dict[str, dict[str, int]] = {}
    for folder in runs:
        answers.update(_chosen(open_run(folder), made))
    if runs and not answers:
        raise BadStudy(f"--run: none of these runs asked {made.name}")
    done = audit_benchmark(made, answers, faults, checks)
    if out is not None:
        _write(done, made, out)
    return done


def _chosen(run: Run, made: Instrument) -> dict[str, dict[str, int]]:
    """Respondent -> item -> the option it chose most over its framings; ties and items without any are left out."""
    table = run.answers.filter((pl.col("instrument") == made.name) & pl.col("p").is_not_null())
    votes: dict[str, dict[str, Counter[int]]] = {}
    for row in table.select("respondent", "question", "p").iter_rows():
        respondent, item, p = row
        top = max(p)
        if top > 0 and p.count(top) == 1:
            votes.setdefault(respondent, {}).setdefault(item, Counter())[p.index(top)] += 1
    found: dict[str, dict[str, int]] = {}
    for respondent, items in votes.items():
        for item, counts in items.items():
            (choice, count), *rest = counts.most_common(2)
            if not rest or rest[0][1] < count:
                found.setdefault(respondent, {})[item] = choice
    return found


def _write(done: Audit, made: Instrument, out: Path) -> None:
    findings = [
        {"check": check, **asdict(one), "items": list(one.items)}
        for check, outcome in done.outcomes.items()
        for one in outcome.findings
    ]
    metrics: list[Mapping[str, object]] = [
        {"check": check, "name": name, "value": value}
        for check, outcome in done.outcomes.items()
        for name, value in outcome.facts.items()
    ]
    metrics += [{"check": f"floor:{floor}", "name": metric, "value": value} for floor, metric, value in done.baselines]
    states = {check: {"state": outcome.state, "text": outcome.text} for check, outcome in done.outcomes.items()}
    manifest = {
        "version": VERSION,
        "subject": done.subject,
        "facts": dict(done.facts),
        "checks": states,
        "source": made.source.record(),
        "counts": {"findings": len(findings)},
    }
    write_audit(out, findings, metrics, manifest)
