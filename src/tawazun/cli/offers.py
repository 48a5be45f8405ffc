"""What is on offer, for `list` and `show`."""

from collections import Counter
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

from tawazun import studies
from tawazun.adapt.search.optimiser import find_method, optimiser_names
from tawazun.catalogue import unknown
from tawazun.claims import claim_kinds, find_kind, load_claim
from tawazun.data import data_folder
from tawazun.errors import BadFile, MissingExtra, UnknownName
from tawazun.instruments import Card, Instrument, instrument, instrument_card, instrument_names
from tawazun.measures import find_measure, measure_names
from tawazun.places import groups, places
from tawazun.populations import population_names, population_source
from tawazun.respondents import respondent_kinds

Shown = dict[str, object]


def _instruments() -> dict[str, str]:
    return {name: _title(name) for name in instrument_names()}


def _title(name: str) -> str:
    card = instrument_card(name)
    if card is not None:
        return card.title
    try:
        return instrument(name).title
    except BadFile:
        return "needs a data folder (--data)"


def _summary(optimiser: str) -> str:
    try:
        return find_method(optimiser).summary
    except MissingExtra as error:
        return str(error)


KINDS: dict[str, Callable[[], dict[str, str]]] = {
    "instruments": _instruments,
    "populations": lambda: {name: population_source(name).source.cite for name in population_names()},
    "respondents": lambda: dict.fromkeys(respondent_kinds(), ""),
    "measures": lambda: {name: find_measure(name).title for name in measure_names()},
    "optimisers": lambda: {name: _summary(name) for name in optimiser_names()},
    "places": lambda: {code: one.english for code, one in sorted(places().items())},
    "groups": lambda: {name: f"{one.title} ({len(one.members)})" for name, one in sorted(groups().items())},
    "studies": lambda: dict.fromkeys(studies.study_names(), ""),
    "recipes": lambda: dict.fromkeys(studies.recipe_names(), ""),
    "claims": lambda: {name: load_claim(studies.claim_file(name)).claim for name in studies.claim_names()},
    "claim-kinds": lambda: {name: find_kind(name).title for name in claim_kinds()},
}


def listed(kind: str) -> dict[str, str]:
    """Names of a kind with a line each; the kinds themselves when none is named. Errors: UnknownName."""
    if not kind:
        return {name: f"{len(make())} on offer" for name, make in KINDS.items()}
    for name in (kind, f"{kind}s"):
        if name in KINDS:
            return KINDS[name]()
    raise UnknownName(unknown("kind", kind, list(KINDS)))


def shown(name: str, data: Path | None = None) -> Shown:
    """What there is to know of a name. Errors: UnknownName with the closest names of every kind."""
    for kind, make in SHOW.items():
        if name in KINDS[kind]():
            return make(name, data)
    every = [offered for kind in SHOW for offered in KINDS[kind]()]
    raise UnknownName(unknown("name", name, every))


def _instrument(name: str, data: Path | None) -> Shown:
    card, folder = instrument_card(name), data_folder(data)
    if card is not None and (folder is None or not (folder / card.files.folder).is_dir()):
        how = card.files.how(folder or Path("DIR"))
        return {**_terms(card), "repairs": f"not known before its files are there: {how}"}
    one = instrument(name, folder)
    known = {**_terms(one), "languages": ", ".join(f"{x} ({len(one.wording_ids(x))} wordings)" for x in one.languages)}
    if one.exam is not None:
        return {**known, **_exam(one)}
    return {
        **known,
        "indices": ", ".join(index.name for index in one.indices),
        "items": [f"{q.id}  {q.kind}, {q.options} options  {q.title}" for q in one.questions],
    }


def _terms(one: Card | Instrument) -> Shown:
    return {
        "instrument": one.name,
        "title": one.title,
        "not for": one.not_for,
        "cite": one.source.cite,
        "where": one.source.where,
        "version": one.source.version,
        "licence": one.source.licence,
        "terms": one.source.terms,
        "may be shown": one.source.redistribute,
    }


def _exam(one: Instrument) -> Shown:
    assert one.exam is not None
    repairs = Counter(repair.code for repair in one.repairs)
    listed = ", ".join(f"{code} {count}" for code, count in sorted(repairs.items()))
    sizes = {group: Counter(q.tagged(group) for q in one.questions) for group in one.exam.groups}
    return {
        "questions": len(one.questions),
        "worked examples": len(one.examples),
        "score": one.exam.metric + (f", mean over {one.exam.over}" if one.exam.over else ""),
        "second scores": [
            *(f"{view}: {len(items):,} items" for view, items in one.exam.views.items()),
            *([f"suspected keys: {len(one.exam.suspect)} items"] if one.exam.suspect else []),
        ],
        "repairs": f"{len(one.repairs)}" + (f" ({listed})" if listed else ""),
        "wordings": [f"{template.id}: {template.source or 'our own'}" for template in one.templates],
        "groups": [f"{group}: {name or '(none)'} {n}" for group, c in sizes.items() for name, n in sorted(c.items())],
        "published": [f"{p.who}: {p.metric} {p.value:.3f}, {p.setting} ({p.source})" for p in one.exam.published],
    }


def _population(name: str, _: Path | None) -> Shown:
    one = population_source(name)
    return {"population": one.name, "instrument": one.instrument, **one.source.record()}


def _measure(name: str, _: Path | None) -> Shown:
    one = find_measure(name)
    return {"measure": one.name, "title": one.title, "unit": one.unit, "source": one.source}


def _optimiser(name: str, _: Path | None) -> Shown:
    one = find_method(name)
    options = [f"{field.name} = {_spelled(field.default)}" for field in fields(one.settings)]
    return {"optimiser": name, "what it is": one.summary, "options": options or "none", "source": one.source}


def _spelled(default: object) -> str:
    """A default as a recipe would write it; one that is not set is left out or worked out by the optimiser."""
    return "not set" if default is None else str(default).lower() if isinstance(default, bool) else f"{default:g}"


def _place(name: str, _: Path | None) -> Shown:
    one = places()[name]
    return {
        "place": one.code,
        "kind": one.kind,
        "names": [f"{language}: {n.name} ({n.status})" for language, n in sorted(one.names.items())],
        "groups": [group.id for group in groups().values() if one.code in group.members],
    }


def _group(name: str, _: Path | None) -> Shown:
    one = groups()[name]
    return {
        "group": one.id,
        "title": one.title,
        "members": [f"{code} {places()[code].english}" for code in one.members],
        "parts": [f"{part}: {', '.join(codes)}" for part, codes in one.parts.items()],
        "source": one.source.cite,
    }


SHOW: dict[str, Callable[[str, Path | None], Shown]] = {
    "instruments": _instrument,
    "populations": _population,
    "measures": _measure,
    "optimisers": _optimiser,
    "places": _place,
    "groups": _group,
}
