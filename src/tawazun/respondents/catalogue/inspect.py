"""Any model that Inspect AI can call: `openai/…`, `anthropic/…`, `google/…`, `hf/…`, `vllm/…`, `openai-api/SERVICE/…`.

Inspect makes the requests, keeps the keys (each provider's own variable) and retries. In `logprob` mode labels are read
from its `top_logprobs`, bounded as for an endpoint; in `sample` and `generate` mode answers are shares of replies.
"""

import asyncio
import os
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from inspect_ai.model import (
    ChatMessageSystem,
    ChatMessageUser,
    GenerateConfig,
    Model,
    ModelOutput,
    TopLogprob,
    get_model,
)

from tawazun.answers import FILTERED
from tawazun.cells import Ask, Prompt, parse_decoding
from tawazun.errors import BadStudy, Refused
from tawazun.respondents.endpoint_faults import CellFailed, Halt, Stopped
from tawazun.respondents.endpoint_keys import (
    address,
    allowed,
    in_the_clear,
    keys_around,
    refuse_secrets,
    spelled,
    without_key,
)
from tawazun.respondents.endpoint_loop import Loop
from tawazun.respondents.endpoint_options import Pace, Prices, read_pace, read_prices, used_up
from tawazun.respondents.endpoint_reading import Listed, read_top
from tawazun.respondents.endpoint_replies import drawn
from tawazun.respondents.endpoint_respondent import Hear, Online, sent_seed
from tawazun.respondents.readout import canonical
from tawazun.respondents.records import Partly, Settings
from tawazun.seeds import canonical_json

UNUSED = ("adapter", "file", "columns", "values", "where", "fill", "dtype", "device", "key_env")
TAKES = ("top omitted send_seed args extra concurrency retries timeout max_failures prices").split()
NO_LOGPROBS = "the model answers without log-probabilities; use mode sample"
BARE_REPLIES = 3
Found = TypeVar("Found")


class Inspect(Online):
    """A model called through Inspect AI.

    batch   asks that are in flight or waiting together
    """

    def __init__(self, settings: Settings) -> None:
        """Sends nothing. Errors: BadStudy for a setting it cannot use; Refused for a key on a strange host."""
        who = f"respondent {settings.name}"
        if "/" not in settings.model:
            raise BadStudy(f'{who}: kind "inspect" needs model = PROVIDER/NAME as Inspect spells it')
        if given := [key for key in UNUSED if getattr(settings, key) not in ("", "auto", {})]:
            raise BadStudy(f"{who}: kind inspect makes no use of {given[0]!r}; leave it out")
        given_options = settings.options
        if unknown := sorted(set(given_options) - set(TAKES)):
            raise BadStudy(f"{who}: options.{unknown[0]} is unknown; allowed: {', '.join(TAKES)}")
        self._settings = settings
        self._pace: Pace = read_pace(given_options, who)
        self.prices: Prices | None = read_prices(given_options, who)
        self._top = _number(given_options, "top", 20, who)
        self._omitted = _number(given_options, "omitted", 0.001, who)
        self._args, self._extra = (_table(given_options, name, who) for name in ("args", "extra"))
        self._seeded = bool(given_options.get("send_seed", True))
        refuse_secrets(settings, who)
        host = _host(settings, who)
        self.batch = max(64, 16 * self._pace.concurrency)
        self._halt = Halt()
        super().__init__(Loop(who, self._halt, self._pace.max_failures))
        self._slots = asyncio.Semaphore(self._pace.concurrency)
        self._model: Model | None = None
        self.replies = self._replies
        self._bare, self._seen = 0, False
        self._sent = self._prompt_tokens = self._reply_tokens = 0
        self.identity: Mapping[str, str] = {
            "kind": "inspect",
            "model": settings.model,
            "revision": settings.revision,
            "server": host,
            "top": f"{self._top:g}",
            "omitted": f"{self._omitted:g}",
            "seed": "sent" if self._seeded else "none",
            "args": canonical_json(self._args) if self._args else "",
            "extra": canonical_json(self._extra) if self._extra else "",
        }

    @property
    def usage(self) -> dict[str, float]:
        """Requests, tokens and, with prices, cost of this session."""
        return {"requests": self._sent, **used_up(self._prompt_tokens, self._reply_tokens, self.prices)}

    @property
    def notes(self) -> list[str]:
        """What was sent in this session and what it cost."""
        if not self._sent:
            return []
        counted = f"{self._prompt_tokens:,} prompt and {self._reply_tokens:,} reply tokens"
        lines = [f"last session: {self._sent:,} requests through Inspect; {counted}"]
        if self.prices:
            cost = self.prices.cost(self._prompt_tokens, self._reply_tokens)
            lines.append(f"last session: cost {cost:.4f} {self.prices.currency}, at the prices of the study")
        return lines

    # ---- asking

    async def _generate(self, prompt: Prompt, config: dict[str, Any], halt: Halt | None = None) -> ModelOutput:
        kinds = {"system": ChatMessageSystem, "user": ChatMessageUser}
        messages = [kinds[role](content=text) for role, text in prompt.messages]
        async with self._slots:
            if why := self._halt.why or (halt.why if halt else ""):
                raise Stopped(why)
            self._sent += 1
            made = await _tried(self._made().generate(messages, config=GenerateConfig(**config)))
        if isinstance(made, Exception):
            # Inspect's own text begins with the whole request
            cause = made.__cause__ or made
            raise CellFailed(f"{type(cause).__name__}: {without_key(str(cause), *keys_around())}")
        if made.usage:
            self._prompt_tokens += made.usage.input_tokens
            self._reply_tokens += made.usage.output_tokens
        if made.error or not made.choices:
            raise CellFailed(without_key(made.error or "no choices in the reply", *keys_around()))
        return made

    def _made(self) -> Model:
        """The model, made where its event loop runs."""
        if self._model is None:
            pace = self._pace
            usual: dict[str, Any] = {
                "max_connections": pace.concurrency,
                "max_retries": pace.retries,
                "timeout": int(max(1, pace.timeout * (pace.retries + 1))),
                "attempt_timeout": int(max(1, pace.timeout)),
            }
            if self._extra:
                usual["extra_body"] = self._extra
            url = self._settings.base_url or None
            self._model = get_model(
                self._settings.model, config=GenerateConfig(**usual), base_url=url, memoize=False, **self._args
            )
            _follow_nothing(self._model)
            self._loop.closers.append(self._model.api.aclose)
        return self._model

    async def _texts(
        self, ask: Ask, wanted: Sequence[int], study_seed: int, hear: Hear = lambda said: None
    ) -> list[str] | Partly:
        decoding = parse_decoding(ask.framing.decoding).only_drawn("a model behind Inspect")
        config: dict[str, Any] = {
            "temperature": decoding.temperature,
            "top_p": decoding.top_p,
            "max_tokens": decoding.max_tokens,
        }

        async def reply(k: int, halt: Halt) -> str:
            seed = sent_seed(ask, k, study_seed) if self._seeded else {}
            made = await self._generate(ask.prompts[0], config | seed, halt)
            kept_back = not made.completion.strip() and made.stop_reason == "content_filter"
            return FILTERED if kept_back else made.completion

        return await drawn(reply, wanted, alike=decoding.temperature == 0, hear=hear)

    # ---- reading

    async def _part(self, prompt: Prompt) -> tuple[np.ndarray, float]:
        if not prompt.labels:
            raise CellFailed("an endpoint reads labels only: use labels, or mode sample")
        config = {"logprobs": True, "top_logprobs": int(self._top), "max_tokens": 1, "temperature": 1.0, "top_p": 1.0}
        listed = self._listed(await self._generate(prompt, config))
        found = read_top(prompt.labels, listed, self._omitted)
        return canonical(np.array(found.p), prompt.order), found.off

    def _listed(self, output: ModelOutput) -> list[Listed]:
        given = output.choices[0].logprobs
        top = given.content[0].top_logprobs if given and given.content else None
        if not top:
            self._bare += 1
            if not self._seen and self._bare >= BARE_REPLIES:
                self._halt.why = self._halt.why or NO_LOGPROBS
                raise Stopped(self._halt.why)
            raise CellFailed(NO_LOGPROBS)
        self._seen = True
        return [_row(one) for one in top]


