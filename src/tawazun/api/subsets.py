"""Subsets of the user's own sets by component, written as data sets of their own with what they hold and why."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from tawazun.api.components import Reading, choice_of
from tawazun.api.data_audits import Source
from tawazun.audit.components import Size, Structure, cube_of, drawn, read_choice, read_structures
from tawazun.audit.components.sampling import told
from tawazun.audit.data import Batch, Choice, Raw, Sample
from tawazun.audit.data.shapes import sample_of
from tawazun.audit.interventions import (
    Carried,
    Pool,
    carried,
    chosen,
    contributions,
    random_draw,
    row_values,
    unmatched_sources,
)
from tawazun.errors import BadFile, BadStudy, Refused
from tawazun.runs.writing import write_text
from tawazun.seeds import digest_bytes
from tawazun.version import VERSION

MANIFEST, DATA, ROWS = "subsets.json", "data.jsonl", "rows.csv"
LICENCES = ("license", "licence", "License", "licence_name")


@dataclass(frozen=True)
class Plan:
    """Which subsets are made.

    components  from 1; empty = all that rows can be chosen for
    size        rows of a subset; 0 = a quarter of those that can be scored
    draws       random subsets
    licences    set → its licence, where rows do not say
    """

    components: tuple[int, ...] = ()
    size: int = 0
    draws: int = 5
    seed: int = 1
    licences: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Errors: BadStudy."""
        if self.draws < 3:
            raise BadStudy(f"--draws: 3 random subsets or more, not {self.draws}; fewer do not say what luck does")


@dataclass(frozen=True)
class Made:
    """Subsets as `subsets.json` has them: name → its manifest; and why a component has none."""

    subsets: Mapping[str, Mapping[str, Any]]
    without: Mapping[str, str]
    unmatched: Mapping[str, Mapping[str, Mapping[str, float]]]


@dataclass
class _Read:
    """The pool while it is read: what is known of each row, never its text."""

    places: list[tuple[int, str, int]]
    words: list[int]
    values: list[np.ndarray]


def make_subsets(
    sets: Mapping[str, str], components: Path, out: Path, *, plan: Plan = Plan(), reading: Reading = Reading()
) -> Made:
    """Write subsets high and low on each component, and random ones, as data sets below `out`.

    sets        name → file or folder of the user's own; rows are copied as they stand
    components  folder of `audit components`; language and families are those of its fit
    out         a new folder, or one that holds subsets
    Errors      BadFile, BadStudy; Refused for a set of the Hub, too few rows, or components of whole shards
    """
    structure = _structure(components, reading.language)
    if hub := [name for name, path in sets.items() if path.startswith("hub:")]:
        raise Refused(f"{hub[0]}: subsets copy texts, so they are made of files of your own; download the set first")
    kept = read_choice(components)
    how = Reading(structure.language, tuple(kept.get("families", ())), reading.columns, reading.separator,
                  reading.embedder)  # fmt: skip
    choice, _ = choice_of(how)
    parts, without = _parts(structure, plan)
    pool, table, places = _pooled(sets, structure, choice, parts, reading)
    picked, unmatched, groups = _picked(pool, table, parts, plan)
    _ready(out)
    written = _written(out, sets, places, picked, reading)
    subsets = {}
    for name, rows in picked.items():
        facts = {"chosen": groups.get(name, "at random within the same groups"), "seed": plan.seed}
        facts |= _content(out / name, rows, pool, written[name], plan)
        facts["scores"] = _scores(out / name / DATA, structure, choice, len(rows), reading.columns)
        write_text(out / name / "manifest.json", json.dumps(facts, ensure_ascii=False, indent=2))
        subsets[name] = facts
    made = Made(subsets, without, unmatched)
    write_text(out / MANIFEST, json.dumps({
        "kind": "subsets", "version": VERSION, "language": structure.language, "seed": plan.seed,
        "sources": {name: Path(path).name for name, path in sets.items()}, "subsets": subsets, "without": without,
        "unmatched_sources": unmatched,
    }, ensure_ascii=False, indent=2))  # fmt: skip
    return made


