"""Hashes and random streams that depend on what is asked, never on when, where or in which batch."""

import json
from collections.abc import Mapping, Sequence
from hashlib import blake2b

import numpy as np

Canon = str | int | float | bool | None | Sequence["Canon"] | Mapping[str, "Canon"]


def canonical_json(value: object) -> str:
    """The one JSON text of a value: sorted keys, no spaces, UTF-8 kept, no NaN."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest(text: str) -> str:
    """BLAKE2b-128 of a text, 32 hexadecimal digits."""
    return blake2b(text.encode(), digest_size=16).hexdigest()


def digest_bytes(content: bytes) -> str:
    """BLAKE2b-128 of a file's content, 32 hexadecimal digits."""
    return blake2b(content, digest_size=16).hexdigest()


def digest_of(value: object) -> str:
    """BLAKE2b-128 of the canonical JSON of a value."""
    return digest(canonical_json(value))


def seed_for(*parts: object) -> int:
    """A 63-bit seed that depends only on its parts (study seed, ask, sample index …)."""
    return int(digest_of(list(parts))[:16], 16) >> 1


def stream(*parts: object) -> np.random.Generator:
    """A random generator whose draws depend only on its parts."""
    return np.random.default_rng(seed_for(*parts))
