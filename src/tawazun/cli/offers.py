"""What is on offer, for `list` and `show`."""

from collections.abc import Callable

from tawazun import studies
from tawazun.catalogue import unknown
from tawazun.claims import claim_kinds, find_kind, load_claim
from tawazun.errors import BadFile, UnknownName
from tawazun.instruments import instrument, instrument_names
from tawazun.measures import find_measure, measure_names
from tawazun.places import groups, places
from tawazun.populations import population_names, population_source
from tawazun.respondents import respondent_kinds

Shown = dict[str, object]


def _instruments() -> dict[str, str]:
    return {name: _title(name) for name in instrument_names()}


def _title(name: str) -> str:
    try:
        return instrument(name).title
    except BadFile:
        return "needs a data folder (--data)"


KINDS: dict[str, Callable[[], dict[str, str]]] = {
    "instruments": _instruments,
    "populations": lambda: {name: population_source(name).source.cite for name in population_names()},
    "respondents": lambda: dict.fromkeys(respondent_kinds(), ""),
    "measures": lambda: {name: find_measure(name).title for name in measure_names()},
    "places": lambda: {code: one.english for code, one in sorted(places().items())},
    "groups": lambda: {name: f"{one.title} ({len(one.members)})" for name, one in sorted(groups().items())},
    "studies": lambda: dict.fromkeys(studies.study_names(), ""),
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


def shown(name: str) -> Shown:
    """What there is to know of a name. Errors: UnknownName with the closest names of every kind."""
    for kind, make in SHOW.items():
        if name in KINDS[kind]():
            return make(name)
    every = [offered for kind in SHOW for offered in KINDS[kind]()]
    raise UnknownName(unknown("name", name, every))


def _instrument(name: str) -> Shown:
    one = instrument(name)
    return {
        "instrument": one.name,
        "title": one.title,
        "not for": one.not_for,
        "cite": one.source.cite,
        "licence": one.source.licence,
        "languages": ", ".join(f"{lang} ({len(one.wording_ids(lang))} wordings)" for lang in one.languages),
        "indices": ", ".join(index.name for index in one.indices),
        "items": [f"{q.id}  {q.kind}, {q.options} options  {q.title}" for q in one.questions],
    }


def _population(name: str) -> Shown:
    one = population_source(name)
    return {"population": one.name, "instrument": one.instrument, **one.source.record()}


def _measure(name: str) -> Shown:
    one = find_measure(name)
    return {"measure": one.name, "title": one.title, "unit": one.unit, "source": one.source}


def _place(name: str) -> Shown:
    one = places()[name]
    return {
        "place": one.code,
        "kind": one.kind,
        "names": [f"{language}: {n.name} ({n.status})" for language, n in sorted(one.names.items())],
        "groups": [group.id for group in groups().values() if one.code in group.members],
    }


def _group(name: str) -> Shown:
    one = groups()[name]
    return {
        "group": one.id,
        "title": one.title,
        "members": [f"{code} {places()[code].english}" for code in one.members],
        "parts": [f"{part}: {', '.join(codes)}" for part, codes in one.parts.items()],
        "source": one.source.cite,
    }


SHOW: dict[str, Callable[[str], Shown]] = {
    "instruments": _instrument,
    "populations": _population,
    "measures": _measure,
    "places": _place,
    "groups": _group,
}