def _structure(components: Path, language: str) -> Structure:
    found = read_structures(components)
    if language and language not in found:
        raise BadStudy(f"{components} has components of {', '.join(found)}, not of {language!r}")
    if not language and len(found) != 1:
        raise BadStudy(f"{components} has components of {', '.join(found)}; choose one with --language")
    return found[language or next(iter(found))]


def _parts(structure: Structure, plan: Plan) -> tuple[list[Carried], dict[str, str]]:
    """Components that rows can be chosen for, and why others cannot. Errors: Refused when none can."""
    asked = [one - 1 for one in plan.components] or list(range(structure.count))
    parts: list[Carried] = []
    without: dict[str, str] = {}
    for component in asked:
        try:
            parts.append(carried(structure, component))
        except Refused as error:
            without[f"component-{component + 1}"] = str(error)
    if not parts:
        raise Refused("; ".join(without.values()) or "no component stands above chance, so there is none to choose by")
    return parts, without


def _pooled(
    sets: Mapping[str, str], structure: Structure, choice: Choice, parts: list[Carried], reading: Reading
) -> tuple[Pool, list[np.ndarray], list[tuple[int, str, int]]]:
    """The pool, scores of its rows on each component, and where each row stands."""
    metrics = tuple(dict.fromkeys(name for part in parts for name in part.metrics))
    read = _Read([], [], [])
    for number, path in enumerate(sets.values()):
        rows = told(Source(path, reading.separator).rows(), reading.language, reading.columns)
        own = (sample for sample, language in rows if language == structure.language)
        for batch, new in _batches(own, structure, choice):
            read.places += [(number, one.file, one.number) for one in batch.samples[new:]]
            read.words += batch.words.lengths[new:].tolist()
            read.values.append(row_values(batch, metrics)[new:])
    if not read.places:
        raise Refused(f"no row of these sets is in {structure.language!r}, which the components are of")
    values = np.concatenate(read.values)
    pool = Pool(np.array([one[0] for one in read.places]), np.array(read.words), tuple(sets))
    scores = [contributions(values[:, [metrics.index(name) for name in part.metrics]], part) for part in parts]
    return pool, scores, read.places


def _batches(samples: Iterator[Sample], structure: Structure, choice: Choice) -> Iterator[tuple[Batch, int]]:
    """Rows in batches as large as the shards of the fit, and from which row on they are new.

    Some metrics of a row hang on the rows beside it (how rare its words are among them), so the last rows of a set are
    measured together with those before them and not as a small batch of their own.
    """
    before: list[Sample] = []
    waiting: list[Sample] = []
    for sample in samples:
        waiting.append(sample)
        if len(waiting) >= structure.cube.rows:
            yield Batch(tuple(waiting), structure.language, choice.entities, choice.embed), 0
            before, waiting = waiting, []
    if waiting:
        beside = before[len(waiting) :]
        yield Batch((*beside, *waiting), structure.language, choice.entities, choice.embed), len(beside)


def _picked(
    pool: Pool, scores: list[np.ndarray], parts: list[Carried], plan: Plan
) -> tuple[dict[str, np.ndarray], dict[str, Any], dict[str, str]]:
    """Subset → rows; shares of sources if nothing were matched; and how a subset was chosen."""
    usable = np.flatnonzero(np.isfinite(np.stack(scores)).all(axis=0))
    size = plan.size or len(usable) // 4
    picked: dict[str, np.ndarray] = {}
    unmatched: dict[str, Any] = {}
    how: dict[str, str] = {}
    narrowest = 64
    for part, score in zip(parts, scores, strict=True):
        # all subsets come from rows that every component can score, so that random ones serve for each
        own = np.where(np.isin(np.arange(len(score)), usable), score, np.nan)
        found = chosen(pool, own, size)
        narrowest = min(narrowest, found.group)
        for side, rows in (("high", found.high), ("low", found.low)):
            name = f"{side}-{part.component + 1}"
            picked[name] = rows
            how[name] = f"{side} on component {part.component + 1} within groups of {found.group} rows of one length"
        unmatched[f"component-{part.component + 1}"] = unmatched_sources(pool, own, size)
    for number in range(1, plan.draws + 1):
        picked[f"random-{number}"] = random_draw(pool, usable, size, narrowest, plan.seed, number)
    return picked, unmatched, how


