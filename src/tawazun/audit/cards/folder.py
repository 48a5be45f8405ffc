"""Facts of a data set that lies in a folder: its README, its front matter, its Croissant file."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tawazun.audit.cards.croissant import find_croissant, read_croissant
from tawazun.audit.cards.readme import MOST_BYTES, read_readme
from tawazun.audit.cards.records import FROM_SILENCE, Facts
from tawazun.audit.cards.references import references
from tawazun.errors import BadFile

README = ("README.md", "README.MD", "readme.md", "Readme.md", "README", "README.txt", "dataset_card.md")


def from_folder(folder: Path) -> Facts:
    """Facts of a folder, or of a single card (`.md`); likes, downloads and dates are the Hub's only.

    Errors   BadFile when there is no such folder, or it cannot be read
    """
    if folder.is_file():
        card: Path | None = folder
    elif folder.is_dir():
        card = next((folder / name for name in README if (folder / name).is_file()), None)
    else:
        raise BadFile(f"{folder}: there is no such folder, and no data set of the Hub is called so")
    facts = Facts(id=folder.resolve().name)
    try:
        if card is not None:
            with card.open("rb") as file:
                facts = with_readme(facts, file.read(MOST_BYTES + 1), whole=card.stat().st_size)
        else:
            facts = replace(facts, why="there is no README")
        if folder.is_dir() and (found := find_croissant(folder)):
            facts = with_croissant(facts, found.read_bytes(), found.name)
    except OSError as error:
        raise BadFile(f"{folder}: cannot be read ({error.strerror})") from error
    return facts


def with_readme(facts: Facts, raw: bytes, *, whole: int = 0) -> Facts:
    """The facts with what a README says; where it is no text, that becomes the outcome."""
    read = read_readme(raw, whole=whole)
    if isinstance(read, str):
        lost = [name for name in FROM_SILENCE if name == "scientific" or not facts.tags]
        return replace(facts, outcome="unreadable", why=read, untold=tuple(lost), card_read=False)
    front = {**read.front, **facts.front}
    found = references(read.text, facts.tags)
    return replace(
        facts,
        readme=read.text,
        card_read=True,
        front_text=read.front_text,
        front=front,
        licence=facts.licence if facts.licence is not None else licence_of(front),
        rows=facts.rows if facts.rows is not None else rows_of(front),
        outcome="partly" if read.notes and facts.outcome == "reviewed" else facts.outcome,
        notes=(*facts.notes, *read.notes),
        arxiv=found.arxiv,
        acl=found.acl,
        doi=found.doi,
        acl_counted=found.acl_counted,
        doi_counted=found.doi_counted,
    )


def with_croissant(facts: Facts, raw: bytes, name: str) -> Facts:
    """The facts with what a Croissant file says; what the README says goes before it."""
    found, why = read_croissant(raw, name)
    notes = (*facts.notes, why) if why else facts.notes
    licence = facts.licence
    if licence is None and found.get("license"):
        licence = _licence_named(found["license"][0])
    changed = facts.last_modified or next(iter(found.get("dateModified", ())), "")
    read = facts.card_read or bool(found)
    return replace(facts, card_read=read, croissant=found, licence=licence, last_modified=changed, notes=notes)


def _licence_named(text: str) -> str:
    """The short name of a licence that may be an address.

    >>> _licence_named("https://creativecommons.org/licenses/by-sa/4.0/")
    'cc-by-sa-4.0'
    """
    head, found, tail = text.strip().rstrip("/").casefold().rpartition("/licenses/")
    name = tail.replace("/", "-")
    return f"cc-{name}" if found and "creativecommons.org" in head else name


def licence_of(front: Mapping[str, Any]) -> str | None:
    """The licence of a front matter; a list of several is joined, and `license: []` is none."""
    value = front.get("license")
    texts: Sequence[str] = (
        [value]
        if isinstance(value, str)
        else [one for one in value if isinstance(one, str)]
        if isinstance(value, list)
        else []
    )
    return " and ".join(one.strip() for one in texts if one.strip()) or None


def rows_of(front: Mapping[str, Any]) -> int | None:
    """Rows that `dataset_info` counts over its splits; None when it does not say."""
    info = front.get("dataset_info")
    records = [one for one in (info if isinstance(info, list) else [info]) if isinstance(one, dict)]
    splits = [each for one in records if isinstance(one.get("splits"), list) for each in one["splits"]]
    counts = [str(one.get("num_examples", "")) for one in splits if isinstance(one, dict)]
    return sum(int(one) for one in counts if one.isdecimal()) or None
