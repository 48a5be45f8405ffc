"""Making a benchmark out of rows: every item checked once, every repair written down, nothing half-built.

A loader reads its source's rows, says what each one is, and asks for the instrument at the end. What breaks a rule is
an error that names file, row and column; what the loader mends on purpose is a `Repair`, kept with the instrument.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tawazun.data.rows import Row
from tawazun.instruments.exams import Exam, Repair, Status
from tawazun.instruments.records import Instrument, Question, Wording


class ExamBuilder:
    """Collects the items of one benchmark in one language.

    language    of stems and options; author and status are those of its texts
    """

    def __init__(self, language: str, *, author: str, status: Status = "official") -> None:
        """Begin with nothing."""
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
        options: Sequence[str],
        gold: int | None,
        *,
        tags: Sequence[str] = (),
        example: bool = False,
        suspect: int | None = None,
        title: str = "",
    ) -> None:
        """Add a question with options; its codes are 1 to K in the order given.

        stem     one text (wording `w1`), or wording -> text
        gold     0-based position of the right option; None where nobody says which it is
        example  an item of the development split
        suspect  position of another option that is suspected to be right
        Errors   BadFile naming the row for a doubled id, fewer than two options, an empty or a doubled one, or a gold
                 position that is no option
        """
        if len(options) < 2:
            raise row.fault("options", f"a question has two options or more, not {len(options)}")
        for at, option in enumerate(options):
            if not option.strip():
                raise row.fault("options", f"option {at + 1} is empty")
            if option in options[:at]:
                raise row.fault("options", f"option {at + 1} ({option[:40]!r}) stands twice")
        codes = tuple(float(at) for at in range(1, len(options) + 1))
        for key in (gold, suspect):
            if key is not None and not 0 <= key < len(options):
                raise row.fault("answer", f"position {key + 1} is none of its {len(options)} options")
        self._add(row, item, "one", stem, options, codes, tags, example, title)
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

    def _add(
        self,
        row: Row,
        item: str,
        kind: Any,
        stem: str | Mapping[str, str],
        options: Sequence[str],
        codes: tuple[float, ...],
        tags: Sequence[str],
        example: bool,
        title: str,
    ) -> None:
        if item in self._rows:
            other = self._rows[item]
            raise row.fault("id", f"{item!r} is already the id of {other.file} row {other.number}")
        self._rows[item] = row
        stems = {"w1": stem} if isinstance(stem, str) else stem
        for wording, text in stems.items():
            if not text.strip():
                raise row.fault(f"question ({wording})", "it is empty")
        wordings = tuple(
            Wording(wording, self._language, text, tuple(options), author=self._author, status=self._status)
            for wording, text in stems.items()
        )
        made = Question(item, kind, codes, wordings, tags=tuple(tags), title=title)
        (self._examples if example else self._questions).append(made)
