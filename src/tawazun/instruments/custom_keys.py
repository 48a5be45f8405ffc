"""Options and keys of a user's own benchmark: what is written, and which option it means.

Nothing is guessed: what can be read in two ways is an error that names row and column.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence

from tawazun.data.rows import Row
from tawazun.instruments.building import LATIN

# labels of options in several scripts, in order; the second Arabic and Hindi ones are what school exams use
LETTERS = (
    tuple(LATIN),
    tuple("أبجدهوزحطي"),
    tuple("ابجدهوزحطي"),
    tuple("甲乙丙丁戊己庚辛壬癸"),
    tuple("アイウエオカキクケコ"),
    tuple("あいうえおかきくけこ"),
    tuple("कखगघङचछजझञ"),
    tuple("अबसद"),
    tuple("АБВГДЕЖЗИК"),
)
PAIRS = (
    ("true", "false"),
    ("yes", "no"),
    ("نعم", "لا"),
    ("صح", "خطأ"),
    ("صحيح", "خطأ"),
    ("是", "否"),
    ("对", "错"),
    ("はい", "いいえ"),
    ("हाँ", "नहीं"),
)
TRUE, FALSE = frozenset(true for true, _ in PAIRS), frozenset(false for _, false in PAIRS)
SIGNS = "()[]. :،、_ـ\t"
# `(A) x`, `A) x`, `A、x`, `A. x`, `أ- x`; not `1.5 km`, `1 - 5` or `1:30`
LABELLED = re.compile(r"^\s*(?:[(\[]\s*(\w)\s*[)\]]|(\w)ـ?\s*[)\]]|(\w)\s*[、．]|([^\W\d])ـ?[.:-]\s|(\d)\.\s)\s*(?=\S)")
COLUMNS = (
    tuple(LATIN),
    tuple(f"option_{letter.lower()}" for letter in LATIN),
    tuple(f"option_{k}" for k in range(1, 11)),
    tuple(f"Option{k}" for k in range(1, 11)),
    tuple(f"Option {k}" for k in range(1, 11)),
)


def truth_word(row: Row) -> str:
    """The key of a row where it is a word for true or false, in lower case; empty where it is anything else."""
    value = row.fields.get("answer")
    word = str(value).strip().casefold() if isinstance(value, str | bool) else ""
    return word if word in TRUE or word in FALSE else ""


def pair_of(words: Collection[str]) -> tuple[str, str]:
    """The two options of statements with these keys: one pair for all of them, so that it gives no key away."""
    return next((pair for pair in PAIRS if set(words) <= set(pair)), PAIRS[0])


def affirmative(lists: Collection[tuple[str, ...]]) -> float | None:
    """The code of the option that a yes-sayer gives, where every item has the same two answers to a statement."""
    same = {tuple(text.casefold() for text in texts) for texts in lists}
    texts = same.pop() if len(same) == 1 else ()
    return next((texts.index(pair[0]) + 1.0 for pair in PAIRS if len(texts) == 2 and set(texts) == set(pair)), None)


def listed_options(row: Row) -> list[str]:
    """The options of a row, from one column or from several; none for an open question. Errors: BadFile."""
    for column in ("options", "choices"):
        value = row.fields.get(column)
        if isinstance(value, Mapping):
            return _from_record(row, column, value)
        if value not in (None, ""):
            return row.texts(column)
    for columns in COLUMNS:
        there = [column for column in columns if column in row.fields]
        if len(there) >= 2:
            return _from_columns(row, columns, there)
    return []


def without_labels(row: Row, options: Sequence[str]) -> tuple[list[str], bool]:
    """Options without labels of their own (`A) tea`), and whether they had any.

    Errors   BadFile where the labels are out of order: a key's letter would be another option's
    """
    found = [LABELLED.match(option) for option in options]
    labels = [_plain(one[one.lastindex or 1]) for one in found if one]
    if len(options) < 2 or len(labels) < len(options) or len(set(labels)) < len(labels):
        return list(options), False
    for series in (*LETTERS, tuple("123456789")):
        own = series[: len(labels)]
        if set(labels) == set(own):
            if tuple(labels) != own:
                at = next(at for at, label in enumerate(labels) if label != own[at])
                why = f"option {at + 1} is labelled {labels[at]}: out of order, so a key's letter would be another's"
                raise row.fault("options", why)
            return [option[one.end() :] for option, one in zip(options, found, strict=True) if one], True
    return list(options), False


def position(row: Row, options: Sequence[str], *, texts_only: bool) -> int:
    """The position of the right option: by its text, a letter of any script, or a number from 1.

    texts_only   every key of the file is an option's text, so that is what this one is
    Errors       BadFile for a key that is no option, and for one whose text and whose letter mean two options
    """
    value = row.fields.get("answer")
    found = str(value).lower() if isinstance(value, bool) else row.text("answer")
    by_text = list(options).index(found) if found in options else None
    by_label = None if by_text is not None and texts_only else _labelled(found, len(options))
    if by_text is not None and by_label is not None and by_text != by_label:
        why = f"{found[:40]!r} is the text of option {by_text + 1} and the label of option {by_label + 1}"
        raise row.fault("answer", f"{why}; write the right option's text in every row")
    lowered = [option.casefold() for option in options]
    if by_text is None and by_label is None and lowered.count(found.casefold()) == 1:
        by_text = lowered.index(found.casefold())
    at = by_label if by_text is None else by_text
    if at is None:
        hint = " (numbers count from 1)" if _plain(found).isdecimal() else ""
        raise row.fault("answer", f"the key {found[:40]!r} is none of its {len(options)} options{hint}")
    return at


def accepted(row: Row) -> dict[str, float]:
    """Accepted answers of an open question and how many people gave each: a text, a list, or text -> count."""
    value = row.fields.get("answer")
    if value is None or value == "" or value == []:
        return {}
    if isinstance(value, Mapping):
        counts = {str(text).strip(): count for text, count in value.items() if count is not None}
        for text, count in counts.items():
            if isinstance(count, bool) or not isinstance(count, int | float) or not 0 < count < float("inf"):
                raise row.fault("answer", f"{text[:40]!r} was given by {str(count)[:20]!r} people; a count is needed")
        return {text: float(count) for text, count in counts.items() if text}
    listed = isinstance(value, list) or str(value).lstrip().startswith("[")
    texts = [text for text in (row.texts("answer") if listed else [row.text("answer")]) if text]
    return {text: float(texts.count(text)) for text in texts}


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().rstrip("-").strip(SIGNS).upper()


def _labelled(found: str, count: int) -> int | None:
    """The position that a letter or a number names among so many options; None for anything else."""
    plain = _plain(found)
    if plain.isdecimal() and len(plain) <= 2:
        return int(plain) - 1 if 1 <= int(plain) <= count else None
    return next((series.index(plain) for series in LETTERS if plain in series[:count]), None)


def _from_record(row: Row, column: str, value: Mapping[str, object]) -> list[str]:
    """Options of a record: `{"A": …, "B": …}`, or `{"label": […], "text": […]}`."""
    if isinstance(value.get("text"), list):
        texts = Row(row.file, row.number, {column: value["text"]}).texts(column)
        labels = value.get("label")
        if not isinstance(labels, list):
            return texts
        value = dict(zip(map(str, labels), texts, strict=False)) if len(labels) == len(texts) else {}
    labels = [_plain(str(label)) for label in value]
    if not labels or not any(labels == list(series[: len(labels)]) for series in (*LETTERS, tuple("123456789"))):
        raise row.fault(column, "a record of options has them under A, B, C … in order, one text each")
    return [Row(row.file, row.number, {column: text}).text(column) for text in value.values()]


def _from_columns(row: Row, columns: Sequence[str], there: Sequence[str]) -> list[str]:
    last = columns.index(there[-1])
    for column in columns[: last + 1]:
        if column not in row.fields:
            raise row.fault(column, f"the file has {there[-1]} and no {column}, so a letter would be another's")
    texts = [row.text(column, empty=True) for column in there]
    while texts and not texts[-1]:
        texts.pop()
    return texts
