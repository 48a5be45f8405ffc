"""Places put together from codes and the per-language name tables, so that a translator edits one file only."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Literal

from tawazun.catalogue import load, names
from tawazun.places.records import Name, Place

FOLDER = "tawazun.places.names"


@cache
def _tables() -> dict[str, tuple[Literal["draft", "reviewed"], dict[str, tuple[str, str]]]]:
    return {language: (load(FOLDER, language, "STATUS"), load(FOLDER, language, "NAMES")) for language in names(FOLDER)}


def named_places(
    codes: Sequence[str],
    aliases: Mapping[str, tuple[str, ...]],
    kind: Literal["country", "subdivision", "aggregate"],
) -> tuple[Place, ...]:
    """One place per code, with its name in every language that has one."""
    return tuple(
        Place(
            code,
            {
                language: Name(*table[code], status=status)
                for language, (status, table) in _tables().items()
                if code in table
            },
            aliases.get(code, ()),
            kind,
        )
        for code in codes
    )
