"""An endpoint against a server that is right, that lacks something, and that goes wrong; every number recomputed."""

import math
import re
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tawazun import api
from tawazun.answers import Outcome, check, read_reply
from tawazun.cells import Ask, Asker, Framing
from tawazun.engine.chat import Chat
from tawazun.errors import BadStudy, Refused, RespondentFailed
from tawazun.instruments import Instrument, Question, Wording, pair_codes
from tawazun.respondents import Settings, make_respondent, respondent_id
from tawazun.respondents.catalogue.endpoint import Endpoint
from tawazun.respondents.endpoint_calls import retry_after
from tawazun.respondents.endpoint_keys import without_key
from tawazun.respondents.endpoint_respondent import SEEDS
from tawazun.respondents.endpoint_shapes import plain_text
from tawazun.seeds import seed_for
from tests.fault_server import FAULTS, FaultServer, mass, serve, told
from tests.toys import SOURCE, study

BASE = Framing("none", "self", "en", "w1")
QUICK = {"wait": 0.01, "timeout": 2.0, "concurrency": 8}
FOUR = ("never", "seldom", "often", "always")


def worded(stem: str, options: Sequence[str]) -> tuple[Wording, ...]:
    return (Wording("w1", "en", stem, tuple(options)),)


ITEMS = Instrument(
    "toy",
    "A toy",
    (
        Question("one", "one", (1, 2, 3, 4), worded("How often?", FOUR), ordinal=True),
        Question("some", "some", (1, 1, 1), worded("Which do you name?", FOUR[:3]), pick=2),
        Question("pair", "pair", pair_codes(3, lambda a, b: a - b), worded("Which comes first?", FOUR[:3])),
        Question("ten", "one", tuple(range(1, 12)), worded("Where?", [f"step {n}" for n in range(11)])),
        Question("number", "number", (0, 100), worded("How many?", ())),
    ),
    SOURCE,
    "anything real",
)


def ask(item: str = "one", **changes: Any) -> Ask:
    question = ITEMS.question(item)
    assert question is not None
    return Asker(0).ask(ITEMS, question, replace(BASE, **changes))


def many(count: int) -> list[Ask]:
    texts = [Question(f"q{n}", "one", (1, 2, 3, 4), worded(f"How often {n}?", FOUR)) for n in range(count)]
    made = Instrument("many", "Many", tuple(texts), SOURCE, "anything real")
    return [Asker(0).ask(made, one, BASE) for one in texts]


def endpoint(server: FaultServer, **changes: Any) -> Endpoint:
    keys = {"base_url": server.url, "model": "planted", **changes}
    options = QUICK | keys.pop("options", {})
    made = make_respondent(Settings("a server", "endpoint", options=options, **keys))
    assert isinstance(made, Endpoint)
    return made


def answered(made: Endpoint, asks: Sequence[Ask], samples: int = 1) -> list[Outcome]:
    outcomes = list(made.answer(asks, samples, 7))
    for one, outcome in zip(asks, outcomes, strict=True):
        check(outcome, one.question, "here")
    return outcomes


def text_of(one: Ask, at: int = 0, chat: bool = True) -> str:
    prompt = one.prompts[at]
    return "\n".join(text for _, text in prompt.messages) if chat else plain_text(prompt.messages, prompt.cue)


# ---- exact answers from a server that is right


@pytest.mark.parametrize("chat", [True, False])
@pytest.mark.parametrize("readout", ["top_logprobs", "logprob_token_ids", "generative_scoring", "score"])
@pytest.mark.parametrize("order", ["forward", "reversed"])
def test_shares_are_those_of_the_server(readout: str, chat: bool, order: str) -> None:
    one = ask(order=order)
    with serve() as server:
        options = {"readout": readout, "api": "chat" if chat else "completion"}
        (outcome,) = answered(endpoint(server, options=options), [one])
    letters = list(mass(text_of(one, chat=chat)).values())[:4]
    right = letters if order == "forward" else letters[::-1]
    assert outcome.error is None and outcome.off_menu is not None
    assert np.allclose(outcome.p or (), right, atol=1e-9)
    assert math.isclose(outcome.off_menu, 1 - sum(right), abs_tol=1e-9)


