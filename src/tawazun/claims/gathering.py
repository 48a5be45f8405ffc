"""Finished runs laid side by side: one set of answers, one human side, and who came from which run.

Nothing is asked and nothing is written here. What two runs may not differ in is in `likeness`; this file only refuses
what could not even be laid out: an unfinished run, a folder of another kind, one label for two respondents that the
folder names cannot tell apart, or two runs that disagree about the same people or the same cell.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from tawazun.cells.framing import SHOTS
from tawazun.claims.freezing import Drift, drift_of
from tawazun.errors import BadFile, Refused, StudyChanged
from tawazun.instruments import Instrument, instrument
from tawazun.instruments.own_files import is_own
from tawazun.measures.context import Context, make_context
from tawazun.measures.gates import Closed, Key, closed_gates
from tawazun.runs import Run
from tawazun.runs.own_files import own_instruments
from tawazun.study import MeasureKeys, Study, register_own
from tawazun.study.records import GroupKeys, PlaceKeys

FRAMED = (
    "instrument", "question", "persona", "perspective", "language", "wording", "order", "labels", "placement",
    "context", "decoding", "mode",
)  # fmt: skip
HUMAN_ORDER = ("population", "item")

# read-outs in batches of other sizes differ in their last digits (9e-7 between two runs of the planted model)
NOISE = 1e-4


@dataclass(frozen=True)
class Part:
    """One finished run in memory.

    name       the folder's name, as it is printed
    questions  the run's questions table, for the status of wordings
    stored     what was frozen at the first answer; None when it is not known whether answers were seen
    own        instruments of the user's files, as the run asked them
    """

    name: str
    study: Study
    answers: pl.DataFrame
    humans: pl.DataFrame
    questions: pl.DataFrame
    manifest: Mapping[str, Any]
    stored: Mapping[str, Any] | None = None
    own: Mapping[str, Instrument] = field(default_factory=dict)


@dataclass(frozen=True)
class Gathered:
    """Runs side by side.

    context   answers and people as arrays, respondents of all runs together
    origin    respondent -> its part
    closed    closed gates of every subject, by the gates of its own study
    drifts    what each run's study says about being frozen, by part name
    """

    parts: tuple[Part, ...]
    answers: pl.DataFrame
    context: Context
    origin: Mapping[str, Part]
    closed: Mapping[Key, Closed]
    drifts: Mapping[str, Drift]

    @property
    def respondents(self) -> tuple[str, ...]:
        """Labels, in the order of the runs."""
        return tuple(self.origin)

    @property
    def words(self) -> str:
        """`fixed` when every study is about the words that were used and no others, else `drawn`."""
        return "fixed" if all(part.study.measure.words == "fixed" for part in self.parts) else "drawn"

    def without(self, source: str) -> tuple[str, ...]:
        """Names of the runs whose studies do not have the people of a source."""
        return tuple(part.name for part in self.parts if source not in set(part.humans["source"]))

    @property
    def alpha(self) -> float:
        """Level of tests, of the first run's study."""
        return self.context.keys.alpha

    @property
    def level(self) -> float:
        """Level of intervals, of the first run's study."""
        return self.context.keys.level


def read_part(run: Run) -> Part:
    """One finished run.

    Errors   BadFile when it is not finished, is no run of a study, or has no answers; StudyChanged when a file of the
             user's that it asked has changed since
    """
    manifest = run.manifest
    if manifest.get("kind") != "study":
        raise BadFile(f"{run.path}: a folder of kind {manifest.get('kind')!r}; claims are about runs of studies")
    answers = run.answers.drop("text")
    if answers.filter(pl.col("error").is_null()).height == 0:
        raise BadFile(f"{run.path}: the run has no answers")
    name = Path(run.path).resolve().name
    own = own_instruments(run, run.study.ask.instruments)
    return Part(name, run.study, answers, run.humans, run.questions, manifest, run.frozen, own)


def gather(parts: Sequence[Part], *, data: Path | None = None, instruments: Sequence[Instrument] = ()) -> Gathered:
    """Lay parts side by side.

    instruments   given ones instead of those of the catalogue
    Errors        Refused when runs disagree about people or a cell; StudyChanged naming the key in which a frozen study
                  has drifted; UnknownName or BadFile for an instrument that cannot be found
    """
    if not parts:
        raise BadFile("no run was given")
    _register_all(parts)
    used = list(instruments) or _instruments(parts, data)
    drifts = {part.name: drift_of(part.study, used, part.humans, stored=part.stored) for part in parts}
    for name, drift in drifts.items():
        if drift.keys:
            raise StudyChanged(f"{name}: the study was frozen and has changed since in {', '.join(drift.keys[:6])}")
    answers, origin = _answers(parts)
    context = make_context(_one_context(answers), _humans(parts), used, _keys(parts), parts[0].study.seed)
    closed: dict[Key, Closed] = {}
    for part in parts:
        found = closed_gates(context, part.study.gates)
        closed |= {key: gates for key, gates in found.items() if origin[key[0]] is part}
    return Gathered(tuple(parts), answers, context, origin, closed, drifts)


