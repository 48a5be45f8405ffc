"""What may be said of one respondent on one instrument, sentence by sentence.

A number comes with its interval, or with the reason there is none, and with the floor beside it. Words never say more
than the interval does: `better` and `worse` mean the whole interval, everything else is `not told apart from`.
"""

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from tawazun.report.closeness import FLOORS, Against, nearest
from tawazun.report.material import Material, Row, subject
from tawazun.report.naming import Subject
from tawazun.report.reasons import reason_in
from tawazun.report.rounding import Shown, fixed, known, p_text, shown

MOST_ARMS = 4
Statement = tuple[Markup, ...]
Arms = dict[Subject, list[Against]]


def number(material: Material, record: Shown, why: str = "") -> Markup:
    """A number as it stands in a sentence: with its interval, or with why it has none."""
    if record.interval:
        return material.words("number.interval", value=record.value, interval=record.interval)
    return material.words(
        "number.bare",
        value=record.value,
        why=reason_in(material.words, why) or material.words.plain("number.no_interval"),
    )


def played(material: Material, measure: str, readable: Arms) -> Iterator[Statement]:
    """A statement per language and perspective, over the places that are played."""
    groups: dict[tuple[str, ...], list[list[Against]]] = {}
    for one, records in readable.items():
        if one.place:
            groups.setdefault((one.perspective, one.language, one.mode, one.setting), []).append(records)
    for sets in groups.values():
        own = [record for each in sets for record in each if record.own]
        if len(own) == 1:
            yield (_one_place(material, measure, own[0]), _verdict(material, own[0]))
        elif own:
            yield (_many_places(material, measure, own), _counted(material, own, sets))


def unplayed(material: Material, measure: str, readable: Arms) -> Iterator[Statement]:
    """A statement per subject that plays nobody: whom it is nearest to, and who cannot be told apart from that."""
    plain = {one: records for one, records in readable.items() if not one.place}
    for one, records in list(plain.items())[:MOST_ARMS]:
        yield (_nearest(material, measure, one, records),)
    if len(plain) > MOST_ARMS:
        yield (material.words("headline.more_arms", n=len(plain) - MOST_ARMS),)


def map_means(material: Material, instrument: str, respondent: str) -> Iterator[Statement]:
    """The mean distance on the map to all populations, beside that of answers at random."""
    rows = [
        row
        for row in material.measures.get("map_distance", [])
        if row["instrument"] == instrument and known(row["value"]) and "mean over" in row["facet"]
    ]
    floors = {row["population"]: row["value"] for row in rows if row["respondent"] == "floor:uniform"}
    own = [row for row in rows if row["respondent"] == respondent and row["interpretable"]]
    for row in own[:MOST_ARMS]:
        estimate, floor = shown(row["value"], row["low"], row["high"]), floors.get(row["population"])
        told = "unsure" if not estimate.interval or floor is None else _side(row, floor)
        sentence = material.words(
            f"headline.map_mean.{told}",
            asked=_asked(material, subject(row)),
            n=row["facet"].rpartition("mean over ")[2],
            value=number(material, estimate, row["why"]),
            floor=_floor_text(material, floor, estimate.decimals),
        )
        yield (sentence,)


def rankings(material: Material, instrument: str, respondent: str) -> Iterator[Statement]:
    """The average agreement of rankings, with its test or why there is none."""
    rows = [
        row
        for row in material.measures.get("rank_agreement", [])
        if (row["instrument"], row["respondent"]) == (instrument, respondent)
        and not row["item"]
        and known(row["value"])
    ]
    rows.sort(key=lambda row: material.position(subject(row)))
    for row in rows[:MOST_ARMS]:
        yield (_ranking(material, row),)


def _ranking(material: Material, row: Row) -> Markup:
    words = material.words
    told = "untested"
    if known(row["p"]):
        told = "told" if row["p"] <= material.study.measure.alpha else "chance"
    by = "persona" if "places by persona" in row["facet"] else "language"
    return words(
        f"headline.ranking.{told}",
        arm=words.plain(f"headline.ranking.{by}", language=material.names.language(row["language"])),
        source=row["population"],
        indices=words.count("count.index", row["n"] or 0),
        value=number(material, shown(row["value"], row["low"], row["high"]), row["why"]),
        p=p_text(row["p"]) if known(row["p"]) else "",
        why=reason_in(words, str(row["why"]).rpartition("no test: ")[2]),
    )


