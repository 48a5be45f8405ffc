"""Options and keys of a user's own benchmark: what is written, and which option it means.

Nothing is guessed: what can be read in two ways is an error that names row and column.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from tawazun.data.rows import Row
from tawazun.instruments.building import LATIN
from tawazun.instruments.custom_columns import option_columns

# labels of options in several scripts, in order; there are two Arabic orders, and the second Hindi one is of schools
ARABIC = ("أبجدهوزحطي", "ابجدهوزحطي", "أبتثجحخدذر", "ابتثجحخدذر")
LETTERS = (
    tuple(LATIN),
    *(tuple(order) for order in ARABIC),
    tuple("甲乙丙丁戊己庚辛壬癸"),
    tuple("アイウエオカキクケコ"),
    tuple("あいうえおかきくけこ"),
    tuple("कखगघङचछजझञ"),
    tuple("अबसद"),
    tuple("АБВГДЕЖЗИК"),
    tuple("ΑΒΓΔΕΖΗΘΙΚ"),
)
DIGITS = tuple("123456789")
# letters that look like a Latin label and are another alphabet's
LOOKALIKES = dict(zip("АВСЕНΑΒΕΖΗΙ", "ABCEHABEZHI", strict=True))
CYRILLIC = ("ru", "uk", "be", "bg", "mk", "sr", "kk", "ky", "tg", "mn")
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
SPOKEN = {"en": PAIRS[0], "ar": PAIRS[2], "zh": PAIRS[5], "ja": PAIRS[7], "hi": PAIRS[8]}
LATIN_PAIRS = PAIRS[:2]
# a text answer to an open question does not look like this
MARKS = frozenset("ABCDETF01") | frozenset("أبجدهـ")


@dataclass(frozen=True, slots=True)
class Reading:
    """How the keys of a file are read.

    texts_only   every key is an option's text
    from_one     some number among the keys is that of a last option, so that numbers count from 1
    cyrillic     the file's language has that alphabet, so that its letters are no look-alikes of Latin ones
    """

    texts_only: bool
    from_one: bool
    cyrillic: bool


def truth_word(row: Row) -> str:
    """The key of a row where it is a word for true or false, in lower case; empty where it is anything else."""
    value = row.fields.get("answer")
    word = str(value).strip().casefold() if isinstance(value, str | bool) else ""
    return word if word in TRUE or word in FALSE else ""


def pair_of(words: Collection[str], language: str) -> tuple[str, str] | None:
    """The two options of statements with these keys: one pair for all of them, so that it gives no key away.

    English words, or those of several languages, become the language's own; None where it has no pair here.
    """
    base = language.split("-")[0]
    found = next((pair for pair in PAIRS if set(words) <= set(pair)), None)
    if found and (base == "en" or found not in LATIN_PAIRS):
        return found
    return SPOKEN.get(base)


def looks_like_label(row: Row) -> bool:
    """Whether the key of a row is one sign that names an option or a verdict, such as `B`, `T` or `1`."""
    value = row.fields.get("answer")
    return not isinstance(value, bool) and isinstance(value, str | int | float) and _plain(str(value)) in MARKS


def affirmative(lists: Collection[tuple[str, ...]]) -> float | None:
    """The code of the option that a yes-sayer gives, where every item has the same two answers to a statement."""
    same = {tuple(text.casefold() for text in texts) for texts in lists}
    texts = same.pop() if len(same) == 1 else ()
    return next((texts.index(pair[0]) + 1.0 for pair in PAIRS if len(texts) == 2 and set(texts) == set(pair)), None)


def listed_options(row: Row) -> tuple[list[str], tuple[str, ...]]:
    """The options of a row and the labels that columns or a record give them; none for an open question.

    Errors   BadFile
    """
    for column in ("options", "choices"):
        value = row.fields.get(column)
        if isinstance(value, Mapping):
            return _from_record(row, column, value)
        if value not in (None, ""):
            return row.texts(column), ()
    columns, labels = option_columns(row, LETTERS)
    texts = [row.text(column, empty=True) for column in columns]
    while texts and not texts[-1]:
        texts.pop()
    return texts, labels[: len(texts)]


def without_labels(row: Row, options: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """Options without labels of their own (`A) tea`), and these labels; none where they have none.

    Errors   BadFile where the labels are out of order: a key's letter would be another option's
    """
    found = [LABELLED.match(option) for option in options]
    labels = tuple(_plain(one[one.lastindex or 1]) for one in found if one)
    if len(options) < 2 or len(labels) < len(options) or len(set(labels)) < len(labels):
        return list(options), ()
    if any(labels == series[: len(labels)] for series in (*LETTERS, DIGITS)):
        return [option[one.end() :] for option, one in zip(options, found, strict=True) if one], labels
    for series in (*LETTERS, DIGITS):
        own = series[: len(labels)]
        if set(labels) == set(own):
            at = next(at for at, label in enumerate(labels) if label != own[at])
            why = f"option {at + 1} is labelled {labels[at]}: out of order, so a key's letter would be another's"
            raise row.fault("options", why)
    return list(options), ()


def names_option(row: Row, options: Sequence[str]) -> bool:
    """Whether a key is the text of one of the options."""
    return str(row.fields.get("answer")).strip() in options


def number_key(row: Row) -> int | None:
    """The number that a key is; None for any other key."""
    value = row.fields.get("answer")
    plain = _plain(str(value)) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return int(plain) if plain.isdecimal() and len(plain) <= 2 else None


def position(row: Row, options: Sequence[str], labels: Sequence[str], reading: Reading) -> int:
    """The position of the right option: by its text, a label of its own, a letter of any script, or a number from 1.

    labels   those that the file itself gives the options; none where it gives none
    Errors   BadFile for a key that is no option, and for one that means two options
    """
    value = row.fields.get("answer")
    found = str(value).lower() if isinstance(value, bool) else row.text("answer")
    by_text = list(options).index(found) if found in options else None
    places = _labelled(found, len(options), labels, reading)
    if by_text is None and len(places) > 1:
        listed = " or ".join(str(at + 1) for at in sorted(places))
        numbers = ", as no key is that of a last option" if _plain(found).isdecimal() else ""
        why = f"{found[:40]!r} may be option {listed}{numbers}; write the right option's text, or A, B …"
        raise row.fault("answer", why)
    if by_text is not None and not reading.texts_only and (others := sorted(places - {by_text})):
        why = f"{found[:40]!r} is the text of option {by_text + 1} and the label of option {others[0] + 1}"
        raise row.fault("answer", f"{why}; write the right option's text in every row")
    by_label = next(iter(places), None)
    if by_text is None and by_label is None:
        lowered = [option.casefold() for option in options]
        by_text = lowered.index(found.casefold()) if lowered.count(found.casefold()) == 1 else None
    at = by_label if by_text is None else by_text
    if at is None:
        hint = " (numbers count from 1)" if _plain(found).isdecimal() else ""
        hint = f" (their labels are {', '.join(labels[:5])})" if labels and _stray(found) else hint
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


def _stray(found: str) -> bool:
    plain = _plain(found)
    return any(plain in series for series in LETTERS)


def _labelled(found: str, count: int, labels: Sequence[str], reading: Reading) -> set[int]:
    """The positions that a letter or a number may name among so many options."""
    plain = _plain(found)
    if plain in labels:
        return {list(labels).index(plain)}
    if plain.isdecimal() and len(plain) <= 2:
        number = int(plain)
        at = {number - 1} if reading.from_one else {number - 1, number}
        return {one for one in at if 0 <= one < count} if number else set()
    # beside labels of the file's own, only the letters that everybody gives options are read
    offered = (LETTERS[0], *(tuple(order) for order in ARABIC)) if labels else LETTERS
    places = {series.index(plain) for series in offered if plain in series}
    twin = "" if reading.cyrillic else LOOKALIKES.get(plain, "")
    if places and twin:
        places.add(LATIN.index(twin))
    return {at for at in places if at < count}


def _from_record(row: Row, column: str, value: Mapping[str, object]) -> tuple[list[str], tuple[str, ...]]:
    """Options of a record: `{"A": …, "B": …}`, or `{"label": […], "text": […]}`."""
    if isinstance(value.get("text"), list):
        texts = row.holding({column: value["text"]}).texts(column)
        given = value.get("label")
        if not isinstance(given, list):
            return texts, ()
        value = dict(zip(map(str, given), texts, strict=False)) if len(given) == len(texts) else {}
    labels = tuple(_plain(str(label)) for label in value)
    if not labels or not any(labels == series[: len(labels)] for series in (*LETTERS, DIGITS)):
        raise row.fault(column, "a record of options has them under A, B, C … in order, one text each")
    return [row.holding({column: text}).text(column) for text in value.values()], labels
