"""A model that Inspect AI calls, against the same server as an endpoint's."""

import math
from typing import Any

import numpy as np
import pytest
from inspect_ai.model import (
    ChatCompletionChoice,
    ChatMessageAssistant,
    Logprob,
    Logprobs,
    ModelOutput,
    ModelUsage,
    TopLogprob,
)

from tawazun.answers import FILTERED, check
from tawazun.errors import BadStudy, Refused, RespondentFailed
from tawazun.respondents import Partly, Settings, make_respondent, respondent_id
from tawazun.respondents.catalogue.inspect import Inspect
from tawazun.respondents.endpoint_respondent import SEEDS
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
    with pytest.raises(Refused, match=r"can read it .*--allow-host http://one:8000"):
        make_respondent(Settings("x", "inspect", base_url="http://one:8000/v1", **keys))
    monkeypatch.setenv("FAULTY_BASE_URL", "http://two:9000/v1")
    with pytest.raises(Refused, match="--allow-host http://two:9000"):
        make_respondent(Settings("x", "inspect", **keys))
    monkeypatch.setenv("OPENAI_BASE_URL", "http://two:9000/v1")
    with pytest.raises(Refused, match="--allow-host http://two:9000"):
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


def test_no_redirection_takes_a_prompt_to_another_host() -> None:
    with serve() as other, serve(key=KEY, status=307, location=f"{other.url}/chat/completions") as server:
        (outcome,) = inspected(server, retries=0).answer([ask()], 1, 0)
        assert "307" in (outcome.error or "") and len(server.bodies) == 1 and not other.bodies


def test_single_replies_can_be_asked_for() -> None:
    one = ask(mode="sample", decoding="t=1,p=1,max=6,seed=0")
    with serve(key=KEY) as server:
        made = inspected(server)
        (whole,) = made.answer([one], 6, 7)
        (said,) = made.replies([one], [[1, 4]], 7)
        assert said == [(whole.text or ())[1], (whole.text or ())[4]] and len(server.bodies) == 8


# ---- a mock model of Inspect's own that goes wrong


def mocked(*outputs: ModelOutput | str | Exception) -> Inspect:
    """The mock model, giving these outputs in turn."""
    left = list(outputs)

    def give(*_: Any) -> Any:
        made = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(made, Exception):
            raise made
        return made

    settings = Settings("a mock", "inspect", model="mockllm/model", options={"retries": 0, "concurrency": 1})
    made = make_respondent(settings)
    assert isinstance(made, Inspect)
    made._args = {"custom_outputs": give}
    return made


def output(shares: list[tuple[str, float]] | None, text: str = "A", error: str | None = None) -> ModelOutput:
    top = [TopLogprob(token=token, logprob=math.log(p) if p > 0 else math.nan) for token, p in shares or []]
    place = Logprobs(content=[Logprob(token="A", logprob=-0.1, top_logprobs=top)]) if shares is not None else None
    choice = ChatCompletionChoice(message=ChatMessageAssistant(content=text), logprobs=place)
    # counted here: the mock would ask the network for a tokeniser
    return ModelOutput(model="m", choices=[choice], usage=ModelUsage(input_tokens=5, output_tokens=1), error=error)


EVEN = [(label, 0.24) for label in "ABCD"]


@pytest.mark.parametrize("shares", [EVEN, EVEN[::-1], EVEN * 2])
def test_order_and_doubles_of_a_list_move_nothing(shares: list[tuple[str, float]]) -> None:
    (outcome,) = mocked(output(shares)).answer([ask()], 1, 0)
    assert outcome.p == pytest.approx((0.24,) * 4) and outcome.off_menu == pytest.approx(0.04)


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (output([("A", 0.0)]), "nan is no log-probability"),
        (output([("A", 1.5)]), "is no log-probability"),
        (output([(label, 0.5) for label in "ABCD"]), "sum to 2.0000"),
        (output(EVEN[:2]), "C, D are not among the 2 likeliest tokens: between 0 and 0.52"),
        (output(None), "without log-probabilities; use mode sample"),
        (output(EVEN, error=f"it broke {KEY}"), "it broke [key]"),
        (ModelOutput(model="m", choices=[], usage=ModelUsage()), "no choices in the reply"),
        (RuntimeError(f"two\nlines and {KEY}"), "RuntimeError: two lines and [key]"),
        ("not an output", "AttributeError"),
    ],
)
def test_a_model_that_goes_wrong_is_a_reason_and_the_others_are_answered(made: Any, reason: str) -> None:
    first, second, third = mocked(output(EVEN), made, output(EVEN)).answer(many(3), 1, 0)
    assert first.error is third.error is None and second.p is None
    assert reason in (second.error or "") and "\n" not in (second.error or "") and KEY not in (second.error or "")


def test_replies_that_came_stand_beside_the_one_that_failed() -> None:
    one = ask(mode="sample", decoding="t=1,p=1,max=6,seed=0")
    made = mocked(output(None, "A"), output(None, "B"), RuntimeError("gone"), output(None, "C"))
    (said,) = made.replies([one], [[0, 1, 2, 3]], 0)
    assert isinstance(said, Partly) and said.outcome.error == "RuntimeError: gone"
    assert sorted(said.texts.values()) == ["A", "B"]


def test_what_a_filter_kept_back_is_a_refusal() -> None:
    made = ModelOutput(
        model="m",
        choices=[ChatCompletionChoice(message=ChatMessageAssistant(content=""), stop_reason="content_filter")],
        usage=ModelUsage(),
    )
    (outcome,) = mocked(made).answer([ask(mode="sample", decoding="t=0,p=1,max=6,seed=0")], 1, 0)
    assert (outcome.refused, outcome.unread, outcome.text) == (1.0, 0.0, (FILTERED,))
