"""What a row of a training set is: a conversation, an instruction, a preference, a question, or plain text."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tawazun.audit.data.reading import Raw
from tawazun.audit.data.records import Fault, Sample

USER = {"user", "human", "prompter", "question", "instruction"}
MODEL = {"assistant", "gpt", "model", "bot", "chatgpt", "ai", "answer", "output", "bing", "bard"}
ROLES = ("role", "from", "speaker", "author", "sender")
WRITTEN = ("content", "value", "text", "utterance", "message")
TAGS = ("language", "lang", "lang_code", "language_code", "locale")
KNOWN = USER | MODEL | {"system", "tool", "function", "developer", "ipython", "observation"}
DIALOGUES = ("dialogue", "dialog", "chat", "turns", "data")
TEXTS = ("text", "content", "document", "body", "passage", "article", "sentence")
LONGEST = 1_000_000
# lists in lists of a message; a row of thousands would end the audit
DEEPEST = 16
Fields = Mapping[str, Any]
Parts = tuple[str, str, str, int]


def sample_of(raw: Raw, columns: Mapping[str, str] | None = None) -> tuple[Sample | None, list[Fault]]:
    """A row as a sample, and what is wrong with it.

    columns   our name → theirs, for a file whose headers say nothing: `text`, `instruction`, `response`, `rejected`,
              `messages`, `language`
    """
    fields = _renamed(raw.fields, columns or {})
    faults = []
    if raw.encoding:
        faults.append(Fault(raw.file, raw.number, "encoding", f"not UTF-8; read as {raw.encoding}", True))
    for shape, read in SHAPES.items():
        parts = read(fields)
        if parts is not None:
            return _checked(raw, shape, parts, fields, faults)
    have = ", ".join(list(raw.fields)[:10])
    odd = next((name for name in TEXTS if fields.get(name) is not None), None)
    found = f" ({odd} holds {type(fields[odd]).__name__}, not text)" if odd else ""
    why = f"no shape is known with the columns {have}{found}; --column text=NAME says which one is the text"
    return None, [*faults, Fault(raw.file, raw.number, "shape", why, False)]


def _checked(
    raw: Raw, shape: str, parts: Parts, fields: Fields, faults: list[Fault]
) -> tuple[Sample | None, list[Fault]]:
    where = (raw.file, raw.number)
    texts = []
    for text in parts[:3]:
        if len(text) > LONGEST:
            why = f"{len(text):,} letters; the first {LONGEST:,} are measured"
            faults.append(Fault(*where, "cut", why, True))
        texts.append(text[:LONGEST])
    instruction, response, rejected = texts
    if not (instruction.strip() or response.strip()):
        return None, [*faults, Fault(*where, "empty", f"nothing is written in it (read as {shape})", False)]
    if not response.strip():
        faults.append(Fault(*where, "no-response", "something is asked and nothing answered", True))
    tag = next((value for name in TAGS if isinstance(value := fields.get(name), str)), "")
    return Sample(*where, shape, instruction, response, rejected, tag, parts[3]), faults


def _renamed(fields: Fields, columns: Mapping[str, str]) -> Fields:
    if not columns:
        return fields
    named = {ours: fields.get(theirs) for ours, theirs in columns.items()}
    # what the user names decides; the rest of the row could suggest another shape
    if "rejected" in named:
        named |= {"prompt": named.get("instruction"), "chosen": named.get("response")}
    return named


def _turns(value: object, inside: bool = False) -> list[tuple[str, str]] | None:
    """(role, text) of every message, of conversations in a list one after another; None when it is no list of messages.

    Where no role is known (A and B, names), who begins asks and every second message answers.
    """
    if not isinstance(value, Sequence) or isinstance(value, str) or not value:
        return None
    found: list[tuple[str, str]] = []
    for one in value:
        if isinstance(one, Sequence) and not isinstance(one, str):
            inner = None if inside else _turns(one, inside=True)
            if inner is None:
                return None
            found.extend(inner)
            continue
        role = next((one[name] for name in ROLES if name in one), None) if isinstance(one, Mapping) else None
        if not isinstance(role, str):
            return None
        text = next((one[name] for name in WRITTEN if one.get(name) is not None), "")
        found.append((role.lower(), _written(text)))
    return found if any(role in KNOWN for role, _ in found) else _alternating([text for _, text in found])


def _alternating(texts: Sequence[str]) -> list[tuple[str, str]]:
    """Messages without a role of their own, as asked and answered in turn."""
    return [("user" if i % 2 == 0 else "assistant", text) for i, text in enumerate(texts)]


def _written(content: object, depth: int = 0) -> str:
    """The text of a message, also where it is a list of parts; nothing of what lies in lists below `DEEPEST`."""
    if isinstance(content, str):
        return content
    if depth > DEEPEST:
        return ""
    if isinstance(content, Mapping):
        return _written(content.get("text", content.get("content", content.get("value", ""))), depth + 1)
    if isinstance(content, Sequence):
        return "\n".join(part for part in (_written(one, depth + 1) for one in content) if part)
    return "" if content is None else str(content)


def _spoken(turns: Sequence[tuple[str, str]], roles: set[str]) -> str:
    return "\n".join(text for role, text in turns if role in roles)


def _conversation(key: str) -> Callable[[Fields], Parts | None]:
    def read(fields: Fields) -> Parts | None:
        turns = _turns(fields.get(key))
        if turns is None or "chosen" in fields:
            return None
        return _spoken(turns, USER), _spoken(turns, MODEL), "", len(turns)

    return read


def _dialogue(fields: Fields) -> Parts | None:
    """Messages under a less common name, also as a list of plain texts that take turns."""
    for key in DIALOGUES:
        value = fields.get(key)
        if isinstance(value, Sequence) and len(value) > 1 and all(isinstance(one, str) for one in value):
            turns: list[tuple[str, str]] | None = None if isinstance(value, str) else _alternating(value)
        else:
            turns = _turns(value)
        if turns is not None:
            return _spoken(turns, USER), _spoken(turns, MODEL), "", len(turns)
    return None


def _preference(fields: Fields) -> Parts | None:
    if fields.get("chosen") is None or "rejected" not in fields:
        return None
    chosen, before = _answered(fields["chosen"])
    rejected, _ = _answered(fields["rejected"])
    asked = fields.get("prompt", fields.get("question", fields.get("instruction")))
    turns = _turns(asked) or _turns(fields.get("conversations")) or _turns(fields.get("messages"))
    prompt = _spoken(turns, USER) if turns else _written(asked)
    return prompt or before, chosen, rejected, (len(turns) if turns else 1) + 1


def _answered(value: object) -> tuple[str, str]:
    """What was answered, and what was asked where the answer carries the whole conversation."""
    turns = _turns(value) or _turns([value])
    if turns is None:
        return _written(value), ""
    return _spoken(turns, MODEL), _spoken(turns, USER)


def _pair(asked: Sequence[str], answered: Sequence[str]) -> Callable[[Fields], Parts | None]:
    def read(fields: Fields) -> Parts | None:
        first = next((name for name in asked if fields.get(name) is not None), None)
        second = next((name for name in answered if fields.get(name) is not None), None)
        if first is None or second is None:
            return None
        extra = _written(fields.get("input")) if first != "input" else ""
        instruction = _written(fields[first])
        return (f"{instruction}\n{extra}" if extra.strip() else instruction), _written(fields[second]), "", 2

    return read


def _plain(fields: Fields) -> Parts | None:
    name = next((name for name in TEXTS if isinstance(fields.get(name), str)), None)
    return None if name is None else ("", fields[name], "", 1)


SHAPES: dict[str, Callable[[Fields], Parts | None]] = {
    "preference": _preference,
    "messages": _conversation("messages"),
    "conversations": _conversation("conversations"),
    "conversation": _conversation("conversation"),
    "instruction": _pair(("instruction",), ("output", "response", "completion", "answer")),
    "prompt-completion": _pair(("prompt", "inputs"), ("completion", "response", "output", "targets")),
    "question-answer": _pair(("question", "query"), ("answer", "response", "output")),
    "input-output": _pair(("input",), ("output", "target")),
    "dialogue": _dialogue,
    "text": _plain,
}
