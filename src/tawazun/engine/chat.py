"""From (role, text) messages to the one text that a model reads.

With a chat template the model's own layout is used; without one, a plain layout. Two things that would make the same
question a different text tomorrow are held still: a template's clock stands at `TODAY`, and templates that can open
a reasoning passage are told not to, because the read-out looks at the very next token.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from jinja2 import TemplateError

from tawazun.errors import BadFile, RespondentFailed

TODAY = datetime(2025, 1, 1)
PLAIN = "plain-1"  # the plain layout; a change makes another respondent
_CLOCK = re.compile(r"strftime_now\(\s*(['\"])(.*?)\1\s*\)")
_REFUSED = "\ue000refused\ue000"
# a template's complaint becomes a mark in its output, so that it can be asked what it takes
_COMPLAINT = f"{{% macro raise_exception(message) %}}{_REFUSED}{{% endmacro %}}{{{{ '' }}}}"
MARK = (
    "\ue000vectors\ue000"  # where the vectors of a soft prompt stand in a text; a tokenizer is taught it as one token
)
_PROBE = ("\ue000first\ue000", "\ue000second\ue000")

# marks around a thought, by the sign that a template knows them
THOUGHTS = (
    ("<think>", "</think>"), ("<seed:think>", "</seed:think>"), ("[THINK]", "[/THINK]"), ("◁think▷", "◁/think▷"),
    ("<thinking>", "</thinking>"), ("<reasoning>", "</reasoning>"),
)  # fmt: skip

Messages = Sequence[tuple[str, str]]


def chat_template(tokenizer: Any) -> str:
    """The text of a tokenizer's (default) chat template, empty when it has none."""
    template = tokenizer.chat_template
    if isinstance(template, Mapping):
        template = template.get("default")
    return template or ""


class Chat:
    """One tokenizer's way to lay out a conversation.

    facts   what of the layout can move an answer: `layout`, `system`, `clock`, `reasoning`
    """

    def __init__(self, tokenizer: Any) -> None:
        """Finds out what the template can do by trying it."""
        self._tokenizer = tokenizer
        self._template = _still(chat_template(tokenizer))
        self._system = self._takes_system()
        self.facts: Mapping[str, str] = {
            "layout": "template" if self._template else PLAIN,
            "system": "own role" if self._system else "before the user text",
            "clock": TODAY.date().isoformat() if "strftime_now" in chat_template(tokenizer) else "",
            "reasoning": "off" if "enable_thinking" in self._template else "",
        }

    @property
    def thoughts(self) -> tuple[str, str] | None:
        """The marks that open and close a thought in this model's template; None where it knows none."""
        return next((pair for pair in THOUGHTS if pair[1] in self._template), None)

    @property
    def template(self) -> str:
        """The template as it is used here, its clock stopped; empty where the tokenizer has none."""
        return self._template

    def text(self, messages: Messages, cue: str, *, thinking: bool = False) -> str:
        """The text that ends where the model's reply begins; `cue` stands there when there is no template.

        thinking  it ends where a thought has been opened instead
        Errors    RespondentFailed when the template refuses the messages, or knows no thoughts
        """
        if thinking and self.thoughts is None:
            raise RespondentFailed("reasoning is asked of a model whose chat template knows no reasoning passage")
        if not self._template:
            return "\n".join([*_plain(messages), cue])
        if not self._system:
            messages = folded(messages)
        text = self._rendered(messages, thinking=thinking)
        if _REFUSED in text:
            raise RespondentFailed(f"the chat template refuses messages of {', '.join(role for role, _ in messages)}")
        if thinking and self.thoughts is not None and not opened(text):
            text += f"{self.thoughts[0]}\n"
        return text

    def _takes_system(self) -> bool:
        if not self._template:
            return False
        text = self._rendered([("system", _PROBE[0]), ("user", _PROBE[1])])
        return _REFUSED not in text and all(probe in text for probe in _PROBE)

    def _rendered(self, messages: Messages, *, thinking: bool = False) -> str:
        # the two switches that templates have; one that is off goes by the first alone, as it always did
        switches = {"enable_thinking": thinking} | ({"thinking": True} if thinking else {})
        try:
            text: str = self._tokenizer.apply_chat_template(
                [{"role": role, "content": content} for role, content in messages],
                chat_template=self._template,
                tokenize=False,
                add_generation_prompt=True,
                **switches,
            )
        except TemplateError as error:
            raise BadFile(f"the tokenizer's chat template is broken: {error}") from error
        return text


def marked(messages: Messages, position: str, *, with_user: bool = False) -> list[tuple[str, str]]:
    """Messages with the place of a soft prompt's vectors marked.

    position   `before`: no mark, no text shows it; `persona`: where the persona stands, before its text if there is
               one; `after`: at the end of the question, before the cue
    with_user  whether the persona stands with the question; else it is the system message, made when there is none
    """
    found = list(messages)
    if position == "persona":
        own = 0 if with_user else next((at for at, (role, _) in enumerate(found) if role == "system"), None)
        if own is None:
            return [("system", MARK), *found]
        role, text = found[own]
        found[own] = (role, f"{MARK}\n{text}" if with_user else f"{MARK}{text}")
    elif position == "after":
        own = max(at for at, (role, _) in enumerate(found) if role == "user")
        found[own] = ("user", found[own][1] + MARK)
    return found


def _still(template: str) -> str:
    """The template with its clock stopped and its complaints marked; empty stays empty."""
    if not template:
        return ""
    still = _CLOCK.sub(lambda found: f"'{TODAY.strftime(found[2])}'", template)
    clock = f"{{% macro strftime_now(format) %}}{TODAY:%Y-%m-%d}{{% endmacro %}}{{{{ '' }}}}"
    return f"{_COMPLAINT}{clock if 'strftime_now(' in still else ''}{still}"


def opened(text: str) -> bool:
    """Whether a text ends where a thought has just been opened."""
    return text.rstrip().endswith(tuple(mark for mark, _ in THOUGHTS))


def _plain(messages: Messages) -> list[str]:
    return [f"{text}\n" if role == "system" else text for role, text in messages]


def folded(messages: Messages) -> list[tuple[str, str]]:
    """System texts put before the first user text, a blank line between."""
    system = [text for role, text in messages if role == "system"]
    others = [(role, text) for role, text in messages if role != "system"]
    if not system or not others:
        return others
    role, text = others[0]
    return [(role, "\n\n".join([*system, text])), *others[1:]]
