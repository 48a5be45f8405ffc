"""Culture fields: whose language and places a data set holds, who made it and how, and on which terms.

A field is `stated` where it has a place of its own (metadata, a section somebody filled, a Croissant property),
`mentioned` where words in the running text suggest it, `placeholder` where a template asked and nobody answered,
`absent`, and `unread` where nobody could look. Words in a text are no statement: a card that mentions Egypt may say
that Egypt is missing.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache

from tawazun.audit.cards.readme import Section, is_placeholder, listed, sections
from tawazun.audit.cards.records import Facts, Field
from tawazun.audit.cards.words import AGREEMENT, ARABIC, GENERATOR, MADE, NATIVE, TRANSLATED, VARIETY
from tawazun.places import places

MOST_VALUES = 12
NO_ONE = ("no-annotation", "not-applicable")
NO_TERMS = ("none", "unknown", "other")
QUOTE = 160

HEADS: dict[str, re.Pattern[str]] = {
    "countries": re.compile(r"\b(countr(y|ies)|geograph\w*|regions?|الدول|البلدان)\b", re.I),
    "varieties": re.compile(r"\b(languages?|dialects?|variet(y|ies)|اللغات?|اللهجات)\b", re.I),
    "origin": re.compile(r"\b(source data|translation|data collection|initial data|source language producers)\b", re.I),
    "annotators": re.compile(r"\b(who are the annotators|annotators?|annotator demographics|المعلقون)\b", re.I),
    "agreement": re.compile(r"\b(agreement|reliability|quality control|validation)\b", re.I),
    "generator": re.compile(r"\b(generation|generators?|synthetic|models? used)\b", re.I),
    "terms": re.compile(r"\b(licen[cs](e|ing)|terms|الترخيص)\b", re.I),
    "personal": re.compile(r"\b(personal and sensitive|privacy|consent|ethic\w*)\b", re.I),
}
FRONT: dict[str, tuple[str, ...]] = {
    "countries": ("countries", "country", "region", "regions"),
    "varieties": ("language_bcp47", "dialect", "dialects", "language", "languages"),
    "origin": ("origin", "multilinguality", "language_creators"),
    "annotators": ("annotators", "annotator_country"),
    "agreement": ("agreement", "inter_annotator_agreement"),
    "generator": ("generator", "generator_model", "generated_by"),
    "terms": ("license", "license_name", "license_link", "extra_gated_prompt"),
    "personal": (),
}
# metadata that touches on a field without answering it: how annotations were made is not who made them
TOUCHING: dict[str, tuple[str, ...]] = {
    "varieties": ("language", "languages"),
    "origin": ("language_creators", "source_datasets"),
    "annotators": ("annotations_creators",),
    "terms": ("license",),
}
# the only values of these keys that say whether texts are native, translated or machine-made
ORIGINS = {"translation", "machine-generated"}
# macrolanguages: the code says nothing about the variety
MACRO = {"ar", "ara", "zh", "zho", "arabic", "chinese"}
CROISSANT: dict[str, tuple[str, ...]] = {
    "countries": (),
    "varieties": ("inLanguage",),
    "origin": ("dataCollectionType", "dataCollection"),
    "annotators": ("annotatorDemographics", "dataAnnotationPlatform"),
    "agreement": ("dataAnnotationAnalysis", "annotationsPerItem"),
    "generator": ("machineAnnotationTools",),
    "terms": ("license", "usageInfo"),
    "personal": ("personalSensitiveInformation",),
}
TITLES = {
    "countries": "countries the content is about or comes from",
    "varieties": "languages and varieties (dialects)",
    "origin": "native, translated or machine-made",
    "annotators": "who annotated, and from where",
    "agreement": "agreement of annotators",
    "generator": "model that generated texts",
    "terms": "licence and terms",
    "personal": "personal data and consent",
}


def culture_fields(facts: Facts) -> tuple[Field, ...]:
    """Every culture field of one data set, in a fixed order."""
    if not facts.card_read:
        return tuple(Field(name, "unread") for name in TITLES)
    parts = sections(facts.readme or "")
    said = [value for values in facts.croissant.values() for value in values]
    text = "\n".join([*(f"{one.heading}\n{one.text}" for one in parts), *said])
    return tuple(_field(name, facts, parts, text) for name in TITLES)


def _field(name: str, facts: Facts, parts: Sequence[Section], text: str) -> Field:
    for key in FRONT[name]:
        if values := _front_values(name, listed(facts.front.get(key))):
            return Field(name, "stated", values, f"metadata: {key}")
    licence = facts.licence if name == "terms" and facts.licence else ""
    unfilled = bool(licence) and licence.casefold() not in NO_TERMS and is_placeholder(licence)
    if licence and licence.casefold() not in NO_TERMS and not unfilled:
        return Field(name, "stated", (licence,), "metadata: license")
    for key in CROISSANT[name]:
        if values := tuple(facts.croissant.get(key, ())):
            return Field(name, "stated", values[:MOST_VALUES], f"Croissant: {key}")
    under = [one for one in parts if HEADS[name].search(one.heading)]
    for one in under:
        if one.filled:
            return Field(name, "stated", (_short(one.text),), f"section {one.heading[:60]!r}")
    if quotes := _mentions(name, text):
        return Field(name, "mentioned", quotes, "running text")
    for key in TOUCHING.get(name, ()):
        if kept := [one for one in listed(facts.front.get(key)) if one not in NO_ONE]:
            return Field(name, "mentioned", tuple(kept[:MOST_VALUES]), f"metadata: {key}, which does not answer it")
    if any(one.placeholder for one in under):
        return Field(name, "placeholder", (), f"section {under[0].heading[:60]!r} of the template is not filled in")
    if unfilled:
        return Field(name, "placeholder", (), "metadata: license of the template is not filled in")
    return Field(name, "absent")


def _front_values(name: str, values: Sequence[str]) -> tuple[str, ...]:
    if name == "varieties":
        if all(one.casefold() in MACRO for one in values):
            return ()
        values = [f"{one} ({ARABIC[one]})" if one in ARABIC else one for one in values]
    if name == "origin":
        values = [one for one in values if one in ORIGINS]
    if name == "terms":
        values = [one for one in values if one.casefold() not in NO_TERMS]
    return tuple(values[:MOST_VALUES])


def _mentions(name: str, text: str) -> tuple[str, ...]:
    """Words of the running text that suggest a field: names, or short quotes around them."""
    if name == "countries":
        return _distinct(one for one in _country_names().findall(text))
    if name == "varieties":
        return _distinct(one[0].casefold() for one in VARIETY.finditer(text))
    if name == "origin":
        return _quotes(text, TRANSLATED) + _quotes(text, NATIVE)
    if name == "agreement":
        return _quotes(text, AGREEMENT)
    if name == "generator":
        return tuple(quote for quote in _quotes(text, GENERATOR, 20) if MADE.search(quote))[:4]
    return ()


@cache
def _country_names() -> re.Pattern[str]:
    names = sorted((one.english for one in places().values() if one.kind == "country"), key=len, reverse=True)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, names))})(?![\w-])")


def _quotes(text: str, pattern: re.Pattern[str], most: int = 3) -> tuple[str, ...]:
    found = []
    for match in pattern.finditer(text):
        start, end = max(0, match.start() - QUOTE // 2), match.end() + QUOTE // 2
        found.append(_short(text[start:end]))
        if len(found) == most:
            break
    return _distinct(found)


def _short(text: str) -> str:
    plain = " ".join(text[: 4 * QUOTE].split())
    return plain if len(plain) <= QUOTE + 60 else f"{plain[: QUOTE + 60]} …"


def _distinct(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found))[:MOST_VALUES]


def mixed_origin(fields: Sequence[Field]) -> bool:
    """Whether a card speaks of translation and of native speakers both, so that shares have to be asked for."""
    said = " ".join(value for one in fields if one.name == "origin" for value in one.values)
    return bool(TRANSLATED.search(said) and NATIVE.search(said))
