"""The first screen in sentences: how close, to whom, how sure, compared with what — or why it cannot be said.

One finding per instrument and respondent. A number comes with its interval, or with the reason there is none, and with
the floor beside it. A closed gate withholds the sentence, not the table. Words never say more than the interval does:
`above` and `below` mean the whole interval, everything else is `not told apart from`.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

from tawazun.report.closeness import Against, against, arms, measure_of, nearest
from tawazun.report.material import Material, Row, is_floor, subject
from tawazun.report.naming import Subject
from tawazun.report.rounding import Shown, fixed, known, p_text, shown

Tone = Literal["said", "withheld", "unsaid"]
SENTENCES = 4


@dataclass(frozen=True)
class Finding:
    """What may be said about one respondent on one instrument.

    tone    `said`; `withheld` when gates are closed; `unsaid` when there is nothing to compare with
    lead    the sentence; more: those that follow from the same table
    """

    instrument: str
    respondent: str
    tone: Tone
    lead: Markup
    more: tuple[Markup, ...] = ()


def findings(material: Material) -> list[Finding]:
    """Every finding: instruments in the study's order, respondents likewise."""
    asked = material.answers.select("instrument", "respondent").unique().rows()
    order = [one.name for one in material.study.respondent]
    return [
        finding(material, instrument, respondent)
        for instrument in material.instruments
        for respondent in order
        if (instrument, respondent) in asked
    ]


def finding(material: Material, instrument: str, respondent: str) -> Finding:
    """What may be said about one respondent on one instrument."""
    sentences: list[Markup] = []
    closed: list[Against] = []
    measure = measure_of(material, instrument)
    if measure:
        records = [one for one in against(material, instrument, measure) if one.subject.respondent == respondent]
        closed = [one for one in records if not one.row["interpretable"]]
        readable = arms([one for one in records if one.row["interpretable"]])
        sentences += [*_played(material, measure, readable), *_unplayed(material, measure, readable)]
    sentences += _map_means(material, instrument, respondent)
    sentences += _rankings(material, instrument, respondent)
    if sentences:
        if closed:
            sentences.append(_partly_closed(material, closed))
        return Finding(instrument, respondent, "said", sentences[0], tuple(sentences[1:]))
    return _nothing(material, instrument, respondent, [one.row for one in closed])


def number(material: Material, record: Shown, why: str = "") -> Markup:
    """A number as it stands in a sentence: with its interval, or with why it has none."""
    if record.interval:
        return material.words("number.interval", value=record.value, interval=record.interval)
    return material.words("number.bare", value=record.value, why=why or material.words.plain("number.no_interval"))


def _closeness(material: Material, one: Against) -> Markup:
    return number(material, one.shown, str(one.row["why"]).partition(";")[0])


def _floor(material: Material, one: Against, floor: str) -> str:
    value = one.floors.get(floor)
    return fixed(value, one.shown.decimals) if value is not None else material.words.plain("floor.unknown")


def _played(material: Material, measure: str, readable: dict[Subject, list[Against]]) -> Iterator[Markup]:
    """One sentence or two per language and perspective, over the places that are played."""
    groups: dict[tuple[str, ...], list[list[Against]]] = {}
    for one, records in readable.items():
        if one.place:
            key = (one.perspective, one.language, one.mode, one.setting)
            groups.setdefault(key, []).append(records)
    for records in groups.values():
        own = [record for each in records for record in each if record.own]
        if len(own) == 1:
            yield _one_place(material, measure, own[0])
        elif own:
            yield _many_places(material, measure, own)
            yield _counted(material, own, records)


def _one_place(material: Material, measure: str, own: Against) -> Markup:
    words = material.words
    sentence = words(
        f"headline.one_place.{measure}",
        arm=material.names.arm(own.subject),
        place=material.names.place(own.place),
        value=_closeness(material, own),
        uniform=_floor(material, own, "uniform"),
    )
    return sentence + " " + _verdict(material, own)


