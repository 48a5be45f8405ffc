"""Runs that other tools made, as neutral records: Inspect logs and the sample files of lm-evaluation-harness.

A log says what was shown, what came back and what counted as right, each tool in its own way. Here it becomes one list
of items, before anybody asks which of our instruments they belong to.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tawazun.errors import BadFile, BadStudy

OURS = "tawazun"  # where our own tasks leave word of what they asked
QUESTIONS = ("question", "stem", "query", "Question", "question_text", "prompt", "input", "text", "statement", "goal")
SCRIPTS = {
    "ja": re.compile("[\u3040-\u30ff]"),
    "ar": re.compile("[\u0621-\u064a]"),
    "hi": re.compile("[\u0904-\u0939]"),
    "zh": re.compile("[\u4e00-\u9fff]"),
    "en": re.compile("[A-Za-z]"),
}


@dataclass(frozen=True, slots=True)
class Logged:
    """One item of a log, with everything that was said to it.

    spot      file and place in it, for errors
    item      its id in the log; stem: the question's text, empty where the log has none
    lines     other texts in which the question may stand (the whole prompt)
    options   option texts in the order shown; empty for an open question
    marks     their labels in the same order, empty where an option was answered by its text
    listed    whether the prompt showed the options
    gold      position of the right one among them; None where nobody says, or several are
    accepted  right answers of an open question
    replies   texts that came back, one per repetition
    theirs    option that the tool itself read in each reply, None where it read none; empty where it does not say
    loglik    log-likelihood of each option's continuation, in the order shown
    error     why nothing came back
    group     what the log calls its part of the benchmark
    ours      what our own task or export left: instrument, question, framing, order
    """

    spot: str
    item: str
    stem: str = ""
    lines: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    listed: bool = True
    gold: int | None = None
    accepted: tuple[str, ...] = ()
    replies: tuple[str, ...] = ()
    theirs: tuple[int | None, ...] = ()
    loglik: tuple[float, ...] | None = None
    error: str = ""
    group: str = ""
    ours: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Log:
    """One file: which tool ran which task on which model, and its items in order."""

    file: str
    tool: str
    task: str
    model: str
    items: tuple[Logged, ...]


def read_log(path: Path) -> Log:
    """The log in a file: `.eval` or `.json` of Inspect, `samples_*.jsonl` of lm-evaluation-harness.

    Errors   BadFile naming file and row or sample; MissingExtra where a compressed log needs a library
    """
    from tawazun.data import logs_inspect, logs_lm_eval

    if not path.is_file():
        raise BadFile(f"{path}: there is no such file")
    if path.suffix == ".jsonl":
        return logs_lm_eval.read(path)
    if path.suffix in (".eval", ".json"):
        return logs_inspect.read(path)
    raise BadFile(f"{path}: logs are .eval or .json of Inspect, or samples_*.jsonl of lm-evaluation-harness")


def log_paths(folder: Path, file: str, options: Mapping[str, Any]) -> list[Path]:
    """The files that a respondent's settings name: `file`, a name or a pattern, and `options.files`, a list of them.

    Errors   BadFile for a pattern that fits nothing; BadStudy for `files` that is no list of names
    """
    files = options.get("files", [])
    if not isinstance(files, list) or not all(isinstance(one, str) for one in files):
        raise BadStudy("options.files is a list of file names")
    found: list[Path] = []
    for name in [*([file] if file else []), *files]:
        fits = sorted((folder / Path(name).parent).glob(Path(name).name)) if set(name) & set("*?[") else [folder / name]
        if not fits:
            raise BadFile(f"{name}: no file fits this pattern in {folder.name or '.'}")
        found += fits
    return list(dict.fromkeys(found))


def texts_in(fields: Mapping[str, Any], count: int) -> tuple[str, ...]:
    """The option texts that a record holds beside its prompt: `count` of them, or nothing."""
    for name in ("choices", "options", "endings", "answers"):
        held = fields.get(name)
        if isinstance(held, Mapping):
            held = held.get("text") or list(held.values())
        if isinstance(held, Sequence) and not isinstance(held, str) and len(held) == count and _plain(held):
            return tuple(str(one).strip() for one in held)
    letters = "ABCDEFGHIJ"[:count]
    numbers = range(1, count + 1)
    for columns in (
        list(letters), list(letters.lower()), [f"option_{x}" for x in letters.lower()],
        [f"Option {x}" for x in letters],
        [f"option_{n}" for n in numbers], [f"option{n}" for n in numbers], [f"Option {n}" for n in numbers],
        [f"ending{n - 1}" for n in numbers], [f"sol{n}" for n in numbers],
    ):  # fmt: skip
        if all(name in fields for name in columns) and _plain(found := [fields[name] for name in columns]):
            return tuple(str(one).strip() for one in found)
    return ()


def stem_in(fields: Mapping[str, Any]) -> str:
    """The question's text in a record, or nothing."""
    found = (fields.get(name) for name in QUESTIONS)
    return next((text.strip() for text in found if isinstance(text, str) and text.strip()), "")


def _plain(held: Sequence[Any]) -> bool:
    return all(isinstance(one, str | int | float) and not isinstance(one, bool) and str(one).strip() for one in held)


def language_of(texts: Iterable[str]) -> str:
    """The language that most of some texts are written in, as far as their script tells; English without any."""
    votes = dict.fromkeys(SCRIPTS, 0)
    for text in texts:
        counts = {language: len(script.findall(text)) for language, script in SCRIPTS.items()}
        # kana are found in Japanese only, Han characters in both
        counts["ja"] += counts["zh"] if counts["ja"] else 0
        if any(counts.values()):
            votes[max(counts, key=lambda language: counts[language])] += 1
    return max(votes, key=lambda language: votes[language]) if any(votes.values()) else "en"