def _register_all(parts: Sequence[Part]) -> None:
    """Make the own places and groups of all studies known at once. Errors: Refused when two mean different things."""
    places: dict[str, PlaceKeys] = {}
    groups: dict[str, GroupKeys] = {}
    for part in parts:
        for one in part.study.place:
            if places.setdefault(one.code, one) != one:
                raise Refused(f"{part.name}: the place {one.code} is described otherwise than in another run")
        for group in part.study.group:
            if groups.setdefault(group.id, group).members != group.members:
                raise Refused(f"{part.name}: {group.id} has other members than in another run")
    own = {"place": list(places.values()), "group": list(groups.values())}
    register_own(parts[0].study.model_copy(update=own))


def _instruments(parts: Sequence[Part], data: Path | None) -> list[Instrument]:
    found: dict[str, Instrument] = {}
    for part in parts:
        for name in part.study.ask.instruments:
            own = part.own.get(name)
            if is_own(name) and own is None:
                raise BadFile(f"{part.name}: the file of {name} is not there, and the run kept no copy of it")
            held = found.setdefault(name, own or instrument(name, data))
            if own and held.source.version != own.source.version:
                raise Refused(f"{part.name}: another run asked another file under the name {name}; rename one of them")
    return list(found.values())


def _keys(parts: Sequence[Part]) -> MeasureKeys:
    """The first run's keys, with the groups and places of all."""
    first = parts[0].study.measure
    groups = list(dict.fromkeys(name for part in parts for name in part.study.measure.groups))
    places = {k: v for part in reversed(parts) for k, v in part.study.measure.language_places.items()}
    together = max(part.study.measure.item_correlation for part in parts)
    own = {"groups": groups, "language_places": places, "reference": "", "item_correlation": together}
    return first.model_copy(update=own)


def _answers(parts: Sequence[Part]) -> tuple[pl.DataFrame, dict[str, Part]]:
    """All answers under labels that are each one respondent, and which part each came from."""
    ids: dict[str, set[str]] = {}
    for part in parts:
        for label, rid in part.answers.select("respondent", "respondent_id").unique().rows():
            ids.setdefault(label, set()).add(rid)
    seen: dict[str, str] = {}
    origin: dict[str, Part] = {}
    tables = []
    for part in parts:
        order = part.answers.select("respondent", "respondent_id").unique(maintain_order=True).rows()
        names = {label: label if len(ids[label]) == 1 else f"{label} @{part.name}" for label, _ in order}
        for label, rid in order:
            name = names[label]
            if name in seen and seen[name] != rid:
                raise Refused(f"{name}: two respondents under one label in folders of one name; rename a folder")
            seen[name] = rid
            origin.setdefault(name, part)
        tables.append(part.answers.with_columns(pl.col("respondent").replace(names)))
    joined = pl.concat(tables)
    return _without_twins(joined), origin


def _without_twins(table: pl.DataFrame) -> pl.DataFrame:
    """Each cell of a label once; a respondent that has two labels keeps its cells under both.

    Errors   Refused when two runs have different answers to one cell of one respondent
    """
    own = ["cell", "respondent"]
    if not table.select(own).is_duplicated().any():
        return table
    twins = table.filter(pl.struct(own).is_duplicated() & pl.col("error").is_null())
    spans = [_span(pl.col("value"))] + [_span(pl.col("p").list.get(k, null_on_oob=True)) for k in range(_widest(twins))]
    bad = twins.group_by(own, maintain_order=True).agg(apart=pl.max_horizontal(spans)).filter(pl.col("apart") > NOISE)
    if bad.height:
        raise Refused(
            f"{bad['respondent'][0]} stands in two runs with different answers to the same question ({bad.height:,} "
            "cells): leave one of the two runs out"
        )
    return table.sort("error", nulls_last=False, maintain_order=True).unique(own, keep="first", maintain_order=True)


def _span(values: pl.Expr) -> pl.Expr:
    """How far values of one cell lie apart; one that is there once only is as far from the others as can be."""
    missing = values.is_null().any() & values.is_not_null().any()
    return pl.when(missing).then(float("inf")).otherwise((values.max() - values.min()).fill_null(0.0))


def _widest(table: pl.DataFrame) -> int:
    return int(table.select(pl.col("p").list.len().max()).item() or 0)


def _one_context(table: pl.DataFrame) -> pl.DataFrame:
    """In-context examples belong to the treatment: a respondent with one context only is paired without it.

    Worked examples of a benchmark's own (`shots=K`) are part of the prompt, and stay.
    """
    alone = pl.col("context").n_unique().over("respondent", "instrument") == 1
    shots = pl.col("context").str.contains(f"^{SHOTS.pattern}$")
    return table.with_columns(context=pl.when(alone & ~shots).then(pl.lit("")).otherwise(pl.col("context")))


def _humans(parts: Sequence[Part]) -> pl.DataFrame:
    """The people of all runs, each population once. Errors: Refused when two runs hold other figures for one."""
    known: dict[str, pl.DataFrame] = {}
    for part in parts:
        for (name,), rows in part.humans.group_by("population", maintain_order=True):
            ordered = rows.sort(HUMAN_ORDER)
            if str(name) in known and not known[str(name)].equals(ordered):
                raise Refused(
                    f"the runs hold other figures for the people of {name}: measure them with one version of the source"
                )
            known.setdefault(str(name), ordered)
    return pl.concat(known.values()) if known else parts[0].humans
