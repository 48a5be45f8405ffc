"""Inspect logs, `.eval` or `.json`, read without Inspect itself.

An `.eval` file is a ZIP archive with `header.json` and one `samples/ID_epoch_N.json` each, which recent versions
compress with Zstandard. Long texts may stand once, under `attachments`, and be referred to.
"""

import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from tawazun.data.archives import LARGEST_MEMBER, LARGEST_TOTAL
from tawazun.data.logs import OURS, Log, Logged
from tawazun.errors import BadFile, MissingExtra

TOOL = "inspect"
ZSTANDARD = 93
ATTACHED = "attachment://"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CHOICE = "choice"  # the scorer that goes with Inspect's multiple choice

Sample = tuple[str, Mapping[str, Any]]


def read(path: Path) -> Log:
    """The log of a file. Errors: BadFile naming file and sample; MissingExtra where it is compressed with Zstandard."""
    if path.suffix == ".eval":
        header, samples = _archive(path)
    else:
        header = _object(path.read_bytes(), path.name)
        held = header.get("samples")
        if not isinstance(held, list):
            raise BadFile(f"{path}: no Inspect log: the list 'samples' is missing")
        samples = [(f"{path.name} sample {at}", one) for at, one in enumerate(held, start=1)]
    about = header.get("eval")
    if not isinstance(about, Mapping) or not about.get("task"):
        raise BadFile(f"{path}: no Inspect log: 'eval' does not say which task was run")
    if not samples:
        raise BadFile(f"{path}: the log has no samples (status {header.get('status', 'unknown')})")
    items = tuple(_items(samples, str(about["task"])))
    return Log(path.name, TOOL, str(about["task"]), str(about.get("model", "")), items)


def _archive(path: Path) -> tuple[Mapping[str, Any], list[Sample]]:
    try:
        with zipfile.ZipFile(path) as archive:
            # the same name may stand twice where a log was rewritten: the last one counts
            members = {one.filename: one for one in archive.infolist()}
            _refuse_large(path, list(members.values()))
            if any(one.compress_type == ZSTANDARD for one in members.values()):
                _zstandard(path)
            if "header.json" not in members:
                raise BadFile(f"{path}: header.json is missing: no Inspect log, or one that was stopped before its end")
            header = _object(archive.read("header.json"), f"{path.name} header.json")
            names = [name for name in members if name.startswith("samples/") and name.endswith(".json")]
            samples = [(f"{path.name} {name}", _object(archive.read(name), f"{path.name} {name}")) for name in names]
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise BadFile(f"{path}: cannot be read as an Inspect log ({str(error).splitlines()[0]})") from error
    return header, samples


def _refuse_large(path: Path, members: Sequence[zipfile.ZipInfo]) -> None:
    for one in members:
        if one.file_size > LARGEST_MEMBER:
            raise BadFile(f"{path}: {one.filename} is {one.file_size / 1e6:,.0f} MB, more than a sample has")
    if sum(one.file_size for one in members) > LARGEST_TOTAL:
        raise BadFile(f"{path}: it unpacks to more than {LARGEST_TOTAL / 1e9:g} GB")


def _zstandard(path: Path) -> None:
    """Teach the standard library the compression that recent logs have."""
    if hasattr(zipfile, "ZIP_ZSTANDARD"):
        return
    try:
        import_module("zipfile_zstd")
    except ModuleNotFoundError as error:
        raise MissingExtra(
            f"{path}: the log is compressed with Zstandard: pip install 'tawazun[inspect]', or turn it into JSON with "
            "`inspect log convert --to json`"
        ) from error


def _object(raw: bytes, spot: str) -> Mapping[str, Any]:
    try:
        held = json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise BadFile(f"{spot}: not JSON ({str(error).splitlines()[0]})") from error
    if not isinstance(held, dict):
        raise BadFile(f"{spot}: an object is needed, not a {type(held).__name__}")
    return held


