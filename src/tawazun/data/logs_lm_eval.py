"""Sample files of lm-evaluation-harness, as `--log_samples` writes them: one JSON object per item (and filter).

Each row has the item (`doc`), the requests (`arguments`), what came back (`resps`, `filtered_resps`), the key
(`target`) and, for multiple choice, whether it was met (`acc`). A key may be a position or a text; where both could be
meant, the reading that agrees with every `acc` of the file is taken.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tawazun.data.logs import OURS, Log, Logged, stem_in, texts_in
from tawazun.data.rows import Row, read_rows
from tawazun.errors import BadFile

TOOL = "lm-eval"
NAME = re.compile(r"samples_(.+?)_\d{4}-\d{2}-\d{2}T[\d.:-]+$")
SIGNS = " \t\n().:"
LONGEST_MARK = 3


@dataclass(frozen=True, slots=True)
class _Choice:
    """One multiple-choice row: what was scored after the prompt, and the scores."""

    row: Row
    prompt: str
    ends: tuple[str, ...]
    loglik: tuple[float, ...]


def read(path: Path) -> Log:
    """The log of a sample file. Errors: BadFile naming file, row and column."""
    rows = list(_once(read_rows(path, ("doc", "arguments", "resps", "target"))))
    named = NAME.match(path.stem)
    task = named[1] if named else path.stem.removeprefix("samples_")
    choices = [_choice(row) for row in rows]
    scored = [one for one in choices if one is not None]
    if scored and len(scored) < len(rows):
        odd = next(row for row, one in zip(rows, choices, strict=True) if one is None)
        raise odd.fault("resps", "replies and log-likelihoods stand in one file; a task has one kind of answer")
    if scored:
        keys = _keys(path, scored)
        items = tuple(_chosen(one, key, task) for one, key in zip(scored, keys, strict=True))
    else:
        items = tuple(_told(row, task) for row in rows)
    return Log(path.name, TOOL, task, _model(path), items)


def _once(rows: Sequence[Row]) -> Iterator[Row]:
    """One row per item: a task with several filters repeats its items, with the same raw replies."""
    first = rows[0].fields.get("filter")
    seen: set[str] = set()
    for row in rows:
        if row.fields.get("filter") != first:
            continue
        item = str(row.fields.get("doc_id", row.number))
        if item in seen:
            raise row.fault("doc_id", f"{item!r} stands twice")
        seen.add(item)
        yield row


def _model(path: Path) -> str:
    """The model that the results beside the samples name, else the name of their folder."""
    for file in sorted(path.parent.glob("results*.json")):
        try:
            held = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(held, dict) and isinstance(held.get("model_name"), str) and held["model_name"]:
            return str(held["model_name"])
    return path.parent.resolve().name


def _arguments(row: Row) -> list[tuple[str, Any]]:
    held = row.fields["arguments"]
    listed = list(held.values()) if isinstance(held, Mapping) else held
    if not isinstance(listed, list) or not listed:
        raise row.fault("arguments", "a list of requests is needed")
    found = []
    for one in listed:
        pair = list(one.values()) if isinstance(one, Mapping) else one
        if not isinstance(pair, list | tuple) or not pair or not isinstance(pair[0], str):
            raise row.fault("arguments", "a request begins with its prompt")
        found.append((pair[0], pair[1] if len(pair) > 1 else None))
    return found


def _choice(row: Row) -> _Choice | None:
    """The row as multiple choice; None where texts were generated. Errors: BadFile for neither."""
    requests = _arguments(row)
    if not all(isinstance(end, str) for _, end in requests):
        return None
    held = row.fields.get("filtered_resps", row.fields["resps"])
    if not isinstance(held, list) or len(held) < len(requests):
        raise row.fault("filtered_resps", f"{len(requests)} requests need as many answers")
    pairs = [
        (prompt, str(end), _loglik(row, one)) for (prompt, end), one in zip(requests, held, strict=False) if prompt
    ]
    if len(pairs) < 2:
        raise row.fault("arguments", "one continuation is no choice; only multiple choice and generation are read")
    prompts = {prompt for prompt, _, _ in pairs}
    if len(prompts) > 1:
        raise row.fault("arguments", "its options stand in different prompts, so they are no answers to one question")
    return _Choice(row, pairs[0][0], tuple(end.strip() for _, end, _ in pairs), tuple(x for *_, x in pairs))


def _loglik(row: Row, held: Any) -> float:
    while isinstance(held, list | tuple) and held and isinstance(held[0], list | tuple):
        held = held[0]
    first = held[0] if isinstance(held, list | tuple) and held else held
    try:
        found = float(first)
    except (TypeError, ValueError):
        raise row.fault("filtered_resps", f"a log-likelihood is needed, not {str(first)[:40]!r}") from None
    if not found <= 0:
        raise row.fault("filtered_resps", f"a log-likelihood is 0 or less, not {found:g}")
    return found


def _keys(path: Path, scored: Sequence[_Choice]) -> list[int | None]:
    """The right option of each row, read in the one way that agrees with what the tool counted as right."""
    found = [[_position(one) for one in scored], [_text(one) for one in scored]]
    fits = [keys for keys in found if any(key is not None for key in keys) and _agrees(scored, keys)]
    if fits:
        return max(fits, key=lambda keys: sum(key is not None for key in keys))
    if all(key is None for keys in found for key in keys):
        return [None] * len(scored)
    raise BadFile(f"{path}: column target: no reading of it as position or text agrees with the column acc")


def _agrees(scored: Sequence[_Choice], keys: Sequence[int | None]) -> bool:
    for one, key in zip(scored, keys, strict=True):
        right, best = one.row.fields.get("acc"), max(one.loglik)
        if key is None and isinstance(right, int | float) and not str(one.row.fields["target"]).startswith("["):
            return False
        # several options may tie, and then either may have been taken
        told = key is not None and isinstance(right, int | float) and one.loglik.count(best) == 1
        if told and (one.loglik.index(best) == key) != (right == 1):
            return False
    return True


def _position(one: _Choice) -> int | None:
    text = str(one.row.fields["target"]).strip()
    return int(text) if text.isdecimal() and int(text) < len(one.ends) else None


def _text(one: _Choice) -> int | None:
    text = str(one.row.fields["target"]).strip()
    return one.ends.index(text) if one.ends.count(text) == 1 else None


def _chosen(one: _Choice, gold: int | None, task: str) -> Logged:
    doc = _doc(one.row)
    marks = tuple(end.strip(SIGNS) for end in one.ends)
    labelled = all(marks) and max(map(len, marks)) <= LONGEST_MARK and len(set(marks)) == len(marks)
    texts = texts_in(doc, len(marks)) if labelled else one.ends
    if labelled and (not texts or set(texts) == set(marks)):
        # short options that nothing else spells out are what was answered
        labelled, texts = False, one.ends
    return Logged(
        spot=f"{one.row.file} {one.row.where}",
        item=_item(one.row, doc),
        stem=stem_in(doc),
        lines=(one.prompt,),
        options=texts,
        marks=marks if labelled else (),
        listed=all(text in one.prompt for text in texts),
        gold=gold,
        loglik=one.loglik,
        group=task,
        ours=_ours(doc),
    )


def _told(row: Row, task: str) -> Logged:
    doc = _doc(row)
    replies = tuple(_flat(row.fields["resps"]))
    if not replies or not all(isinstance(one, str) for one in replies):
        raise row.fault("resps", "replies are texts")
    target = row.fields["target"]
    ours = _ours(doc)
    return Logged(
        spot=f"{row.file} {row.where}",
        item=_item(row, doc),
        stem=stem_in(doc),
        lines=(_arguments(row)[0][0],),
        accepted=(str(target).strip(),) if isinstance(target, str | int | float) and str(target).strip() else (),
        replies=replies,
        group=task,
        ours=ours,
    )


def _flat(held: Any) -> Iterator[Any]:
    if isinstance(held, list | tuple):
        for one in held:
            yield from _flat(one)
    else:
        yield held


def _doc(row: Row) -> Mapping[str, Any]:
    doc = row.fields["doc"]
    if not isinstance(doc, Mapping):
        raise row.fault("doc", "the item is a record with named fields")
    return doc


def _item(row: Row, doc: Mapping[str, Any]) -> str:
    found = next((doc[name] for name in ("id", "ID", "item", "question_id", "idx") if name in doc), None)
    if isinstance(found, str | int) and str(found).strip():
        return str(found).strip()
    return str(row.fields.get("doc_id", row.number))


def _ours(doc: Mapping[str, Any]) -> Mapping[str, Any]:
    held = doc.get(OURS)
    return held if isinstance(held, Mapping) else {}