def _verdict(material: Material, own: Against) -> Markup:
    """How one record stands to every floor that there is."""
    words = material.words
    parts = []
    for floor, value in own.floors.items():
        told = {True: "better", False: "worse", None: "same"}[own.beats(value)]
        if own.bounds is None:
            told = "unsure"
        name = words.plain(f"floor.{floor}")
        parts.append(words.plain(f"verdict.{told}", floor=name, value=fixed(value, own.shown.decimals)))
    return words("verdict.sentence", parts=words.listed(parts)) if parts else words("verdict.none")


def _many_places(material: Material, measure: str, own: Sequence[Against]) -> Markup:
    ranked = sorted(own, key=lambda one: -one.value * one.toward)
    best, worst = ranked[0], ranked[-1]
    first = best.subject
    return material.words(
        f"headline.many_places.{measure}",
        doing=material.words.plain("doing.observer" if first.perspective == "observer" else "doing.place"),
        places=material.words.count("count.place", len({one.place for one in own})),
        language=material.names.language(first.language),
        best=material.names.place(best.place),
        best_value=_closeness(material, best),
        best_floor=_floor(material, best, "uniform"),
        worst=material.names.place(worst.place),
        worst_value=_closeness(material, worst),
        worst_floor=_floor(material, worst, "uniform"),
    )


def _counted(material: Material, own: Sequence[Against], records: Sequence[list[Against]]) -> Markup:
    """In how many places the interval clears the floors, and in how many the nearest people are the played ones."""
    words = material.words
    parts = []
    for floor in ("uniform", "modal", "regional"):
        there = [one for one in own if floor in one.floors and one.bounds is not None]
        if there:
            above = sum(one.beats(one.floors[floor]) is True for one in there)
            name = words.plain(f"floor.{floor}")
            parts.append(words.plain("counted.floor", k=above, n=len(there), floor=name))
    found = words("counted.sentence", parts=words.listed(parts)) if parts else words("counted.no_interval")
    sets = [_same_source(each) for each in records if any(one.own for one in each)]
    wide = [each for each in sets if len(each) > 1]
    if wide:
        hits = sum(nearest(each).own for each in wide)
        found += " " + words("counted.nearest", k=hits, n=len(wide), populations=len(wide[0]))
    return found


def _same_source(records: Sequence[Against]) -> list[Against]:
    source = next(one.source for one in records if one.own)
    return [one for one in records if one.source == source]


def _unplayed(material: Material, measure: str, readable: dict[Subject, list[Against]]) -> Iterator[Markup]:
    """A sentence per subject that plays nobody: whom it is nearest to, and who cannot be told apart from that."""
    plain = {one: records for one, records in readable.items() if not one.place}
    for one, records in list(plain.items())[:SENTENCES]:
        best = nearest(records)
        others = [each for each in records if each is not best and each.overlaps(best)]
        words = material.words
        sentence = words(
            f"headline.nearest.{measure}",
            arm=material.names.arm(one),
            place=material.names.place(best.place),
            value=_closeness(material, best),
            uniform=_floor(material, best, "uniform"),
        )
        if best.bounds is not None and len(records) > 1:
            key = "headline.ties" if others else "headline.no_ties"
            sentence += " " + words(key, n=words.count("count.other_people", len(others)))
        native = next((each for each in records if each.own and each is not best), None)
        if native is not None:
            place = material.names.place(native.place)
            sentence += " " + words("headline.native", place=place, value=_closeness(material, native))
        yield sentence
    if len(plain) > SENTENCES:
        yield material.words("headline.more_arms", n=len(plain) - SENTENCES)


