"""What a study may say of an endpoint under `options`."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Literal

from tawazun.errors import BadStudy
from tawazun.seeds import canonical_json

API = ("chat", "completion")
READOUTS = ("top_logprobs", "logprob_token_ids", "generative_scoring", "score")
LIMITS = ("max_tokens", "max_completion_tokens")
# keys that a request is built of: `extra` adds, it never replaces
OWN = frozenset(
    "model messages prompt temperature top_p n seed stream logprobs top_logprobs logprob_token_ids "
    "max_tokens max_completion_tokens".split()
)


@dataclass(frozen=True, slots=True)
class Prices:
    """Per million tokens. `currency` is a word to print."""

    prompt: float
    reply: float
    currency: str = "USD"

    def cost(self, prompt_tokens: int, reply_tokens: int) -> float:
        """What so many tokens cost, in the currency."""
        return (self.prompt * prompt_tokens + self.reply * reply_tokens) / 1e6


def used_up(prompt_tokens: int, reply_tokens: int, prices: Prices | None) -> dict[str, float]:
    """Tokens, and their cost under its currency."""
    cost = {f"cost {prices.currency}": prices.cost(prompt_tokens, reply_tokens)} if prices else {}
    return {"prompt_tokens": prompt_tokens, "reply_tokens": reply_tokens, **cost}


@dataclass(frozen=True, slots=True)
class Pace:
    """How requests are sent; none of it moves an answer.

    concurrency    requests in flight
    per_minute     requests a minute; 0 for no limit
    retries        how often a request is sent again after a fault that may pass
    timeout        seconds for one request, body included
    wait           seconds before the first retry; doubled each time, with jitter
    longest_wait   seconds; a server that asks for more (`Retry-After`) makes the cell fail
    max_failures   failed cells after which the run stops; 0 for never
    """

    concurrency: int = 16
    per_minute: float = 0.0
    retries: int = 6
    timeout: float = 120.0
    wait: float = 0.5
    longest_wait: float = 60.0
    max_failures: int = 0


@dataclass(frozen=True, slots=True)
class Options:
    """Settings of one endpoint.

    api          `chat` sends messages, `completion` one text in the plain layout
    readout      how `logprob` mode reads probabilities; nothing else is tried when a server has no such thing
    top          how many of the likeliest tokens are asked for
    omitted      a cell of which an option is not among them is kept when the probability of all others is at most this
    together     all replies of a cell in one request (`n`); else one request and one seed each
    send_seed    whether a seed goes with each request for replies
    reply_limit  what the server calls the longest reply
    server       a name that stands for the host in who the respondent is, where the host changes from day to day
    extra        further keys of every request's body
    """

    api: Literal["chat", "completion"] = "chat"
    readout: str = "top_logprobs"
    top: int = 20
    omitted: float = 0.001
    together: bool = False
    send_seed: bool = True
    reply_limit: str = ""
    server: str = ""
    extra: Mapping[str, object] = field(default_factory=dict)
    pace: Pace = Pace()
    prices: Prices | None = None

    def facts(self, host: str) -> dict[str, str]:
        """What of it can move an answer."""
        return {
            "server": self.server or host,
            "api": self.api,
            "readout": self.readout,
            "top": str(self.top),
            "omitted": f"{self.omitted:g}",
            "together": str(self.together),
            "seed": "sent" if self.send_seed else "none",
            "reply_limit": self.reply_limit,
            "extra": canonical_json(dict(self.extra)) if self.extra else "",
        }


# options that move no answer
STILL = frozenset({"prices", *(one.name for one in fields(Pace))})


def read_options(given: Mapping[str, object], who: str, host: str) -> Options:
    """The options of a study. Errors: BadStudy naming the key and what was allowed."""
    own = [one.name for one in fields(Options) if one.name != "pace"]
    paces = [one.name for one in fields(Pace)]
    if unknown := sorted(set(given) - {*own, *paces}):
        raise BadStudy(f"{who}: options.{unknown[0]} is unknown; allowed: {', '.join([*own, *paces])}")
    usual = "max_completion_tokens" if host == "api.openai.com" else "max_tokens"
    made = Options(
        api=_one_of(given, "api", API, "chat", who),  # type: ignore[arg-type]
        readout=_one_of(given, "readout", READOUTS, READOUTS[0], who),
        top=int(_number(given, "top", 20, (1, 1000), who, whole=True)),
        omitted=_number(given, "omitted", 0.001, (0, 1), who),
        together=_flag(given, "together", False, who),
        send_seed=_flag(given, "send_seed", True, who),
        reply_limit=_one_of(given, "reply_limit", LIMITS, usual, who),
        server=_text(given, "server", who),
        extra=_table(given, "extra", who),
        pace=read_pace(given, who),
        prices=read_prices(given, who),
    )
    if taken := sorted(OWN & set(made.extra)):
        raise BadStudy(f"{who}: options.extra.{taken[0]} is decided by the study and not by extra")
    return made


def read_pace(given: Mapping[str, object], who: str) -> Pace:
    """How requests are sent. Errors: BadStudy."""
    return Pace(
        concurrency=int(_number(given, "concurrency", 16, (1, 1000), who, whole=True)),
        per_minute=_number(given, "per_minute", 0, (0, 1e6), who),
        retries=int(_number(given, "retries", 6, (0, 100), who, whole=True)),
        timeout=_number(given, "timeout", 120, (0.01, 86_400), who),
        wait=_number(given, "wait", 0.5, (0, 3600), who),
        longest_wait=_number(given, "longest_wait", 60, (0, 86_400), who),
        max_failures=int(_number(given, "max_failures", 0, (0, 1_000_000_000), who, whole=True)),
    )


def read_prices(given: Mapping[str, object], who: str) -> Prices | None:
    """Prices of a study, None without any. Errors: BadStudy."""
    table = _table(given, "prices", who)
    if not table:
        return None
    if set(table) - {"prompt", "reply", "currency"} or not {"prompt", "reply"} <= set(table):
        raise BadStudy(f"{who}: options.prices has prompt and reply, per million tokens, and may have currency")
    currency = _text(table, "currency", who) or "USD"
    prompt, reply = (_number(table, name, 0, (0, 1e9), who) for name in ("prompt", "reply"))
    return Prices(prompt, reply, currency)


def _one_of(given: Mapping[str, object], key: str, allowed: tuple[str, ...], usual: str, who: str) -> str:
    value = given.get(key, usual)
    if value not in allowed:
        raise BadStudy(f"{who}: options.{key} is one of {', '.join(allowed)}, not {value!r}")
    return str(value)


def _number(
    given: Mapping[str, object],
    key: str,
    usual: float,
    limits: tuple[float, float],
    who: str,
    *,
    whole: bool = False,
) -> float:
    value = given.get(key, usual)
    kinds = int if whole else (int, float)
    if isinstance(value, bool) or not isinstance(value, kinds) or not math.isfinite(value):
        value = None
    if value is None or not limits[0] <= value <= limits[1]:
        kind = "a whole number" if whole else "a number"
        raise BadStudy(f"{who}: options.{key} is {kind} from {limits[0]:g} to {limits[1]:g}, not {given[key]!r}")
    return float(value)


def _flag(given: Mapping[str, object], key: str, usual: bool, who: str) -> bool:
    value = given.get(key, usual)
    if not isinstance(value, bool):
        raise BadStudy(f"{who}: options.{key} is true or false, not {value!r}")
    return value


def _text(given: Mapping[str, object], key: str, who: str) -> str:
    value = given.get(key, "")
    if not isinstance(value, str):
        raise BadStudy(f"{who}: options.{key} is a text, not {value!r}")
    return value


def _table(given: Mapping[str, object], key: str, who: str) -> dict[str, object]:
    value = given.get(key, {})
    if not isinstance(value, Mapping):
        raise BadStudy(f"{who}: options.{key} is a table, not {value!r}")
    return dict(value)
