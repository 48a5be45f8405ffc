"""Every instrument of the catalogue keeps its promises; a new file is tested by being there."""

import re
from math import isfinite

import pytest

from tawazun import catalogue
from tawazun.cells import LABELS, Asker, Framing
from tawazun.cells import frames as framing_texts
from tawazun.errors import BadFile, BadStudy
from tawazun.instruments import Instrument, instrument, instrument_names
from tests.instruments.invented import INVENTED
from tests.populations.made_up import user_files

# languages that the package can put its own words around; texts in other languages wait for theirs
FRAMED = {name.replace("_", "-") for name in catalogue.names(framing_texts.FOLDER)}


LABELLED = len(LABELS["letters"])

# benchmarks have thousands of items of one shape: this many are rendered in every wording
MOST = 100
FIELD = re.compile(r"\{\w+\}")

# faults of a source's own files, which are read as they are: instrument -> items whose options repeat a text
REPEATED_IN_SOURCE = {"menavalues": {"aoi-692"}}


# read from a file that only its user has: made up for these tests
FROM_USER = {"globalopinionqa"}


@pytest.fixture(params=instrument_names())
def part(request: pytest.FixtureRequest) -> Instrument:
    """Each instrument on offer; those that read a source's own files need the data folder."""
    if request.param in FROM_USER:
        return instrument(request.param, user_files(request.getfixturevalue("tmp_path")))
    if request.param in INVENTED:
        folder = request.getfixturevalue("tmp_path")
        INVENTED[request.param](folder)
        return instrument(request.param, folder)
    try:
        return instrument(request.param)
    except BadFile:
        return instrument(request.param, request.getfixturevalue("data_folder"))


def test_it_is_named_like_its_file(part: Instrument, request: pytest.FixtureRequest) -> None:
    assert part.name == request.node.callspec.params["part"]
    assert part.title.strip()


def test_it_says_where_it_comes_from_and_what_it_is_not_for(part: Instrument) -> None:
    sources = [part.source, *(index.source for index in part.indices)]
    sources += [part.projection.source] if part.projection else []
    for source in sources:
        assert all(field.strip() for field in (source.cite, source.where, source.version, source.licence))
        assert source.redistribute in ("yes", "aggregates", "no")
    assert part.not_for.strip()


def test_ids_and_aliases_name_one_item_each(part: Instrument) -> None:
    seen: dict[str, str] = {}
    for question in part.questions:
        for name in {question.id.casefold(), *(alias.casefold() for alias in question.aliases)}:
            assert seen.setdefault(name, question.id) == question.id
            assert part.question(name.upper()) is question
    assert len({question.id for question in part.questions}) == len(part.questions)


def test_codes_are_finite_and_follow_the_order_of_ordinal_options(part: Instrument) -> None:
    for question in part.questions:
        assert all(isfinite(code) for code in question.codes), question.id
        if question.ordinal:
            assert question.kind == "one", question.id
            steps = {later > earlier for earlier, later in zip(question.codes, question.codes[1:], strict=False)}
            assert len(steps) == 1 and len(set(question.codes)) == len(question.codes), question.id


def test_options_are_there_and_can_be_told_apart(part: Instrument) -> None:
    repeated = set()
    for question in part.questions:
        for wording in question.wordings:
            where = f"{question.id} {wording.language}/{wording.id}"
            assert wording.stem.strip(), where
            assert all(option.strip() for option in wording.options), where
            assert wording.author and wording.status in ("draft", "reviewed", "official"), where
            if len({option.casefold() for option in wording.options}) < len(wording.options):
                repeated.add(question.id)
    assert repeated == REPEATED_IN_SOURCE.get(part.name, set())


def test_every_worded_item_has_the_same_wordings_in_a_language(part: Instrument) -> None:
    """Named variants such as `w1-religion` may stand on single items; everything else stands on all."""
    worded = [question for question in part.questions if question.wordings]
    for language in {wording.language for question in worded for wording in question.wordings}:
        offered = set(part.wording_ids(language))
        based = {one.id: one.base for one in part.templates if one.language == language}
        for question in worded:
            own = [one.id for one in question.wordings if one.language == language]
            assert len(set(own)) == len(own), question.id
            extra = set(own) - offered
            assert all("-" in name and name.split("-")[0] in own for name in extra), (question.id, language, extra)
            assert {based.get(wording, wording) for wording in offered} <= set(own), (question.id, language)


def test_descriptors_name_the_place_and_nothing_else(part: Instrument) -> None:
    for one in part.descriptors:
        assert "{" not in one.human and one.human.strip(), one.id
        for text in (one.place, one.observer):
            assert "{place}" in text and "{" not in text.replace("{place}", ""), one.id


def test_scoring_names_known_items(part: Instrument) -> None:
    ids = {question.id for question in part.questions}
    assert len({index.name for index in part.indices}) == len(part.indices)
    for index in part.indices:
        assert index.terms and set(index.terms) <= ids and all(isfinite(c) and c for c in index.terms.values())
        assert index.title.strip()
    if part.projection:
        plane = part.projection
        assert set(plane.items) <= ids
        assert len(plane.items) == len(plane.centre) == len(plane.scale) == len(plane.weights)
        assert all(scale > 0 for scale in plane.scale)


def test_an_item_with_more_options_than_labels_is_refused_in_one_line(part: Instrument) -> None:
    for question in part.questions:
        for wording in question.wordings:
            if question.options > LABELLED:
                with pytest.raises(BadStudy, match=f"'letters' has {LABELLED} labels, {question.options} options"):
                    Asker(7).ask(part, question, Framing("none", "self", wording.language, wording.id))


@pytest.mark.parametrize("mode", ["logprob", "sample"])
def test_every_prompt_renders(part: Instrument, mode: str) -> None:
    asker = Asker(7)
    worded = [question for question in part.questions if question.wordings and question.options <= LABELLED]
    if part.exam and len(worded) > MOST:
        worded = worded[:: len(worded) // MOST]
    for language in FRAMED & set(part.languages):
        for wording in part.wording_ids(language):
            template = part.template(language, wording)
            if template and template.reasons and mode == "logprob":
                continue
            labels = template.scripts[0] if template and template.scripts else "letters"
            hidden = labels == "cloze" or (template is not None and "{options}" not in template.text)
            for persona in ("none", "human"):
                framing = Framing(persona, "self", language, wording, mode=mode, labels=labels)
                asked = [asker.ask(part, question, framing) for question in worded]
                assert len({ask.ask for ask in asked}) == len(worded)
                for ask in asked:
                    assert ask.prompts, ask.question.id
                    for prompt in ask.prompts:
                        text = "\n".join(said for _, said in prompt.messages)
                        assert not FIELD.search(text), text
                        assert hidden or all(option in text for option in prompt.options)
                        assert bool(ask.who) == (persona == "human")
