"""Sets of the Hub over HTTP: open, gated, closed, gone, disabled, broken, huge; each comes to one clear outcome."""

from collections.abc import Iterator

import pytest

from tawazun.api.cards import review_card
from tawazun.audit.cards.hub import from_hub, task_of
from tawazun.data.cards import MOST_README, Hub, HubCard
from tawazun.errors import BadFile
from tests.audit.cards.hub import README, Told, served


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with served() as where:
        yield where


@pytest.fixture(autouse=True)
def online(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)


@pytest.fixture
def hub(address: str) -> Hub:
    return Hub(address)


def test_an_open_set_is_read_whole(hub: Hub) -> None:
    made = hub.card("own/open")
    assert (made.outcome, made.likes, made.downloads, made.models, made.spaces) == ("reviewed", 12, 340, 3, 3)
    assert made.last_modified == "2025-03-01" and made.readme == README
    facts = from_hub("own/open", hub)
    assert facts.licence == "mit" and facts.arxiv == ("2401.00001",) and facts.task == "Q&A"


@pytest.mark.parametrize(
    ("name", "outcome", "why"),
    [
        ("own/bare", "reviewed", ""),
        ("own/gated", "gated", "without accepting its terms"),
        ("own/closed", "gated", "its terms have to be accepted"),
        ("own/gone", "gone", "not on the Hub"),
        ("own/disabled", "gone", "disabled by the Hub"),
        ("own/broken", "unreachable", "500"),
        ("own/halfway", "partly", "README: the Hub answered 500"),
        ("no name/at-all", "gone", "no name"),
    ],
)
def test_one_outcome_per_set(hub: Hub, name: str, outcome: str, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    made = hub.card(name)
    assert made.outcome == outcome and why in made.why
    assert "\n" not in made.why


def test_a_gated_set_still_has_what_the_hub_shows(hub: Hub) -> None:
    facts = from_hub("own/gated", hub)
    assert facts.outcome == "gated" and facts.likes == 12 and facts.licence == "mit" and facts.readme is None
    assert facts.untold == ("scientific",)
    assert from_hub("own/closed", hub).untold == from_hub("own/gone", hub).untold == ("licensing", "scientific")
    assert from_hub("own/bare", hub).untold == ()


def test_a_revision_that_is_not_there(hub: Hub) -> None:
    made = hub.card("own/open", "abc")
    assert made.outcome == "gone" and "no revision 'abc'" in made.why


def test_only_the_beginning_of_a_huge_readme_is_read(hub: Hub) -> None:
    made = hub.card("own/huge")
    assert made.readme is not None and len(made.readme) == MOST_README + 1
    facts = from_hub("own/huge", hub)
    assert facts.outcome == "partly" and any("only its first" in note for note in facts.notes)


def test_nobody_there() -> None:
    made = Hub("http://127.0.0.1:9").card("own/open")
    assert made.outcome == "unreachable" and "did not answer" in made.why


@pytest.mark.parametrize("outcome", ["gone", "unreachable", "gated"])
def test_a_single_set_that_cannot_be_read_is_one_line(outcome: str) -> None:
    told = Told({"own/set": HubCard("own/set", outcome=outcome, why="the reason")})  # type: ignore[arg-type]
    with pytest.raises(BadFile, match="'own/set': the reason"):
        review_card("own/set", date="2025-07", reader=lambda: told)


@pytest.mark.parametrize("name", ["../up", "a/b/c", "no such folder", "own/ set"])
def test_what_is_neither_folder_nor_name(name: str) -> None:
    with pytest.raises(BadFile, match="no such folder"):
        review_card(name, reader=lambda: Told({}))


def test_tasks_are_told_by_name_then_by_tag() -> None:
    assert task_of("arbml/CIDAR", ("task_categories:translation",)) == "Cultural Alignment"
    assert task_of("own/set", ("task_categories:robotics", "task_categories:summarization")) == "Summarization"
    assert task_of("own/set", ()) == ""
