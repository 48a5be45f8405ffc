"""Whose people, places and food a corpus speaks of: known names counted, local beside others, and prompts flagged.

Names come from lists (the user's, or the folder `camel_entities/entities`); nothing is guessed. In Arabic a name is
also found with a short word written onto it (`وجون`, `للقاهرة`). A name that is a word of the language as well is
counted as the name: read shares beside those of another corpus, or leave such names out with `skip`.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl

from tawazun.adapt.corpora.codes import Codes, alike, coded
from tawazun.adapt.corpora.names import ARABIC, ENGLISH
from tawazun.adapt.corpora.records import Document
from tawazun.data.tables import read_table
from tawazun.errors import BadFile

KINDS = {
    "names-male": "person", "names-female": "person", "authors": "person", "locations": "place",
    "religious-places": "place", "sports-clubs": "organisation", "food": "food", "beverage": "food",
    "clothing-male": "clothing", "clothing-female": "clothing",
}  # fmt: skip
LONGEST = 6  # words of a name
BATCH = 500_000  # letters counted at once
_ARABIC = re.compile("[\u0620-\u064a]")
_ENGLISH = re.compile(rf"(?<!\w)(?:{'|'.join(ENGLISH)})(?!\w)")


@dataclass(frozen=True, slots=True)
class Entity:
    """A known name: what kind of thing it names, and whose it is (`Arab`, `Western`)."""

    name: str
    kind: str
    culture: str


def entity_lists(path: Path) -> tuple[Entity, ...]:
    """Names from a table with the columns `entity`, `culture` and perhaps `kind`, or from a folder of such tables.

    Without a column `kind` a file's own name says it, as those of `camel_entities/entities` do.
    Errors   BadFile for a missing column, or a folder without tables
    """
    files = (
        sorted(one for one in path.iterdir() if one.suffix in (".xlsx", ".csv", ".tsv")) if path.is_dir() else [path]
    )
    if not files:
        raise BadFile(f"{path.name}: there are no lists of names in it (.xlsx, .csv, .tsv)")
    return tuple(dict.fromkeys(entity for file in files for entity in _listed(file)))


def _listed(file: Path) -> list[Entity]:
    table = read_table(file)
    columns = {name.casefold(): name for name in table.columns}
    for need in ("entity", "culture"):
        if need not in columns:
            raise BadFile(f"{file.name}: the column {need!r} is missing; the file has {', '.join(table.columns)}")
    kinds = table[columns["kind"]].to_list() if "kind" in columns else [KINDS.get(file.stem, file.stem)] * table.height
    rows = zip(table[columns["entity"]], kinds, table[columns["culture"]], strict=True)
    return [Entity(name, kind or file.stem, culture) for name, kind, culture in rows if name and culture]


@dataclass
class Census:
    """Names counted.

    counts   kind -> culture -> name -> how often
    rows     read; with_names: rows that have one
    """

    counts: dict[str, dict[str, Counter[str]]] = field(default_factory=dict)
    rows: int = 0
    with_names: int = 0

    def total(self, culture: str, kind: str = "") -> int:
        """Mentions of one culture's names, of one kind or of all."""
        return sum(
            own.total()
            for k, by in self.counts.items()
            if not kind or k == kind
            for c, own in by.items()
            if c == culture
        )

    def share(self, local: str, kind: str = "") -> float | None:
        """Mentions of local names over all mentions; None where there are none."""
        cultures = {culture for by in self.counts.values() for culture in by}
        whole = sum(self.total(culture, kind) for culture in cultures)
        return self.total(local, kind) / whole if whole else None

    def top(self, kind: str, n: int = 5) -> list[tuple[str, str, int]]:
        """The most frequent names of a kind: name, culture, mentions."""
        every = [
            (name, culture, count) for culture, own in self.counts.get(kind, {}).items() for name, count in own.items()
        ]
        return sorted(every, key=lambda one: (-one[2], one[0], one[1]))[:n]

    def table(self) -> pl.DataFrame:
        """One row a name: kind, culture, name, mentions."""
        rows = [
            (kind, culture, name, count)
            for kind, by in self.counts.items()
            for culture, own in by.items()
            for name, count in own.items()
        ]
        schema = {"kind": pl.String, "culture": pl.String, "name": pl.String, "mentions": pl.Int64}
        return pl.DataFrame(rows, schema=schema, orient="row").sort("mentions", "name", descending=[True, False])


