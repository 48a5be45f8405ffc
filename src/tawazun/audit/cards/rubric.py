"""The six criteria of the review of Arabic post-training sets, as published and with the scorer's faults corrected.

Source: Alkhowaiter et al. (2025), "Mind the Gap: A Review of Arabic Post-Training Datasets and Their Limitations",
ArabicNLP 2025, arXiv 2507.14688, and the scorer released with it. Thresholds are theirs and stand in both columns.
No total is made: the review defines none.

Corrected here, each named in `Criterion.why` where it moved something:
1. a missing arXiv link is the text "none" there and counts as one paper;
2. any tag with the letters "doi" counts as a DOI, also `language:doi` (Dogri);
3. ACL links count again when repeated, with other endings or a dot behind them;
4. README checks ask for letters anywhere ("usage" in any sentence, in an unfilled template); here a section that
   somebody filled, or a field with a value, is needed. The licence counts in both halves there (the README is searched
   with its front matter); here in the metadata only, and the five points left of the README half are
   stretched to six, so that thresholds keep their meaning;
5. a licence that is not there at all reads as a named one;
6. recency is counted to the day the scorer runs; here to a pinned day that the review records.
Popularity adds likes of all time to downloads of one month; no other threshold was published, so the value stays and
the review says where downloads alone decide it.
"""

import re
from collections.abc import Mapping, Sequence

from tawazun.audit.cards.readme import Section, is_placeholder, listed, sections
from tawazun.audit.cards.records import Criterion, Facts, Level

# (High from, Medium from); recency in months counts the other way: (High up to, Medium up to)
THRESHOLDS: dict[str, tuple[float, float]] = {
    "popularity": (200, 100),
    "adoption": (50, 20),
    "recency": (6, 12),
    "documentation": (4, 2),
    "scientific": (3, 2),
}
UNNAMED = ("unknown", "other")
FAMILIES = ("cc", "gpl", "lgpl", "agpl", "bsd", "creative-commons")

# the words that the published scorer looks for in the lower-cased README, one point per group
WORDS: tuple[tuple[str, ...], ...] = (
    ("usage", "how to use"),
    ("license",),
    ("example",),
    ("citation", "how to cite"),
    ("description", "overview"),
    ("author", "maintainer"),
)
FRONT: tuple[tuple[str, ...], ...] = (
    ("task_categories",),
    ("language",),
    ("size_categories",),
    ("license",),
    ("source_datasets",),
    ("configs", "dataset_info"),
)
# headings under which each of the five README points (all but the licence) is looked for
HEADINGS: dict[str, re.Pattern[str]] = {
    "usage": re.compile(
        r"\b(usage|use|uses|how to|load|loading|quick ?start|getting started|استخدام|الاستخدام)\b", re.I
    ),
    "example": re.compile(r"\b(examples?|instances?|samples?|structure|preview|أمثلة|مثال)\b", re.I),
    "citation": re.compile(r"\b(cit(e|ing|ation)|bibtex|reference|الاقتباس|الاستشهاد)\b", re.I),
    "description": re.compile(
        r"\b(description|overview|summary|introduction|about|abstract|dataset card|الوصف|نبذة|مقدمة)\b", re.I
    ),
    "maintainer": re.compile(
        r"\b(authors?|maintainers?|contacts?|curators?|curated|team|contributors?|المؤلفون|التواصل)\b",
        re.I,
    ),
}
BULLETS = {"maintainer": re.compile(r"\*\*[^*\n]{0,60}\b(curated|point of contact|authors?|shared|contact)\b", re.I)}


def six(facts: Facts, date: str) -> tuple[Criterion, ...]:
    """The six criteria of one data set, recency counted to `date` (`YYYY-MM-DD`)."""
    made = (
        popularity(facts),
        adoption(facts),
        recency(facts, date),
        documentation(facts),
        licensing(facts),
        scientific(facts),
    )
    return tuple(_recorded(one, facts.recorded) for one in made)


