"""Answers to be judged, as questions to a judge: which of two is better, or how good one is from 0 to 10.

`pairs:FILE`   id, prompt, answer_1, answer_2; country, topic, dialect, system_1, system_2, human (1, 2 or tie; a list
               for several people) where there are any. The two answers are the options, so asking them forward and
               reversed is judging each pair twice with the order swapped.
`grades:FILE`  id, prompt, answer; reference, country, topic, dialect, system, pair, role (model or reference), human (a
               number, or a list) where there are any. The grades of `role = model` are summed over those of the
               `role = reference` of the same `pair`.
What is asked about an answer is a template of `rubrics`; any respondent can be the judge.
"""

from collections import Counter
from pathlib import Path

from tawazun.data.rows import Row, read_rows
from tawazun.errors import UnknownName
from tawazun.instruments.exams import Template
from tawazun.instruments.records import Instrument, Question, Wording
from tawazun.instruments.rubrics import (
    GRADE_TEMPLATES,
    LANGUAGES,
    PAIR_TEMPLATES,
    RUBRICS,
    SOMEWHERE,
    graded_stem,
)
from tawazun.places import find_place, place
from tawazun.seeds import digest_bytes
from tawazun.source import Source

JUDGING = "judging"
PAIRS, GRADES = "pairs:", "grades:"
MOST = 10.0
TIE = "tie"
VERDICTS = {"tie": TIE, "0": TIE, "1": "1", "2": "2"}
MODEL, REFERENCE = "model", "reference"
DIMENSIONS = ("topic", "dialect", "system", "system_1", "system_2", "pair", "role")


def is_judged(name: str) -> bool:
    """Whether a name stands for a file of answers to be judged."""
    return name.startswith((PAIRS, GRADES))


def load_judged_file(name: str, path: Path) -> Instrument:
    """The instrument of such a name, its file lying at `path`. Errors: BadFile."""
    return load_pairs(path, name=name) if name.startswith(PAIRS) else load_grades(path, name=name)


def load_pairs(path: Path, *, name: str = "") -> Instrument:
    """Pairs of answers as an instrument. Errors: BadFile naming file, row and column."""
    questions, humans = [], {}
    for item, row in _named(read_rows(path, ("prompt", "answer_1", "answer_2"))):
        prompt, answers = row.text("prompt"), (row.text("answer_1"), row.text("answer_2"))
        if answers[0] == answers[1]:
            raise row.fault("answer_2", "it is the same as answer_1: there is nothing to choose")
        wordings = tuple(
            Wording(rubric, language, prompt, answers, author=path.name) for language in LANGUAGES for rubric in RUBRICS
        )
        questions.append(Question(item, "one", (1.0, 2.0), wordings, tags=_tags(row)))
        if labels := Counter(_verdict(row, one) for one in people(row)):
            humans[item] = {label: float(count) for label, count in labels.items()}
    return _instrument(path, name or f"{PAIRS}{path.name}", questions, humans, PAIR_TEMPLATES)


def load_grades(path: Path, *, name: str = "") -> Instrument:
    """Single answers as an instrument, graded from 0 to 10. Errors: BadFile naming file, row and column."""
    questions, humans, rows = [], {}, list(_named(read_rows(path, ("prompt", "answer"))))
    _check_roles([row for _, row in rows])
    for item, row in rows:
        texts = (row.text("prompt"), row.text("answer"), said(row, "reference"))
        wordings = tuple(
            Wording(rubric, language, graded_stem(language, *texts), (), author=path.name)
            for language in LANGUAGES
            for rubric in RUBRICS
        )
        questions.append(Question(item, "number", (0.0, MOST), wordings, tags=_tags(row)))
        if grades := Counter(f"{grade(row, one):g}" for one in people(row)):
            humans[item] = {value: float(count) for value, count in grades.items()}
    return _instrument(path, name or f"{GRADES}{path.name}", questions, humans, GRADE_TEMPLATES)


def said(row: Row, column: str) -> str:
    """The text of a column that may be absent or empty."""
    return row.text(column, empty=True) if column in row.fields else ""


