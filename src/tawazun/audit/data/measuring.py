"""One pass over a training set: rows in, metrics of every shard and of the whole out, in bounded memory."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from tawazun import catalogue
from tawazun.audit.data.batches import Batch, Embed
from tawazun.audit.data.countries import country_names
from tawazun.audit.data.languages import Found, identified, identifier
from tawazun.audit.data.lexicon import Lexicon
from tawazun.audit.data.reading import Raw
from tawazun.audit.data.records import Family, Fault, Sample, Values
from tawazun.audit.data.shapes import sample_of
from tawazun.audit.data.tallies import FaultTally, Moments, Repeats
from tawazun.errors import BadFile

FOLDER = "tawazun.audit.data.families"
LOOK, MOST_LETTERS = 256, 8_000_000
# an answer shorter than this is identified together with what was asked
SHORT = 60
RowSink = Callable[[pl.DataFrame], None]


@dataclass(frozen=True)
class Choice:
    """How a set is measured.

    language  of every row where it is known; empty = each row's is identified
    families  of metrics; empty = all that suit a language, the semantic one only with `embed`
    shard     rows of a shard; a shard is also closed at 8 million letters
    columns   our name → theirs, see `shapes.sample_of`
    """

    language: str = ""
    families: tuple[str, ...] = ()
    shard: int = 1000
    columns: Mapping[str, str] = field(default_factory=dict)
    entities: Lexicon = field(default_factory=Lexicon)
    embed: Embed | None = None


@dataclass(frozen=True)
class DataAudit:
    """What is in a training set.

    rows, shapes, languages, scripts   how many rows were measured, and of which kinds
    faults      kinds of faults, with the first rows of each
    shards      one row a shard: `shard, language, rows, whole` and every metric (row metrics as their mean)
    means       language → means and deviations of row metrics over all rows
    repeats     share of rows that stand in the set before
    countries   language → ISO code → mentions, where the culture family was measured
    tools       what identified languages and cut words
    """

    rows: int
    shapes: Mapping[str, int]
    languages: Mapping[str, int]
    scripts: Mapping[str, int]
    faults: FaultTally
    shards: pl.DataFrame
    means: Mapping[str, Moments]
    repeats: Repeats
    countries: Mapping[str, Mapping[str, int]]
    tools: Mapping[str, str]


def family_names() -> list[str]:
    """Families of metrics on offer."""
    return catalogue.names(FOLDER)


def family(name: str) -> Family:
    """One family. Errors: UnknownName."""
    found: Family = catalogue.load(FOLDER, name, "FAMILY")
    return found


def families_for(language: str, choice: Choice) -> list[Family]:
    """The families that suit a language, of those chosen."""
    chosen = [family(name) for name in choice.families or family_names()]
    primary = language.partition("-")[0]
    return [
        one
        for one in chosen
        if (not one.languages or primary in one.languages) and (one.name != "semantics" or choice.embed is not None)
    ]


def measured(batch: Batch, families: Iterable[Family]) -> tuple[Values, Mapping[str, float]]:
    """Every row metric and every shard metric of a batch; names carry their family: `lexical.mattr`."""
    rows: dict[str, np.ndarray] = {}
    shard: dict[str, float] = {}
    for one in families:
        rows.update({f"{one.name}.{name}": values for name, values in one.rows(batch).items()})
        shard.update({f"{one.name}.{name}": value for name, value in one.shard(batch).items()})
    return rows, shard


def audit_rows(rows: Iterable[Raw | Fault], choice: Choice = Choice(), keep: RowSink | None = None) -> DataAudit:
    """Measure a set.

    keep    takes the table of every shard's rows (file, number, shape, language, metrics); None = they are not kept
    Errors  BadFile when no row can be measured; UnknownName for a family
    """
    for name in choice.families:
        family(name)
    state = _Pass(choice, keep)
    waiting: list[Sample] = []
    for one in rows:
        sample = state.taken(one)
        if sample is None:
            continue
        waiting.append(sample)
        if len(waiting) >= LOOK:
            state.sort(waiting)
            waiting = []
    state.sort(waiting)
    state.finish()
    return state.audit()


class _Pass:
    """What one pass over a set keeps: open shards by language, and counts."""

    def __init__(self, choice: Choice, keep: RowSink | None) -> None:
        self.choice, self.keep = choice, keep
        self.faults, self.repeats = FaultTally(), Repeats()
        self.shapes: Counter[str] = Counter()
        self.languages: Counter[str] = Counter()
        self.scripts: Counter[str] = Counter()
        self.open: dict[str, list[Sample]] = {}
        self.letters: Counter[str] = Counter()
        self.means: dict[str, Moments] = {}
        self.shards: list[dict[str, object]] = []
        self.countries: dict[str, Counter[str]] = {}
        self.tools: dict[str, str] = {"language": choice.language or identifier()}

    def taken(self, one: Raw | Fault) -> Sample | None:
        """A row as a sample, its faults counted; None when it is not measured."""
        if isinstance(one, Fault):
            self.faults.add(one)
            return None
        sample, faults = sample_of(one, self.choice.columns)
        for fault in faults:
            self.faults.add(fault)
        if sample is not None:
            self.shapes[sample.shape] += 1
            self.repeats.add(sample.text)
        return sample

    def sort(self, samples: list[Sample]) -> None:
        """Put rows to the open shard of their language, and close those that are full."""
        if self.choice.language:
            found = [Found("", self.choice.language)] * len(samples)
        else:
            found = identified([one.response if len(one.response) >= SHORT else one.text for one in samples])
        for sample, own in zip(samples, found, strict=True):
            if own.denies(sample.tag):
                why = f"says {sample.tag!r} and is written in {own.language} ({own.script} letters)"
                self.faults.add(Fault(sample.file, sample.number, "tag", why, True))
            self.languages[own.language] += 1
            self.scripts[own.script] += bool(own.script)
            shard = self.open.setdefault(own.language, [])
            shard.append(sample)
            self.letters[own.language] += len(sample.instruction) + len(sample.response)
            if len(shard) >= self.choice.shard or self.letters[own.language] >= MOST_LETTERS:
                self.close(own.language, whole=len(shard) >= self.choice.shard)
        if sum(self.letters.values()) >= 2 * MOST_LETTERS:
            self.close(self.letters.most_common(1)[0][0], whole=False)

    def close(self, language: str, *, whole: bool) -> None:
        """Measure the open shard of a language."""
        samples = tuple(self.open.pop(language))
        del self.letters[language]
        batch = Batch(samples, language, self.choice.entities, self.choice.embed)
        rows, shard = measured(batch, families_for(language, self.choice))
        self._faulty_letters(batch)
        self.means.setdefault(language, Moments()).add(rows)
        means = {name: _mean(values) for name, values in rows.items()}
        head = {"shard": len(self.shards) + 1, "language": language, "rows": len(samples), "whole": whole}
        self.shards.append({**head, **means, **shard})
        if "culture.countries" in shard:
            self._name_countries(batch)
        if "words" in batch.__dict__:
            self.tools[f"words:{language}"] = batch.words.segmenter
        if self.keep is not None:
            self.keep(_row_table(samples, language, rows))

    def _name_countries(self, batch: Batch) -> None:
        codes = country_names(batch.primary).classes
        mentions = batch.countries.sum(axis=0)
        tally = self.countries.setdefault(batch.language, Counter())
        tally.update({code: int(count) for code, count in zip(codes, mentions, strict=True) if count})

    def _faulty_letters(self, batch: Batch) -> None:
        """Count rows with letters that turn the direction of writing, control signs, broken letters, or none at all."""
        found = batch.characters
        kinds = (
            ("bidi", found.count("bidi"), "{} marks that turn the direction of writing"),
            ("control", found.count("control"), "{} control signs"),
            ("broken", found.count("broken"), "{} letters that could not be read (U+FFFD or half a pair)"),
            ("no-letters", (found.letters + found.count("digit") == 0).astype(int), "no letter and no digit in it"),
        )
        for code, counts, text in kinds:
            for i in np.flatnonzero(counts):
                one = batch.samples[i]
                self.faults.add(Fault(one.file, one.number, code, text.format(counts[i]), True))

    def finish(self) -> None:
        """Close what is still open."""
        for language in sorted(self.open):
            self.close(language, whole=False)

    def audit(self) -> DataAudit:
        """What the pass came to. Errors: BadFile when nothing was measured."""
        total = sum(self.shapes.values())
        if not total:
            said = next(
                (f"; {one[0].why} ({one[0].file} row {one[0].number})" for one in self.faults.first.values()), ""
            )
            raise BadFile(f"no row of this set can be measured{said}")
        names = dict.fromkeys(name for row in self.shards for name in row)
        table = pl.DataFrame([{name: row.get(name) for name in names} for row in self.shards], infer_schema_length=None)
        return DataAudit(
            total, dict(self.shapes), dict(self.languages), dict(self.scripts), self.faults, table, self.means,
            self.repeats, self.countries, self.tools,
        )  # fmt: skip


def _mean(values: np.ndarray) -> float | None:
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if len(finite) else None


def _row_table(samples: tuple[Sample, ...], language: str, rows: Values) -> pl.DataFrame:
    table = {
        "file": [one.file for one in samples],
        "number": [one.number for one in samples],
        "shape": [one.shape for one in samples],
        "language": [language] * len(samples),
    }
    return pl.DataFrame({**table, **rows}).with_columns(pl.selectors.float().fill_nan(None))


def raw_rows(rows: Iterable[Mapping[str, object]], name: str) -> Iterator[Raw]:
    """Records from anywhere, such as a stream of the Hub, as rows of a set."""
    for number, fields in enumerate(rows, start=1):
        yield Raw(name, number, dict(fields))
