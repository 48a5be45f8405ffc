"""How a training set is measured, and what that comes to."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from tawazun import catalogue
from tawazun.audit.data.batches import Batch, Embed
from tawazun.audit.data.ends import Ends
from tawazun.audit.data.lexicon import Lexicon
from tawazun.audit.data.reading import Raw
from tawazun.audit.data.records import Family, Values
from tawazun.audit.data.tallies import FaultTally, Moments, Repeats, RowSample

FOLDER = "tawazun.audit.data.families"


@dataclass(frozen=True)
class Choice:
    """How a set is measured.

    language  of every row where it is known; empty = each row's is identified
    families  of metrics; empty = all that suit a language, the semantic one only with `embed`, syntax only with `parse`
    shard     rows of a shard; a shard is also closed at 8 million letters
    columns   our name → theirs, see `shapes.sample_of`
    """

    language: str = ""
    families: tuple[str, ...] = ()
    shard: int = 1000
    columns: Mapping[str, str] = field(default_factory=dict)
    entities: Lexicon = field(default_factory=Lexicon)
    embed: Embed | None = None
    parse: bool = False


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
    ends        language → rows at both ends of every row metric
    spreads     language → rows drawn by chance, for the percentiles of every row metric
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
    ends: Mapping[str, Ends]
    spreads: Mapping[str, RowSample]


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
    asked = {"semantics": choice.embed is not None, "syntax": choice.parse or "syntax" in choice.families}
    return [one for one in chosen if (not one.languages or primary in one.languages) and asked.get(one.name, True)]


def measured(batch: Batch, families: Iterable[Family]) -> tuple[Values, Mapping[str, float]]:
    """Every row metric and every shard metric of a batch; names carry their family: `lexical.mattr`."""
    rows: dict[str, np.ndarray] = {}
    shard: dict[str, float] = {}
    for one in families:
        rows.update({f"{one.name}.{name}": values for name, values in one.rows(batch).items()})
        shard.update({f"{one.name}.{name}": value for name, value in one.shard(batch).items()})
    return rows, shard


def raw_rows(rows: Iterable[Mapping[str, object]], name: str) -> Iterator[Raw]:
    """Records from anywhere, such as a stream of the Hub, as rows of a set."""
    for number, fields in enumerate(rows, start=1):
        yield Raw(name, number, dict(fields))