class Register:
    """Known names, ready to be looked for."""

    def __init__(self, entities: Sequence[Entity], skip: Iterable[str] = ()) -> None:
        """`skip` has names that are words as well. A name that several cultures have is nobody's and left out."""
        left = {alike(one) for one in skip}
        owners: dict[tuple[str, str], set[str]] = {}
        spelled: dict[tuple[str, str], str] = {}
        for one in entities:
            key = alike(one.name), one.kind
            owners.setdefault(key, set()).add(one.culture)
            spelled.setdefault(key, one.name)
        known = {
            key: Entity(spelled[key], key[1], next(iter(whose)))
            for key, whose in owners.items()
            if len(whose) == 1 and key[0] not in left and 0 < len(key[0].split()) <= LONGEST and len(key[0]) > 2
        }
        self.shared = tuple(sorted(spelled[key] for key, whose in owners.items() if len(whose) > 1))
        forms: dict[str, Entity] = {}
        for (text, _), entity in known.items():
            forms.setdefault(text, entity)
        for text, entity in list(forms.items()):
            for form in _written_on(text):
                forms.setdefault(form, entity)
        self._entities = list(forms.values())
        words = coded(list(forms))
        lengths = np.diff(words.starts)
        whole = words.runs(words.starts[:-1], lengths)
        self._by_length: dict[int, tuple[Codes, np.ndarray]] = {}
        for n in sorted(set(lengths.tolist()), reverse=True):
            own = np.flatnonzero(lengths == n)
            order = own[np.argsort(whole[own], kind="stable")]
            self._by_length[n] = whole[order], order

    def mentions(self, texts: Sequence[str]) -> list[list[Entity]]:
        """The names in each text; of two that overlap the longer one."""
        words = coded(texts)
        taken = np.zeros(len(words.words), dtype=bool)
        found: list[list[Entity]] = [[] for _ in texts]
        for n, (codes, which) in self._by_length.items():
            runs, at = words.every(n)
            place = np.minimum(np.searchsorted(codes, runs), len(codes) - 1)
            for i in np.flatnonzero(codes[place] == runs):
                start = at[i]
                if not taken[start : start + n].any():
                    taken[start : start + n] = True
                    found[words.rows[start]].append(self._entities[which[place[i]]])
        return found


def _written_on(text: str) -> list[str]:
    """A name in Arabic with the short words that are written onto it."""
    if not _ARABIC.search(text):
        return []
    made = [prefix + text for prefix in ("و", "ف", "ب", "ل", "ك")]
    return [*made, "لل" + text[2:], "ول" + text, "وب" + text] if text.startswith("ال") else made


def census(texts: Iterable[str], register: Register) -> Census:
    """The names of some texts, counted in bounded memory."""
    made, batch, size = Census(), [], 0
    for text in texts:
        batch.append(text)
        size += len(text)
        if size >= BATCH:
            _count(made, batch, register)
            batch, size = [], 0
    _count(made, batch, register)
    return made


def _count(made: Census, texts: Sequence[str], register: Register) -> None:
    for found in register.mentions(texts):
        made.rows += 1
        made.with_names += bool(found)
        for one in found:
            made.counts.setdefault(one.kind, {}).setdefault(one.culture, Counter())[one.name] += 1


def sides(documents: Iterable[Document]) -> tuple[list[str], list[str]]:
    """What is asked and what is answered, of conversations; plain text counts as answered."""
    asked, answered = [], []
    for one in documents:
        asked.append("\n".join(text for role, text in one.messages if role == "user"))
        answered.append("\n".join(text for role, text in one.messages if role == "assistant") or one.text)
    return asked, answered


def before_after(before: Census, after: Census, local: str) -> list[Mapping[str, object]]:
    """Share of local names by kind in two corpora, with the mentions behind each; None where there are none."""
    kinds = ["", *sorted({*before.counts, *after.counts})]
    return [
        {
            "kind": kind or "all",
            "before": before.share(local, kind),
            "after": after.share(local, kind),
            "mentions_before": sum(
                own.total() for k, by in before.counts.items() if kind in ("", k) for own in by.values()
            ),
            "mentions_after": sum(
                own.total() for k, by in after.counts.items() if kind in ("", k) for own in by.values()
            ),
        }
        for kind in kinds
    ]


@cache
def _transliterated() -> Register:
    return Register([Entity(name, "person", "Western") for name in ARABIC])


def common_english_names(document: Document) -> bool:
    """Whether what is asked in a row has one of the most common English given names, in Latin or Arabic letters."""
    text = sides([document])[0][0] if document.messages else document.text
    return bool(_ENGLISH.search(text)) or bool(_transliterated().mentions([text])[0])
