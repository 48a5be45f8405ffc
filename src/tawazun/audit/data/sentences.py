"""A text cut into sentences by signs of any script, for what looks at one sentence after another."""

import re

END = re.compile(r"(?<=[!?؟。！？।॥])\s*|(?<=[.…])\s+|\n+")


def sentences(text: str) -> list[str]:
    """Sentences with at least one letter or digit, in order. A full stop needs white space behind it."""
    parts = (part.strip() for part in END.split(text))
    return [part for part in parts if any(letter.isalnum() for letter in part)]
