"""Reading a claim file: one table, no unknown key, and a kind from the catalogue."""

import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from tawazun import catalogue
from tawazun.claims.records import ClaimKeys, Kind
from tawazun.errors import BadStudy, UnknownName
from tawazun.study import read_toml

FOLDER = "tawazun.claims.catalogue"


def claim_kinds() -> list[str]:
    """Kinds of claim on offer."""
    return [name.replace("_", "-") for name in catalogue.names(FOLDER)]


def find_kind(name: str) -> Kind:
    """The kind of a name. Errors: UnknownName with what is on offer."""
    if name not in claim_kinds():
        raise UnknownName(catalogue.unknown("kind of claim", name, claim_kinds()))
    found: Kind = catalogue.load(FOLDER, name.replace("-", "_"), "KIND")
    return found


def load_claim(path: str | Path, overrides: Iterable[str] = ()) -> ClaimKeys:
    """The claim of a file, with `key=value` overrides (TOML values; anything else is a text).

    Errors   BadFile, BadStudy naming file and key with what is allowed, UnknownName
    """
    file = Path(path)
    table = read_toml(file)
    for override in overrides:
        key, equals, text = override.partition("=")
        if not (key.strip() and equals):
            raise BadStudy(f"--set {override!r}: write key=value, such as --set respondent=NAME")
        try:
            table[key.strip()] = tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError:
            table[key.strip()] = text
    return claim_from(table, file.name)


def claim_from(table: Mapping[str, Any], where: str) -> ClaimKeys:
    """The claim of a plain table; `where` stands for the file in messages. Errors: BadStudy, UnknownName."""
    if not isinstance(table.get("kind"), str):
        raise BadStudy(f"{where}: the key 'kind' is missing; allowed: {', '.join(claim_kinds())}")
    try:
        kind = find_kind(table["kind"])
    except UnknownName as error:
        raise UnknownName(f"{where}: {error}") from error
    try:
        return kind.keys.model_validate(table)
    except ValidationError as error:
        raise BadStudy(f"{where}: {_fault(error, kind.keys)}") from error


def _fault(error: ValidationError, model: type[BaseModel]) -> str:
    """One line for the first fault; a misspelt key before the key that is missing because of it."""
    faults = error.errors()
    fault = next((one for one in faults if one["type"] == "extra_forbidden"), faults[0])
    key = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        allowed = sorted(model.model_fields)
        close = get_close_matches(key, allowed, n=1)
        hint = f" — did you mean {close[0]!r}?" if close else ""
        return f"unknown key {key!r}{hint} Allowed here: {', '.join(allowed)}"
    if fault["type"] == "missing":
        return f"the key {key!r} is missing; this kind needs {', '.join(_needed(model))}"
    came = fault.get("input")
    shown = f", not {came!r}" if isinstance(came, str | int | float | bool) else ""
    return f"{key}: {fault['msg'].removeprefix('Value error, ')}{shown}"


def _needed(model: type[BaseModel]) -> list[str]:
    return [name for name, field in model.model_fields.items() if field.is_required()]
