"""Data and code inside the page: packed so that nothing in them can end their element or run."""

import base64
import gzip
import hashlib
import json
from typing import Any

from markupsafe import Markup


def packed(value: object) -> str:
    """A value as JSON, compressed and in base64: letters, digits, `+`, `/` and `=` only, for a data element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return base64.b64encode(gzip.compress(text.encode(), compresslevel=9, mtime=0)).decode()


def plain_json(value: object) -> Markup:
    """A value as JSON that cannot end a script element or open a comment: every `<`, `>` and `&` is escaped."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)


def fingerprint(text: str) -> str:
    """How a content security policy names an inline style or script: `'sha256-…'`."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def difference(base: object, other: object) -> dict[str, Any] | None:
    """What turns one value into another: None, `{"=": value}`, or `{"~": {key: difference}}` of records and lists.

    >>> difference({"a": [1, 2], "b": 3}, {"a": [1, 5], "b": 3})
    {'~': {'a': {'~': {'1': {'=': 5}}}}}
    """
    if base == other:
        return None
    if isinstance(base, dict) and isinstance(other, dict) and base.keys() == other.keys():
        pairs = [(str(key), base[key], other[key]) for key in base]
    elif isinstance(base, list) and isinstance(other, list) and len(base) == len(other):
        pairs = [(str(i), one, two) for i, (one, two) in enumerate(zip(base, other, strict=True))]
    else:
        return {"=": other}
    return {"~": {key: inner for key, one, two in pairs if (inner := difference(one, two)) is not None}}
