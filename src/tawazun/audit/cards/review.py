"""One data set reviewed: facts in, criteria and culture fields out."""

import re

from tawazun.audit.cards.culture import culture_fields, mixed_origin
from tawazun.audit.cards.records import Facts, Review
from tawazun.audit.cards.rubric import six
from tawazun.errors import BadStudy

DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?")


def review(facts: Facts, date: str) -> Review:
    """Six criteria, with recency counted to a pinned day, and the culture fields.

    date     `YYYY-MM-DD` or `YYYY-MM`
    Errors   BadStudy when the date is none
    """
    checked(date)
    fields = culture_fields(facts)
    notes = list(facts.notes)
    if facts.why:
        notes.append(facts.why)
    licence = (facts.licence or "").casefold()
    if re.search(r"\bnc\b", licence):
        notes.append("the licence allows non-commercial use only")
    if re.search(r"\bnd\b", licence):
        notes.append("the licence forbids derivatives: models must not be trained on it")
    if mixed_origin(fields):
        notes.append("the card speaks of translation and of native content: ask for the share of each")
    if facts.acl or facts.arxiv:
        notes.append("papers are counted from links; whether they are this set's own has to be looked at")
    return Review(facts, date, six(facts, date), fields, tuple(notes))


def checked(date: str) -> str:
    """The date itself. Errors: BadStudy when it is none."""
    if not DATE.fullmatch(date):
        raise BadStudy(f"--date {date!r}: a day is YYYY-MM-DD, or a month YYYY-MM")
    return date
