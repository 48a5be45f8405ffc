"""The two kinds of work on a training set that any process can do: rows looked at, and shards measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tawazun.audit.data.batches import Batch
from tawazun.audit.data.countries import country_names
from tawazun.audit.data.languages import Found, identified
from tawazun.audit.data.measuring import Choice, families_for, measured
from tawazun.audit.data.parsers import parser_for
from tawazun.audit.data.reading import Raw
from tawazun.audit.data.records import Fault, Sample, Values
from tawazun.audit.data.shapes import sample_of
from tawazun.audit.data.tallies import text_code

# an answer shorter than this is identified together with what was asked
SHORT = 60
# kind of fault → what it says of a number of letters
LETTERS: Mapping[str, str] = {
    "bidi": "{} marks that turn the direction of writing",
    "control": "{} control signs",
    "broken": "{} letters that could not be read (U+FFFD or half a pair)",
    "no-letters": "no letter and no digit in it",
}

NOT_FOUND = Found("", "und")


@dataclass(frozen=True, slots=True)
class Look:
    """Rows as they were read, some of which are faults already."""

    rows: Sequence[Raw | Fault]


@dataclass(frozen=True, slots=True)
class Looked:
    """A row after a look: what is wrong with it; and, where it can be measured, what it is, in which language, and a
    code that equal texts share."""

    faults: tuple[Fault, ...]
    sample: Sample | None = None
    found: Found = NOT_FOUND
    code: int = 0


@dataclass(frozen=True, slots=True)
class Shard:
    """Rows of one language that are measured together."""

    samples: tuple[Sample, ...]
    language: str


@dataclass(frozen=True, slots=True)
class Weighed:
    """What a shard came to.

    rows       row metrics; shard: those of all rows together
    faulty     kind of fault → how many letters of every row are so, of kinds that any row has
    countries  ISO code → mentions; None where they were not looked for
    segmenter  what cut words; empty where none were
    parser     what parsed sentences, or why nothing did; empty where it was not asked for
    """

    rows: Values
    shard: Mapping[str, float]
    faulty: Mapping[str, np.ndarray]
    countries: Mapping[str, int] | None
    segmenter: str
    parser: str


def done(choice: Choice, item: Look | Shard) -> list[Looked] | Weighed:
    """Either kind of work, as a function of the choice and one item."""
    return looked(choice, item.rows) if isinstance(item, Look) else weighed(choice, item)


def looked(choice: Choice, rows: Sequence[Raw | Fault]) -> list[Looked]:
    """Rows as samples with their language, in order."""
    read = [((None, [one]) if isinstance(one, Fault) else sample_of(one, choice.columns)) for one in rows]
    samples = [sample for sample, _ in read if sample is not None]
    if choice.language:
        found = [Found("", choice.language)] * len(samples)
    else:
        found = identified([one.response if len(one.response) >= SHORT else one.text for one in samples])
    own = iter(found)
    made = []
    for sample, faults in read:
        if sample is None:
            made.append(Looked(tuple(faults)))
            continue
        language = next(own)
        if language.denies(sample.tag):
            why = f"says {sample.tag!r} and is written in {language.language} ({language.script} letters)"
            faults = [*faults, Fault(sample.file, sample.number, "tag", why, True)]
        made.append(Looked(tuple(faults), sample, language, text_code(sample.text)))
    return made


def weighed(choice: Choice, shard: Shard) -> Weighed:
    """Every metric of a shard, and the faults of its letters."""
    batch = Batch(shard.samples, shard.language, choice.entities, choice.embed)
    chosen = families_for(shard.language, choice)
    rows, whole = measured(batch, chosen)
    countries = _named(batch) if "culture.countries" in whole else None
    # words are cut only where a family asked for them
    segmenter = batch.words.segmenter if "words" in batch.__dict__ else ""
    parser = parser_for(shard.language).name if any(one.name == "syntax" for one in chosen) else ""
    return Weighed(rows, whole, _faulty(batch), countries, segmenter, parser)


def _named(batch: Batch) -> dict[str, int]:
    codes = country_names(batch.primary).classes
    mentions = batch.countries.sum(axis=0)
    return {code: int(count) for code, count in zip(codes, mentions, strict=True) if count}


def _faulty(batch: Batch) -> dict[str, np.ndarray]:
    found = batch.characters
    counts = {kind: found.count(kind) for kind in ("bidi", "control", "broken")}
    counts["no-letters"] = (found.letters + found.count("digit") == 0).astype(int)
    return {kind: values for kind, values in counts.items() if values.any()}
