"""A model that Inspect AI calls, against the same server as an endpoint's."""

import math
from typing import Any

import numpy as np
import pytest

from tawazun.answers import check
from tawazun.errors import BadStudy, Refused, RespondentFailed
from tawazun.respondents import Settings, make_respondent, respondent_id
from tawazun.respondents.catalogue.inspect import SEEDS, Inspect
from tawazun.seeds import seed_for
from tests.fault_server import FaultServer, mass, serve, told
from tests.respondents.test_endpoint import ask, many, text_of

KEY = "sk-" + "0123456789abcdef" * 2


def inspected(server: FaultServer, **options: Any) -> Inspect:
    keys = {"model": "openai-api/faulty/planted", "base_url": server.url, "allow_hosts": (server.host,)}
    made = make_respondent(Settings("a model", "inspect", options={"timeout": 5, "retries": 2, **options}, **keys))
    assert isinstance(made, Inspect)
    return made


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAULTY_API_KEY", KEY)


def test_shares_are_those_of_the_server() -> None:
    asks = [*many(8), ask("some"), ask("pair")]
    with serve(key=KEY) as server:
        made = inspected(server)
        outcomes = list(made.answer(asks, 1, 7))
        assert "10 requests" not in made.notes[0] and f"{len(server.bodies)} requests" in made.notes[0]
    for one, outcome in zip(asks, outcomes, strict=True):
        check(outcome, one.question, "here")
        assert outcome.error is None
    for one, outcome in zip(asks[:8], outcomes, strict=False):
        right = list(mass(text_of(one)).values())[:4]
        assert np.allclose(outcome.p or (), right, atol=1e-9)
        assert outcome.off_menu is not None and math.isclose(outcome.off_menu, 1 - sum(right), abs_tol=1e-9)


def test_replies_are_drawn_by_seeds_of_their_own() -> None:
    one = ask(mode="sample", decoding="t=1,p=1,max=6,seed=0")
    with serve(key=KEY) as server:
        (outcome,) = inspected(server).answer([one], 4, 7)
    seeds = [seed_for(7, one.ask, k) % SEEDS for k in range(4)]
    assert outcome.text == tuple(told(text_of(one), seed) for seed in seeds)


def test_a_model_without_logprobs_stops_with_one_clear_line() -> None:
    with serve(key=KEY, drops=["logprobs"]) as server:
        with pytest.raises(
            RespondentFailed, match=r"^respondent a model: .*without log-probabilities; use mode sample"
        ):
            list(inspected(server, concurrency=4).answer(many(60), 1, 0))
        assert len(server.bodies) <= 7


def test_a_failure_is_a_reason_without_the_key() -> None:
    with serve(key=KEY, status=400) as server:
        (outcome,) = inspected(server).answer([ask()], 1, 0)
    assert "400" in (outcome.error or "") and KEY not in (outcome.error or "")


def test_a_key_goes_to_an_allowed_host_only(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {"model": "openai-api/faulty/planted"}
    with pytest.raises(Refused, match="--allow-host one:8000"):
        make_respondent(Settings("x", "inspect", base_url="http://one:8000/v1", **keys))
    monkeypatch.setenv("FAULTY_BASE_URL", "http://two:9000/v1")
    with pytest.raises(Refused, match="--allow-host two:9000"):
        make_respondent(Settings("x", "inspect", **keys))
    monkeypatch.setenv("OPENAI_BASE_URL", "http://two:9000/v1")
    with pytest.raises(Refused, match="--allow-host two:9000"):
        make_respondent(Settings("x", "inspect", model="openai/m"))


def test_identity_and_settings() -> None:
    def of(**options: Any) -> str:
        return respondent_id(make_respondent(Settings("x", "inspect", model="mockllm/model", options=options)).identity)

    assert of() == of(concurrency=3, retries=1) != of(top=5)
    for keys, line in (
        ({"model": "gpt"}, "PROVIDER/NAME"),
        ({"model": "a/b", "key_env": "X"}, "no use of 'key_env'"),
        ({"model": "a/b", "options": {"api": "chat"}}, "options.api is unknown"),
        ({"model": "a/b", "options": {"top": "many"}}, "options.top is a"),
    ):
        with pytest.raises(BadStudy, match=f"^respondent x: .*{line}"):
            make_respondent(Settings("x", "inspect", **keys))  # type: ignore[arg-type]
