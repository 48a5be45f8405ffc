"""Ways to read the probabilities of labels off a server, each with the routes that it needs.

`top_logprobs`         the likeliest tokens of one place; any server of that interface
`logprob_token_ids`    vLLM: probabilities of given tokens in the same reply
`generative_scoring`   vLLM: the probability of one given token, one request for each
`score`                SGLang: the probabilities of given tokens

The last three are exact: nothing is left out. Each is found out by asking, and a server without it, or with one that
means something else, is an error; no other way is tried in its place.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from tawazun.cells import Prompt
from tawazun.respondents.endpoint_calls import Calls
from tawazun.respondents.endpoint_faults import CellFailed
from tawazun.respondents.endpoint_options import Options
from tawazun.respondents.endpoint_reading import SLACK, Listed, read_top
from tawazun.respondents.endpoint_shapes import (
    listed_of,
    prompt_body,
    score_of,
    scores_of,
    token_shares,
    tokens_of,
)

PATHS = {"chat": "/chat/completions", "completion": "/completions"}
SPELLINGS = ("", " ")
APART = 0.05  # more than the same probability ever moves between two requests
AMONG_LABELS = (
    "the server scores labels against each other (it takes no notice of apply_softmax), so what is off the menu "
    "cannot be seen; use another readout"
)


@dataclass
class Readouts:
    """Reads labels off one server.

    kept      cells that were kept although a label was not listed, and the most that was left out of one of them
    """

    calls: Calls
    model: str
    root: str
    base: str
    options: Options
    kept: int = 0
    most_omitted: float = 0.0
    _ids: dict[tuple[str, ...], list[list[int]]] = field(default_factory=dict)
    _checking: asyncio.Lock = field(default_factory=asyncio.Lock)
    _checked: bool = False

    async def shares(self, prompt: Prompt) -> tuple[tuple[float, ...], float]:
        """Shares of a prompt's labels in the order shown, and the probability of none of them.

        Unit     probability
        Errors   CellFailed, Stopped
        """
        if not prompt.labels:
            raise CellFailed("an endpoint reads labels only: use labels, or mode sample")
        if self.options.readout == "top_logprobs":
            return await self._top(prompt)
        ids = await self._label_ids(prompt.labels)
        flat = [one for own in ids for one in own]
        found = dict(zip(flat, await self._exact(prompt, flat), strict=True))
        p = [sum(found[one] for one in own) for own in ids]
        inside = sum(p)
        if inside > 1 + SLACK:
            raise CellFailed(f"the probabilities of the labels sum to {inside:.4f}")
        return (tuple(p), 1 - inside) if inside <= 1 else (tuple(one / inside for one in p), 0.0)

    def _body(self, prompt: Prompt) -> dict[str, object]:
        options = self.options
        return {
            **options.extra,
            "model": self.model,
            **prompt_body(options.api, prompt.messages, prompt.cue),
            options.reply_limit: 1,
            "temperature": 1,
            "top_p": 1,
        }

    async def _top(self, prompt: Prompt) -> tuple[tuple[float, ...], float]:
        options = self.options
        wanted: dict[str, object] = {"logprobs": options.top}
        if options.api == "chat":
            wanted = {"logprobs": True, "top_logprobs": options.top}
        # read whole inside the request, so that a reply in disorder is asked for again
        found = await self.calls.post(
            PATHS[options.api],
            {**self._body(prompt), **wanted},
            lambda reply: read_top(prompt.labels, self._listed(reply), options.omitted),
        )
        if found.missing:
            self.kept += 1
            self.most_omitted = max(self.most_omitted, found.omitted)
        return found.p, found.off

    def _listed(self, reply: object) -> list[Listed]:
        listed = listed_of(reply, self.options.api)
        self.calls.met_logprobs()
        return listed

    # ---- exact probabilities of given tokens

    async def _exact(self, prompt: Prompt, ids: Sequence[int]) -> list[float]:
        if self.options.readout == "logprob_token_ids":
            return await self._token_ids(prompt, ids)
        tokens = await self._prompt_tokens(prompt)
        if len(tokens) < 2:
            raise CellFailed("a prompt of fewer than two tokens")
        asked = {
            "model": self.model,
            "query": tokens[:-1],
            "items": [tokens[-1:]],
            "apply_softmax": False,
            "item_first": False,
        }
        if self.options.readout == "score":
            shares = await self._scores(asked, ids)
            await self._check_scores(asked, dict(zip(ids, shares, strict=True)))
            return shares
        shares = [
            await self.calls.post(f"{self.root}/generative_scoring", {**asked, "label_token_ids": [one]}, score_of)
            for one in ids
        ]
        if len(ids) > 1 and min(shares) > 1 - SLACK:
            self.calls.stop(AMONG_LABELS)
        return shares

    async def _scores(self, asked: dict[str, object], ids: Sequence[int]) -> list[float]:
        body = {**asked, "label_token_ids": list(ids)}
        return await self.calls.post(f"{self.base}/score", body, lambda reply: scores_of(reply, len(ids)))

    async def _check_scores(self, asked: dict[str, object], shares: dict[int, float]) -> None:
        """Once for a server: a label must have the same score alone as among the others."""
        async with self._checking:
            if not self._checked:
                least = min(shares, key=shares.__getitem__)
                (alone,) = await self._scores(asked, [least])
                if alone > shares[least] + APART:
                    self.calls.stop(AMONG_LABELS)
                self._checked = True

    async def _token_ids(self, prompt: Prompt, ids: Sequence[int]) -> list[float]:
        api = self.options.api
        wanted: dict[str, object] = {
            "logprobs": True if api == "chat" else 1,
            "logprob_token_ids": list(ids),
            "return_tokens_as_token_ids": True,
        }
        if api == "chat":
            wanted["top_logprobs"] = 1

        def read(reply: object) -> list[float] | None:
            found = token_shares(reply, api, ids)
            self.calls.met_logprobs()
            return found

        shares = await self.calls.post(PATHS[api], {**self._body(prompt), **wanted}, read)
        if shares is None:
            self.calls.stop('the server takes no notice of logprob_token_ids; use readout = "top_logprobs"')
        return shares or []

    async def _label_ids(self, labels: tuple[str, ...]) -> list[list[int]]:
        """Every token that is a label, bare or after a space."""
        if labels not in self._ids:
            self._ids[labels] = [await self._spelled(label) for label in labels]
        own = self._ids[labels]
        flat = [one for ids in own for one in ids]
        if not all(own) or len(set(flat)) != len(flat):
            raise CellFailed("some label is not one token of its own for the server's tokeniser: use other labels")
        return own

    async def _spelled(self, label: str) -> list[int]:
        found = [await self._tokens({"prompt": space + label, "add_special_tokens": False}) for space in SPELLINGS]
        return list(dict.fromkeys(one[0] for one in found if len(one) == 1))

    async def _prompt_tokens(self, prompt: Prompt) -> list[int]:
        body = prompt_body(self.options.api, prompt.messages, prompt.cue)
        if self.options.api == "chat":
            return await self._tokens({**self.options.extra, **body, "add_generation_prompt": True})
        return await self._tokens({**body, "add_special_tokens": True})

    async def _tokens(self, asked: dict[str, object]) -> list[int]:
        return await self.calls.post(f"{self.root}/tokenize", {"model": self.model, **asked}, tokens_of)
