"""How the reasoning of a model is kept: beside its reply, in one text, in marks that no reader looks into.

    <think>
    what the model wrote for itself
    </think>

    what it replies

One spelling whatever marks the model itself uses. A reply stays one text: in the answers table, in the cache, and in
anything that is recorded elsewhere in the same form. Readers drop everything up to the last mark that closes a thought
(`tawazun.answers.plain`); who shows or judges a reply as it stands takes `without_thought` of it.
"""

import re

OPEN, CLOSE = "<think>", "</think>"
_KEPT = re.compile(rf"\A{OPEN}\n.*?\n{CLOSE}\n\n", re.S)


def with_thought(thought: str, reply: str) -> str:
    """The text that is kept of a reply and the reasoning before it."""
    return f"{OPEN}\n{thought.strip()}\n{CLOSE}\n\n{reply.lstrip()}"


def without_thought(text: str) -> str:
    """The reply alone, of a text as `with_thought` makes it; any other text as it is."""
    return _KEPT.sub("", text, count=1)
