"""Search over prompts: where they come from, equal budgets, resume, and what ends a search."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tawazun.adapt.objective import make_objective
from tawazun.adapt.prompts import Fit, Trial, lost_of, search_pool, shares_of
from tawazun.adapt.prompts_kept import keep_trials, read_trials
from tawazun.adapt.prompts_pool import cleaned, file_pool, our_pool, prompt, written_pool
from tawazun.adapt.search.records import Budget
from tawazun.adapt.steering import persona_steering
from tawazun.adapt.steering_near import near_steering, nearness
from tawazun.adapt.targets import Constants, target_of
from tawazun.answers import Outcome
from tawazun.cells import Ask, Asker, Decoding, Framing
from tawazun.errors import BadFile, BadStudy, RespondentFailed, StudyChanged
from tawazun.instruments import instrument
from tawazun.populations import load_populations
from tawazun.respondents import Respondent, Settings, Steering, make_respondent
from tests.fault_server import serve

ATLAS = instrument("atlas")
ITEMS = [question.id for question in ATLAS.questions]
FITTED = ATLAS.questions[:12]
PEOPLE = load_populations("atlas-1", data=None)


def asks(mode: str = "logprob", orders: Sequence[str] = ("forward", "reversed")) -> list[Ask]:
    decoding = "readout" if mode == "logprob" else Decoding().text
    asker = Asker(0)
    return [
        asker.ask(ATLAS, one, Framing("none", "self", "en", "w1", order, mode=mode, decoding=decoding))
        for one in FITTED for order in orders
    ]  # fmt: skip


def fit(place: str, respondent: Any = None, mode: str = "logprob", samples: int = 1) -> Fit:
    target = target_of(next(one for one in PEOPLE if one.place == place), ATLAS)
    objective = make_objective(
        "js_divergence", target, FITTED, (), weights={}, constants=Constants("fixed", np.zeros(0))
    )
    made = respondent or make_respondent(Settings("it", "planted"))
    return Fit(made, asks(mode), FITTED, objective, samples, 0)


def pool(count: int = 8) -> list[Steering]:
    return [prompt("x-badiyan", f"You are person number {n}.", "a test") for n in range(count)]


def valued(steering: Steering) -> Trial:
    """Value = distance of the person's number from 5."""
    number = int(re.findall(r"\d+", steering.title)[0])
    return Trial(steering.digest, steering.title, abs(number - 5) + 0.5, 0.0)


# ---- the search


def test_the_whole_pool_is_tried_once_and_the_best_is_found() -> None:
    found = search_pool(pool(), valued, Budget(100), seed=1, batch=3)
    assert (found.best.title, found.value, found.stopped) == ("You are person number 5.", 0.5, "done")
    assert len({one.digest for one in found.trials}) == len(found.trials) == 8
    assert found.trials[0].title == "You are person number 0."
    assert [one.evaluations for one in found.history] == [3, 6, 8]
    best = [one.best for one in found.history]
    assert best == sorted(best, reverse=True) and best[-1] == 0.5  # type: ignore[type-var]


def test_a_budget_is_met_exactly_and_a_standstill_ends_a_search() -> None:
    assert len(search_pool(pool(), valued, Budget(5), seed=1, batch=3).trials) == 5
    flat = search_pool(
        pool(20), lambda one: Trial(one.digest, one.title, 1.0 if one.title.endswith(" 0.") else 2.0, 0.0),
        Budget(100, stale=4), seed=1,
    )  # fmt: skip
    assert flat.stopped == "stale" and len(flat.trials) == 5 and flat.value == 1.0


def test_orders_depend_on_the_seed_alone() -> None:
    orders = [[one.title for one in search_pool(pool(), valued, Budget(100), seed=seed).trials] for seed in (1, 1, 2)]
    assert orders[0] == orders[1] != orders[2]


def test_a_search_that_was_killed_goes_on_and_tries_nothing_twice(tmp_path: Path) -> None:
    file = tmp_path / "trials.json"
    tried: list[str] = []

    def attempt(one: Steering) -> Trial:
        if len(tried) == 4:
            raise KeyboardInterrupt
        tried.append(one.digest)
        return valued(one)

    def keep(trials: Sequence[Trial], history: object) -> None:
        keep_trials(file, "me", trials)

    with pytest.raises(KeyboardInterrupt):
        search_pool(pool(), attempt, Budget(7), seed=3, on_generation=keep)
    known = read_trials(file, "me")
    again: list[str] = []

    def counted(one: Steering) -> Trial:
        again.append(one.digest)
        return valued(one)

    resumed = search_pool(pool(), counted, Budget(7), seed=3, known=known, on_generation=keep)
    whole = search_pool(pool(), valued, Budget(7), seed=3)
    assert resumed.trials == whole.trials and len(known) == 4 and len(again) == 3
    with pytest.raises(StudyChanged, match="another search"):
        read_trials(file, "you")
    assert read_trials(tmp_path / "none.json", "me") == {}
    for text in ("{", "[]", '{"version": 2}', '{"version": 1, "owner": "me", "trials": [{"x": 1}]}'):
        file.write_text(text, encoding="utf-8")
        with pytest.raises(BadFile):
            read_trials(file, "me")


