"""Reading and writing study files."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import tomli_w
from pydantic import BaseModel, ValidationError

from tawazun.cells import labels_for, order_indices, parse_persona
from tawazun.errors import BadFile, BadStudy, Refused, TawazunError
from tawazun.places import Group, Name, Place, group, register
from tawazun.respondents.endpoint_options import STILL
from tawazun.seeds import digest_of
from tawazun.source import Source
from tawazun.study.records import Study

SECRET_KEYS = re.compile(
    r"(^|[_-])(api[_-]?key|private[_-]?key|access[_-]?key|secret|password|passwd|token|credential|auth|authorization)s?$",
    re.I,
)
SECRET_VALUES = re.compile(
    r"(^|[^A-Za-z0-9])(sk-[A-Za-z0-9_-]{16,}|hf_[A-Za-z0-9]{16,}|ghp_[A-Za-z0-9]{20,}|AKIA[0-9A-Z]{16}"
    r"|AIza[0-9A-Za-z_-]{30,}|github_pat_\w{20,}|gsk_\w{20,}|glpat-[\w-]{16,}|xox[abprs]-[\w-]{10,}"
    r"|eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]+|Bearer\s+\S{12,})|://[^/\s:@]+:[^/\s@]+@"
)


def load_study(path: str | Path, overrides: Iterable[str] = ()) -> Study:
    """The study of a TOML file, with `key=value` overrides (dotted keys, TOML values).

    Errors   BadFile for a file that cannot be read; BadStudy naming file, key and what was allowed; Refused for
             a credential in the file.
    """
    file = Path(path)
    table = read_toml(file)
    for override in overrides:
        _override(table, override)
    return study_from(table, file.name)


def study_from(table: Mapping[str, Any], where: str) -> Study:
    """The study of a plain table. Errors: BadStudy, Refused; `where` stands for the file in their texts."""
    refuse_secrets(table, where, ())
    try:
        study = Study.model_validate(table)
    except ValidationError as error:
        raise BadStudy(f"{where}: {_first_fault(error)}") from error
    try:
        register_own(study)
        _check_words(study)
    except TawazunError as error:
        raise type(error)(f"{where}: {error}") from error
    return study


def read_toml(file: Path) -> dict[str, Any]:
    """The table of a TOML file. Errors: BadFile (missing, empty, not UTF-8) or BadStudy (not TOML, with its line)."""
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise BadFile(f"{file}: cannot be read ({error.strerror})") from error
    if not raw.strip():
        raise BadFile(f"{file}: the file is empty")
    try:
        return tomllib.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise BadFile(f"{file}: not UTF-8 (byte {error.start})") from error
    except tomllib.TOMLDecodeError as error:
        raise BadStudy(f"{file}: not TOML: {error}") from error


def study_toml(study: Study) -> str:
    """The resolved study as TOML text, every default written out."""
    table = study.model_dump(mode="json", exclude_none=True)
    return tomli_w.dumps({key: value for key, value in table.items() if value not in ([], {})})


def asked_digest(study: Study) -> str:
    """Hash of everything that answers depend on: the study without `[measure]`, `[gates]`, `[[population]]`, name."""
    return digest_of(_asked(study))


def changed_keys(old: Study, new: Study) -> list[str]:
    """Dotted keys on which two studies differ and that answers depend on."""
    before, after = (_flat(_asked(one)) for one in (old, new))
    return sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))


def _asked(study: Study) -> dict[str, Any]:
    """The study without what moves no answer; how fast and with which key a server is asked moves none."""
    table = study.model_dump(mode="json", exclude={"measure", "gates", "population", "name", "frozen"})
    for one in table["respondent"]:
        if one["kind"] in ("endpoint", "inspect"):
            options = one["options"]
            moved = ("key_env", "base_url") if options.get("server") else ("key_env",)
            one |= dict.fromkeys(moved, "")
            one["options"] = {key: value for key, value in options.items() if key not in STILL}
    return table


def _flat(value: Any, prefix: str = "") -> dict[str, Any]:
    if isinstance(value, dict):
        pairs = [(f"{prefix}.{k}" if prefix else str(k), v) for k, v in value.items()]
    elif isinstance(value, list) and any(isinstance(v, dict) for v in value):
        pairs = [(f"{prefix}[{i}]", v) for i, v in enumerate(value)]
    else:
        return {prefix: value}
    return {k: v for key, inner in pairs for k, v in _flat(inner, key).items()}


def _override(table: dict[str, Any], override: str) -> None:
    key, equals, text = override.partition("=")
    if not equals:
        raise BadStudy(f"--set {override!r}: write key=value, such as --set ask.samples=30")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text
    *path, last = key.strip().split(".")
    inner: Any = table
    for part in path:
        inner = inner.setdefault(part, {}) if isinstance(inner, dict) else None
        if not isinstance(inner, dict):
            raise BadStudy(f"--set {override!r}: {part!r} is not a table of the study")
    inner[last] = value


def refuse_secrets(value: Any, where: str, path: tuple[str, ...] = ()) -> None:
    """Refuse a table that holds a credential. Errors: Refused naming the key; nothing is shown of its value."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if SECRET_KEYS.search(str(key)) and isinstance(inner, str) and inner and path[:1] != ("ask",):
                raise Refused(
                    f"{where}: {'.'.join((*path, str(key)))} looks like a credential; name an environment variable "
                    f"with key_env instead (nothing was sent or stored)"
                )
            refuse_secrets(inner, where, (*path, str(key)))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            refuse_secrets(inner, where, (*path, f"[{number}]"))
    elif isinstance(value, str) and SECRET_VALUES.search(value):
        raise Refused(
            f"{where}: the value of {'.'.join(path)} looks like a credential; name an environment variable with "
            f"key_env instead (nothing was sent or stored)"
        )