def _asked(material: Material, one: Subject) -> str:
    """`Asked in English with no persona`, `Asked in Arabic as Egypt`."""
    words = material.words
    persona = material.names.persona(one) if one.place else words.plain(f"asked.{one.persona or 'none'}")
    key = "asked.in_language" if one.language else "asked.bare"
    return words.plain(key, language=material.names.language(one.language), persona=persona)


def _closeness(material: Material, one: Against) -> Markup:
    return number(material, one.shown, str(one.row["why"]).partition(";")[0])


def _floor_text(material: Material, value: float | None, decimals: int) -> str:
    return fixed(value, decimals) if value is not None else material.words.plain("floor.unknown")


def _uniform(material: Material, one: Against) -> str:
    return _floor_text(material, one.floors.get("uniform"), one.shown.decimals)


def _one_place(material: Material, measure: str, own: Against) -> Markup:
    return material.words(
        f"headline.one_place.{measure}",
        asked=_asked(material, own.subject),
        place=material.names.spoken(own.place),
        value=_closeness(material, own),
        uniform=_uniform(material, own),
    )


def _verdict(material: Material, own: Against) -> Markup:
    """How one record stands to every floor that there is."""
    words = material.words
    parts = []
    for floor, value in own.floors.items():
        told = {True: "better", False: "worse", None: "same"}[own.beats(value)] if own.bounds else "unsure"
        name = words.plain(f"floor.{floor}")
        parts.append(words.plain(f"verdict.{told}", floor=name, value=fixed(value, own.shown.decimals)))
    return words("verdict.sentence", parts=words.listed(parts)) if parts else words("verdict.none")


def _many_places(material: Material, measure: str, own: Sequence[Against]) -> Markup:
    ranked = sorted(own, key=lambda one: -one.value * one.toward)
    best, worst = ranked[0], ranked[-1]
    words, first = material.words, best.subject
    return words(
        f"headline.many_places.{measure}",
        doing=words.plain("doing.observer" if first.perspective == "observer" else "doing.place"),
        places=words.count("count.place", len({one.place for one in own})),
        language=material.names.language(first.language),
        best=material.names.spoken(best.place),
        best_value=_closeness(material, best),
        best_floor=_uniform(material, best),
        worst=material.names.spoken(worst.place),
        worst_value=_closeness(material, worst),
        worst_floor=_uniform(material, worst),
    )


def _counted(material: Material, own: Sequence[Against], sets: Sequence[list[Against]]) -> Markup:
    """In how many places the interval clears the floors, and in how many the nearest people are the played ones."""
    words = material.words
    parts = []
    for floor in FLOORS:
        there = [one for one in own if floor in one.floors and one.bounds is not None]
        if there:
            above = sum(one.beats(one.floors[floor]) is True for one in there)
            parts.append(words.plain("counted.floor", k=above, n=len(there), floor=words.plain(f"floor.{floor}")))
    found = words("counted.sentence", parts=words.listed(parts)) if parts else words("counted.no_interval")
    alike = [_same_source(each) for each in sets if any(one.own for one in each)]
    wide = [each for each in alike if len(each) > 1]
    if wide:
        hits = sum(nearest(each).own for each in wide)
        found += " " + words("counted.nearest", k=hits, n=len(wide), populations=len(wide[0]))
    return found


def _same_source(records: Sequence[Against]) -> list[Against]:
    source = next(one.source for one in records if one.own)
    return [one for one in records if one.source == source]


def _nearest(material: Material, measure: str, one: Subject, records: Sequence[Against]) -> Markup:
    words, best = material.words, nearest(records)
    sentence = words(
        f"headline.nearest.{measure}",
        asked=_asked(material, one),
        place=material.names.spoken(best.place),
        value=_closeness(material, best),
        uniform=_uniform(material, best),
    )
    others = sum(each is not best and each.overlaps(best) for each in records)
    if best.bounds is not None and len(records) > 1:
        key = "headline.ties" if others else "headline.no_ties"
        sentence += " " + words(key, n=words.count("count.other_people", others))
    native = next((each for each in records if each.own and each is not best), None)
    if native is not None:
        place = material.names.spoken(native.place)
        sentence += " " + words("headline.native", place=place, value=_closeness(material, native))
    return sentence


def _side(row: Row, floor: float) -> str:
    if row["low"] > floor:
        return "farther"
    return "nearer" if row["high"] < floor else "same"
