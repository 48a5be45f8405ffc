"""Packs that came back: every row is held against the key, so a pack edited by hand is an error and not a number."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tawazun.data.rows import Row, read_rows
from tawazun.errors import BadFile
from tawazun.instruments.judged import TIE, grade, said
from tawazun.judging.form_words import LABEL_WORDS, LANGUAGES, WORDS
from tawazun.judging.packs import ABOUT, FILLED, FIXED, LABELS, PAIRS, Key
from tawazun.places import places

YES = ("yes", "true", "1", "y", "نعم", "أوافق", "موافق")
# a comma is the decimal mark of many spreadsheets
DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹٫,،", "01234567890123456789...")
CHOICES = {
    "1": "1",
    "1.0": "1",
    "2": "2",
    "2.0": "2",
    "tie": TIE,
    "=": TIE,
    "تعادل": TIE,
    **{one["tie"]: TIE for one in WORDS.values()},
}
SPOKEN = {word: label for words in LABEL_WORDS.values() for label, word in words.items()}
LONGEST = 80
GUARD = re.compile("^'(?=[\\s\\x00-\\x1f\\ufeff]*[=+\\-@\\uff1d\\uff0b\\uff0d\\uff20\\u2212])")


@dataclass(frozen=True, slots=True)
class Rater:
    """Who rated: a code, a country (ISO alpha-3) and a dialect as they said."""

    rater: str
    country: str
    dialect: str


@dataclass(frozen=True, slots=True)
class Rating:
    """What one rater said of one item, in the order of the file; empty where nothing was said.

    choice  1, 2 or tie; label: one of `LABELS`; grade: 0 to 10
    """

    rater: str
    item: str
    choice: str = ""
    label: str = ""
    grade: float | None = None
    comment: str = ""

    @property
    def empty(self) -> bool:
        """Whether the row was skipped."""
        return not self.choice and not self.label and self.grade is None and not self.comment


def read_packs(files: Sequence[Path], key: Key) -> tuple[list[Rater], list[Rating]]:
    """Raters and ratings of packs that came back, skipped rows left out.

    Errors   BadFile naming file, row and column: a text, id or checksum that was changed, a row that is missing or
             stands twice, an impossible value, no consent, a rater who came twice
    """
    raters: dict[str, tuple[Rater, str]] = {}
    ratings: list[Rating] = []
    for file in files:
        rows = read_rows(file, (*FIXED[key.kind], *FILLED[key.kind], *ABOUT, "checksum"))
        rater = _rater(rows, key)
        if rater.rater in raters:
            raise rows[0].fault("rater", f"{rater.rater} came already, in {raters[rater.rater][1]}")
        raters[rater.rater] = rater, str(file)
        ratings += [one for one in _ratings(rows, rater, key) if not one.empty]
    return [rater for rater, _ in raters.values()], ratings


def _rater(rows: Sequence[Row], key: Key) -> Rater:
    first = rows[0]
    if first.text("pack") != key.pack:
        raise first.fault("pack", f"{first.text('pack')[:40]!r} is not the pack of this key ({key.pack})")
    name = first.text("rater")
    if name not in key.shown:
        raise first.fault("rater", f"{name[:40]!r} is none of the {len(key.shown)} raters of this pack")
    about = {column: _once(rows, column) for column in ABOUT}
    if about["consent"].casefold() not in YES:
        raise first.fault("consent", f"{about['consent'][:40]!r}; without a yes here nothing of the pack is used")
    country = _codes_of_countries().get(about["rater_country"].casefold(), "")
    if not country:
        why = f"{about['rater_country'][:40]!r} is no country (ISO 3166-1 alpha-3 such as EGY, or its name)"
        raise first.fault("rater_country", why)
    if len(about["rater_dialect"]) > LONGEST:
        raise first.fault("rater_dialect", f"longer than {LONGEST} letters")
    return Rater(name, country, about["rater_dialect"])


@cache
def _codes_of_countries() -> Mapping[str, str]:
    """What people write for a country -> its code: the code, or its name as the forms show it."""
    codes, names = {}, {}
    for code, one in places().items():
        if one.kind == "country":
            codes[code.casefold()] = names[one.english.casefold()] = code
            called = [name.name for language in LANGUAGES if (name := one.called(language))]
            names |= {text.casefold().removeprefix("the "): code for text in called}
    return names | codes


def _once(rows: Sequence[Row], column: str) -> str:
    """What is said of the rater: in the first row that says it, and nothing else anywhere."""
    found = ""
    for row in rows:
        text = said(row, column)
        if found and text and text != found:
            raise row.fault(column, f"{text[:40]!r}, and {found[:40]!r} in a row above: a pack has one rater")
        found = found or text
    return found


def _ratings(rows: Sequence[Row], rater: Rater, key: Key) -> list[Rating]:
    shown, seen = key.shown[rater.rater], dict[str, Row]()
    found = []
    for row in rows:
        code = row.text("code")
        if code not in shown:
            raise row.fault("code", f"{code[:40]!r} is no row of the pack of {rater.rater}")
        if code in seen:
            raise row.fault("code", f"{code} stands in {seen[code].where} already")
        seen[code] = row
        for column in FIXED[key.kind]:
            if not _same(said(row, column), shown[code].fixed[column]):
                raise row.fault(column, "it was changed since the pack was made")
        if row.text("checksum").lstrip("'") != key.checksum(shown[code].fixed):
            raise row.fault("checksum", "it is not the one that the pack was made with")
        found.append(_rating(row, rater, shown[code].item, swapped=shown[code].swapped, kind=key.kind))
    if gone := [code for code in shown if code not in seen]:
        raise BadFile(
            f"{rows[0].file}: {len(gone)} of {len(shown)} rows are missing, the first with the code {gone[0]}"
        )
    return found


def _same(found: str, made: str) -> bool:
    """Whether a text is the one that was exported, past what spreadsheets do: line ends, a guard before a sign."""
    plain = [text.replace("\r\n", "\n").replace("\r", "\n").strip() for text in (found, made)]
    return plain[0] in (plain[1], f"'{plain[1]}")


def unguarded(text: str) -> str:
    """A text without the apostrophe that keeps spreadsheets from reading it as a formula."""
    return GUARD.sub("", text)


def _rating(row: Row, rater: Rater, item: str, *, swapped: bool, kind: str) -> Rating:
    comment = unguarded(said(row, "comment"))
    if kind == PAIRS:
        choice = _read(row, "choice", CHOICES, "1, 2 or tie")
        return Rating(
            rater.rater, item, choice={"1": "2", "2": "1"}.get(choice, choice) if swapped else choice, comment=comment
        )
    label = _read(row, "label", SPOKEN, ", ".join(LABELS))
    value = said(row, "grade").translate(DIGITS)
    return Rating(rater.rater, item, label=label, grade=grade(row, value, "grade") if value else None, comment=comment)


def _read(row: Row, column: str, allowed: Mapping[str, str], words: str) -> str:
    text = unguarded(said(row, column)).translate(DIGITS).casefold()
    if text and text not in allowed:
        raise row.fault(column, f"{text[:40]!r}; allowed: {words}")
    return allowed[text] if text else ""
