"""Reads our docstrings for the docs site: a line `name   what it is` becomes an entry of a list.

The package writes its docstrings to be read in an editor, in aligned lines; Markdown would run them into one paragraph.
"""

import re
from typing import Any

import griffe

ENTRY = re.compile(r"^ {0,3}(\S(?:[^ ]| (?! ))*) {2,}(\S.*)$")
DOCTEST = ">>>"


def listed(text: str) -> str:
    """The docstring as Markdown."""
    out: list[str] = []
    inside = code = False
    for line in text.splitlines():
        if line.strip().startswith(DOCTEST) and not code:
            out += ["", "```pycon"]
            code = True
        if code:
            if line.strip():
                out.append(line)
                continue
            out.append("```")
            code = False
        entry = ENTRY.match(line)
        if entry:
            out += [] if inside else [""]
            out.append(f"- `{entry[1].strip('`')}` — {entry[2]}")
            inside = True
        elif inside and line.startswith("    ") and line.strip():
            out.append(f"  {line.strip()}")
        else:
            out += [""] if inside and line.strip() else []
            out.append(line)
            inside = False
    return "\n".join([*out, "```"] if code else out)


class DocstringLines(griffe.Extension):
    """Rewrites every docstring as it is collected."""

    def on_instance(self, *, obj: griffe.Object, **_: Any) -> None:
        """Called once for each module, class, function and attribute."""
        if obj.docstring:
            obj.docstring.value = listed(obj.docstring.value)
