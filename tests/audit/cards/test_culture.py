"""Culture fields: what is stated, only mentioned, or left open by a template; and the card that asks for the rest."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tawazun.audit.cards import Facts, Field, Review, from_folder, review, suggested
from tawazun.audit.cards.croissant import read_croissant
from tawazun.audit.cards.culture import TITLES
from tawazun.audit.cards.folder import with_croissant, with_readme
from tawazun.audit.cards.readme import Readme, read_readme
from tawazun.audit.cards.suggest import size_of
from tawazun.errors import BadFile

DAY = "2025-07-01"
RANK = {"unread": 0, "absent": 0, "placeholder": 0, "mentioned": 1, "stated": 2}


def reviewed(text: str, **facts: object) -> Review:
    return review(with_readme(Facts("own/set", **facts), text.encode()), DAY)  # type: ignore[arg-type]


def field(made: Review, name: str) -> Field:
    return next(one for one in made.fields if one.name == name)


@pytest.mark.parametrize(
    ("name", "text", "state"),
    [
        ("countries", "Tweets from Egypt and Morocco.", "mentioned"),
        ("countries", "---\ncountries: [EGY, MAR]\n---\n", "stated"),
        ("countries", "Written by nobody in particular.", "absent"),
        ("varieties", "---\nlanguage: [ar]\n---\n", "mentioned"),
        ("varieties", "---\nlanguage: [arz, ar]\n---\n", "stated"),
        ("varieties", "---\nlanguage: ar\n---\nMostly in Egyptian Arabic.", "mentioned"),
        ("terms", "---\nlicense: [More Information Needed]\n---\n", "placeholder"),
        ("terms", "---\nlicense: cc-by-4.0\n---\n", "stated"),
        ("origin", "The prompts were machine-translated from English.", "mentioned"),
        ("origin", "Written by native Arabic speakers in Tunis.", "mentioned"),
        ("origin", "---\nlanguage_creators: [machine-generated]\n---\n", "stated"),
        ("origin", "---\nlanguage_creators: [found]\n---\n", "mentioned"),
        ("annotators", "---\nannotations_creators: [crowdsourced]\n---\n", "mentioned"),
        ("annotators", "---\nannotations_creators: [no-annotation]\n---\n", "absent"),
        ("annotators", "## Who are the annotators?\nTwelve students from Amman, native speakers.", "stated"),
        ("annotators", "## Who are the annotators?\n[More Information Needed]", "placeholder"),
        ("agreement", "Cohen's kappa was 0.71 on 200 rows.", "mentioned"),
        ("agreement", "We agree with everybody.", "absent"),
        ("generator", "Answers were generated with GPT-4 and checked.", "mentioned"),
        ("generator", "GPT-4 scores 71 on this benchmark.", "absent"),
        ("terms", "---\nlicense: cc-by-nc-4.0\n---\n", "stated"),
        ("terms", "no licence at all", "absent"),
        ("personal", "### Personal and Sensitive Information\nNames were removed by hand.", "stated"),
    ],
)
def test_states(name: str, text: str, state: str) -> None:
    assert field(reviewed(text), name).state == state


def test_every_field_is_there_even_without_a_readme() -> None:
    made = review(Facts("a"), DAY)
    assert [one.name for one in made.fields] == list(TITLES)
    assert {one.state for one in made.fields} == {"absent"}


def test_terms_that_bind_are_noted() -> None:
    notes = " ".join(reviewed("---\nlicense: cc-by-nc-nd-4.0\n---\n").notes)
    assert "non-commercial" in notes and "must not be trained on" in notes
    assert "non-commercial" not in " ".join(reviewed("---\nlicense: mit\n---\n").notes)


CROISSANT = """{"@context": {"cr": "http://mlcommons.org/croissant/", "rai": "http://mlcommons.org/croissant/RAI/"},
 "@type": "sc:Dataset", "conformsTo": "http://mlcommons.org/croissant/1.0", "name": "x",
 "license": "https://creativecommons.org/licenses/by-sa/4.0/", "dateModified": "2025-03-01", "inLanguage": ["ar-EG"],
 "rai:annotatorDemographics": ["30 annotators, 18 from Egypt, 12 from Jordan"],
 "http://mlcommons.org/croissant/RAI/machineAnnotationTools": [{"@type": "sc:Thing", "name": "GPT-4"}],
 "rai:dataBiases": "[More Information Needed]"}"""


def test_croissant_is_read_with_its_responsible_ai_properties() -> None:
    made = review(with_croissant(Facts("a"), CROISSANT.encode(), "croissant.json"), DAY)
    assert field(made, "annotators").values == ("30 annotators, 18 from Egypt, 12 from Jordan",)
    assert field(made, "annotators").found_in == "Croissant: annotatorDemographics"
    assert field(made, "generator").values == ("GPT-4",)
    assert field(made, "varieties").values == ("ar-EG",)
    assert made.facts.licence == "cc-by-sa-4.0"
    assert made.criterion("recency").score == 4
    assert "dataBiases" not in made.facts.croissant


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"{", "not JSON"), (b"[1, 2]", "no data set"), (b'{"@type": "sc:Dataset", "name": "x"}', "no data set"),
        (b"\xff\xfe{", "not JSON"), (b"[" * 100_000, "not JSON"), (b'{"@graph": 3}', "no data set"),
        (b'{"@type": 7, "@context": "croissant"}', "no data set"),
    ],
)  # fmt: skip
def test_wrong_croissant_is_a_reason(raw: bytes, why: str) -> None:
    found, told = read_croissant(raw, "croissant.json")
    assert found == {} and why in told


def test_another_metadata_file_is_passed_over() -> None:
    assert read_croissant(b'{"title": "anything"}', "metadata.json") == ({}, "")


def test_a_folder_is_read_with_its_croissant_file(tmp_path: object) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path)) / "own"
    folder.mkdir()
    assert from_folder(folder).why == "there is no README"
    (folder / "README.md").write_text("---\nlicense: mit\n---\n# x\n", encoding="utf-8")
    (folder / "croissant.json").write_text(CROISSANT, encoding="utf-8")
    made = from_folder(folder)
    assert (made.id, made.licence, made.croissant["inLanguage"]) == ("own", "mit", ("ar-EG",))
    (folder / "README.md").write_bytes(b"\0\1\2")
    assert from_folder(folder).outcome == "unreadable"
    assert field(review(from_folder(folder), DAY), "annotators").state == "stated"  # Croissant can be read
    (folder / "croissant.json").unlink()
    assert {one.state for one in review(from_folder(folder), DAY).fields} == {"unread"}
    with pytest.raises(BadFile, match="no such folder"):
        from_folder(folder / "missing")


LONG = """---
language: [apc, ajp]
license: cc-by-4.0
annotations_creators: [crowdsourced]
---
# Levantine tweets
## Description
Four thousand tweets from Jordan, Lebanon, Palestine and Syria, translated by nobody.
## Usage
```python
# load it
load_dataset("own/set")
```
## Who are the annotators?
[More Information Needed]
Answers were generated with GPT-4. Fleiss' kappa was 0.6.
"""


def test_the_suggested_card_holds_what_was_found_and_asks_for_the_rest() -> None:
    made = reviewed(LONG)
    card = suggested(made)
    front = yaml.safe_load(card.split("---")[1])
    assert front["language"] == ["apc", "ajp"] and front["license"] == "cc-by-4.0"
    assert "load_dataset(" in card and "Four thousand tweets" in card
    for asked in ("Which countries", "Which share was written natively", "which coefficient"):
        assert f"TODO: {asked}" in card or "TODO" in card.partition(asked)[0][-40:]
    assert "the old card says: Jordan" in card
    assert not front.keys() & {"task_categories", "size_categories"}
    assert "# TODO task_categories" in card


def never_more(first: Review) -> None:
    """A review of the suggested card finds nothing that was not found before."""
    again = review(with_readme(Facts("own/set"), suggested(first).encode()), DAY)
    for before, after in zip(first.fields, again.fields, strict=True):
        assert RANK[after.state] <= RANK[before.state], (before, after)
    assert again.facts.outcome == "reviewed"
    before, after = first.criterion("documentation").score, again.criterion("documentation").score
    assert before is None or (after is not None and after <= before + 0.5)  # a size told by the rows may be added


def test_a_suggested_card_states_no_more_than_was_found() -> None:
    never_more(reviewed(LONG))
    never_more(review(with_croissant(Facts("a"), CROISSANT.encode(), "croissant.json"), DAY))
    never_more(review(Facts("a", rows=4000), DAY))


words = st.sampled_from(
    "## Usage|## Who are the annotators?|## Languages|[More Information Needed]|translated from English|Egypt|"
    "native speakers wrote it|kappa of 0.5|generated by GPT-4|```|<!--|-->|# TODO|load_dataset('x')|---|"
    "Twenty words that say something about it.|@article{x,|## Citation|## Annotator agreement".split("|")
)


@given(st.lists(words, max_size=12))
def test_no_text_makes_the_suggested_card_invent(lines: list[str]) -> None:
    never_more(reviewed("\n".join(["intro", *lines])))


def test_the_front_matter_of_a_suggested_card_is_yaml() -> None:
    hostile = reviewed('---\nlicense: "a: [b"\nlanguage: ["no", "x: y"]\npretty_name: "--- # x"\n---\n')
    made = read_readme(suggested(hostile).encode())
    assert isinstance(made, Readme) and made.notes == ()
    assert made.front["license"] == "a: [b" and made.front["language"] == ["no", "x: y"]


@pytest.mark.parametrize(
    ("rows", "category"), [(0, "n<1K"), (10_000, "10K<n<100K"), (10**12, "n>1T"), (10**15, "n>1T")]
)
def test_size_categories(rows: int, category: str) -> None:
    assert size_of(rows) == category
