"""Other ways in which an item can stand in a corpus: written for a machine, or cut in two by the end of a row.

`laid_bare` takes away what a web page, a file of code or an address puts around letters: tags, entities, escapes.
`seam` is the end of one row with the beginning of the next one of its file.
"""

import html
import re
from urllib.parse import unquote

from tawazun.adapt.corpora.records import Document

SEAM = 300  # letters of each row at a seam; more than half of the longest stems
_TAG = re.compile(r"<!--.{0,2000}?-->|</?[A-Za-z][^<>]{0,300}>", re.DOTALL)
_ESCAPED = re.compile(r"(?:\\u[0-9a-fA-F]{4})+")
_BREAK = re.compile(r"\\+[nrt]")
_PERCENT = re.compile(r"(?:%[0-9a-fA-F]{2})+")
_SIGNS = re.compile(r"[<&%\\]")


def laid_bare(text: str) -> str:
    """A text without tags, entities and escapes; the same text where there are none.

    >>> laid_bare("How&nbsp;<b>much</b>%20of \\\\u0627?")
    'How\\xa0 much  of ا?'
    """
    if not _SIGNS.search(text):
        return text
    bare = _ESCAPED.sub(_letters, text) if "\\" in text else text
    bare = _BREAK.sub(" ", bare) if "\\" in bare else bare
    bare = _PERCENT.sub(lambda found: unquote(found[0], errors="replace"), bare) if "%" in bare else bare
    bare = html.unescape(bare) if "&" in bare else bare
    return _TAG.sub(" ", bare) if "<" in bare else bare


def _letters(found: re.Match[str]) -> str:
    # two escapes may be one letter
    return bytes.fromhex(found[0].replace("\\u", "")).decode("utf-16-be", "replace")


def seam(before: Document | None, after: Document) -> str:
    """The end of a row with the beginning of the next one; empty where they are not neighbours."""
    if before is None or (before.source, before.file) != (after.source, after.file):
        return ""
    if after.number != before.number + 1:
        return ""
    return f"{before.text[-SEAM:]}\n{after.text[:SEAM]}"
