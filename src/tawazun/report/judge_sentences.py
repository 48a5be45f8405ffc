"""What may be said of one judge on one file of answers: what it keeps, how far people agree with it, where least.

One set of sentences per rubric, language and mode. Nothing says that a judge is good: people's agreement with each
other stands beside its own, and where nobody labelled anything that is said.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from markupsafe import Markup

from tawazun.instruments.judged import is_judged
from tawazun.report.exam_names import mode_text
from tawazun.report.material import Material, Row, is_floor, of, reason
from tawazun.report.rounding import count_text, known, percent, shown
from tawazun.report.sentences import number

MEASURES = ("judge_yield", "judge_position_bias", "judge_length_bias", "agreement", "judge_ratio")
LOST = ("first", "last", "tied", "failed")
CEILING = "ceiling:people"
COUNTRY, SYSTEM = "country:", "system:"


def judges(material: Material, instrument: str) -> bool:
    """Whether an instrument of the run is answers to be judged."""
    return instrument in material.instruments and is_judged(instrument)


def verdicts(material: Material, instrument: str, respondent: str) -> Iterator[Markup]:
    """Sentences of every sitting of a judge that no gate withholds."""
    rows = [row for row in judged_rows(material, instrument, respondent) if row["interpretable"]]
    for where, sitting in groupby(sorted(rows, key=_where), key=_where):
        yield from _sitting(material, where, list(sitting))


def judged_rows(material: Material, instrument: str, respondent: str) -> list[Row]:
    """Every score row of a judge on a file of answers."""
    every = (row for name in MEASURES for row in material.measures.get(name, ()))
    return list(of([*every], instrument=instrument, respondent=respondent))


def _where(row: Row) -> tuple[str, ...]:
    return row["instrument"], row["language"], row["mode"], _prompt(row)


def _prompt(row: Row) -> str:
    """The facet without what the row is about: decoding and prompt."""
    return ";".join(part for part in row["facet"].split(";") if part.startswith(("decoding=", "prompt=")))


def _about(row: Row) -> str:
    """The facet without its prompt: `first`, `share`, `failed=0;sd over runs`, or empty."""
    return ";".join(part for part in row["facet"].split(";") if not part.startswith(("decoding=", "prompt=")))


def _sitting(material: Material, where: tuple[str, ...], rows: Sequence[Row]) -> Iterator[Markup]:
    instrument, language, mode, facet = where
    words = material.words
    found = {(row["measure"], row["group"], _about(row)): row for row in rows}
    prompt = next((part.removeprefix("prompt=") for part in facet.split(";") if part.startswith("prompt=")), "")
    how = ", ".join((material.names.language(language), mode_text(words, mode)))
    head = words("judge.asked", rubric=prompt.split(" ")[0], how=how)
    said = [
        *_kept(material, found),
        *_longer(material, found),
        *_agreed(material, instrument, found),
        *_ratios(material, rows, found),
    ]
    if said:
        yield head + " " + said[0]
        yield from said[1:]


def _kept(material: Material, found: Mapping[tuple[str, str, str], Row]) -> Iterator[Markup]:
    row = found.get(("judge_yield", "", ""))
    if row is None:
        return
    if not known(row["value"]):
        yield material.words("judge.no_verdict", why=reason(row))
        return
    lost = {name: _count(found.get(("judge_yield", "", name))) for name in LOST}
    yield material.words("judge.kept", value=_percent(material, row), n=int(row["n"]), **lost)


def _longer(material: Material, found: Mapping[tuple[str, str, str], Row]) -> Iterator[Markup]:
    """How many kept verdicts went to the longer answer, beside people's where they labelled pairs."""
    row = found.get(("judge_length_bias", "", "labelled")) or found.get(("judge_length_bias", "", ""))
    if row is None or not known(row["value"]):
        return
    people = found.get(("judge_length_bias", "", "people"))
    if people is None:
        yield material.words("judge.longer", value=_percent(material, row), n=int(row["n"]))
        return
    beside = {"people": _percent(material, people), "n": int(row["n"])}
    yield material.words("judge.longer_beside", value=_percent(material, row), **beside)


