"""The shapes of requests and replies: chat and completion, log-probabilities, token numbers and scores.

Everything that comes is checked before it is used; what does not fit raises `Malformed` and may be asked for again.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from tawazun.answers import FILTERED
from tawazun.respondents.endpoint_faults import Malformed, NoLogprobs
from tawazun.respondents.endpoint_reading import SLACK, Listed

Messages = Sequence[tuple[str, str]]


def plain_text(messages: Messages, cue: str) -> str:
    """Messages as one text, in the layout that local models without a chat template get (`plain-1`)."""
    return "\n".join([*(f"{text}\n" if role == "system" else text for role, text in messages), cue])


def prompt_body(api: str, messages: Messages, cue: str) -> dict[str, object]:
    """The part of a request that holds the prompt."""
    if api == "completion":
        return {"prompt": plain_text(messages, cue)}
    return {"messages": [{"role": role, "content": text} for role, text in messages]}


def fault_in(reply: object) -> str:
    """What a server that answers 200 says went wrong behind it; empty when nothing did."""
    fault = reply.get("error") if isinstance(reply, Mapping) else None
    if not fault or (isinstance(reply, Mapping) and reply.get("choices")):
        return ""
    text = fault.get("message") if isinstance(fault, Mapping) else fault
    return f"the server answered 200 with an error: {text}"


def texts_of(reply: object, api: str, count: int) -> list[str]:
    """The texts of a reply's choices, in their own order; a refusal is a text, and no text is an empty one.

    What a provider's filter kept back is `FILTERED`, which is read as a refusal.
    """
    choices = _choices(reply, count)
    return [_text(one, api) for one in choices]


def _choices(reply: object, count: int) -> list[Mapping[str, Any]]:
    choices = reply.get("choices") if isinstance(reply, Mapping) else None
    if not isinstance(choices, list) or not all(isinstance(one, Mapping) for one in choices):
        raise Malformed("no choices in the reply")
    numbers = [one.get("index", at) for at, one in enumerate(choices)]
    if len(choices) != count or not all(isinstance(n, int) for n in numbers) or sorted(numbers) != list(range(count)):
        raise Malformed(f"{count} choices were asked for, the numbers {numbers[:8]} came")
    return [choices[numbers.index(at)] for at in range(count)]


def _text(choice: Mapping[str, Any], api: str) -> str:
    if api == "completion":
        text = choice.get("text")
    else:
        message = choice.get("message")
        if not isinstance(message, Mapping) or ("content" not in message and "refusal" not in message):
            raise Malformed("a choice without a message")
        text = message.get("content")
        text = text if text is not None else message.get("refusal") or ""
    if not isinstance(text, str):
        raise Malformed("a choice without a text")
    return FILTERED if not text.strip() and choice.get("finish_reason") == "content_filter" else text


def listed_of(reply: object, api: str) -> list[Listed]:
    """The tokens listed for the first place of a reply. Errors: NoLogprobs when none are; Malformed."""
    (choice,) = _choices(reply, 1)
    given = choice.get("logprobs")
    if not isinstance(given, Mapping):
        raise NoLogprobs("the server answered without log-probabilities")
    return _completion(given) if api == "completion" else _chat(given)


def _chat(given: Mapping[str, Any]) -> list[Listed]:
    places = given.get("content")
    if not isinstance(places, list) or not places or not isinstance(places[0], Mapping):
        raise NoLogprobs("the server answered without log-probabilities")
    top = places[0].get("top_logprobs")
    if not isinstance(top, list) or not top:
        raise NoLogprobs("the server answered without top_logprobs")
    rows = [_row(one) for one in top]
    chosen = _row(places[0])
    known = {(one.text, one.raw) for one in rows}
    return rows if (chosen.text, chosen.raw) in known else [*rows, chosen]


def _row(row: object) -> Listed:
    if not isinstance(row, Mapping) or not isinstance(row.get("token"), str):
        raise Malformed("a listed token without a text")
    return Listed(row["token"], _logprob(row.get("logprob")), _raw(row.get("bytes")))


def _completion(given: Mapping[str, Any]) -> list[Listed]:
    top = given.get("top_logprobs")
    if not isinstance(top, list) or not top or not isinstance(top[0], Mapping) or not top[0]:
        raise NoLogprobs("the server answered without log-probabilities")
    return [Listed(str(text), _logprob(value)) for text, value in top[0].items()]


def _logprob(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
        raise Malformed(f"{value!r} is no log-probability")
    return float(value)


def _raw(value: object) -> bytes | None:
    """Bytes of a token; some servers give code points above 255 there, which say nothing."""
    if not isinstance(value, list) or not value:
        return None
    return bytes(value) if all(isinstance(b, int) and 0 <= b < 256 for b in value) else None


# ---- exact probabilities of given tokens


def token_shares(reply: object, api: str, ids: Sequence[int]) -> list[float] | None:
    """Probabilities of asked tokens, spelled `token_id:N`; None when the server lists others instead of them."""
    listed = {one.text: one.logprob for one in listed_of(reply, api)}
    if not all(f"token_id:{one}" in listed for one in ids):
        return None
    return [_share(math.exp(min(listed[f"token_id:{one}"], 1.0))) for one in ids]


def scores_of(reply: object, count: int) -> list[float]:
    """The row of probabilities that `/v1/score` gives for one item."""
    rows = reply.get("scores") if isinstance(reply, Mapping) else None
    if not isinstance(rows, list) or len(rows) != 1 or not isinstance(rows[0], list) or len(rows[0]) != count:
        raise Malformed(f"one row of {count} scores was asked for")
    return [_share(one) for one in rows[0]]


def score_of(reply: object) -> float:
    """The probability that `/generative_scoring` gives for the first label of one item."""
    rows = reply.get("data") if isinstance(reply, Mapping) else None
    if not isinstance(rows, list) or len(rows) != 1 or not isinstance(rows[0], Mapping):
        raise Malformed("one score was asked for")
    return _share(rows[0].get("score"))


def tokens_of(reply: object) -> list[int]:
    """Token numbers that `/tokenize` gives."""
    tokens = reply.get("tokens") if isinstance(reply, Mapping) else None
    if not isinstance(tokens, list) or not all(isinstance(one, int) for one in tokens):
        raise Malformed("no tokens in the reply")
    return tokens


def _share(value: object) -> float:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 <= value <= 1 + SLACK:  # type: ignore[operator]
        raise Malformed(f"{value!r} is no probability")
    return min(float(value), 1.0)  # type: ignore[arg-type]


def used(reply: object) -> tuple[int, int]:
    """Prompt and reply tokens that a server counted; 0 where it did not."""
    usage = reply.get("usage") if isinstance(reply, Mapping) else None
    if not isinstance(usage, Mapping):
        return 0, 0
    counts = [usage.get(name) for name in ("prompt_tokens", "completion_tokens")]
    prompt, told = (one if isinstance(one, int) and one > 0 else 0 for one in counts)
    return prompt, told
