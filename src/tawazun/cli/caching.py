"""`tawazun cache`: what is remembered of earlier runs on this machine."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from tawazun.cli.options import AsJson

if TYPE_CHECKING:
    from tawazun.cache import Memory

Megabytes = Annotated[
    float | None,
    typer.Option(help="How large the answer cache may grow (else TAWAZUN_CACHE_MB, else 2000).", show_default=False),
]

UseCache = Annotated[
    bool | None,
    typer.Option("--cache/--no-cache", help="Use answers of earlier runs; else where asking costs something."),
]


def cache(
    clear: Annotated[bool, typer.Option("--clear", help="Forget every answer.")] = False, as_json: AsJson = False
) -> None:
    """Show the answers kept on this machine (folder TAWAZUN_CACHE; `off` keeps none), or forget them."""
    from tawazun.cache import Store, cache_cap, cache_file

    file, cap = cache_file(), cache_cap()
    if file is None:
        typer.echo(json.dumps({"file": None}) if as_json else "the answer cache is off (TAWAZUN_CACHE)")
        return
    store = Store(file, cap) if file.exists() else None
    if clear and store:
        store.clear()
    kept = store.kept() if store else []
    entries, used = sum(one.entries for one in kept), sum(one.bytes for one in kept)
    if as_json:
        by = [{"id": one.id, "respondent": one.name, "entries": one.entries, "bytes": one.bytes} for one in kept]
        found = {"file": str(file), "bytes": used, "cap": cap, "entries": entries, "respondents": by}
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    typer.echo(f"{file}: {entries:,} entries, {used / 1e6:.1f} of {cap / 1e6:,.0f} MB")
    for one in kept:
        typer.echo(f"  {one.name} ({one.id[:8]}): {one.entries:,} entries, {one.bytes / 1e6:.1f} MB")


def print_recalled(memories: Mapping[str, "Memory"], as_json: bool) -> None:
    """How many cells nobody had to be asked for."""
    recalled = sum(one.recalled for one in {id(one): one for one in memories.values()}.values())
    if recalled and not as_json:
        typer.echo(f"{recalled:,} cells were remembered from earlier runs (--no-cache asks them again)")
