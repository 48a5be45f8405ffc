"""What is known of a data set's documentation, and what a review says of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Level = Literal["High", "Medium", "Low", ""]
LEVELS: tuple[Level, ...] = ("High", "Medium", "Low")
State = Literal["stated", "mentioned", "placeholder", "absent", "unread"]
Outcome = Literal["reviewed", "partly", "gated", "gone", "unreachable", "unreadable"]
CRITERIA = ("popularity", "adoption", "recency", "documentation", "licensing", "scientific")


# criteria that read silence as "none": where nothing was read at all they must not
FROM_SILENCE = ("licensing", "scientific")


@dataclass(frozen=True, slots=True)
class Facts:
    """What could be found out about one data set; None = not known, which is never 0.

    task            as the list that named it says
    last_modified   `YYYY-MM-DD` or longer
    licence         the licence tag; None when there is none
    readme          text of the README without its front matter; None when there is none
    front_text      front matter as it stands; front: its values, as texts, lists and records of texts
    croissant       properties of a Croissant file by their local name
    tags            of the Hub
    arxiv, acl, doi distinct references; acl_counted: links as the published scorer counts them
    doi_counted     whether any tag has the letters "doi", as the published scorer asks
    scores          (documentation, annotation) where a list has only these counts
    untold          criteria of which nothing could be known, so that "none" is not read from silence
    card_read       whether there was a card to read; where nobody looked, a field is not absent
    recorded        criterion -> level that a published review recorded
    outcome, why    what came of reading it, and the reason in one line where something is missing
    """

    id: str
    task: str = ""
    likes: int | None = None
    downloads: int | None = None
    models: int | None = None
    spaces: int | None = None
    last_modified: str = ""
    licence: str | None = None
    rows: int | None = None
    readme: str | None = None
    front_text: str = ""
    front: Mapping[str, Any] = field(default_factory=dict)
    croissant: Mapping[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    arxiv: tuple[str, ...] = ()
    acl: tuple[str, ...] = ()
    doi: tuple[str, ...] = ()
    acl_counted: int = 0
    doi_counted: bool = False
    scores: tuple[int, int] | None = None
    untold: tuple[str, ...] = ()
    card_read: bool = True
    recorded: Mapping[str, str] = field(default_factory=dict)
    outcome: Outcome = "reviewed"
    why: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Criterion:
    """One of the six criteria, as the published scorer has it and with its faults corrected.

    score        the corrected number, in the unit of the criterion; None when it cannot be had
    level        the corrected level; empty when it cannot be had
    published, published_level   the same as published
    why          what a correction changed, or why there is no value
    lost         a published level was recorded that does not come out again from what is known
    """

    name: str
    score: float | None
    level: Level
    published: float | None
    published_level: Level
    why: str = ""
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the culture part.

    state      `stated` in a field or a section of its own, `mentioned` somewhere in the text (to be confirmed by the
               makers), `placeholder` where a template was left unfilled, `absent`; `unread` where no card was read
    values     what is said, in the words of the source
    found_in   where it stands
    """

    name: str
    state: State
    values: tuple[str, ...] = ()
    found_in: str = ""


@dataclass(frozen=True, slots=True)
class Review:
    """What a review says of one data set. `date` is the pinned day of the review (`YYYY-MM-DD`)."""

    facts: Facts
    date: str
    criteria: tuple[Criterion, ...]
    fields: tuple[Field, ...]
    notes: tuple[str, ...] = ()

    def criterion(self, name: str) -> Criterion:
        """One criterion by its name."""
        return next(one for one in self.criteria if one.name == name)
