"""`tawazun fetch`: what it does and prints."""

import json
import os
from pathlib import Path

import typer

from tawazun.data import VARIABLE
from tawazun.data.fetching import fetch
from tawazun.errors import BadFile
from tawazun.instruments import instrument, instrument_card


def fetch_instrument(name: str, data: Path | None, *, revision: str, source: Path | None, as_json: bool) -> None:
    """Fetch, read what came once, and say what it is and under which terms. Errors: UnknownName, BadFile."""
    card = instrument_card(name)
    if card is None:
        raise BadFile(f"{name!r} has nothing to fetch: it ships with its questions, or reads a file that you bring")
    named = data or os.environ.get(VARIABLE)
    if not named:
        raise BadFile(f"where to? give --data DIR or {VARIABLE}")
    folder = Path(named)
    came = fetch(card.files, folder, revision=revision, source=source)
    loaded = instrument(name, folder)
    found = {
        "instrument": name,
        "folder": str(came.folder),
        "commit": came.commit,
        "files": list(came.files),
        "questions": len(loaded.questions),
        "repairs": len(loaded.repairs),
        "licence": card.source.licence,
        "terms": card.source.terms,
        "not for": card.not_for,
    }
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    at = f" at commit {came.commit}" if came.commit else ""
    typer.echo(f"{name}: {len(came.files)} files in {came.folder}{at}; {len(loaded.questions):,} questions")
    for key in ("repairs", "licence", "terms", "not for"):
        typer.echo(f"{key}: {found[key]}")
