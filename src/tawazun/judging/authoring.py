"""Questions that people wrote, with where they come from, made into a file that `custom:` loads."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tawazun.data.rows import Row, read_rows
from tawazun.errors import UnknownName
from tawazun.instruments.building import same_letters
from tawazun.instruments.judged import said
from tawazun.judging.returned import YES, unguarded
from tawazun.places import place
from tawazun.seeds import digest_of

LETTERS = ("A", "B", "C", "D")
LICENCES = ("CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "CC-BY-NC-SA-4.0")
NEEDED = ("question", "answer", "country", "source", "licence", "language", "author", "author_country", "consent")
COLUMNS = (
    "question", *LETTERS, "answer", "topic", "country", "dialect", "source", "licence", "language", "author",
    "author_country", "author_dialect", "consent",
)  # fmt: skip


def authored(files: Sequence[Path]) -> list[tuple[Row, dict[str, Any]]]:
    """What authors sent in: each row beside its item of a `custom:` file, with its author's country and dialect.

    Errors   BadFile naming file, row and column: anything needed that is empty, no consent, another licence, no such
             country, an option that stands twice or after an empty one, a question that stands twice, two languages
    """
    found: list[tuple[Row, dict[str, Any]]] = []
    seen: dict[str, Row] = {}
    for file in files:
        for row in read_rows(file, NEEDED):
            if found and row.text("language") != (own := found[0][1]["language"]):
                first = found[0][0]
                there = f"{own} in {first.file} {first.where}"
                raise row.fault("language", f"{row.text('language')[:40]}, and {there}: import each language by itself")
            question = unguarded(row.text("question"))
            letters = same_letters(question)
            if letters in seen:
                other = seen[letters]
                raise row.fault("question", f"the same question stands in {other.file} {other.where}")
            seen[letters] = row
            found.append((row, _item(row, question)))
    return found


def _item(row: Row, question: str) -> dict[str, Any]:
    for column in NEEDED:
        row.text(column)
    if row.text("consent").casefold() not in YES:
        raise row.fault("consent", "without a yes here the question is not used")
    if row.text("licence") not in LICENCES:
        raise row.fault("licence", f"{row.text('licence')[:40]!r}; allowed: {', '.join(LICENCES)}")
    for column in ("country", "author_country"):
        try:
            place(row.text(column))
        except UnknownName as error:
            why = f"{row.text(column)[:40]!r} is no place (ISO 3166-1 alpha-3, such as EGY)"
            raise row.fault(column, why) from error
    options = _options(row)
    kept = COLUMNS[COLUMNS.index("topic") : COLUMNS.index("consent")]
    made = {name: unguarded(text) for name in kept if (text := said(row, name))}
    answer = unguarded(row.text("answer"))
    item = {"id": digest_of([question, options, made["author"]])[:12], "question": question}
    return {**item, **({"options": options} if options else {"kind": "open"}), "answer": answer, **made}


def _options(row: Row) -> list[str]:
    texts = [unguarded(said(row, letter)) for letter in LETTERS]
    filled = [text for text in texts if text]
    if texts[: len(filled)] != filled:
        raise row.fault(LETTERS[texts.index("")], "an empty option stands before another")
    if len(filled) == 1:
        raise row.fault("B", "a question has two options or more, or none")
    for at, text in enumerate(filled):
        if text in filled[:at]:
            raise row.fault(LETTERS[at], f"{text[:40]!r} stands twice among the options")
    return filled
