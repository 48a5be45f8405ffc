"""The front page of a site over several runs: the runs, and where their respondents can be told apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tawazun.claims.comparison import Comparison
from tawazun.report.boards import best_payload, board, differences_payload
from tawazun.report.naming import measure_name, names
from tawazun.report.page import Spoken, spoken_html, whole
from tawazun.report.words import languages, words
from tawazun.study import Study
from tawazun.version import VERSION


@dataclass(frozen=True)
class Entry:
    """One run of a site.

    name     unique in the site; href: its page, seen from the front page
    cells    answers in it
    titles   instrument -> its title, as the run's sources give it
    """

    name: str
    study: Study
    href: str
    cells: int
    frozen: bool
    titles: Mapping[str, str] = field(default_factory=dict)


def front_page(
    entries: Sequence[Entry],
    comparisons: Sequence[Comparison],
    refused: Mapping[str, str],
    language: str,
    title: str = "",
) -> str:
    """The front page as one HTML text.

    comparisons  one per measure, each with a difference
    refused      measure -> why respondents were not compared by it
    """
    ordered = (language, *(one for one in languages() if one != language))
    made = [_spoken(entries, comparisons, refused, one, title) for one in ordered]
    return whole(made, title or words(language).plain("site.title"))


def _spoken(
    entries: Sequence[Entry], comparisons: Sequence[Comparison], refused: Mapping[str, str], language: str, title: str
) -> Spoken:
    known = words(language)
    named = names(entries[0].study, known)
    titles = {name: title for one in entries for name, title in one.titles.items()}
    boards = [board(one, named, titles) for one in comparisons]
    labels = list(dict.fromkeys(one.respondent for made in boards for one in made.standings))
    values: dict[str, Any] = {
        "title": title or known.plain("site.title"),
        "entries": entries,
        "boards": boards,
        "refused": {"" if name == "all" else measure_name(known, name): why for name, why in refused.items()},
        "titles": titles,
        "spoken": named.language,
        "order": labels,
        "version": VERSION,
    }
    payloads: dict[str, Any] = {}
    if boards:
        payloads = {
            "data-best": best_payload(boards, named),
            "data-differences": differences_payload(comparisons, named, titles),
        }
    return spoken_html("site.html.jinja", values, payloads, language)