def test_several_prompts_make_one_answer() -> None:
    some, pair = ask("some"), ask("pair")
    with serve() as server:
        named, chosen = answered(endpoint(server), [some, pair])
    yes = [mass(text_of(some, at))["A"] for at in range(3)]
    assert np.allclose(named.p or (), yes, atol=1e-9)
    first = mass(text_of(pair))
    second = [mass(text_of(pair, at)) for at in (1, 2, 3)]
    expected = [first["ABC"[i]] * second[i]["AB"[j]] for i in range(3) for j in range(2)]
    assert np.allclose(chosen.p or (), expected, atol=1e-9)


def test_replies_are_drawn_by_seeds_of_their_own() -> None:
    one = ask(mode="sample", decoding="t=1,p=1,max=6,seed=0")
    with serve() as server:
        (outcome,) = answered(endpoint(server), [one], samples=12)
        (again,) = answered(endpoint(server), [one], samples=12)
        assert len({body["seed"] for _, body in server.bodies}) == 12
        assert all(body["max_tokens"] == 6 and body["temperature"] == 1 for _, body in server.bodies)
    seeds = [seed_for(7, one.ask, k) % SEEDS for k in range(12)]
    texts = tuple(told(text_of(one), seed) for seed in seeds)
    assert outcome.text == texts and outcome == again and len(set(texts)) > 1
    read = [read_reply(text, FOUR, "ABCD", "en", "one").chosen for text in texts]
    assert np.allclose(outcome.p or (), [sum(r == (k,) for r in read) / 12 for k in range(4)])
    assert outcome.unread == sum(r is None for r in read) / 12


def test_at_temperature_0_one_reply_stands_for_all_and_together_is_one_request() -> None:
    cold, warm = (ask(mode="sample", decoding=f"t={t},p=1,max=6,seed=0") for t in (0, 1))
    with serve() as server:
        made = endpoint(server, options={"together": True, "reply_limit": "max_completion_tokens"})
        outcomes = answered(made, [cold, warm], samples=5)
        assert len(server.bodies) == 2 and sum("n" in body for _, body in server.bodies) == 1
        assert all(body["max_completion_tokens"] == 6 for _, body in server.bodies)
    assert [one.n for one in outcomes] == [5.0, 5.0] and len(set(outcomes[0].text or ())) == 1


def test_a_server_that_does_not_sample_is_noted() -> None:
    asks = [replace(one, framing=ask(mode="sample", decoding="t=1,p=1,max=6,seed=0").framing) for one in many(20)]
    with serve(drops=["sampling"]) as server, serve() as sampling:
        frozen, alive = endpoint(server), endpoint(sampling)
        for made in (frozen, alive):
            answered(made, asks, samples=3)
    assert frozen.notes[-1] == "20 cells of several replies and never two that differ: the server seems not to sample"
    assert len(alive.notes) == 1


def test_a_completion_has_the_layout_of_a_local_model_without_a_template() -> None:
    class Bare:
        chat_template = None

    messages = [("system", "You are a person."), ("user", "How often?")]
    assert plain_text(messages, "Answer:") == Chat(Bare()).text(messages, "Answer:")


# ---- what a server does not have


def test_a_server_without_logprobs_stops_with_one_clear_line() -> None:
    with serve(drops=["logprobs"]) as server:
        made = endpoint(server)
        with pytest.raises(RespondentFailed, match=r"^respondent a server: .*without log-probabilities.*sample") as why:
            list(made.answer(many(200), 1, 0))
        assert "\n" not in str(why.value)
        assert len(server.bodies) <= 3 + QUICK["concurrency"]


