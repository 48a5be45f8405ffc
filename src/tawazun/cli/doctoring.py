"""`tawazun doctor`: what is installed and at hand, and the line that installs what is not."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from tawazun.cli.options import AsJson, Data
from tawazun.cli.saying import say

if TYPE_CHECKING:
    from tawazun.cli.examining import Facts


def doctor(
    data: Data = None,
    devices: Annotated[
        bool, typer.Option("--devices", help="Load torch and ask it for its devices (seconds).")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show what is installed, what is missing and how to install it: extras, GPUs, cache, data, browser, keys."""
    from tawazun.cli.examining import examine

    found = examine(data, devices=devices)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    for line in lines_of(found):
        say(line)


def lines_of(found: "Facts") -> list[str]:
    """What `examine` found, a line each."""
    lines = [f"tawazun {found['tawazun']}, Python {found['python']}, {found['platform']}"]
    lines += [_extra(one) for one in found["extras"]]
    lines += [f"torch: {found['torch'] or 'not installed'}"]
    lines += [_gpu(one) for one in found["gpus"]] or ["GPU: none that the NVIDIA driver tells of"]
    for one in found.get("devices", ()):
        size = "" if one["memory_mb"] is None else f", {one['memory_mb']:,} MB, {one['free_mb']:,} free"
        lines.append(f"torch sees {one['device']}: {one['name']}{size}")
    lines += [_cache(found["cache"]), *_data(found["data"])]
    lines.append(
        f"browser (page tests, PDF): {found['browser'] or 'none found; set TAWAZUN_CHROMIUM, or make chromium'}"
    )
    lines.append(f"keys set (names only): {', '.join(found['keys']) or 'none'}")
    return lines


def _extra(one: "Facts") -> str:
    if not one["missing"]:
        return f"extra {one['extra']}: installed ({one['for']})"
    return f"extra {one['extra']}: missing {', '.join(one['missing'])} ({one['for']}): {one['install']}"


def _gpu(one: "Facts") -> str:
    if one["memory_mb"] is None or one["free_mb"] is None:
        return f"GPU: {one['name']}, memory unknown"
    return f"GPU: {one['name']}, {one['memory_mb']:,} MB, {one['free_mb']:,} free"


def _cache(cache: "Facts") -> str:
    if cache["error"]:
        return f"cache: {cache['error']}"
    if cache["file"] is None:
        return "cache: off (TAWAZUN_CACHE)"
    return f"cache: {cache['file']}, {cache['bytes'] / 1e6:.1f} of {cache['cap'] / 1e6:,.0f} MB"


def _data(data: "Facts") -> list[str]:
    if data["error"]:
        return [f"data: {data['error']}"]
    if data["folder"] is None:
        return ["data: no folder (--data DIR or TAWAZUN_DATA); tawazun fetch NAME --data DIR fills one"]
    least = "at least " if data["cut"] else ""
    lines = [f"data: {data['folder']}, {least}{data['bytes'] / 1e6:,.1f} MB; sets: {', '.join(data['sets']) or 'none'}"]
    lines.append(f"  instruments that can be asked from it: {', '.join(data['instruments']) or 'none'}")
    if data["absent"]:
        lines.append(f"  not there: {', '.join(data['absent'])}; tawazun fetch NAME, or `tawazun show NAME`")
    return lines