def _ready(out: Path) -> None:
    """A folder for subsets. Errors: BadFile where it holds something else."""
    if out.is_file() or (out.is_dir() and any(out.iterdir()) and not (out / MANIFEST).exists()):
        raise BadFile(f"{out}: holds something that is no subsets; choose another --out")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadFile(f"{out}: no folder can be made there ({error.strerror})") from error
    (out / MANIFEST).unlink(missing_ok=True)


def _written(
    out: Path, sets: Mapping[str, str], places: list[tuple[int, str, int]], picked: Mapping[str, np.ndarray],
    reading: Reading,
) -> dict[str, Counter[tuple[str, str]]]:  # fmt: skip
    """Copy the chosen rows in one more pass. Returns subset → (set, licence that its row states) → rows."""
    wanted: dict[tuple[int, str, int], list[str]] = {}
    for name, rows in picked.items():
        for row in rows:
            wanted.setdefault(places[row], []).append(name)
    files: dict[str, tuple[TextIO, io.StringIO]] = {}
    licences: dict[str, Counter[tuple[str, str]]] = {name: Counter() for name in picked}
    try:
        for name in picked:
            (out / name).mkdir(exist_ok=True)
            files[name] = ((out / name / DATA).open("w", encoding="utf-8"), io.StringIO())
        for number, (source, path) in enumerate(sets.items()):
            for raw in Source(path, reading.separator).rows():
                names = wanted.get((number, raw.file, raw.number), ()) if isinstance(raw, Raw) else ()
                if not names or not isinstance(raw, Raw) or sample_of(raw, reading.columns)[0] is None:
                    continue
                line = line_of(raw.fields)
                stated = next((str(raw.fields[key]) for key in LICENCES if raw.fields.get(key)), "")
                for name in names:
                    data, listed = files[name]
                    data.write(line + "\n")
                    csv.writer(listed).writerow([source, raw.file, raw.number, _digest(line)])
                    licences[name][source, stated] += 1
    finally:
        for data, _ in files.values():
            data.close()
    for name, (_, listed) in files.items():
        write_text(out / name / ROWS, "source,file,number,digest\n" + listed.getvalue().replace("\r\n", "\n"))
    return licences


def line_of(fields: Mapping[str, Any]) -> str:
    """A row as a line of JSON that any file can hold: half a surrogate pair stays, escaped."""
    line = json.dumps(fields, ensure_ascii=False, default=str)
    broken = any("\ud800" <= letter <= "\udfff" for letter in line)
    return json.dumps(fields, default=str) if broken else line


def _digest(line: str) -> str:
    return blake2b(line.encode("utf-8", "replace"), digest_size=16).hexdigest()


def _content(
    folder: Path, rows: np.ndarray, pool: Pool, stated: Counter[tuple[str, str]], plan: Plan
) -> dict[str, Any]:
    """What a subset holds and where it came from."""
    licences: dict[str, str] = {}
    for source in pool.names:
        own = sorted({licence for (one, licence) in stated if one == source})
        licences[source] = plan.licences.get(source) or ", ".join(filter(None, own)) or "not stated"
    return {
        "rows": len(rows), "words": int(pool.words[rows].sum()), "sources": pool.shares(rows), "licences": licences,
        "data": digest_bytes((folder / DATA).read_bytes()), "rows_listed": digest_bytes((folder / ROWS).read_bytes()),
    }  # fmt: skip


def _scores(
    data: Path, structure: Structure, choice: Choice, rows: int, columns: Mapping[str, str]
) -> list[float] | None:
    """Score of a subset on every component as a set of its own; None where it is smaller than two shards of the fit."""
    shards = min(4, rows // structure.cube.rows)
    if shards < 2:
        return None
    size = Size(structure.cube.rows, shards)
    made = drawn(data.parent.name, Source(str(data)).rows(), size, language=structure.language, columns=columns)
    scores = structure.projected(cube_of(made[:1], choice)).mean(axis=(0, 1))
    return [float(one) for one in scores]
