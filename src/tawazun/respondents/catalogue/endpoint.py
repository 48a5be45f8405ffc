"""Any model behind an OpenAI-style interface, in the cloud or on a server of your own.

In `logprob` mode the probabilities of labels are read off the server (see `endpoint_readouts`); in `sample` and
`generate` mode answers are shares of replies. A cell that cannot be answered becomes an outcome with its reason, and
is asked again when the run is taken up.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from tawazun.cells import Ask, Decoding, Prompt, parse_decoding
from tawazun.errors import BadStudy
from tawazun.respondents.endpoint_calls import Calls
from tawazun.respondents.endpoint_faults import Halt
from tawazun.respondents.endpoint_keys import find_server
from tawazun.respondents.endpoint_loop import Loop
from tawazun.respondents.endpoint_options import Options, Prices, read_options, used_up
from tawazun.respondents.endpoint_readouts import PATHS, Readouts
from tawazun.respondents.endpoint_replies import drawn
from tawazun.respondents.endpoint_respondent import Hear, Online, sent_seed
from tawazun.respondents.endpoint_shapes import prompt_body, texts_of
from tawazun.respondents.readout import canonical
from tawazun.respondents.records import Partly, Settings

UNUSED = ("adapter", "file", "columns", "values", "where", "fill", "dtype", "device")
MANY = 20  # so many cells whose replies never differ are no accident


class Endpoint(Online):
    """A model that answers over HTTP.

    batch   asks that are in flight or waiting together
    """

    def __init__(self, settings: Settings) -> None:
        """Sends nothing. Errors: BadStudy for a setting it cannot use; Refused for a key on a strange host."""
        who = f"respondent {settings.name}"
        if not settings.model:
            raise BadStudy(f'{who}: kind "endpoint" needs model = the name that the server knows it by')
        if given := [key for key in UNUSED if getattr(settings, key) not in ("", "auto", {})]:
            raise BadStudy(f"{who}: kind endpoint makes no use of {given[0]!r}; leave it out")
        self._server = find_server(settings)
        self._options: Options = read_options(settings.options, who, self._server.host)
        self._model = settings.model
        self.batch = max(64, 16 * self._options.pace.concurrency)
        self._drawn = self._varied = 0
        if not self._options.together:
            self.replies = self._replies  # each reply has a request of its own, so one can be asked for alone
        halt = Halt()
        self._calls = Calls(self._server, self._options.pace, halt)
        super().__init__(Loop(who, halt, self._options.pace.max_failures), self._calls.open)
        base = self._server.base_url
        self._loop.closers.append(self._calls.close)
        self._readouts = Readouts(self._calls, settings.model, self._server.root, base, self._options)
        self.identity: Mapping[str, str] = {
            "kind": "endpoint",
            "model": settings.model,
            "revision": settings.revision,
            **self._options.facts(base.partition("://")[2]),
        }

    @property
    def prices(self) -> Prices | None:
        """Prices that the study gives."""
        return self._options.prices

    @property
    def usage(self) -> dict[str, float]:
        """Requests, tokens and, with prices, cost of this session."""
        calls = self._calls
        tokens = calls.prompt_tokens, calls.reply_tokens
        return {"requests": calls.sent, "again": calls.again, **used_up(*tokens, self.prices)}

    @property
    def notes(self) -> list[str]:
        """What was sent in this session, what it cost, and what is wrong with what came."""
        calls, kept = self._calls, self._readouts.kept
        if not calls.sent:
            return []
        counted = f"{calls.prompt_tokens:,} prompt and {calls.reply_tokens:,} reply tokens"
        lines = [f"last session: {calls.sent:,} requests, {calls.again:,} of them again; {counted}"]
        if prices := self.prices:
            cost = prices.cost(calls.prompt_tokens, calls.reply_tokens)
            lines.append(f"last session: cost {cost:.4f} {prices.currency}, at the prices of the study")
        if self._drawn >= MANY and not self._varied:
            lines.append(
                f"{self._drawn:,} cells of several replies and never two that differ: the server seems not to sample"
            )
        if kept:
            most = self._readouts.most_omitted
            lines.append(
                f"{kept:,} prompts with a label outside the {self._options.top} likeliest tokens, which counts 0; "
                f"the lists left out {most:.2g} at most"
            )
        return lines

    async def _part(self, prompt: Prompt) -> tuple[np.ndarray, float]:
        p, off = await self._readouts.shares(prompt)
        return canonical(np.array(p), prompt.order), off

    async def _texts(
        self, ask: Ask, wanted: Sequence[int], study_seed: int, hear: Hear = lambda said: None
    ) -> list[str] | Partly:
        decoding = parse_decoding(ask.framing.decoding).only_drawn("an endpoint")
        body = self._reply_body(ask, decoding)
        alike = decoding.temperature == 0

        async def reply(k: int, halt: Halt) -> str:
            (text,) = await self._choices(body, self._seed(ask, k, study_seed), 1, halt)
            return text

        if self._options.together and not alike and len(wanted) > 1:
            own = self._seed(ask, wanted[0], study_seed)
            said: list[str] | Partly = await self._choices(body, {"n": len(wanted), **own}, len(wanted))
        else:
            said = await drawn(reply, wanted, alike=alike, hear=hear)
        if not alike and not isinstance(said, Partly) and len(said) > 1:
            self._drawn += 1
            self._varied += len(set(said)) > 1
        return said

    async def _choices(
        self, body: Mapping[str, object], own: Mapping[str, object], count: int, halt: Halt | None = None
    ) -> list[str]:
        api = self._options.api
        return await self._calls.post(PATHS[api], {**body, **own}, lambda reply: texts_of(reply, api, count), halt)

    def _reply_body(self, ask: Ask, decoding: Decoding) -> dict[str, object]:
        options, prompt = self._options, ask.prompts[0]
        return {
            **options.extra,
            "model": self._model,
            **prompt_body(options.api, prompt.messages, prompt.cue),
            options.reply_limit: decoding.max_tokens,
            "temperature": decoding.temperature,
            "top_p": decoding.top_p,
        }

    def _seed(self, ask: Ask, sample: int, study_seed: int) -> dict[str, int]:
        return sent_seed(ask, sample, study_seed) if self._options.send_seed else {}


RESPONDENT = Endpoint
