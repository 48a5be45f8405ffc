"""Croissant files (MLCommons, JSON-LD) with their responsible-AI properties, by local name.

Version 1.1 moved some RAI properties into the core vocabulary, so the part before the name (`rai:`, `cr:`, a whole IRI)
says nothing that matters here and is dropped.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tawazun.audit.cards.readme import is_placeholder

NAMES = ("croissant.json", "croissant.jsonld", "metadata.json", "metadata.jsonld")
MOST_BYTES = 20_000_000
MOST_TEXT = 4_000
# properties that a review reads; everything else of the file describes its layout
READ = (
    "annotationsPerItem annotatorDemographics citeAs dataAnnotationAnalysis dataAnnotationPlatform "
    "dataAnnotationProtocol dataBiases dataCollection dataCollectionTimeframe dataCollectionType dataLimitations "
    "dataSocialImpact dataUseCases dateModified datePublished description inLanguage license machineAnnotationTools "
    "name personalSensitiveInformation sdLicense usageInfo"
).split()


def find_croissant(folder: Path) -> Path | None:
    """The Croissant file of a folder, by its name."""
    return next((folder / name for name in NAMES if (folder / name).is_file()), None)


def read_croissant(raw: bytes, name: str) -> tuple[dict[str, tuple[str, ...]], str]:
    """Properties by local name, and why there are none (empty = there are).

    `metadata.json` may be any other file: one that does not call itself Croissant is passed over silently.
    """
    if len(raw) > MOST_BYTES:
        return {}, f"{name} has {len(raw) / 1e6:.0f} MB: it was not read"
    try:
        held = json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        return {}, f"{name} is not JSON ({str(error).splitlines()[0][:80]})"
    data = _data_set(held)
    if data is None:
        return {}, "" if name.startswith("metadata") else f"{name} describes no data set in Croissant"
    found = {}
    for key, value in data.items():
        local = _local(key)
        if local in READ and (texts := tuple(_texts(value))):
            found[local] = texts
    return found, ""


def _data_set(held: Any) -> Mapping[str, Any] | None:
    if not isinstance(held, dict):
        return None
    graph = held.get("@graph")
    candidates = [held, *(graph if isinstance(graph, list) else [])]
    for one in candidates:
        kinds = one.get("@type", "") if isinstance(one, dict) else ""
        if any(_local(kind) == "Dataset" for kind in (kinds if isinstance(kinds, list) else [kinds])):
            told = json.dumps(held.get("@context", ""))[:20_000] + str(
                one.get("conformsTo", one.get("dct:conformsTo", ""))
            )
            return one if "croissant" in told.casefold() else None
    return None


def _local(key: object) -> str:
    return str(key).replace("#", "/").rsplit("/", 1)[-1].rsplit(":", 1)[-1]


def _texts(value: Any, depth: int = 0) -> list[str]:
    if isinstance(value, str):
        return [] if is_placeholder(value) else [value.strip()[:MOST_TEXT]]
    if isinstance(value, list) and depth < 4:
        return [text for one in value[:200] for text in _texts(one, depth + 1)]
    if isinstance(value, dict) and depth < 4:
        named = [value[key] for key in ("@value", "name", "url", "@id") if key in value]
        return _texts(named[0], depth + 1) if named else []
    return [str(value)] if isinstance(value, int | float) and not isinstance(value, bool) else []