def _agreed(material: Material, instrument: str, found: Mapping[tuple[str, str, str], Row]) -> Iterator[Markup]:
    """Agreement with people; where they agree least by country; or that nobody labelled anything."""
    words = material.words
    facet = next((name for name in ("share", "spearman") if ("agreement", "", name) in found), "")
    if not facet:
        if any(key[0] in ("judge_yield", "judge_ratio") for key in found):
            yield words("judge.nobody")
        return
    row = found["agreement", "", facet]
    if not known(row["value"]):
        yield words("judge.no_agreement", why=reason(row))
        return
    beside = found.get(("agreement", "", "kappa"))
    kappa = _plain(material, beside) if beside and known(beside["value"]) else Markup("")
    yield words(f"judge.{facet}", value=_value(material, row, facet), n=int(row["n"])) + (
        " " + words("judge.kappa", value=kappa) if kappa else Markup("")
    )
    yield _people(material, instrument, facet)
    yield from _by_country(material, facet, found)


def _people(material: Material, instrument: str, facet: str) -> Markup:
    """How far people agree with each other on the same answers."""
    rows = of(material.measures.get("agreement", ()), instrument=instrument, respondent=CEILING, group="", facet=facet)
    row = next((one for one in rows if known(one["value"])), None)
    if row is None:
        return material.words("judge.no_ceiling")
    return material.words(f"judge.people_{facet}", value=_value(material, row, facet))


def _by_country(material: Material, facet: str, found: Mapping[tuple[str, str, str], Row]) -> Iterator[Markup]:
    rows = [
        row
        for (measure, group, about), row in found.items()
        if measure == "agreement" and group.startswith(COUNTRY) and about == facet and known(row["value"])
    ]
    if len(rows) < 2:
        return
    rows.sort(key=lambda row: row["value"])
    least, most = (
        {"place": material.names.spoken(row["group"].removeprefix(COUNTRY)), "value": _value(material, row, facet)}
        for row in (rows[0], rows[-1])
    )
    yield material.words(
        "judge.by_country", least=least["place"], low=least["value"], most=most["place"], high=most["value"]
    )


def _ratios(material: Material, rows: Sequence[Row], found: Mapping[tuple[str, str, str], Row]) -> Iterator[Markup]:
    """Grades of each system over the reference's, failed grades left out, and how many failed."""
    for row in of(rows, measure="judge_ratio"):
        if _about(row) != "failed=left out":
            continue
        names = {"system": row["group"].removeprefix(SYSTEM), "reference": row["reference"]}
        if not known(row["value"]):
            yield material.words("judge.no_ratio", **names, why=reason(row))
            continue
        failed = found.get(("judge_ratio", row["group"], "failed"))
        yield material.words("judge.ratio", **names, value=_plain(material, row), failed=_count(failed))


def _value(material: Material, row: Row, facet: str) -> Markup:
    return _percent(material, row) if facet == "share" else _plain(material, row)


def _plain(material: Material, row: Row) -> Markup:
    return number(material, shown(row["value"], row["low"], row["high"]), _why(row))


def _percent(material: Material, row: Row) -> Markup:
    made = percent(row["value"], row["low"], row["high"])
    return material.words("judge.percent", value=made.value, interval=made.interval or f"({_why(row)})")


def _why(row: Row) -> str:
    return str(row["why"]).removeprefix("no interval: ")


def _count(row: Row | None) -> str:
    """How many of the items that a share is of."""
    return count_text(round(row["value"] * row["n"])) if row and known(row["value"]) else "—"


def closed(material: Material, instrument: str, respondent: str) -> list[Row]:
    """The rows of a judge that a gate withholds."""
    rows = judged_rows(material, instrument, respondent)
    return [row for row in rows if not row["interpretable"] and not is_floor(row)]