def test_searches_that_lead_nowhere_say_so() -> None:
    with pytest.raises(BadStudy, match="pool is empty"):
        search_pool([], valued, Budget(5), seed=0)
    with pytest.raises(BadStudy, match="the same prompt twice: You are person number 0"):
        search_pool([*pool(), pool()[0]], valued, Budget(5), seed=0)
    with pytest.raises(BadStudy, match="objective is constant: 10 prompts all scored 1"):
        search_pool(pool(30), lambda one: Trial(one.digest, one.title, 1.0, 0.0), Budget(30), seed=0)
    with pytest.raises(BadStudy, match="objective is constant: 2 prompts"):
        search_pool(pool(2), lambda one: Trial(one.digest, one.title, 1.0, 0.0), Budget(8), seed=0)
    with pytest.raises(RespondentFailed, match="none of 8 prompts got an answer"):
        search_pool(pool(), lambda one: Trial(one.digest, one.title, None, 1.0), Budget(8), seed=0)
    with pytest.raises(BadStudy, match="1 prompt or more, not 0"):
        search_pool(pool(), valued, Budget(5), seed=0, batch=0)


def test_a_prompt_that_silences_an_item_is_never_best_and_failures_are_counted() -> None:
    silent = pool()[5].digest

    def attempt(one: Steering) -> Trial:
        return Trial(one.digest, one.title, None, 1.0) if one.digest == silent else valued(one)

    found = search_pool(pool(), attempt, Budget(100), seed=1, batch=8)
    assert found.value == 1.5 and found.history[0].failed == 1


# ---- what is tried


def test_the_near_country_is_picked_where_the_model_hardly_knows_the_target() -> None:
    """On exact answers of the planted world, with choices made on items outside the fit."""
    near = nearness("x-ngalessa", PEOPLE, ATLAS, [one.id for one in FITTED])
    own, wrong = persona_steering("x-ngalessa", ["en"]), persona_steering("x-norvane", ["en"])
    choice = [own, near_steering(near, ["en"]), wrong]
    one = fit("x-ngalessa")
    found = search_pool(choice, one.attempt, Budget(10), seed=0)
    assert found.best.kind == "near"
    by = {trial.title: trial.value for trial in found.trials}
    assert by[choice[1].title] < by[choice[0].title] < by[choice[2].title]  # type: ignore[operator]
    held = [trial.lost for trial in found.trials]
    assert held == [0.0, 0.0, 0.0]


def test_generated_text_alone_is_enough() -> None:
    """Replies of the planted respondent instead of probabilities: the same choice, no read-out anywhere."""
    choice = [persona_steering(code, ["en"]) for code in ("x-badiyan", "x-norvane", "x-qamaria")]
    found = search_pool(choice, fit("x-badiyan", mode="generate", samples=40).attempt, Budget(10), seed=0)
    assert found.best is choice[2]


def test_an_endpoint_is_searched_on_its_replies() -> None:
    with serve() as server:
        settings = Settings("it", "endpoint", model="planted", base_url=server.url)
        inner = make_respondent(settings)
        assert isinstance(inner, Respondent)
        one = fit("x-badiyan", inner, mode="generate", samples=2)
        found = search_pool(our_pool("x-badiyan", ["en"]), one.attempt, Budget(3), seed=0)
    assert found.stopped == "budget" and len(found.trials) == 3
    assert sum(server.good.values()) == 3 * len(one.asks) * 2
    assert not any("logprobs" in body for _, body in server.bodies)


def test_a_planted_objective_that_no_wording_moves_is_refused() -> None:
    """The exact respondent hears who is played, not how it is said: a pool of wordings is constant there."""
    with pytest.raises(BadStudy, match="objective is constant"):
        search_pool(pool(), fit("x-badiyan").attempt, Budget(8), seed=0)


def test_shares_are_averaged_over_framings_and_lost_mass_is_told() -> None:
    made = asks()[:4]
    two, one = Outcome(p=(0.2, 0.2, 0, 0, 0), off_menu=0.6), Outcome(p=(0, 0, 0, 0, 1.0), off_menu=0.0)
    found = shares_of(made, [two, one, Outcome(error="no"), Outcome(p=(0.0,) * 5, off_menu=1.0)], FITTED[:2])
    assert np.allclose(found[0], (0.25, 0.25, 0, 0, 0.5)) and np.isnan(found[1]).all()
    assert [lost_of(each) for each in (two, one, Outcome(error="no"))] == [0.6, 0.0, 1.0]


