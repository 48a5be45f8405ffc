"""Making a benchmark out of rows: every item checked once, every repair written down, nothing half-built.

A loader reads its source's rows, says what each one is, and asks for the instrument at the end. What breaks a rule is
an error that names file, row and column; what the loader mends on purpose is a `Repair`, kept with the instrument.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tawazun.data.rows import Row
from tawazun.instruments.exams import Exam, Repair, Status
from tawazun.instruments.records import Instrument, Question, Wording

LATIN = "ABCDEFGHIJ"
ABJAD = ("أ", "ب", "ج", "د", "ه")
Options = Sequence[str] | Mapping[str, Sequence[str]]


def letter_position(row: Row, column: str, count: int) -> int:
    """The 0-based position that a key letter names, `A` to `J` or `أ` to `هـ`. Errors: BadFile for any other key."""
    found = row.text(column)
    plain = found.upper().rstrip("ـ")
    for letters in (tuple(LATIN), ABJAD):
        if plain in letters[:count]:
            return letters.index(plain)
    raise row.fault(column, f"the key {found[:40]!r} is none of its {count} options ({', '.join(LATIN[:count])})")


def first_options(row: Row, columns: Sequence[str]) -> list[str]:
    """The options of a row whose last columns may be empty. Errors: BadFile for an empty one before another."""
    texts = [row.text(column, empty=True) if column in row.fields else "" for column in columns]
    filled = [text for text in texts if text]
    if texts[: len(filled)] != filled:
        raise row.fault(
            columns[texts.index("")], "an empty option stands before another, so the key would be another's"
        )
    return filled


def slug(*parts: str) -> str:
    """An id of words: `Arabic Language`, `High` -> `arabic-language-high`."""
    return re.sub(r"[^\w]+", "-", " ".join(parts).casefold(), flags=re.UNICODE).strip("-")


def same_letters(text: str) -> str:
    """What is left of a text without case, spacing and signs: equal for items that ask the same."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())


class ExamBuilder:
    """Collects the items of one benchmark in one language.

    language    of stems and options; author and status are those of its texts
    columns     what the source calls `id`, `question`, `options` and `answer`, for errors
    """

    def __init__(
        self, language: str, *, author: str, status: Status = "official", columns: Mapping[str, str] | None = None
    ) -> None:
        """Begin with nothing."""
        usual = {name: name for name in ("id", "question", "options", "answer")}
        self._columns = {**usual, **(columns or {})}
        self._language = language
        self._author = author
        self._status: Status = status
        self._questions: list[Question] = []
        self._examples: list[Question] = []
        self._gold: dict[str, float] = {}
        self._suspect: dict[str, float] = {}
        self._references: dict[str, Mapping[str, float]] = {}
        self._repairs: list[Repair] = []
        self._rows: dict[str, Row] = {}

    def choice(
        self,
        row: Row,
        item: str,
        stem: str | Mapping[str, str],
        options: Options,
        gold: int | None,
        *,
        tags: Sequence[str] = (),
        example: bool = False,
        suspect: int | None = None,
        title: str = "",
        merge: bool = False,
        own: bool = False,
    ) -> None:
        """Add a question with options; its codes are 1 to K in the order given.

        stem     one text (wording `w1`), or wording -> text
        options  one list for every wording, or wording -> list (all of one length)
        merge    an option that stands twice stands once, and a repair says so
        own      its text is this package's and a draft, not the source's
        gold     0-based position of the right option; None where nobody says which it is
        example  an item of the development split
        suspect  position of another option that is suspected to be right
        Errors   BadFile naming the row for a doubled id, fewer than two options, an empty or a doubled one, or a gold
                 position that is no option
        """
        if merge and not isinstance(options, Mapping):
            options, gold, suspect = self._merged(row, item, options, gold, suspect)
        column = self._columns["options"]
        lists = list(options.values()) if isinstance(options, Mapping) else [options]
        for texts in lists:
            if len(texts) < 2 or len(texts) != len(lists[0]):
                raise row.fault(column, f"a question has two options or more, not {len(texts)}")
            for at, option in enumerate(texts):
                if not option.strip():
                    raise row.fault(column, f"option {at + 1} is empty")
                if option in texts[:at]:
                    raise row.fault(column, f"option {at + 1} ({option[:40]!r}) stands twice")
        count = len(lists[0])
        codes = tuple(float(at) for at in range(1, count + 1))
        for key in (gold, suspect):
            if key is not None and not 0 <= key < count:
                raise row.fault(self._columns["answer"], f"position {key + 1} is none of its {count} options")
        self._add(row, item, "one", stem, options, codes, tags, example, title, own)
        if gold is not None:
            self._gold[item] = codes[gold]
        if suspect is not None:
            self._suspect[item] = codes[suspect]

    def open(
        self,
        row: Row,
        item: str,
        stem: str | Mapping[str, str],
        references: Mapping[str, float],
        *,
        tags: Sequence[str] = (),
        example: bool = False,
        title: str = "",
    ) -> None:
        """Add an open question with its accepted answers and their weights. Errors: as `choice`."""
        self._add(row, item, "text", stem, (), (), tags, example, title)
        if references:
            self._references[item] = dict(references)

    def repair(self, item: str, row: Row | None, code: str, change: str) -> None:
        """Write down a change that the loader makes on purpose."""
        self._repairs.append(Repair(item, row.number if row else 0, code, change))

    def instrument(self, exam: Exam, **facts: Any) -> Instrument:
        """The benchmark. `facts` are the other fields of `Instrument` (name, title, source, not_for …)."""
        suspect = {**self._suspect, **exam.suspect}
        return Instrument(
            questions=tuple(self._questions),
            examples=tuple(self._examples),
            gold=self._gold,
            references=self._references,
            repairs=tuple(self._repairs),
            exam=replace(exam, suspect=suspect),
            **facts,
        )

    def _merged(
        self, row: Row, item: str, options: Sequence[str], gold: int | None, suspect: int | None
    ) -> tuple[Sequence[str], int | None, int | None]:
        once = list(dict.fromkeys(options))
        if len(once) == len(options):
            return options, gold, suspect
        keys = [once.index(options[key]) if key is not None and key < len(options) else key for key in (gold, suspect)]
        change = f"{len(options) - len(once)} of {len(options)} options stood twice and stands once"
        self.repair(item, row, "doubled_option", change)
        return once, keys[0], keys[1]

    def _add(
        self,
        row: Row,
        item: str,
        kind: Any,
        stem: str | Mapping[str, str],
        options: Options,
        codes: tuple[float, ...],
        tags: Sequence[str],
        example: bool,
        title: str,
        own: bool = False,
    ) -> None:
        if item in self._rows:
            other = self._rows[item]
            raise row.fault(self._columns["id"], f"{item!r} is already the id of {other.file} {other.where}")
        self._rows[item] = row
        stems = {"w1": stem} if isinstance(stem, str) else stem
        for wording, text in stems.items():
            if not text.strip():
                raise row.fault(self._columns["question"], f"it is empty ({wording})")
        author = "Tawazun" if own else self._author
        status: Status = "draft" if own else self._status
        wordings = tuple(
            Wording(wording, self._language, text, tuple(listed), author=author, status=status)
            for wording, text in stems.items()
            for listed in [options[wording] if isinstance(options, Mapping) else options]
        )
        made = Question(item, kind, codes, wordings, tags=tuple(tags), title=title)
        (self._examples if example else self._questions).append(made)
