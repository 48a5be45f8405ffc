"""Papers that a card refers to: distinct ones, and as the published scorer counts them."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

ACL = re.compile(r"aclanthology\.org/([A-Za-z0-9][\w.-]{2,60})", re.I)
ACL_LINK = re.compile(r"https?://(?:www\.)?aclanthology\.org/[^\s)\]>\"'}]{3,200}", re.I)
ARXIV = re.compile(
    r"(?:arxiv\.org/(?:abs|pdf|html)/|\barxiv[:.]\s?)(\d{4}\.\d{4,5}|[a-z-]{2,10}(?:\.[A-Z]{2})?/\d{7})", re.I
)
DOI = re.compile(r"\b(10\.\d{4,9}/[^\s\"'<>\])},;]{2,120})")
ID = re.compile(r"[A-Z]\d{2}-\d{4,5}|\d{4}\.[a-z0-9-]+\.\d+|\d{4}\.[a-z0-9-]+-[a-z0-9]+\.\d+", re.I)


class References(NamedTuple):
    """Distinct arXiv, ACL Anthology and DOI identifiers, and what the published scorer would count."""

    arxiv: tuple[str, ...]
    acl: tuple[str, ...]
    doi: tuple[str, ...]
    acl_counted: int
    doi_counted: bool


def references(text: str, tags: Sequence[str] = ()) -> References:
    """What a README and its Hub tags refer to.

    A DOI counts when it is a tag of the Hub (`doi:10.57967/hf/0603`), as in the rubric; those in the text may be
    anybody's. An ACL link counts once however often and in whatever form (`.pdf`, `.bib`, trailing dot) it stands.
    """
    tagged = [tag.partition(":")[2] for tag in tags if tag.casefold().startswith("arxiv:")]
    arxiv = _distinct([*tagged, *(one.casefold() for one in ARXIV.findall(text))])
    acl = _distinct(_acl_id(one) for one in ACL.findall(text))
    doi = _distinct(tag.partition(":")[2] for tag in tags if tag.casefold().startswith("doi:10."))
    return References(arxiv, acl, doi, len(ACL_LINK.findall(text)), any("doi" in tag.casefold() for tag in tags))


def _acl_id(text: str) -> str:
    found = ID.match(text)
    return found[0] if found else ""


def _distinct(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for one in found if one))
