"""What is on offer, for `list` and `show`. Each kind imports its own room, so that a name is shown at once."""

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from tawazun.catalogue import unknown
from tawazun.cli import offers_files
from tawazun.errors import BadFile, MissingExtra, UnknownName

if TYPE_CHECKING:
    from tawazun.instruments import Card, Instrument

Shown = dict[str, object]


@dataclass(frozen=True)
class Kind:
    """One kind of things on offer: their names, a line about one, and what `show` says of it where it does."""

    names: Callable[[], Collection[str]]
    line: Callable[[str], str] = lambda _: ""
    show: Callable[[str, Path | None], Shown] | None = None


def listed(kind: str) -> dict[str, str]:
    """Names of a kind with a line each; the kinds themselves when none is named. Errors: UnknownName."""
    if not kind:
        return {name: f"{len(one.names())} on offer" for name, one in KINDS.items()}
    for name in (kind, f"{kind}s"):
        if name in KINDS:
            return {each: KINDS[name].line(each) for each in KINDS[name].names()}
    raise UnknownName(unknown("kind", kind, list(KINDS)))


def shown(name: str, data: Path | None = None) -> Shown:
    """What there is to know of a name; a place goes by any of its names too. Errors: UnknownName with the closest."""
    told = [one for one in KINDS.values() if one.show is not None]
    for one in told:
        if one.show is not None and name in one.names():
            return one.show(name, data)
    if found := _called(name):
        return found
    closest = unknown("name", name, [offered for one in told for offered in one.names()]).partition(" On offer:")[0]
    raise UnknownName(f"{closest} `tawazun list KIND` has every name; kinds: {', '.join(KINDS)}")


def _instrument_names() -> Collection[str]:
    from tawazun.instruments import instrument_names

    return instrument_names()


def _title(name: str) -> str:
    from tawazun.instruments import instrument, instrument_card

    card = instrument_card(name)
    if card is not None:
        return card.title
    try:
        return instrument(name).title
    except BadFile:
        return "needs a data folder (--data)"


def _instrument(name: str, data: Path | None) -> Shown:
    from tawazun.data import data_folder
    from tawazun.instruments import instrument, instrument_card

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


def _terms(one: "Card | Instrument") -> Shown:
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


def _exam(one: "Instrument") -> Shown:
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


def _population_names() -> Collection[str]:
    from tawazun.populations import population_names

    return population_names()


def _cite(name: str) -> str:
    from tawazun.populations import population_source

    return population_source(name).source.cite


def _population(name: str, _: Path | None) -> Shown:
    from tawazun.populations import population_source

    one = population_source(name)
    return {"population": one.name, "instrument": one.instrument, **one.source.record()}


def _respondent_names() -> Collection[str]:
    from tawazun.respondents import respondent_kinds

    return respondent_kinds()


def _measure_names() -> Collection[str]:
    from tawazun.measures import measure_names

    return measure_names()


def _measure_title(name: str) -> str:
    from tawazun.measures import find_measure

    return find_measure(name).title


def _measure(name: str, _: Path | None) -> Shown:
    from tawazun.measures import find_measure

    one = find_measure(name)
    return {"measure": one.name, "title": one.title, "unit": one.unit, "source": one.source}


def _optimiser_names() -> Collection[str]:
    from tawazun.adapt.search.optimiser import optimiser_names

    return optimiser_names()


def _summary(name: str) -> str:
    from tawazun.adapt.search.optimiser import find_method

    try:
        return find_method(name).summary
    except MissingExtra as error:
        return str(error)


def _optimiser(name: str, _: Path | None) -> Shown:
    from tawazun.adapt.search.optimiser import find_method

    one = find_method(name)
    options = [f"{field.name} = {_spelled(field.default)}" for field in fields(one.settings)]
    return {"optimiser": name, "what it is": one.summary, "options": options or "none", "source": one.source}


def _spelled(default: object) -> str:
    """A default as a recipe would write it; one that is not set is left out or worked out by the optimiser."""
    return "not set" if default is None else str(default).lower() if isinstance(default, bool) else f"{default:g}"


def _place_names() -> Collection[str]:
    from tawazun.places import places

    return sorted(places())


def _english(name: str) -> str:
    from tawazun.places import places

    return places()[name].english


def _place(name: str, _: Path | None) -> Shown:
    from tawazun.places import groups, places

    one = places()[name]
    return {
        "place": one.code,
        "kind": one.kind,
        "names": [f"{language}: {n.name} ({n.status})" for language, n in sorted(one.names.items())],
        "groups": [group.id for group in groups().values() if one.code in group.members],
    }


def _group_names() -> Collection[str]:
    from tawazun.places import groups

    return sorted(groups())


def _members(name: str) -> str:
    from tawazun.places import groups

    return f"{groups()[name].title} ({len(groups()[name].members)})"


def _group(name: str, _: Path | None) -> Shown:
    from tawazun.places import groups, places

    one = groups()[name]
    return {
        "group": one.id,
        "title": one.title,
        "members": [f"{code} {places()[code].english}" for code in one.members],
        "parts": [f"{part}: {', '.join(codes)}" for part, codes in one.parts.items()],
        "source": one.source.cite,
    }


def _called(name: str) -> Shown:
    """The place or group that a name in any of our languages is for, or nothing."""
    from tawazun.places import Group, called

    try:
        one = called(name)
    except UnknownName:
        return {}
    return _group(one.id, None) if isinstance(one, Group) else _place(one.code, None)


def _study_names() -> Collection[str]:
    from tawazun.studies import study_names

    return study_names()


def _recipe_names() -> Collection[str]:
    from tawazun.studies import recipe_names

    return recipe_names()


def _claim_names() -> Collection[str]:
    from tawazun.studies import claim_names

    return claim_names()


def _claim(name: str) -> str:
    from tawazun.claims import load_claim
    from tawazun.studies import claim_file

    return load_claim(claim_file(name)).claim


def _claim_kinds() -> Collection[str]:
    from tawazun.claims import claim_kinds

    return claim_kinds()


def _claim_title(name: str) -> str:
    from tawazun.claims import find_kind

    return find_kind(name).title


# those whose rooms are quick to import come first: a name is looked for in this order
KINDS: dict[str, Kind] = {
    "instruments": Kind(_instrument_names, _title, _instrument),
    "populations": Kind(_population_names, _cite, _population),
    "places": Kind(_place_names, _english, _place),
    "groups": Kind(_group_names, _members, _group),
    "respondents": Kind(_respondent_names, offers_files.about_respondent, offers_files.respondent),
    "studies": Kind(_study_names, offers_files.study_about, offers_files.study),
    "recipes": Kind(_recipe_names, offers_files.recipe_about, offers_files.recipe),
    "measures": Kind(_measure_names, _measure_title, _measure),
    "optimisers": Kind(_optimiser_names, _summary, _optimiser),
    "claims": Kind(_claim_names, _claim),
    "claim-kinds": Kind(_claim_kinds, _claim_title),
}