def _map_means(material: Material, instrument: str, respondent: str) -> Iterator[Markup]:
    """The mean distance on the map to all populations, beside that of answers at random."""
    rows = [
        row
        for row in material.measures.get("map_distance", [])
        if row["instrument"] == instrument and known(row["value"]) and "mean over" in row["facet"]
    ]
    floors = {row["population"]: row["value"] for row in rows if row["respondent"] == "floor:uniform"}
    own = [row for row in rows if row["respondent"] == respondent and row["interpretable"]]
    for row in own[:SENTENCES]:
        estimate = shown(row["value"], row["low"], row["high"])
        floor = floors.get(row["population"])
        told = "unsure" if not estimate.interval or floor is None else _side(row, floor)
        yield material.words(
            f"headline.map_mean.{told}",
            arm=material.names.arm(subject(row)),
            n=row["facet"].rpartition("mean over ")[2],
            value=number(material, estimate, row["why"]),
            floor=fixed(floor, estimate.decimals) if floor is not None else material.words.plain("floor.unknown"),
        )


def _side(row: Row, floor: float) -> str:
    if row["low"] > floor:
        return "farther"
    return "nearer" if row["high"] < floor else "same"


def _rankings(material: Material, instrument: str, respondent: str) -> Iterator[Markup]:
    """The average agreement of rankings, with its test or why there is none."""
    rows = [
        row
        for row in material.measures.get("rank_agreement", [])
        if (row["instrument"], row["respondent"]) == (instrument, respondent) and not row["item"] and known(row["value"])
    ]
    for row in rows[:SENTENCES]:
        words = material.words
        told = "untested"
        if known(row["p"]):
            told = "told" if row["p"] <= material.study.measure.alpha else "chance"
        by_persona = "places by persona" in row["facet"]
        yield words(
            f"headline.ranking.{told}",
            arm=words.plain(
                "headline.ranking.persona" if by_persona else "headline.ranking.language",
                language=material.names.language(row["language"]),
            ),
            source=row["population"],
            indices=words.count("count.index", row["n"] or 0),
            value=number(material, shown(row["value"], row["low"], row["high"]), row["why"]),
            p=p_text(row["p"]) if known(row["p"]) else "",
            why=row["why"],
        )


def _partly_closed(material: Material, closed: Sequence[Against]) -> Markup:
    subjects = {one.subject for one in closed}
    reasons = _reasons([one.row for one in closed], lambda row: str(row["why"]))
    return material.words("headline.partly_closed", n=len(subjects), why=reasons)


def _nothing(material: Material, instrument: str, respondent: str, closed: Sequence[Row]) -> Finding:
    """Why nothing can be said."""
    words = material.words
    if closed:
        lead = words("headline.closed", why=_reasons(closed, lambda row: str(row["why"])))
        return Finding(instrument, respondent, "withheld", lead)
    if not any(row["instrument"] == instrument for row in material.humans.iter_rows(named=True)):
        return Finding(instrument, respondent, "unsaid", words("headline.no_people"))
    rows = [
        row
        for rows in material.measures.values()
        for row in rows
        if (row["instrument"], row["respondent"]) == (instrument, respondent)
        and not is_floor(row)
        and not known(row["value"])
        and row["measure"] not in ("allowed_mass", "refusal_rate", "unread_rate", "order_effect")
    ]
    stopped = [row for row in rows if not row["interpretable"]]
    if stopped:
        lead = words("headline.closed", why=_reasons(stopped, lambda row: str(row["why"])))
        return Finding(instrument, respondent, "withheld", lead)
    if not rows:
        return Finding(instrument, respondent, "unsaid", words("headline.not_measured"))
    why = _reasons(rows, lambda row: str(row["why"]))
    return Finding(instrument, respondent, "unsaid", words("headline.nothing", why=why))


def _reasons(rows: Sequence[Row], read: Callable[[Row], str]) -> str:
    """The commonest reasons of some rows, each once."""
    counted = Counter(read(row) for row in rows if read(row))
    cleaned = [why.removeprefix("not interpretable: ").removeprefix("withheld: ") for why, _ in counted.most_common(2)]
    return "; ".join(dict.fromkeys(cleaned))