# ---- where prompts come from


def test_our_pool_has_every_wording_once() -> None:
    found = our_pool("EGY", ["en", "ar", "zh"])
    assert len(found) == len({one.title for one in found}) == len({one.digest for one in found}) == 24
    assert {one.voices[0].perspective for one in found} == {"persona", "observer"}
    assert all(set(one.voices[0].says) == {"*"} for one in found)
    with pytest.raises(BadStudy):
        our_pool("EGY", ["tlh"])


def test_the_users_prompts_are_read_and_checked(tmp_path: Path) -> None:
    file = tmp_path / "mine.txt"
    text = "\ufeff# mine\n\nSpeak as {place} speaks.\nspeak as {place} SPEAKS\nBe kind, and Egyptian.\n"
    file.write_text(text, encoding="utf-8")
    found = file_pool(file, "EGY", "en", [])
    assert [one.title for one in found] == ["Speak as Egypt speaks.", "Be kind, and Egyptian."]
    assert found[0].sources == ("mine.txt",)
    stem = ATLAS.questions[0].worded("en", "w1")
    assert stem is not None
    for text, says in (
        ("You {who}, answer.\n", r"mine.txt, line 1: \{who\} is no field"),
        ("hm\n", "line 1: a prompt has 8 to 600 letters, not 2"),
        ("x" * 601 + "\n", "not 601"),
        (f"Asked “{stem.stem}” say yes.\n", "line 1: it gives away atlas:a01"),
    ):
        file.write_text(text, encoding="utf-8")
        with pytest.raises(BadStudy, match=says):
            file_pool(file, "EGY", "en", [(ATLAS, ITEMS)])
    file.write_text("# nothing\n", encoding="utf-8")
    with pytest.raises(BadFile, match="no prompt in it"):
        file_pool(file, "EGY", "en", [])
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadFile, match="not UTF-8"):
        file_pool(file, "EGY", "en", [])
    with pytest.raises(BadFile, match="cannot be read"):
        file_pool(tmp_path / "none.txt", "EGY", "en", [])


class Writer:
    """Writes the same few replies."""

    batch = 8
    modes: tuple[str, ...] = ("generate",)

    def __init__(self, *replies: str, error: str | None = None) -> None:
        self.identity = {"kind": "writer"}
        self.asked: list[Ask] = []
        self._replies, self._error = replies, error

    def answer(self, asks: Any, samples: int, study_seed: int) -> Any:
        self.asked += asks
        for _ in asks:
            yield Outcome(error=self._error) if self._error else Outcome(text=self._replies[:samples], n=samples)


def test_a_respondent_writes_prompts_from_the_country_alone() -> None:
    stem = ATLAS.questions[0].worded("en", "w1")
    assert stem is not None
    writer = Writer("“Answer as Egyptians do.”", "answer as egyptians do", "No.", f"When asked: {stem.stem} say yes.")
    found = written_pool(writer, "EGY", ["en"], 4, [(ATLAS, ITEMS)], seed=5)
    assert [one.title for one in found.prompts] == ["Answer as Egyptians do."]
    assert found.prompts[0].sources[0].startswith("written by respondent ")
    assert sorted(found.dropped.values()) == [1, 1, 1] and found.dropped["twice"] == 1
    (ask,) = writer.asked
    text = " ".join(text for one in ask.prompts for _, text in one.messages)
    assert "Egypt" in text and stem.stem not in text and ask.framing.mode == "generate"


def test_a_respondent_that_writes_nothing_is_named() -> None:
    with pytest.raises(RespondentFailed, match="nothing was written in 'en': busy"):
        written_pool(Writer(error="busy"), "EGY", ["en"], 2, [], seed=0)
    with pytest.raises(RespondentFailed, match=r"none of the replies is a prompt \(no prompt by its length: 2\)"):
        written_pool(Writer("", "…"), "EGY", ["en"], 2, [], seed=0)
    mute = Writer("text")
    mute.modes = ("logprob",)
    with pytest.raises(BadStudy, match="generates text"):
        written_pool(mute, "EGY", ["en"], 2, [], seed=0)


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        ('"Answer as people do."', "Answer as people do."),
        ("Here is one:\n\nAnswer as\npeople do.\n\nI hope it helps.", "Answer as people do."),
        ("Here is one:", "Here is one:"),
        ("**Answer as people do.**", "Answer as people do."),
        ("«أجب كما يجيب الناس.»", "أجب كما يجيب الناس."),
        ("  \n ", ""),
    ],
)
def test_replies_are_cleaned(reply: str, text: str) -> None:
    assert cleaned(reply) == text
