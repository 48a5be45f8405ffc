"""Reviews of data cards: one set by name or folder, or a whole list, kept as an audit folder with its page."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tawazun.audit.cards import Collection, GapMap, Review, from_folder, gap_map, review, review_collection, suggested
from tawazun.audit.cards.hub import from_hub
from tawazun.audit.cards.records import CRITERIA
from tawazun.data.cards import CardReader, Hub
from tawazun.data.hub import looks_like_hub_name
from tawazun.errors import BadFile
from tawazun.runs.audits import write_audit
from tawazun.runs.writing import write_text
from tawazun.version import VERSION


def today() -> str:
    """The day, as reviews write it."""
    return datetime.now(UTC).date().isoformat()


def review_card(name: str, *, date: str = "", revision: str = "", reader: Callable[[], CardReader] = Hub) -> Review:
    """Review a data set in a folder (or a single `.md`), or one of the Hub.

    date     the day that recency is counted to (`YYYY-MM-DD`); empty = today
    reader   makes what tells about sets of the Hub
    Errors   BadFile for a path that is not there or a set that is gone, closed or out of reach; BadStudy for the date
    """
    path = Path(name)
    if path.exists():
        return review(from_folder(path), date or today())
    if not looks_like_hub_name(name):
        raise BadFile(f"{name}: there is no such folder or file, and no data set of the Hub can be called so")
    facts = from_hub(name, reader(), revision=revision)
    if facts.outcome in ("gone", "unreachable") or (facts.outcome == "gated" and facts.likes is None):
        raise BadFile(f"data set {name!r}: {facts.why}")
    return review(facts, date or today())


def review_cards(
    path: Path,
    *,
    date: str = "",
    offline: bool = False,
    reader: Callable[[], CardReader] = Hub,
    told: Callable[[int, int], None] = lambda done, all: None,
) -> tuple[Collection, GapMap]:
    """Review every entry of a list, and the map of what is missing in it.

    offline   names without facts are looked for beside the list only
    Errors    as `tawazun.audit.cards.review_collection`
    """
    done = review_collection(path, today(), date=date, reader=None if offline else reader, told=told)
    return done, gap_map(done.reviews)


def write_card(made: Review, path: Path) -> None:
    """Put a suggested card down. Errors: BadFile where something stands already."""
    if path.exists():
        raise BadFile(f"{path}: it is there already; choose another --suggest")
    if not path.parent.is_dir():
        raise BadFile(f"{path}: there is no folder {path.parent}")
    write_text(path, suggested(made))


def write_reviews(done: Collection, gaps: GapMap, name: str, out: Path) -> None:
    """Findings, numbers, page and manifest of a list. Errors: BadFile, WriteFailed."""
    from tawazun.report.cards import cards_page

    counts = {"entries": len(done.reviews), "sets": done.distinct, **done.outcomes}
    findings = [one for made in done.reviews for one in _findings(made)]
    manifest = {
        "version": VERSION,
        "subject": name,
        "facts": {"date": done.date, "dated": done.dated},
        "notes": list(done.notes),
        "gaps": list(gaps.gaps),
        "counts": {**counts, "findings": len(findings)},
    }
    page = cards_page(done, gaps, name)
    write_audit(out, findings, _metrics(done, gaps), manifest, page=page)


def _findings(made: Review) -> list[dict[str, Any]]:
    how = f"reviewed on {made.date}"
    found: list[dict[str, Any]] = []

    def add(check: str, code: str, severity: str, text: str, value: float | None = None) -> None:
        row = {"check": check, "code": code, "severity": severity, "items": [made.facts.id], "text": text}
        found.append({**row, "how": how, "value": value})

    if made.facts.outcome != "reviewed":
        severity = "warning" if made.facts.outcome == "partly" else "error"
        add("outcome", made.facts.outcome, severity, made.facts.why or "; ".join(made.facts.notes))
    for one in made.criteria:
        told = f"{one.level or 'no level'}; as published {one.published_level or 'no level'}"
        severity = "warning" if one.level == "Low" else "note"
        code = (one.level or "unknown").lower()
        add(one.name, code, severity, f"{told}{'; ' if one.why else ''}{one.why}", one.score)
    for field in (one for one in made.fields if one.state != "unread"):
        severity = "note" if field.state == "stated" else "warning"
        text = "; ".join(field.values) or field.found_in or "nothing is said"
        add(f"field:{field.name}", field.state, severity, text)
    return found


def _metrics(done: Collection, gaps: GapMap) -> list[Mapping[str, Any]]:
    made: list[Mapping[str, Any]] = []
    for line in (*gaps.lines, gaps.total):
        made.append({"check": "count", "name": line.task, "value": float(line.n)})
        for mode, counts in (("published", line.published), ("corrected", line.corrected)):
            for name in CRITERIA:
                levels = zip(("High", "Medium", "Low", "none"), counts[name], strict=True)
                made += [
                    {"check": f"{mode}:{name}", "name": f"{line.task}:{level}", "value": float(n)}
                    for level, n in levels
                ]
    for name, (same, of) in done.counted_again.items():
        made.append({"check": "counted again", "name": name, "value": same / of})
    return made
