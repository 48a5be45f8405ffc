"""Somebody else's text is text: in names, items, replies, reasons, sources and labels alike."""

import json
from pathlib import Path

import pytest

from tawazun.report import page
from tawazun.report.embed import plain_json
from tests.report.parsed import Parsed, parsed
from tests.report.toy_run import Texts, answers, estimate, floor, humans, sources, toy_study, write_run

ATTACKS = (
    "<script>window.owned=1</script>",
    "</script><script>window.owned=1</script>",
    '"><img src=x onerror=window.owned=1>',
    "' onmouseover='window.owned=1",
    "<!--<script>",
    "{{ 7*7 }}{% raw %}{0}{x}",
    "]]></style></title><svg onload=window.owned=1>",
    "\u202e<b>left\u2028right\x07",
)


def hostile_texts(attack: str) -> Texts:
    return Texts(*(f"{attack} {name}" for name in Texts.__dataclass_fields__))


def hostile_page(path: Path, attack: str) -> str:
    texts = hostile_texts(attack)
    scores = [
        estimate(texts, why=texts.why, facet=texts.why, unit=texts.why, method=texts.why),
        estimate(texts, item="q1"),
        estimate(texts, persona="JOR", population="people-1/JOR", low=None, high=None, why=texts.why),
        estimate(texts, measure="map_x", population="", unit=f"map units, {texts.why}", value=1.0, low=0.9, high=1.1),
        estimate(texts, measure="map_y", population="", unit=f"map units, {texts.why}", value=1.0, low=0.9, high=1.1),
        estimate(texts, measure="index", population="", item=texts.title, value=4.0),
        estimate(texts, measure="index", population="", item=texts.title, persona="JOR", value=8.0),
        estimate(texts, measure="rank_agreement", population="people-1", persona="", item="", p=0.2, why=texts.why),
        estimate(texts, language="ar", interpretable=False, why=f"not interpretable: {texts.why}"),
        estimate(texts, measure="skill", value=None, low=None, high=None, why=texts.why),
        floor("uniform", 0.7),
    ]
    people = humans()
    indexed = humans().with_columns(item=humans()["item"].replace({"q1": texts.title}))
    run = write_run(
        path, scores, texts, study=toy_study(texts), answers=answers(texts, ("none", "EGY", "JOR")),
        humans=people.vstack(indexed.filter(indexed["item"] == texts.title)), sources=sources(texts),
    )  # fmt: skip
    return page(run)


def shape(document: Parsed) -> list[tuple[str, tuple[str, ...]]]:
    """Elements with the names of their attributes: what markup there is, whatever the texts say.

    Labels of the map are left out, because a long name finds no room there.
    """
    return [(one.tag, tuple(sorted(one.attributes))) for one in document.elements if one.tag != "text"]


@pytest.mark.parametrize("attack", ATTACKS)
def test_hostile_text_adds_no_element_and_no_attribute(tmp_path: Path, attack: str) -> None:
    plain, attacked = (parsed(hostile_page(tmp_path / name, text)) for name, text in (("a", "plain"), ("b", attack)))
    assert attacked.faults == []
    assert shape(attacked) == shape(plain)


@pytest.mark.parametrize("attack", ATTACKS[:3])
def test_the_text_itself_is_there_unharmed(tmp_path: Path, attack: str) -> None:
    texts, document = hostile_texts(attack), parsed(hostile_page(tmp_path / "run", attack))
    assert next(document.all("h1")).text == texts.study
    assert texts.respondent in document.one("answer").text
    assert texts.reply in document.one("losses").text and texts.cite in document.one("sources").text
    items = document.data("data-items")["items"]
    assert items[0]["texts"][0]["stem"] == f"{texts.stem} 1"


def test_only_web_addresses_become_links(tmp_path: Path) -> None:
    texts = Texts()
    bad = sources(texts)
    bad[0]["where"] = "javascript:window.owned=1"
    bad[1]["where"] = 'https://example.org/a?b="><script>'
    document = parsed(page(write_run(tmp_path / "run", [estimate(texts)], sources=bad)))
    links = [one.attributes["href"] for one in document.all("a")]
    assert not any(link.startswith("javascript:") for link in links)
    assert 'https://example.org/a?b="><script>' in links


@pytest.mark.parametrize("text", [*ATTACKS, "a & b", "</SCRIPT >"])
def test_plain_data_cannot_end_its_element_and_reads_back(text: str) -> None:
    packed = plain_json({"key": text})
    assert not set("<>&") & set(packed) and "\u2028" not in packed
    assert json.loads(packed) == {"key": text}