def test_labels_outside_a_short_list_are_bounded_and_never_0() -> None:
    one = ask()
    with serve(top=3) as server:
        (outcome,) = answered(endpoint(server), [one])
        (kept,) = answered(made := endpoint(server, options={"omitted": 1}), [one])
    assert outcome.p is None and outcome.off_menu is None
    assert "not among the 3 likeliest tokens: between 0 and" in (outcome.error or "")
    letters = mass(text_of(one))
    listed = sorted(((0.75 * share, letter) for letter, share in letters.items()), reverse=True)[:3]
    left = 1 - sum(share for share, _ in listed)
    for letter in "ABCD":
        own = sum(share for share, name in listed if name == letter)
        assert f"{letter} {own:.3g}-{own + left:.3g}" in (outcome.error or "")
    assert kept.error is None and any("counts 0" in note for note in made.notes)


@pytest.mark.parametrize(("readout", "route"), [("generative_scoring", "/generative_scoring"), ("score", "/v1/score")])
def test_a_read_out_that_a_server_lacks_is_never_replaced(readout: str, route: str) -> None:
    routes = {"/v1/chat/completions", "/tokenize"}
    with serve(routes=routes) as server:
        with pytest.raises(RespondentFailed, match=f"{route}: 404"):
            list(endpoint(server, options={"readout": readout}).answer([ask()], 1, 0))
        assert not any(path.endswith("completions") for path, _ in server.bodies)


def test_token_numbers_that_are_passed_over_are_noticed() -> None:
    with (
        serve(drops=["logprob_token_ids"]) as server,
        pytest.raises(RespondentFailed, match="takes no notice of logprob_token_ids"),
    ):
        list(endpoint(server, options={"readout": "logprob_token_ids"}).answer([ask()], 1, 0))


@pytest.mark.parametrize("readout", ["generative_scoring", "score"])
def test_scores_among_the_labels_alone_are_noticed(readout: str) -> None:
    with (
        serve(drops=["apply_softmax"]) as server,
        pytest.raises(RespondentFailed, match="takes no notice of apply_softmax"),
    ):
        list(endpoint(server, options={"readout": readout}).answer(many(40), 1, 0))


def test_whether_scores_are_whole_is_asked_once() -> None:
    with serve() as server:
        answered(endpoint(server, options={"readout": "score"}), many(12))
        asked = [len(body["label_token_ids"]) for path, body in server.bodies if path == "/v1/score"]
    assert sorted(asked) == [1] + [8] * 12


def test_what_cannot_be_read_says_why() -> None:
    asks = [ask("ten", labels="digits"), ask("number"), ask(labels="text"), ask(labels="ar-letters")]
    with serve() as server:
        one, two, three, four = answered(endpoint(server), asks)
        (five,) = answered(endpoint(server, options={"readout": "score"}), [ask("ten", labels="digits")])
    assert "label '1' begins label '10'" in (one.error or "")
    assert "has no options" in (two.error or "") and "labels only" in (three.error or "")
    # the list is whole but for a hundredth, and no Arabic letter is on it
    assert "not among the" in (four.error or "") and "not one token" in (five.error or "")


# ---- faults


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_alone_is_got_over(fault: str) -> None:
    asks = many(6)
    with serve(seed=3, faults=0.5, kinds=[fault], slow=0.8) as server:
        outcomes = answered(endpoint(server, options={"timeout": 0.5, "retries": 12}), asks)
        assert [one.error for one in outcomes] == [None] * 6
        assert set(server.good.values()) == {1}
        if fault != "disorder":
            assert sum(server.asked.values()) > 6
    for one, outcome in zip(asks, outcomes, strict=True):
        assert np.allclose(outcome.p or (), list(mass(text_of(one)).values())[:4], atol=1e-9)


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_refused_request_is_not_sent_again(status: int) -> None:
    with serve(status=status) as server:
        (outcome,) = answered(endpoint(server), [ask()])
        assert len(server.bodies) == 1 and (outcome.error or "").startswith(f"{status} ")


