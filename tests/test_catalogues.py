"""One contract over every part of every catalogue: what a file must offer so that adding a part is adding a file."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tawazun.answers import Outcome, check
from tawazun.catalogue import load, names
from tawazun.cells import Asker, Framing
from tawazun.errors import BadFile, BadStudy, TawazunError, UnknownName
from tawazun.estimates import Estimate
from tawazun.instruments import Instrument, instrument
from tawazun.measures import find_measure, measure_names
from tawazun.measures.context import make_context
from tawazun.places import Group, Place
from tawazun.populations import humans_table
from tawazun.respondents import Recorded, Respondent, Settings, make_respondent, respondent_id
from tests.fault_server import FaultServer, serve
from tests.measures.test_measures import TOY, answers, everyone, people
from tests.toys import study, write

PACKAGE = Path(__file__).resolve().parent.parent / "src" / "tawazun"
PARTS = {
    "places": ("PLACES", "GROUPS"),
    "instruments": (),
    "populations": ("POPULATION",),
    "respondents": ("RESPONDENT",),
    "measures": ("MEASURE",),
    "cells": ("FRAME",),
    "claims": (),
}
EVERY = [(room, name) for room in PARTS for name in names(f"tawazun.{room}.catalogue")]


def folder(room: str) -> str:
    return f"tawazun.{room}.catalogue"


def test_every_catalogue_of_the_package_is_under_contract() -> None:
    found = {path.parent.name for path in PACKAGE.glob("*/catalogue")}
    assert found - {"answers"} == set(PARTS)


@pytest.mark.parametrize(("room", "name"), EVERY)
def test_a_part_offers_what_its_catalogue_promises(room: str, name: str) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]*", name)
    for part in PARTS[room]:
        assert load(folder(room), name, part) is not None


@pytest.mark.parametrize("room", PARTS)
def test_an_unknown_name_is_answered_with_the_closest(room: str) -> None:
    known = names(folder(room))[0]
    with pytest.raises(UnknownName, match=re.escape(known)):
        load(folder(room), f"{known}x", "ANYTHING")


@pytest.mark.parametrize("name", names(folder("places")))
def test_places_and_groups(name: str) -> None:
    for place in load(folder("places"), name, "PLACES"):
        assert isinstance(place, Place) and place.english
    for group in load(folder("places"), name, "GROUPS"):
        assert isinstance(group, Group) and "@" in group.id and group.source.cite
        assert {code for part in group.parts.values() for code in part} <= set(group.members)


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with serve() as running:
        yield running


def made(kind: str, tmp_path: Path, server: FaultServer) -> Respondent | Recorded:
    file = write(tmp_path / "r.csv", "instrument,question,option,share\natlas,a01,1,0.25\natlas,a01,2,0.75\n")
    stem = instrument("atlas").questions[0].wordings[0].stem
    samples = [{"id": "a01", "input": stem, "target": "", "output": {"choices": [{"message": {"content": "B"}}]}}]
    log = write(tmp_path / "log.json", json.dumps({"eval": {"task": "t", "model": "m"}, "samples": samples}))
    settings: dict[str, dict[str, Any]] = {
        "hf": {"model": "planted"},
        "recorded": {"file": str(file)},
        "log": {"file": str(log)},
        "endpoint": {"model": "m", "base_url": server.url},
        "inspect": {"model": "openai-api/x/m", "base_url": server.url, "allow_hosts": (server.host,)},
    }
    return make_respondent(Settings("a label", kind, **settings.get(kind, {})))


@pytest.mark.parametrize("kind", names(folder("respondents")))
def test_respondents(kind: str, tmp_path: Path, server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X_API_KEY", "x")
    one = made(kind, tmp_path, server)
    assert all(isinstance(key, str) and isinstance(value, str) for key, value in one.identity.items())
    assert one.identity["kind"] == kind
    assert "a label" not in one.identity.values() and str(tmp_path) not in str(one.identity)
    assert respondent_id(one.identity) == respondent_id(made(kind, tmp_path, server).identity)
    atlas = instrument("atlas")
    if not isinstance(one, Respondent):
        assert [cell.question for cell in one.cells([atlas])] == ["a01"]
        return
    framings = [Framing("none", "self", "en", "w1"), Framing("x-sahelia", "persona", "ar", "w2", order="reversed")]
    asks = [Asker(0).ask(atlas, question, framing) for question in atlas.questions[:5] for framing in framings]
    outcomes = list(one.answer(asks, 1, 7))
    assert len(outcomes) == len(asks)
    for ask, outcome in zip(asks, outcomes, strict=True):
        assert isinstance(check(outcome, ask.question, kind), Outcome)
    again = list(one.answer(asks[::-1], 1, 7))[::-1]
    for left, right in zip(outcomes, again, strict=True):
        assert np.allclose(left.p or (), right.p or (), atol=1e-5)


@pytest.mark.parametrize("name", measure_names())
def test_measures(name: str) -> None:
    measure = find_measure(name)
    assert measure.name == name
    assert measure.title and measure.unit and measure.source
    keys = study(measure={"populations": ["toysurvey-1"], "groups": ["group:arab-league@2023-05"]}).measure
    context = make_context(answers(everyone()), humans_table(people()), [TOY], keys, 0)
    found = list(measure.compute(context))
    assert all(isinstance(row, Estimate) and row.measure == name for row in found)
    for row in found:
        assert row.unit and all(np.isfinite(x) for x in (row.value, row.low, row.high, row.p) if x is not None)
        assert row.value is not None or row.why, row
        assert row.low is None or row.value is None or row.low - 1e-9 <= row.value <= row.high + 1e-9  # type: ignore[operator]


@pytest.mark.parametrize("name", measure_names())
def test_measures_of_nothing_say_nothing_or_why(name: str) -> None:
    keys = study(measure={}).measure
    empty = make_context(answers([]), humans_table([]), [TOY], keys, 0)
    assert list(find_measure(name).compute(empty)) == []
    one = [row for row in everyone(("w1",)) if row["persona"] == "none"]
    alone = make_context(answers(one), humans_table([]), [TOY], keys, 0)
    assert all(row.value is not None or row.why for row in find_measure(name).compute(alone))


@pytest.mark.parametrize("name", names(folder("cells")))
def test_frames(name: str) -> None:
    frame = load(folder("cells"), name, "FRAME")
    assert frame.language.lower().replace("-", "_") == name
    assert len(frame.descriptors) >= 3 and all(d.language == frame.language for d in frame.descriptors)
    assert all("{place}" in d.place and "{place}" in d.observer for d in frame.descriptors)
    for text, holes in ((frame.some, "{option}"), (frame.second, "{first}"), (frame.several, "{pick}")):
        assert holes in text


def test_every_instrument_loads_or_says_what_it_needs() -> None:
    for name in names(folder("instruments")):
        try:
            assert isinstance(instrument(name), Instrument)
        except BadFile as error:
            assert "--data" in str(error)
        except (BadStudy, TawazunError) as error:
            pytest.fail(f"{name}: {error}")