def _items(samples: Sequence[Sample], task: str) -> Iterator[Logged]:
    """One item per id, with the replies of all its epochs."""
    own: dict[str, list[Sample]] = {}
    for spot, sample in samples:
        if not isinstance(sample, Mapping) or "id" not in sample or "input" not in sample:
            raise BadFile(f"{spot}: a sample has an id and an input")
        own.setdefault(str(sample["id"]), []).append((spot, sample))
    for item, epochs in own.items():
        numbers = [sample.get("epoch", 1) for _, sample in epochs]
        if len(set(numbers)) < len(numbers):
            raise BadFile(f"{epochs[-1][0]}: the sample {item!r} stands twice in one epoch")
        yield _item(item, epochs, task)


def _item(item: str, epochs: Sequence[Sample], task: str) -> Logged:
    spot, first = epochs[0]
    metadata = first.get("metadata") or {}
    choices = first.get("choices") or []
    if not isinstance(choices, list) or not all(isinstance(one, str) for one in choices):
        raise BadFile(f"{spot}: choices are a list of texts")
    replied = [(at, sample) for at, sample in epochs if not sample.get("error")]
    options = tuple(_whole(one, first).strip() for one in choices)
    targets = _targets(first)
    ours = metadata.get(OURS) if isinstance(metadata, Mapping) else None
    stem = _stem(first)
    return Logged(
        spot=spot,
        item=item,
        stem=stem.strip(),
        lines=(stem,),
        options=options,
        marks=tuple(LETTERS[: len(options)]) if options and len(options) <= len(LETTERS) else (),
        gold=_gold(targets, options),
        accepted=() if options else tuple(targets),
        replies=tuple(_reply(sample, at) for at, sample in replied),
        theirs=tuple(_theirs(sample) for _, sample in replied) if all(_has_choice(one) for _, one in epochs) else (),
        error="" if replied else _why(first),
        group=task,
        ours=ours if isinstance(ours, Mapping) else {},
    )


def _stem(sample: Mapping[str, Any]) -> str:
    held = sample["input"]
    if isinstance(held, str):
        return _whole(held, sample)
    users = [one for one in held if isinstance(one, Mapping) and one.get("role") == "user"]
    return _content(users[-1], sample) if users else ""


def _reply(sample: Mapping[str, Any], spot: str) -> str:
    output = sample.get("output") or {}
    held = output.get("choices") if isinstance(output, Mapping) else None
    if not held:
        return ""
    message = held[0].get("message") if isinstance(held[0], Mapping) else None
    if not isinstance(message, Mapping):
        raise BadFile(f"{spot}: output has a choice without a message")
    return _content(message, sample)


def _content(message: Mapping[str, Any], sample: Mapping[str, Any]) -> str:
    """The text of a message, without what a model thought before it spoke."""
    held = message.get("content", "")
    if isinstance(held, str):
        return _whole(held, sample)
    texts = [one for one in held if isinstance(one, Mapping) and one.get("type") == "text"]
    return "\n".join(_whole(str(one.get("text", "")), sample) for one in texts)


def _whole(text: str, sample: Mapping[str, Any]) -> str:
    """A text, fetched from the attachments where it only refers to one."""
    if text.startswith(ATTACHED):
        return str((sample.get("attachments") or {}).get(text.removeprefix(ATTACHED), ""))
    return text


def _targets(sample: Mapping[str, Any]) -> list[str]:
    held = sample.get("target", "")
    listed = held if isinstance(held, list) else [held]
    return [_whole(str(one), sample).strip() for one in listed if str(one).strip()]


def _gold(targets: Sequence[str], options: Sequence[str]) -> int | None:
    """The one right option, named by its letter or its text."""
    if len(targets) != 1 or not options:
        return None
    target = targets[0]
    if len(target) == 1 and target.upper() in LETTERS[: len(options)]:
        return LETTERS.index(target.upper())
    return list(options).index(target) if list(options).count(target) == 1 else None


def _has_choice(sample: Mapping[str, Any]) -> bool:
    return bool(sample.get("error")) or CHOICE in (sample.get("scores") or {})


def _theirs(sample: Mapping[str, Any]) -> int | None:
    score = (sample.get("scores") or {}).get(CHOICE) or {}
    answer = str(score.get("answer") or "").strip()
    return LETTERS.index(answer) if len(answer) == 1 and answer in LETTERS else None


def _why(sample: Mapping[str, Any]) -> str:
    error = sample.get("error")
    text = error.get("message", "") if isinstance(error, Mapping) else str(error)
    return " ".join(str(text).split())[:200] or "the sample failed"