@pytest.mark.parametrize("status", [301, 307, 401, 403, 404])
def test_what_will_not_pass_stops_the_respondent(status: int) -> None:
    with serve(status=status) as server:
        with pytest.raises(RespondentFailed, match=str(status)):
            list(endpoint(server).answer(many(100), 1, 0))
        assert len(server.bodies) <= QUICK["concurrency"]


def test_retries_end_and_the_last_reason_stands() -> None:
    with serve(status=503) as server:
        (outcome,) = answered(endpoint(server, options={"retries": 2}), [ask()])
        assert len(server.bodies) == 3
    assert (outcome.error or "").startswith("503 ") and "(after 3 tries)" in (outcome.error or "")


def test_nobody_there_is_a_reason_too() -> None:
    with serve() as server:
        made = endpoint(server, options={"retries": 1})
    (outcome,) = answered(made, [ask()])
    assert "no reply: " in (outcome.error or "")


def test_too_many_failures_stop_a_run() -> None:
    with serve(status=400) as server:
        made = endpoint(server, options={"max_failures": 3})
        with pytest.raises(RespondentFailed, match=r"more than 3 cells failed, the last one: 400"):
            list(made.answer(many(500), 1, 0))
        assert len(server.bodies) < 500
        with pytest.raises(RespondentFailed, match="more than 3"):
            list(made.answer(many(1), 1, 0))


# ---- pace


def test_retry_after_in_every_spelling() -> None:
    now = 784_111_777.0
    assert retry_after({"retry-after": "3"}, now) == 3
    assert retry_after({"retry-after": "0.5"}, now) == 0.5
    assert retry_after({"retry-after-ms": "250", "retry-after": "9"}, now) == 0.25
    assert retry_after({"retry-after": "Sun, 06 Nov 1994 08:49:47 GMT"}, now) == 10
    assert (
        retry_after({}, now)
        == retry_after({"retry-after": "soon"}, now)
        == retry_after({"retry-after": "-1"}, now)
        == 0
    )


def test_a_server_that_asks_to_wait_is_waited_for_and_a_long_wait_is_a_failure() -> None:
    with serve(seed=1, faults=0.5, kinds=["429 after"], after="0.3") as server:
        answered(endpoint(server, options={"concurrency": 1, "retries": 20}), many(4))
        refused = [n for n, _ in enumerate(server.times[:-1]) if server.times[n + 1] - server.times[n] >= 0.29]
        assert len(refused) == len(server.times) - 4 > 0
    with serve(seed=1, faults=1.0, kinds=["503 after"], after="3600") as server:
        (outcome,) = answered(endpoint(server), [ask()])
        assert len(server.bodies) == 1 and "asks to wait 3600 seconds" in (outcome.error or "")


def test_no_more_requests_at_once_and_in_a_minute_than_allowed() -> None:
    with serve(nap=0.02) as server:
        answered(endpoint(server, options={"concurrency": 5}), many(40))
        assert server.most == 5
    with serve() as server:
        started = time.monotonic()
        answered(endpoint(server, options={"per_minute": 600}), many(6))
        assert time.monotonic() - started >= 0.5
        assert min(np.diff(sorted(server.times))) > 0.05


# ---- keys

KEY = "sk-" + "0123456789abcdef" * 2


def keyed(server: FaultServer, hosts: tuple[str, ...] = (), **changes: Any) -> Endpoint:
    return endpoint(server, key_env="TOY_KEY", allow_hosts=hosts or (server.host,), **changes)