def _follow_nothing(model: Model) -> None:
    """Let no redirection take a prompt, or a key in a header of the provider's own, to another host."""
    for holder in (model.api, getattr(model.api, "client", None)):
        for name in ("http_client", "_client"):
            client = getattr(holder, name, None)
            if client is not None and hasattr(client, "follow_redirects"):
                client.follow_redirects = False


async def _tried(call: Coroutine[Any, Any, Found]) -> Found | Exception:
    """What a call comes to, or what it raised: providers raise errors of every kind."""
    found: Found | BaseException = (await asyncio.gather(call, return_exceptions=True))[0]
    if isinstance(found, BaseException) and not isinstance(found, Exception):
        raise found
    return found


def _row(one: TopLogprob) -> Listed:
    raw = one.bytes
    whole = bool(raw) and all(0 <= b < 256 for b in raw or [])
    return Listed(one.token, one.logprob, bytes(raw) if whole and raw else None)


def _host(settings: Settings, who: str) -> str:
    """Where another address than the provider's own is, empty for none. Errors: Refused for one that is not allowed.

    Inspect takes such an address from `PROVIDER_BASE_URL` too, and sends the provider's key there.
    """
    parts = settings.model.split("/")
    service = parts[1] if parts[0] == "openai-api" and len(parts) > 2 else parts[0]
    variable = f"{service.upper().replace('-', '_')}_BASE_URL"
    url = settings.base_url or os.environ.get(variable, "")
    if not url:
        return ""
    scheme, host, _ = address(url, who)
    if not allowed(scheme, host, settings.allow_hosts):
        raise Refused(
            f"{who}: Inspect would send the key of {service} to {host}{in_the_clear(scheme, host)}; "
            f"if so wished, add --allow-host {spelled(scheme, host)}"
        )
    return host


def _number(given: Mapping[str, object], key: str, usual: float, who: str) -> float:
    value = given.get(key, usual)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1000:
        raise BadStudy(f"{who}: options.{key} is a number, not {value!r}")
    return float(value)


def _table(given: Mapping[str, object], key: str, who: str) -> dict[str, Any]:
    value = given.get(key, {})
    if not isinstance(value, Mapping):
        raise BadStudy(f"{who}: options.{key} is a table, not {value!r}")
    return dict(value)


RESPONDENT = Inspect