def level(name: str, score: float) -> Level:
    """The level of a score by the published thresholds."""
    high, medium = THRESHOLDS[name]
    if name == "recency":
        return "High" if score <= high else "Medium" if score <= medium else "Low"
    return "High" if score >= high else "Medium" if score >= medium else "Low"


def popularity(facts: Facts) -> Criterion:
    """Likes of all time + downloads of the last month."""
    if facts.likes is None or facts.downloads is None:
        return _unknown("popularity", "likes and downloads are counted by the Hub only")
    score = facts.likes + facts.downloads
    found = level("popularity", score)
    alone = found != "Low" and level("popularity", facts.likes) == "Low"
    why = f"downloads of one month alone make it {found} ({facts.likes:,} likes)" if alone else ""
    return Criterion("popularity", score, found, score, found, why)


def adoption(facts: Facts) -> Criterion:
    """Models and Spaces of the Hub that refer to it."""
    if facts.models is None or facts.spaces is None:
        return _unknown("adoption", "models and Spaces that use it are counted by the Hub only")
    score = facts.models + facts.spaces
    return Criterion("adoption", score, level("adoption", score), score, level("adoption", score))


def recency(facts: Facts, date: str) -> Criterion:
    """Calendar months from the last change to the day of the review."""
    if not re.match(r"\d{4}-\d{2}", facts.last_modified):
        return _unknown("recency", "it is not known when it was last changed")
    score = months(facts.last_modified, date)
    found = level("recency", score)
    if score < 0:
        why = f"it was changed ({facts.last_modified[:10]}) after the day of the review ({date})"
        return Criterion("recency", None, "", score, found, why)
    return Criterion("recency", score, found, score, found)


def months(start: str, end: str) -> int:
    """Calendar months between two days, as the rubric counts them.

    >>> months("2024-11-30", "2025-01-01")
    2
    """
    (first, month), (last, at) = ((int(day[:4]), int(day[5:7])) for day in (start, end))
    return 12 * (last - first) + at - month


def documentation(facts: Facts) -> Criterion:
    """Mean of two counts from 0 to 6: what the README explains, and what its metadata says."""
    if facts.scores is not None:
        score = sum(facts.scores) / 2
        why = "only the published counts are in the list, no README: they cannot be counted again"
        return Criterion("documentation", None, "", score, level("documentation", score), why)
    if facts.readme is None:
        return Criterion("documentation", None, "", None, "", facts.why or "there is no README")
    published = (_words(facts) + _front_points(facts)) / 2
    points = documented(facts)
    explained = sum(points[name] for name in HEADINGS) * 6 / len(HEADINGS)
    described = sum(points[group[0]] for group in FRONT)
    score = (explained + described) / 2
    moved = "" if abs(score - published) < 1e-9 else f"counted by filled sections and fields: {_missing(points)}"
    return Criterion(
        "documentation", score, level("documentation", score), published, level("documentation", published), moved
    )


def documented(facts: Facts) -> dict[str, bool]:
    """Point -> whether it is there, in the corrected count: five of the README, six of the metadata."""
    parts = sections(facts.readme or "")
    found = {name: _has(name, pattern, parts) for name, pattern in HEADINGS.items()}
    text = "\n".join(one.text for one in parts)
    found["usage"] = found["usage"] or "load_dataset(" in text
    found["citation"] = found["citation"] or bool(
        re.search(r"@(article|inproceedings|misc|techreport)\s?\{", text, re.I)
    )
    for group in FRONT:
        found[group[0]] = any(_given(facts.front.get(key)) for key in group)
    found["license"] = facts.licence is not None and not is_placeholder(facts.licence)
    return found