def test_a_key_goes_to_an_allowed_host_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOY_KEY", KEY)
    for name in ("OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, "another-secret")
    with serve(key=KEY) as server:
        (outcome,) = answered(keyed(server), [ask()])
        assert outcome.error is None
        (outcome,) = answered(keyed(server, ("127.0.0.1",)), [ask()])
        assert outcome.error is None
        with pytest.raises(Refused, match=f"--allow-host {server.host}"):
            endpoint(server, key_env="TOY_KEY")
        with pytest.raises(Refused, match=r"only to https://api.openai.com/v1"):
            endpoint(server, key_env="OPENAI_API_KEY")
        assert "another-secret" not in str(server.heads)
    with serve() as server:
        answered(endpoint(server), [ask()])
        assert "another-secret" not in str(server.heads) and KEY not in str(server.heads)


def test_a_missing_key_is_said_before_anything_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TOY_KEY", raising=False)
    with serve() as server:
        with pytest.raises(BadStudy, match="TOY_KEY is empty; nothing was sent"):
            list(keyed(server).answer([ask()], 1, 0))
        assert not server.bodies


@pytest.mark.parametrize("status", [400, 401, 404, 503])
def test_a_key_that_a_server_quotes_is_not_kept(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOY_KEY", KEY)
    said = ""
    with serve(status=status) as server:
        try:
            for outcome in keyed(server, options={"retries": 0}).answer([ask()], 1, 0):
                said += outcome.error or ""
        except RespondentFailed as error:
            said += str(error)
    assert str(status) in said and KEY not in said and KEY[3:12] not in said


LOCAL = ("127.0.0.1:1", "localhost", "[::1]:8000", "a.localhost:1")


@pytest.mark.parametrize("host", LOCAL)
def test_over_http_a_key_goes_to_this_machine(host: str) -> None:
    keys: dict[str, Any] = {"model": "m", "base_url": f"http://{host}/v1", "key_env": "TOY_KEY"}
    for named in (host, f"http://{host}", host.upper()):
        make_respondent(Settings("x", "endpoint", allow_hosts=(named,), **keys))


@pytest.mark.parametrize("host", ["gpu-7:8000", "10.0.0.3:8000", "127.0.0.1.evil.com", "localhost.evil.com", "[::2]:1"])
def test_over_http_a_key_goes_elsewhere_only_when_that_is_said(host: str) -> None:
    keys: dict[str, Any] = {"model": "m", "key_env": "TOY_KEY"}
    for named in (host, host.rpartition(":")[0], "127.0.0.1", "localhost"):
        with pytest.raises(Refused, match=f"anybody on the way can read it .*--allow-host http://{re.escape(host)}$"):
            make_respondent(Settings("x", "endpoint", allow_hosts=(named,), base_url=f"http://{host}/v1", **keys))
    make_respondent(Settings("x", "endpoint", allow_hosts=(f"http://{host}",), base_url=f"http://{host}/v1", **keys))
    make_respondent(Settings("x", "endpoint", allow_hosts=(host,), base_url=f"https://{host}/v1", **keys))
    make_respondent(Settings("x", "endpoint", base_url=f"http://{host}/v1", model="m"))


def test_a_redirection_takes_no_key_and_no_prompt_along(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOY_KEY", KEY)
    for status in (301, 302, 303, 307, 308):
        with serve() as other, serve(status=status, location=f"{other.url}/chat/completions") as server:
            with pytest.raises(RespondentFailed, match=f"sends on to another address \\({status}\\)"):
                list(keyed(server).answer([ask()], 1, 0))
            assert server.heads and not other.heads


ODD = "/+se cret=/&" + "Zq7" * 6


@pytest.mark.parametrize("key", [KEY, ODD, "plain.key.of.no.known.form"])
@pytest.mark.parametrize("way", ["whole", "url", "plus", "header", "start", "end", "middle"])
@given(around=st.text(max_size=20))
def test_no_piece_of_a_key_is_kept(around: str, way: str, key: str) -> None:
    quoted = {
        "whole": key,
        "url": f"https://one/v1?key={quote(key, safe='')}&x=1",
        "plus": quote_plus(key),
        "header": f"{{'Authorization': 'Bearer {key}'}}",
        "start": f"{key[:10]}...",
        "end": f"...{key[-10:]}",
        "middle": f"**{key[3:15]}**",
    }[way]
    kept = without_key(f"{around}{quoted}{around}", key)
    for form in (key, quote(key, safe=""), quote_plus(key)):
        pieces = {form[at : at + 8] for at in range(len(form) - 7)}
        assert not [one for one in pieces if one in kept and one not in around]


def test_what_is_no_key_is_kept_as_it_was() -> None:
    text = "503 Service Unavailable: model planted-7 is loading, ask again in 20 s"
    assert without_key(text, KEY, "another-secret-of-mine") == text


@pytest.mark.parametrize(
    ("keys", "where"),
    [
        ({"options": {"extra": {"api_key": "abc"}}}, "options.extra.api_key"),
        ({"options": {"extra": {"headers": {"Authorization": "x"}}}}, "options.extra.headers.Authorization"),
        ({"options": {"extra": {"list": [{"password": "x"}]}}}, "options.extra.list.0.password"),
        ({"options": {"extra": {"a": "sk-proj-0a1B2c3D4e5F6g7H8i9J0k"}}}, "options.extra.a"),
        ({"options": {"extra": {"b": ["bearer 12345678"]}}}, "options.extra.b.0"),
        ({"base_url": "http://one/hf_aBcDeFgHiJkLmNoPqRs7/v1"}, "base_url"),
        ({"base_url": "http://one/held-in-a-variable/v1"}, "base_url"),
    ],
)
def test_a_key_in_a_study_is_an_error(keys: dict[str, Any], where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_TOKEN", "held-in-a-variable")
    for kind, model in (("endpoint", "m"), ("inspect", "mockllm/m")):
        settings: dict[str, Any] = {"model": model, "base_url": "http://one/v1", "allow_hosts": ("http://one",), **keys}
        with pytest.raises(BadStudy, match=f"^respondent x: {where} holds a key") as why:
            make_respondent(Settings("x", kind, **settings))
        assert KEY not in str(why.value) and "held-in" not in str(why.value)


@pytest.mark.parametrize(
    "keys",
    [
        {"model": "hf_llama-3-8b-instruct-arabic-v2"},
        {"base_url": "http://sk-gateway-production-eu-west-1/v1"},
        {"options": {"extra": {"stop_token_ids": [1], "metadata": {"token": "t"}, "user": "a bearer of news"}}},
    ],
)
def test_what_only_looks_like_a_key_is_none(keys: dict[str, Any]) -> None:
    make_respondent(Settings("x", "endpoint", **{"model": "m", "base_url": "http://one/v1", **keys}))


def test_an_error_in_a_good_reply_is_its_reason_and_a_quoted_key_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOY_KEY", KEY)
    with serve(says={"error": {"message": f"upstream is busy, you sent {KEY}", "code": 429}}) as server:
        (outcome,) = answered(keyed(server, options={"retries": 1}), [ask()])
        assert "answered 200 with an error: upstream is busy" in (outcome.error or "") and len(server.bodies) == 2
        assert KEY not in (outcome.error or "")
    choice = {"index": 0, "message": {"role": "assistant", "content": f"A. Bearer {KEY}"}}
    with serve(says={"choices": [choice]}) as server:
        (outcome,) = answered(keyed(server), [ask(mode="sample", decoding="t=0,p=1,max=6,seed=0")])
        assert outcome.text == ("A. Bearer [key]",)


def test_a_key_of_any_form_stands_nowhere_in_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = "plain.key.of.no.known.form"
    monkeypatch.setenv("TOY_KEY", plain)
    with serve(status=400) as server:
        keys = {"name": "it", "kind": "endpoint", "model": "m", "base_url": server.url, "key_env": "TOY_KEY"}
        api.run(study(respondent=[{**keys, "options": QUICK}]), tmp_path / "run", allow_hosts=[server.host])
        assert any(plain in str(head) for head in server.heads)
    run = api.open_run(tmp_path / "run")
    assert "400" in run.answers["error"][0] and "[key]" in run.answers["error"][0]
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert len(files) > 5 and not [file.name for file in files if plain.encode() in file.read_bytes()]
    assert plain not in "".join(str(row) for row in run.answers.iter_rows())


@pytest.mark.parametrize("quoting", ["reply", "error", "url"])
def test_a_quoted_key_stands_in_no_file_log_or_cache(
    quoting: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    plain = "plain+key/of=no&known?form"
    monkeypatch.setenv("TOY_KEY", plain)
    monkeypatch.setenv("TAWAZUN_CACHE", str(tmp_path / "cache"))
    said: dict[str, Any] = {
        "reply": {"choices": [{"index": 0, "message": {"content": f"A. I was sent {plain}"}}]},
        "error": {"error": {"message": f"{{'Authorization': 'Bearer {plain}'}}"}},
        "url": {"error": f"no such page: https://one/v1?key={quote(plain, safe='')}"},
    }
    with serve(says=said[quoting]) as server, caplog.at_level("DEBUG"):
        keys = {"name": "it", "kind": "endpoint", "model": "m", "base_url": server.url, "key_env": "TOY_KEY"}
        ask = {"mode": "sample", "items": ["a01"], "samples": 2}
        respondent = [{**keys, "options": QUICK | {"retries": 1}}]
        for out in ("run", "again"):
            run = api.run(study(respondent=respondent, ask=ask), tmp_path / out, allow_hosts=[server.host])
        assert any(plain in str(head) for head in server.heads)
    assert "[key]" in str(run.answers.row(0))
    kept = [file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()]
    assert len(kept) > 12 and (tmp_path / "cache").is_dir()
    kept += [str(run.answers.rows()).encode(), caplog.text.encode(), *(part.encode() for part in capsys.readouterr())]
    for form in (plain, quote(plain, safe=""), quote_plus(plain)):
        assert not [one for one in kept if form.encode() in one]


# ---- who it is, and what a study may say


def test_identity_is_what_moves_answers() -> None:
    def of(**changes: Any) -> str:
        options = changes.pop("options", {})
        keys = {"model": "m", "base_url": "http://one:8000/v1", **changes}
        return respondent_id(make_respondent(Settings("x", "endpoint", options=options, **keys)).identity)

    assert of() == of(options={"concurrency": 3, "retries": 1, "prices": {"prompt": 1, "reply": 1}})
    same = [
        of(),
        of(model="n"),
        of(revision="r"),
        of(base_url="http://two:8000/v1"),
        of(base_url="http://one:8000/v2"),
        *(of(options=o) for o in ({"api": "completion"}, {"top": 5}, {"omitted": 0.1}, {"readout": "score"})),
        *(of(options=o) for o in ({"together": True}, {"extra": {"k": 1}}, {"send_seed": False})),
    ]
    assert len(set(same)) == len(same)
    named = {"options": {"server": "ours"}}
    assert of(**named) == of(base_url="http://two:9000/v1", **named) != of()


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ({"model": ""}, "needs model"),
        ({"base_url": ""}, "base_url is missing"),
        ({"base_url": "one/v1"}, "an address such as"),
        ({"base_url": "http://u:p@one/v1"}, "an address such as"),
        ({"base_url": "http://one:port/v1"}, "not an address"),
        ({"base_url": "http://one/v1?key=1"}, "before its"),
        ({"key_env": KEY}, "name of an environment variable"),
        ({"device": "cpu"}, "no use of 'device'"),
        ({"options": {"concurency": 3}}, "options.concurency is unknown"),
        ({"options": {"api": "assistant"}}, "options.api is one of chat, completion"),
        ({"options": {"concurrency": 0}}, "options.concurrency is a whole number from 1"),
        ({"options": {"timeout": float("nan")}}, "options.timeout is a number"),
        ({"options": {"prices": {"prompt": 1}}}, "options.prices has prompt and reply"),
        ({"options": {"extra": {"temperature": 0}}}, "options.extra.temperature is decided"),
        ({"options": {"together": 1}}, "options.together is true or false"),
    ],
)
def test_other_settings_are_one_clear_line(keys: dict[str, Any], line: str) -> None:
    with pytest.raises(BadStudy, match=f"^respondent x: .*{line}") as why:
        make_respondent(Settings("x", "endpoint", **{"model": "m", "base_url": "http://one/v1", **keys}))
    assert "\n" not in str(why.value) and KEY not in str(why.value)