def _first_fault(error: ValidationError) -> str:
    fault = error.errors()[0]
    path = _spelled(fault["loc"])
    if fault["type"] == "extra_forbidden":
        allowed = sorted(_allowed_at(fault["loc"][:-1]))
        close = get_close_matches(str(fault["loc"][-1]), allowed, n=1)
        hint = f" — did you mean {close[0]!r}?" if close else ""
        return f"unknown key {path!r}{hint} Allowed here: {', '.join(allowed)}"
    if fault["type"] == "missing":
        return f"the key {path!r} is missing"
    if fault["type"] == "too_short":
        return f"{path}: the list is empty; at least one is needed"
    came = fault.get("input")
    shown = f", not {came!r}" if isinstance(came, str | int | float | bool) else ""
    return f"{path}: {fault['msg'].removeprefix('Value error, ')}{shown}"


def _spelled(location: tuple[int | str, ...]) -> str:
    kept = [part for part in location if part not in ("int", "str", "list[str]", "function-wrap")]
    return "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in kept).lstrip(".")


def _allowed_at(location: tuple[int | str, ...]) -> set[str]:
    model: Any = Study
    for part in location:
        if isinstance(part, str) and part in getattr(model, "model_fields", {}):
            annotation = model.model_fields[part].annotation
            inner = [a for a in (*getattr(annotation, "__args__", ()), annotation) if _is_model(a)]
            model = inner[0] if inner else model
    return set(model.model_fields)


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def register_own(study: Study) -> None:
    """Make a study's own places and groups the ones that are known, in the stead of another study's."""
    own = [
        Place(p.code, {lang: Name(text) for lang, text in p.names.items()}, tuple(p.aliases), "aggregate")
        for p in study.place
    ]
    for one in own:
        if "en" not in one.names:
            raise BadStudy(f"place.{one.code}: names needs an English name (names.en)")
        if empty := [language for language, name in one.names.items() if not name.name.strip()]:
            raise BadStudy(f"place.{one.code}: names.{empty[0]} is empty")
    source = Source("the study file", "", "", "", "", "yes")
    groups = tuple(Group(g.id, g.title or g.id, tuple(g.members), source) for g in study.group)
    register(places=tuple(own), groups=groups)


def _check_words(study: Study) -> None:
    for key, labels in (
        ("respondent", [one.name for one in study.respondent]),
        ("population", [one.name for one in study.population]),
    ):
        if twice := {name for name in labels if labels.count(name) > 1}:
            raise BadStudy(f"{key}: the name {sorted(twice)[0]!r} stands twice")
    expand_personas(study.ask.personas)
    for order in study.ask.orders:
        order_indices(order, 2, 0, "")
    for script in study.ask.labels:
        labels_for(script, 2)
    for name in study.measure.groups:
        group(name)
    for mode in study.ask.modes:
        study.ask.decodings(mode)


def expand_personas(spelled: Iterable[str]) -> tuple[str, ...]:
    """Personas of a study with groups spelled out, each once, in order."""
    found: dict[str, None] = {}
    for text in spelled:
        members = group(text).members if text.startswith("group:") else (text,)
        for member in members:
            found.setdefault(parse_persona(member).text)
    return tuple(found)
