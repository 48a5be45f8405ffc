"""Keys and values of the cache. A value is JSON behind its checksum: floats keep every bit, nothing in it can run."""

import json
from collections.abc import Sequence
from dataclasses import asdict, fields
from hashlib import blake2b
from typing import Any
from zlib import crc32

from tawazun.answers import Outcome
from tawazun.version import VERSION

LISTS = ("p", "loglik", "text")


def exact_key(cell: str) -> bytes:
    """Key of an exact read-out. The version is in it: a release may read the same model more truly."""
    return _key("exact", VERSION, cell)


def shares_key(cell: str, study_seed: int, samples: int) -> bytes:
    """Key of the outcome of all replies together, for respondents that cannot be asked for single ones."""
    return _key("shares", VERSION, cell, study_seed, samples)


def reply_key(cell: str, study_seed: int, sample: int) -> bytes:
    """Key of one reply. Its text is kept as it came and read again every time, so no version is in it."""
    return _key("reply", cell, study_seed, sample)


def _key(*parts: object) -> bytes:
    return blake2b(":".join(str(part) for part in parts).encode(), digest_size=16).digest()


def pack(value: Outcome | str) -> bytes:
    """An answer, or one reply, as bytes."""
    body: object = value
    if isinstance(value, Outcome):
        body = {name: _plain(one) for name, one in asdict(value).items() if one is not None}
    text = json.dumps(body, separators=(",", ":")).encode()
    return crc32(text).to_bytes(4, "big") + text


def unpack(stored: object) -> Outcome | str | None:
    """The answer or reply of `pack`, bit by bit; None when the bytes are damaged."""
    if not isinstance(stored, bytes):
        return None
    text = stored[4:]
    if stored[:4] != crc32(text).to_bytes(4, "big"):
        return None
    try:
        body = json.loads(text)
    except ValueError:
        return None
    if isinstance(body, str):
        return body
    if not isinstance(body, dict) or not body.keys() <= {one.name for one in fields(Outcome)}:
        return None
    given: dict[str, Any] = {name: tuple(one) if name in LISTS else one for name, one in body.items()}
    return Outcome(**given)


def _plain(value: object) -> object:
    """A value without NumPy's own types."""
    if isinstance(value, str | int):
        return value
    if isinstance(value, Sequence):
        return [_plain(one) for one in value]
    return float(value)  # type: ignore[arg-type]
