"""A table of what training on sets changed, as a panel of sets × models × benchmarks."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from tawazun.audit.prediction.versions import unsaid
from tawazun.errors import BadFile

NEEDED = ("dataset", "model", "family", "benchmark", "change")
Row = Mapping[str, str | None]


@dataclass(frozen=True)
class Panel:
    """Change of a benchmark by training a model on a set: tuned minus base.

    families   of every model
    change     (D, N, B) sets, models, benchmarks; NaN where there is none
    variance   (D, N, B) the square of its standard error; NaN where none was given
    notes      rows and sets that take no part
    origins    (D) of what each set was made; sets of one origin (cleaned, translated, cut) count as one; empty = each
               is its own
    """

    datasets: tuple[str, ...]
    models: tuple[str, ...]
    families: tuple[str, ...]
    benchmarks: tuple[str, ...]
    change: np.ndarray
    variance: np.ndarray
    notes: tuple[str, ...] = field(default=())
    origins: tuple[str, ...] = field(default=())

    @property
    def parts(self) -> list[np.ndarray]:
        """Positions of the sets of every origin, in order of their first."""
        own = self.origins or self.datasets
        return [np.flatnonzero([one == name for one in own]) for name in dict.fromkeys(own)]

    @property
    def groups(self) -> tuple[str, ...]:
        """Families of models, each once, in order."""
        return tuple(dict.fromkeys(self.families))

    def members(self, family: str) -> np.ndarray:
        """Which models are of a family, (N,)."""
        return np.array([one == family for one in self.families])


def panel_of(rows: Sequence[tuple[int, Row]], known: Sequence[str], where: str) -> Panel:
    """The panel of a table's rows, sets in the order of those that were audited.

    A column `se` gives the standard error of a change; with a column `seed`, training runs of one cell are averaged; a
    column `origin` says of which set others are versions.

    Errors   BadFile for a missing column, an empty name, a change that is no number, two rows for one cell, a model of
             two families, a set of two origins or that was not audited, or no row with a change
    """
    columns = list(rows[0][1]) if rows else []
    if gone := [name for name in NEEDED if name not in columns]:
        raise BadFile(
            f"{where}: no column {gone[0]!r}; a table of results has the columns "
            f"{', '.join(NEEDED)}[, se, seed, origin]"
        )
    seen: dict[tuple[str, ...], int] = {}
    families: dict[str, str] = {}
    origins: dict[str, str] = {}
    cells: dict[tuple[str, str, str], list[tuple[float, float]]] = {}
    empty: list[int] = []
    for number, row in rows:
        dataset, model, family, benchmark = (_name(row, name, number, where) for name in NEEDED[:4])
        if dataset not in known:
            raise BadFile(
                f"{where} row {number}: the set {dataset!r} was not audited; audited are {', '.join(known[:8])}"
                f"{' …' if len(known) > 8 else ''}"
            )
        if families.setdefault(model, family) != family:
            raise BadFile(
                f"{where} row {number}: the model {model!r} is of {families[model]!r} above and {family!r} here"
            )
        origin = row.get("origin") or dataset
        if origins.setdefault(dataset, origin) != origin:
            raise BadFile(
                f"{where} row {number}: the set {dataset!r} is of {origins[dataset]!r} above and of {origin!r} here"
            )
        key = (dataset, model, benchmark, row.get("seed") or "")
        if key in seen:
            raise BadFile(
                f"{where} row {number}: {dataset}, {model}, {benchmark} stand in row {seen[key]} too; "
                "keep one, or tell training runs apart in a column seed"
            )
        seen[key] = number
        change = _number(row.get("change"), "change", number, where)
        if math.isnan(change):
            empty.append(number)
        else:
            error = _number(row.get("se"), "se", number, where)
            if error < 0:
                raise BadFile(f"{where} row {number}: se is {error:g}; a standard error is not negative")
            cells.setdefault((dataset, model, benchmark), []).append((change, error))
    if not cells:
        raise BadFile(f"{where}: no row has a change")
    made = _panel(cells, families, origins, known, empty)
    return made if "origin" in columns else replace(made, notes=(*made.notes, *unsaid(made.datasets)))


def _name(row: Row, column: str, number: int, where: str) -> str:
    value = row[column]
    if not value:
        raise BadFile(f"{where} row {number}: {column} is empty")
    return value


def _number(text: str | None, column: str, number: int, where: str) -> float:
    """A number; NaN where the cell is empty or says so."""
    if text is None or text.lower() in ("nan", "na", "n/a", "-"):
        return float("nan")
    try:
        value = float(text)
    except ValueError:
        raise BadFile(f"{where} row {number}: {column} is {text!r}, not a number") from None
    if math.isinf(value):
        raise BadFile(f"{where} row {number}: {column} is infinite")
    return value


def _panel(
    cells: Mapping[tuple[str, str, str], Sequence[tuple[float, float]]],
    families: Mapping[str, str],
    origins: Mapping[str, str],
    known: Sequence[str],
    empty: Sequence[int],
) -> Panel:
    there = {key[0] for key in cells}
    datasets = tuple(name for name in known if name in there)
    models = tuple(sorted({key[1] for key in cells}))
    benchmarks = tuple(dict.fromkeys(key[2] for key in cells))
    change = np.full((len(datasets), len(models), len(benchmarks)), np.nan)
    variance = change.copy()
    for (dataset, model, benchmark), runs in cells.items():
        at = datasets.index(dataset), models.index(model), benchmarks.index(benchmark)
        change[at] = np.mean([one for one, _ in runs])
        variance[at] = np.sum(np.square([error for _, error in runs])) / len(runs) ** 2
    notes = []
    if empty:
        shown = ", ".join(map(str, empty[:5])) + (" …" if len(empty) > 5 else "")
        notes.append(f"{len(empty)} rows have no change and are left out (rows {shown})")
    if absent := [name for name in known if name not in there]:
        notes.append(
            f"{len(absent)} audited sets have no results: {', '.join(absent[:5])}{' …' if len(absent) > 5 else ''}"
        )
    own = tuple(origins[name] for name in datasets)
    if len(set(own)) < len(own):
        notes.append(f"{len(own)} sets of {len(set(own))} origins: sets of one origin count as one in every test")
    return Panel(
        datasets, models, tuple(families[one] for one in models), benchmarks, change, variance, tuple(notes), own
    )


def by_origin(scores: np.ndarray, panel: Panel) -> tuple[np.ndarray, Panel]:
    """Scores and changes with sets of one origin averaged into one, over models and benchmarks that all of them have.

    Shapes   scores: (D, K); returns (O, K) and a panel of O sets, one for each origin
    """
    parts = panel.parts
    if len(parts) == len(panel.datasets):
        return scores, panel
    change = np.stack([panel.change[part].mean(axis=0) for part in parts])
    names = tuple(panel.datasets[part[0]] for part in parts)
    none = np.full(change.shape, np.nan)
    whole = Panel(names, panel.models, panel.families, panel.benchmarks, change, none, panel.notes)
    return np.stack([scores[part].mean(axis=0) for part in parts]), whole
