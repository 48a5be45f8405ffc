"""Rows of instruction data as messages, whatever their shape, and which tokens of them a model learns from.

A model learns from what the assistant says and from nothing else. The mask comes from the chat template's own
`{% generation %}` marks; where a template has none, from the template's text before and after each turn, which is
refused where a turn changes what was written before it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tawazun.adapt.corpora.records import Document, Message
from tawazun.errors import BadFile, BadStudy

ROLES = {
    "system": "system", "user": "user", "human": "user", "prompter": "user", "assistant": "assistant",
    "gpt": "assistant", "model": "assistant", "bot": "assistant", "chatgpt": "assistant",
}  # fmt: skip
LISTS = ("messages", "conversations", "conversation", "dialogue", "turns")
ASKED = ("instruction", "prompt", "question", "query")
ANSWERED = ("output", "response", "completion", "answer", "chosen")


def as_messages(fields: Mapping[str, Any], where: str) -> tuple[Message, ...]:
    """Messages of a row: lists of turns (`messages`, ShareGPT's `conversations`) or an instruction and its answer.

    Errors   BadFile for a shape that is none of these, a role that is none, an empty turn, or no answer
    """
    for name in LISTS:
        if isinstance(fields.get(name), list | tuple):
            return _checked([_turn(one, where) for one in fields[name]], where)
    asked = next((name for name in ASKED if name in fields), "")
    answered = next((name for name in ANSWERED if name in fields), "")
    if not asked or not answered:
        have = ", ".join(list(fields)[:12]) or "nothing"
        raise BadFile(f"{where}: neither a text nor turns nor an instruction with its answer; the row has {have}")
    given = _said(fields.get("input") or "", where, "input", empty=True)
    question = _said(fields[asked], where, asked)
    system = _said(fields.get("system") or "", where, "system", empty=True)
    turns: list[Message] = [("system", system)] if system else []
    turns += [("user", f"{question}\n{given}" if given else question)]
    return _checked([*turns, ("assistant", _said(fields[answered], where, answered))], where)


def _turn(one: Any, where: str) -> Message:
    if not isinstance(one, Mapping):
        raise BadFile(f"{where}: a turn is a record with role and content, not {type(one).__name__}")
    role = str(one.get("role", one.get("from", "")))
    if role.casefold() not in ROLES:
        raise BadFile(f"{where}: the role {role[:40]!r} is none of {', '.join(ROLES)}")
    return ROLES[role.casefold()], _said(one.get("content", one.get("value")), where, f"turn of {role}")


def _said(value: Any, where: str, what: str, *, empty: bool = False) -> str:
    if not isinstance(value, str):
        raise BadFile(f"{where}, {what}: a text is needed, not {'nothing' if value is None else type(value).__name__}")
    if not value.strip() and not empty:
        raise BadFile(f"{where}, {what}: it is empty")
    return value


def _checked(messages: Sequence[Message], where: str) -> tuple[Message, ...]:
    if not any(role == "assistant" for role, _ in messages):
        raise BadFile(f"{where}: nothing is said by the assistant, so there is nothing to learn")
    return tuple(messages)


@dataclass(frozen=True, slots=True)
class Learnt:
    """A conversation as tokens.

    tokens   (T,) ids
    mask     (T,) True where the assistant speaks
    how      `template` = by the template's own marks, `computed` = from its text
    """

    tokens: tuple[int, ...]
    mask: tuple[bool, ...]
    how: Literal["template", "computed"]


def check_template(tokenizer: Any, name: str = "the model") -> Literal["template", "computed"]:
    """How the mask of a tokenizer's chat template is made. Errors: BadStudy without a template, or where none works."""
    if not getattr(tokenizer, "chat_template", None):
        raise BadStudy(
            f"{name} has no chat template, so nobody can tell where the assistant speaks: give "
            "chat_template = FILE (with {% generation %} around the assistant's text), or train on plain text"
        )
    trial = (("user", "a"), ("assistant", "b"), ("user", "c"), ("assistant", "d"))
    learnt = learn(tokenizer, trial, name)
    if not any(learnt.mask) or all(learnt.mask):
        raise BadStudy(
            f"{name}: the marks of its chat template cover {'everything' if all(learnt.mask) else 'nothing'}"
        )
    return learnt.how


def learn(tokenizer: Any, messages: Sequence[Message], name: str = "the model") -> Learnt:
    """A conversation as tokens with its mask. Errors: BadStudy as `check_template`."""
    turns = [{"role": role, "content": text} for role, text in messages]
    if "{% generation" in tokenizer.chat_template or "{%- generation" in tokenizer.chat_template:
        made = tokenizer.apply_chat_template(
            turns, tokenize=True, return_dict=True, return_assistant_tokens_mask=True, add_generation_prompt=False
        )
        return Learnt(tuple(made["input_ids"]), tuple(map(bool, made["assistant_masks"])), "template")
    return _computed(tokenizer, turns, name)


def _computed(tokenizer: Any, turns: Sequence[Mapping[str, str]], name: str) -> Learnt:
    """The mask from letters: what the template adds after its generation prompt belongs to the assistant."""
    whole = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=False)
    spans = []
    for at, turn in enumerate(turns):
        if turn["role"] == "assistant":
            before = tokenizer.apply_chat_template(turns[:at], tokenize=False, add_generation_prompt=True)
            after = tokenizer.apply_chat_template(turns[: at + 1], tokenize=False, add_generation_prompt=False)
            if not (whole.startswith(after) and after.startswith(before)):
                raise BadStudy(
                    f"{name}: its chat template writes earlier turns anew when a turn is added, so the assistant's "
                    "text cannot be told by comparing: put {% generation %} around it in the template"
                )
            spans.append((len(before), len(after)))
    made = tokenizer(whole, add_special_tokens=False, return_offsets_mapping=True)
    mask = tuple(any(a < end and b > a >= start for start, end in spans) for a, b in made["offset_mapping"])
    return Learnt(tuple(made["input_ids"]), mask, "computed")


def fitted(learnt: Learnt, document: Document, context: int) -> tuple[Learnt | None, str]:
    """A conversation cut to a context, and what became of it: empty when it fits.

    Returns  None with the reason where nothing of the assistant would be left to learn
    """
    if len(learnt.tokens) <= context:
        return (learnt, "") if any(learnt.mask) else (None, "nothing to learn")
    kept = Learnt(learnt.tokens[:context], learnt.mask[:context], learnt.how)
    if not any(kept.mask):
        return None, "prompt longer than the context"
    return kept, "answer cut at the context"
