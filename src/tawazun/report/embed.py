"""Data and code inside the page: packed so that nothing in them can end their element or run."""

import base64
import gzip
import hashlib
import json

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
