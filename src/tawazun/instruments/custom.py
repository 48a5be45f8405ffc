"""A user's own benchmark from a JSONL, JSON, CSV or Parquet file: one row per item.

Columns   question (also stem, prompt)
          options (a list), or A, B, C … or option_1, option_2 …; none for an open question
          answer: a letter of any script, a number from 1, the option's text, or true/false; text(s) for an open one
          id, split (test or dev), topic, category, country, language, author, source, licence: where there are any
An item without an id is named by its row. `split = dev` makes a row a worked example. What a row leaves open is not
guessed: a key that is no option is an error that names row and column.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tawazun.data.rows import Row, read_rows
from tawazun.errors import BadFile, UserError
from tawazun.instruments.building import ABJAD, LATIN, ExamBuilder
from tawazun.instruments.exams import Exam, Template
from tawazun.instruments.records import Instrument
from tawazun.seeds import digest
from tawazun.source import Source

PREFIX = "custom:"
STEMS = ("question", "stem", "prompt", "Question")
DIMENSIONS = ("topic", "category", "subcategory", "country", "dialect", "level")
SPLITS = {"": False, "test": False, "eval": False, "validation": True, "dev": True, "train": True}
LETTERS = (tuple(LATIN), ABJAD, tuple("甲乙丙丁戊己庚辛壬癸"), tuple("アイウエオカキクケコ"), tuple("कखगघङचछजझञ"))
ARABIC_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩०१२३४५६७८९０１２３４５６７８９", "012345678901234567890123456789")
SIGNS = "() .:：．"
TRUE, FALSE = (
    ("true", "yes", "نعم", "صح", "صحيح", "是", "对", "はい", "हाँ"),
    ("false", "no", "لا", "خطأ", "否", "错", "いいえ", "नहीं"),
)


@dataclass(frozen=True, slots=True)
class Read:
    """A file as a benchmark; `faults` holds rows that were left out, only when they were asked to be."""

    instrument: Instrument
    faults: tuple[str, ...]


def load_custom(path: Path, *, name: str = "", lenient: bool = False) -> Read:
    """A user's file as a benchmark.

    name      of the instrument; `custom:FILE` when empty
    lenient   leave out rows that break a rule and say so, for an audit; otherwise the first one is an error
    Errors    BadFile naming file, row and column
    """
    rows = read_rows(path)
    stem = next((column for column in STEMS if column in rows[0].fields), None)
    if stem is None:
        raise BadFile(f"{path}: the column 'question' is missing; the file has {', '.join(list(rows[0].fields)[:20])}")
    languages = {row.text("language", empty=True) for row in rows}
    if len(languages) > 1:
        raise BadFile(f"{path}: column language: one file is one language, this one has {', '.join(sorted(languages))}")
    builder = ExamBuilder(
        next(iter(languages)) or "en", author=_said(rows, "author") or path.name, columns={"question": stem}
    )
    faults = []
    for row in rows:
        try:
            _add(builder, row, stem)
        except UserError as error:
            if not lenient:
                raise
            faults.append(str(error))
    groups = tuple(one for one in DIMENSIONS if any(row.text(one, empty=True) for row in rows if one in row.fields))
    two_way = {str(row.fields.get("answer")).strip().casefold() for row in rows} <= {*TRUE, *FALSE}
    exam = Exam(
        metric="macro_f1" if two_way else "accuracy",
        groups=groups,
        clusters=groups[0] if groups else "",
        positive=1.0 if two_way else None,
    )
    language = next(iter(languages)) or "en"
    instrument = builder.instrument(
        exam,
        name=name or f"{PREFIX}{path.name}",
        title=f"{path.name}, a user's own benchmark",
        source=Source(
            cite=_said(rows, "source") or f"user's file {path.name}",
            where=path.name,
            version=digest(path.read_bytes().hex()),
            licence=_said(rows, "licence") or _said(rows, "license") or "not said",
            terms="as the file's owner says",
            redistribute="aggregates",
        ),
        not_for="anything that its owner does not vouch for: it was not reviewed here",
        tags=("no-persona", "benchmark"),
        templates=(Template("w1", language), Template("cot", language, reasons=True)),
    )
    return Read(instrument, tuple(faults))


def _said(rows: Sequence[Row], column: str) -> str:
    """What every row that says anything says; joined where they differ."""
    found = dict.fromkeys(row.text(column, empty=True) for row in rows if column in row.fields)
    return "; ".join(text for text in found if text)[:300]


def _add(builder: ExamBuilder, row: Row, stem: str) -> None:
    item = row.text("id", empty=True) if "id" in row.fields else ""
    split = row.text("split", empty=True).casefold() if "split" in row.fields else ""
    if split not in SPLITS:
        raise row.fault("split", f"{split[:40]!r}; allowed: {', '.join(name for name in SPLITS if name)}")
    tags = tuple(f"{one}:{text}" for one in DIMENSIONS if one in row.fields and (text := row.text(one, empty=True)))
    options = _options(row)
    known = {"tags": tags, "example": SPLITS[split]}
    name = item or f"row-{row.number}"
    if options:
        builder.choice(row, name, row.text(stem), options, _key(row, options), **known)  # type: ignore[arg-type]
    else:
        builder.open(row, name, row.text(stem), _references(row), **known)  # type: ignore[arg-type]


def _options(row: Row) -> list[str]:
    if "options" in row.fields and row.fields["options"] is not None:
        return row.texts("options")
    if "choices" in row.fields and row.fields["choices"] is not None:
        return row.texts("choices")
    for columns in (LATIN, [f"option_{k}" for k in range(1, 11)], [f"Option{k}" for k in range(1, 11)]):
        there = [column for column in columns if column in row.fields]
        if len(there) >= 2:
            texts = [row.text(column, empty=True) for column in there]
            while texts and not texts[-1]:
                texts.pop()
            return texts
    answer = str(row.fields.get("answer")).strip().casefold()
    if answer in TRUE or answer in FALSE:
        own = row.text("answer")
        pair = next(((t, f) for t, f in zip(TRUE, FALSE, strict=False) if answer in (t, f)), None)
        return list(pair) if pair and own.casefold() in pair else ["true", "false"]
    return []


def _key(row: Row, options: Sequence[str]) -> int:
    """The position of the right option: its own text first, then a letter or a number."""
    found = row.text("answer")
    if found in options:
        return list(options).index(found)
    plain = found.translate(ARABIC_DIGITS).strip(SIGNS)
    if plain.isdecimal():
        at = int(plain) - 1
        if 0 <= at < len(options):
            return at
        raise row.fault("answer", f"{found!r} is none of its {len(options)} options (numbers count from 1)")
    for letters in LETTERS:
        if plain.upper().rstrip("ـ") in letters[: len(options)]:
            return letters.index(plain.upper().rstrip("ـ"))
    lowered = [option.casefold() for option in options]
    if found.casefold() in lowered:
        return lowered.index(found.casefold())
    raise row.fault("answer", f"the key {found[:40]!r} is none of its {len(options)} options")


def _references(row: Row) -> dict[str, float]:
    if "answer" not in row.fields or row.fields["answer"] in (None, ""):
        return {}
    value = row.fields["answer"]
    texts = (
        row.texts("answer") if isinstance(value, list) or str(value).lstrip().startswith("[") else [row.text("answer")]
    )
    return {text: float(texts.count(text)) for text in texts if text}
