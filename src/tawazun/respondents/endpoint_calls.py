"""One request after another to one server: limits, retries, timeouts, and what it all came to.

A fault that may pass (429, 5xx, a broken connection, a reply in pieces) is waited for: twice as long each time with
jitter, or as long as the server says in `Retry-After`, which then holds for every request. A fault that will not pass
stops the respondent at once.
"""

import asyncio
import json
import random
import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import TypeVar

import openai

from tawazun.respondents.endpoint_faults import CellFailed, Halt, Malformed, NoLogprobs, Stopped
from tawazun.respondents.endpoint_keys import HIDDEN, Server, without_key
from tawazun.respondents.endpoint_options import Pace
from tawazun.respondents.endpoint_shapes import fault_in, used

PASSING = (408, 409, 425, 429)
NO_KEY = "none"
# so many good replies without log-probabilities, and never one with them: this server gives none
BARE_REPLIES = 3
LONG_KEY = 16  # a shorter word in its place (`EMPTY`) may well stand in a reply
NO_LOGPROBS = "the server answers (200) without log-probabilities; use mode sample, or a server that gives top_logprobs"
Found = TypeVar("Found")


class Calls:
    """Requests to one server.

    sent, again              requests, and how many of them were retries
    prompt_tokens, reply_tokens   as counted by the server
    """

    def __init__(self, server: Server, pace: Pace, halt: Halt) -> None:
        """Sends nothing and reads no key yet."""
        self._server = server
        self._pace = pace
        self._key = ""
        self._client: openai.AsyncOpenAI | None = None
        self._slots = asyncio.Semaphore(pace.concurrency)
        self._not_before = 0.0
        self._bare = 0
        self._seen_logprobs = False
        self._halt = halt
        self.sent = self.again = self.prompt_tokens = self.reply_tokens = 0

    def open(self) -> None:
        """Read the key. Errors: BadStudy when its variable is empty."""
        if self._client is not None:
            return
        self._key = self._server.key()
        # nothing else from the environment goes with a request
        own: Mapping[str, object] = {"OpenAI-Organization": openai.Omit(), "OpenAI-Project": openai.Omit()}
        self._client = openai.AsyncOpenAI(
            api_key=self._key or NO_KEY,
            base_url=self._server.base_url,
            max_retries=0,
            timeout=self._pace.timeout,
            default_headers=own,  # type: ignore[arg-type]
        )

    async def close(self) -> None:
        """Close every connection."""
        if self._client is not None:
            await self._client.close()

    async def post(
        self, path: str, body: Mapping[str, object], read: Callable[[object], Found], halt: Halt | None = None
    ) -> Found:
        """What `read` finds in the reply.

        halt     what speaks against this request alone, beside what speaks against all
        Errors   CellFailed with the reason of the last try; Stopped when no request makes sense any more
        """
        reason = ""
        for number in range(self._pace.retries + 1):
            if number:
                self.again += 1
                await asyncio.sleep(self._pace.wait * 2 ** (number - 1) * random.uniform(0.5, 1.0))
            async with self._slots:
                await self._turn()
                if why := self._halt.why or (halt.why if halt else ""):
                    raise Stopped(why)
                try:
                    return self._read(await self._text(path, body), read)
                except NoLogprobs as error:
                    self._no_logprobs()
                    reason = str(error)
                except Malformed as error:
                    reason = f"the reply is broken: {error}"
                except TimeoutError:
                    reason = f"no whole reply within {self._pace.timeout:g} seconds"
                except openai.APIStatusError as error:
                    reason = self._refused(error)
                except openai.APIError as error:
                    reason = f"no reply: {_cause(error)}"
        tries = self._pace.retries + 1
        raise CellFailed(without_key(reason, self._key) + (f" (after {tries} tries)" if tries > 1 else ""))

    async def _text(self, path: str, body: Mapping[str, object]) -> str:
        assert self._client is not None, "opened before anything is asked"
        self.sent += 1
        asked = self._client.post(path, cast_to=str, body=dict(body), options={"follow_redirects": False})
        # the library's own limit starts anew with every piece of a body
        return await asyncio.wait_for(asked, self._pace.timeout)

    def _read(self, text: str, read: Callable[[object], Found]) -> Found:
        if len(self._key) >= LONG_KEY:
            text = text.replace(self._key, HIDDEN)  # a reply is kept as it came, and a server may quote a request
        try:
            reply = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise Malformed("it is not JSON") from error
        if said := fault_in(reply):
            raise Malformed(without_key(said, self._key))
        prompt, told = used(reply)
        self.prompt_tokens += prompt
        self.reply_tokens += told
        return read(reply)

    def met_logprobs(self) -> None:
        """A reply had log-probabilities, so one without them is a fault that may pass."""
        self._seen_logprobs = True

    def _no_logprobs(self) -> None:
        self._bare += 1
        if not self._seen_logprobs and self._bare >= BARE_REPLIES:
            self.stop(NO_LOGPROBS)

    def stop(self, why: str) -> None:
        """No further request. Errors: Stopped, always."""
        self._halt.why = self._halt.why or without_key(why, self._key)
        raise Stopped(self._halt.why)

    def _refused(self, error: openai.APIStatusError) -> str:
        """The reason of a status that may pass, after the server's own waiting time is noted."""
        status = error.status_code
        says = without_key(_message(error), self._key)
        line = f"{status} {error.response.reason_phrase}" + (f": {says}" if says else "")
        if status in (401, 403):
            # servers quote keys here
            self.stop(f"{self._server.host} refuses the key ({status}); {self._variable()}")
        if 300 <= status < 400:
            self.stop(f"{self._server.host} sends on to another address ({status}), which is not followed")
        if status in (404, 405) or "insufficient_quota" in error.response.text:
            self.stop(f"{self._server.host}{error.request.url.path}: {line}")
        if status not in PASSING and status < 500:
            raise CellFailed(line)
        asked = retry_after(error.response.headers, time.time())
        if asked > self._pace.longest_wait:
            raise CellFailed(f"{line}; the server asks to wait {asked:.0f} seconds, longer than longest_wait")
        self._not_before = max(self._not_before, time.monotonic() + asked)
        return line

    def _variable(self) -> str:
        return f"look at {self._server.key_env}" if self._server.key_env else "key_env names no variable"

    async def _turn(self) -> None:
        """Wait for this request's turn: after what the server asked for, and evenly through the minute."""
        while (wait := self._not_before - time.monotonic()) > 0:
            await asyncio.sleep(wait)
        if self._pace.per_minute:
            self._not_before = time.monotonic() + 60.0 / self._pace.per_minute


def retry_after(headers: Mapping[str, str], now: float) -> float:
    """Seconds that a server asks to wait: `retry-after-ms`, seconds or a date in `Retry-After`; 0 for none."""
    for name, scale in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            return max(0.0, float(headers.get(name, "")) / scale)
        except ValueError:
            continue
    try:
        return max(0.0, parsedate_to_datetime(headers.get("retry-after", "")).timestamp() - now)
    except (ValueError, TypeError):
        return 0.0


def _message(error: openai.APIStatusError) -> str:
    body = error.body
    inner = body.get("error", body) if isinstance(body, Mapping) else body
    text = inner.get("message", "") if isinstance(inner, Mapping) else inner
    return text if isinstance(text, str) else ""


def _cause(error: openai.APIError) -> str:
    """The name of what broke a connection: its text may hold anything."""
    return type(error.__cause__ or error).__name__