def licensing(facts: Facts) -> Criterion:
    """The licence tag: named, unnamed ("unknown", "other"), or none."""
    if "licensing" in facts.untold:
        return _unknown("licensing", "whether it has a licence could not be read")
    tag = (facts.licence or "").strip().casefold()
    absent = not tag or tag == "none" or (tag not in UNNAMED and is_placeholder(tag))
    found: Level = "Low" if absent else "Medium" if tag in UNNAMED else "High"
    # the scorer reads no licence at all (NaN) as a name; the text "none" it knows
    published: Level = "High" if facts.licence is None or (absent and tag not in ("none", "")) else found
    if facts.licence is None:
        why = "no licence was given, which the published scorer reads as a named one"
    elif found != published:
        why = "the licence is a template's placeholder"
    else:
        why = f"{tag!r} names a family, not a licence with a version" if tag in FAMILIES else ""
    return Criterion("licensing", None, found, None, published, why)


def scientific(facts: Facts) -> Criterion:
    """arXiv paper (0 or 1) + distinct papers of the ACL Anthology + DOI (0 or 1)."""
    if "scientific" in facts.untold:
        return _unknown("scientific", "its references could not be read")
    score = bool(facts.arxiv) + len(facts.acl) + bool(facts.doi)
    published = 1 + facts.acl_counted + facts.doi_counted
    moved = []
    if not facts.arxiv:
        moved.append("no arXiv link counts 0, not 1")
    if facts.acl_counted != len(facts.acl):
        moved.append(f"{len(facts.acl)} distinct ACL papers, not {facts.acl_counted} links")
    if facts.doi_counted and not facts.doi:
        moved.append("a tag with the letters 'doi' is no DOI")
    return Criterion(
        "scientific", score, level("scientific", score), published, level("scientific", published), "; ".join(moved)
    )


def _recorded(made: Criterion, recorded: Mapping[str, str]) -> Criterion:
    """The criterion with the level that a published review recorded, which goes before our own count of it."""
    theirs = recorded.get(made.name)
    if theirs is None or theirs == made.published_level:
        return made
    known: Level = theirs if theirs in ("High", "Medium", "Low") else ""  # type: ignore[assignment]
    why = f"recorded {theirs or 'without a level'}, counted again from the list {made.published_level or 'nothing'}"
    why = "; ".join(one for one in (made.why, why) if one)
    return Criterion(made.name, made.score, made.level, None, known, why, lost=True)


def _words(facts: Facts) -> int:
    lowered = f"{facts.front_text}\n{facts.readme or ''}".lower()
    return sum(any(word in lowered for word in group) for group in WORDS)


def _front_points(facts: Facts) -> int:
    have = {*facts.front, *(("license",) if facts.licence else ())}
    points = sum(not have.isdisjoint(group) for group in FRONT)
    asks = "source_datasets" not in facts.front and "dataset source" in (facts.readme or "").casefold()
    return points + asks


def section_of(point: str, facts: Facts) -> Section | None:
    """The longest filled section that gives a README a point (`usage`, `citation` …); None when there is none."""
    pattern = HEADINGS[point]
    found = [one for one in sections(facts.readme or "") if pattern.search(one.heading) and one.filled]
    return max(found, key=lambda one: len(one.text), default=None)


def _has(name: str, pattern: re.Pattern[str], parts: Sequence[Section]) -> bool:
    if any(pattern.search(one.heading) and one.filled for one in parts):
        return True
    bullet = BULLETS.get(name)
    return bullet is not None and any(bullet.search(one.text) for one in parts)


def _given(value: object) -> bool:
    if isinstance(value, dict):
        return bool(value)
    if isinstance(value, list) and any(isinstance(one, dict) for one in value):
        return True
    return bool(listed(value))


def _missing(points: Mapping[str, bool]) -> str:
    lacking = [name for name, there in points.items() if not there]
    return f"missing {', '.join(lacking)}" if lacking else "nothing is missing"


def _unknown(name: str, why: str) -> Criterion:
    return Criterion(name, None, "", None, "", why)