def people(row: Row) -> list[str]:
    """What people said in the column `human`: one text, a list, or a list spelled as JSON; empty for nobody."""
    value = row.fields.get("human")
    if isinstance(value, list) or (isinstance(value, str) and value.lstrip().startswith("[")):
        return row.texts("human")
    return [text] if (text := said(row, "human")) else []


def _verdict(row: Row, text: str) -> str:
    if text.casefold() not in VERDICTS:
        raise row.fault("human", f"{text[:40]!r}; a verdict is 1, 2 or tie")
    return VERDICTS[text.casefold()]


def grade(row: Row, text: str, column: str = "human") -> float:
    """A grade from 0 to 10. Errors: BadFile naming row and column."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= MOST:
        raise row.fault(column, f"{text[:40]!r}; a grade is a number from 0 to {MOST:g}")
    return value


def _named(rows: list[Row]) -> list[tuple[str, Row]]:
    found: dict[str, Row] = {}
    for row in rows:
        item = said(row, "id") or f"row-{row.number}"
        if item in found:
            raise row.fault("id", f"{item!r} is already the id of {found[item].where}")
        found[item] = row
    return list(found.items())


def _check_roles(rows: list[Row]) -> None:
    """Every model's answer has the reference's answer to the same prompt beside it, once."""
    roles = [said(row, "role") for row in rows]
    if not any(roles):
        return
    beside: dict[str, Row] = {}
    for row, role in zip(rows, roles, strict=True):
        if role not in (MODEL, REFERENCE):
            raise row.fault("role", f"{role[:40]!r}; where one row has a role every row is {MODEL} or {REFERENCE}")
        if not (pair := said(row, "pair")):
            raise row.fault("pair", "it is empty: a row with a role says which prompt it answers")
        if role == REFERENCE:
            if pair in beside:
                raise row.fault("pair", f"{pair[:40]!r} has its reference in {beside[pair].where} already")
            beside[pair] = row
    answered: dict[tuple[str, str], Row] = {}
    for row, role in zip(rows, roles, strict=True):
        if role == REFERENCE:
            continue
        if said(row, "pair") not in beside:
            raise row.fault("pair", f"no row of role {REFERENCE} has {said(row, 'pair')[:40]!r}")
        key = (said(row, "system"), said(row, "pair"))
        if key in answered:
            raise row.fault("pair", f"the same system answered it in {answered[key].where} already")
        answered[key] = row


def _tags(row: Row) -> tuple[str, ...]:
    found = [f"{column}:{text}" for column in DIMENSIONS if (text := said(row, column))]
    names = SOMEWHERE
    if code := said(row, "country"):
        try:
            there = place(code)
        except UnknownName as error:
            meant = find_place(code)
            such = f"write {meant.code}" if meant else "ISO 3166-1 alpha-3, such as EGY"
            raise row.fault("country", f"{code[:40]!r} is no place ({such})") from error
        found.append(f"country:{code}")
        called = {language: there.called(language) for language in LANGUAGES}
        names = {language: one.name if one else there.english for language, one in called.items()}
    return (*found, f"country_name:{names['en']}", f"country_name_ar:{names['ar']}")


def _instrument(
    path: Path,
    name: str,
    questions: list[Question],
    humans: dict[str, dict[str, float]],
    templates: tuple[Template, ...],
) -> Instrument:
    what = "Pairs of answers, which is better" if templates is PAIR_TEMPLATES else "Answers, how good from 0 to 10"
    return Instrument(
        name=name,
        title=f"{what} ({path.name})",
        questions=tuple(questions),
        source=Source(
            cite=f"user's file {path.name}",
            where=path.name,
            version=digest_bytes(path.read_bytes()),
            licence="not said",
            terms="as the file's owner says",
            redistribute="aggregates",
        ),
        not_for="saying how good answers are before the judge was held against people (agreement)",
        tags=("no-persona", JUDGING),
        references=humans,
        templates=templates,
    )
