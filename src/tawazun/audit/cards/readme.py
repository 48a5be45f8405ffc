"""Reading a README: its front matter in bounded time, its sections, and what of it is only a template.

A README is somebody else's file: it may have megabytes, be no text, or hold YAML that expands without end. Front matter
is read with every value as text (so that `language: no` stays Norwegian), without aliases, and up to a size and depth.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml

Loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # in C where the library was built with it
MOST_BYTES = 1_000_000
MOST_FRONT = 400_000
DEEPEST = 40
SHORTEST_SECTION = 20  # letters: fewer say nothing ("N/A", "English", a link's name)

FENCE = re.compile(r"\A\ufeff?\s*---[ \t]*\r?\n")
FENCE_END = re.compile(r"^(---|\.\.\.)[ \t]*\r?$", re.M)
COMMENT = re.compile(r"<!--.*?(-->|\Z)", re.S)
HEADING = re.compile(r"^ {0,3}(#{1,6})[ \t]+(.+?)[ \t]*#*[ \t]*$")
CODE_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
LONGEST_HEADING = 300
# no pattern here may be slow on a hostile text: none has two open ends that can stand for the same letters
PLACEHOLDER = re.compile(
    r"\[?(?:more information (?:is )?needed|needs? more information)[^\]\n]{0,80}\]?|\{\{[^{}\n]{0,200}\}\}"
    r"|\[?\b(?:TODO|TBD|TBA|FIXME)\b[^\n]*|lorem ipsum[^\n]*|\bcoming soon\b|\badd (link|text|description) here\b",
    re.I,
)
EMPTY_BULLET = re.compile(r"[-*]? ?\*\*[^*]+\*\*:?")
NOTHING = re.compile(r"(?i)\W*(n\s*/?\s*a|none|unknown|nil|null|tbd|-|\.|optional)?\W*")
# what the Hub's own template says when nobody filled it in
TEMPLATE_LINES = (
    "dataset name",
    "users should be made aware of the risks, biases and limitations of the dataset.",
    "this dataset card aims to be a base template for new datasets",
)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a README under one heading; `text` is without placeholders and comments."""

    heading: str
    text: str
    placeholder: bool

    @property
    def filled(self) -> bool:
        """Whether somebody wrote something under it."""
        return len(self.text) >= SHORTEST_SECTION


@dataclass(frozen=True, slots=True)
class Readme:
    """A README as read.

    text    all of it, without the front matter; sections: in order, the first before any heading
    front_text   the front matter as it stands, also where it is not YAML
    notes   what was cut or could not be read, one line each
    """

    text: str
    front: Mapping[str, Any]
    sections: tuple[Section, ...]
    notes: tuple[str, ...] = ()
    front_text: str = ""

    @property
    def own(self) -> str:
        """Headings and texts without what a template left."""
        return "\n".join(f"{one.heading}\n{one.text}" for one in self.sections)


def read_readme(raw: bytes, *, whole: int = 0) -> Readme | str:
    """A README from its bytes; a line that says why when it is no text.

    whole   its size in bytes where `raw` is only its beginning
    """
    notes = []
    size = max(whole, len(raw))
    if size > MOST_BYTES:
        notes.append(f"README has {size / 1e6:.1f} MB: only its first {MOST_BYTES / 1e6:.0f} MB was read")
    text, why = _decoded(raw[:MOST_BYTES], cut=size > MOST_BYTES)
    if text is None:
        return why
    if why:
        notes.append(why)
    front, body, why = split_front(text)
    if why:
        notes.append(why)
    return Readme(body, front, sections(body), tuple(notes), text[: len(text) - len(body)])


def _decoded(raw: bytes, *, cut: bool) -> tuple[str | None, str]:
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = raw.decode("utf-16", "replace")
        return text, "README is UTF-16, not UTF-8"
    if b"\0" in raw:
        return None, "README is not a text (it has zero bytes)"
    text = raw.decode("utf-8", "replace")
    if cut:
        text = text.rstrip("\ufffd")
    broken = text.count("\ufffd")
    if broken > max(8, len(text) // 20):
        return None, f"README is not a UTF-8 text ({broken:,} bytes could not be read)"
    return text, f"README has {broken} characters that are not UTF-8" if broken else ""


def split_front(text: str) -> tuple[dict[str, Any], str, str]:
    """Front matter, the rest, and what is wrong with the front matter (empty = nothing)."""
    start = FENCE.match(text)
    if start is None:
        return {}, text, ""
    end = FENCE_END.search(text, start.end())
    if end is None:
        return {}, text, "front matter is opened by --- and never closed"
    inside, body = text[start.end() : end.start()], text[end.end() :]
    if len(inside) > MOST_FRONT:
        return {}, body, f"front matter has {len(inside):,} letters, more than {MOST_FRONT:,}: it was not read"
    found, why = front_matter(inside)
    return found, body, why


def front_matter(text: str) -> tuple[dict[str, Any], str]:
    """The keys of a YAML text with texts as values, and what is wrong with it (empty = nothing)."""
    try:
        why = _unsafe(text)
        if why:
            return {}, why
        # values stay texts, and no tag makes an object
        found = yaml.load(text, Loader=Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" line {mark.line + 2}" if mark else ""
        problem = str(getattr(error, "problem", "") or "not YAML").splitlines()[0]
        return {}, f"front matter{line} is not YAML ({problem})"
    except (ValueError, RecursionError) as error:
        return {}, f"front matter is not YAML ({str(error).splitlines()[0][:80]})"
    if found is None or found == "":
        return {}, ""
    if not isinstance(found, dict):
        return {}, f"front matter is a {type(found).__name__}, not keys with values"
    return {str(key): value for key, value in found.items() if isinstance(key, str)}, ""


def _unsafe(text: str) -> str:
    depth = 0
    for event in yaml.parse(text, Loader=Loader):
        if isinstance(event, yaml.AliasEvent):
            return f"front matter line {event.start_mark.line + 2} has a YAML alias, which is not followed"
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            return f"front matter is nested deeper than {DEEPEST} levels: it was not read"
    return ""


@lru_cache(maxsize=4)  # the rubric and the culture fields both ask
def sections(body: str) -> tuple[Section, ...]:
    """The parts of a README by heading; a `#` inside a code block is no heading."""
    made: list[tuple[str, list[str]]] = [("", [])]
    fence = ""
    for line in COMMENT.sub("", body).splitlines():
        mark = CODE_FENCE.match(line)
        if mark and not fence:
            fence = mark[1][:3]
        elif mark and line.lstrip().startswith(fence):
            fence = ""
        heading = None if fence or len(line) > LONGEST_HEADING else HEADING.match(line)
        if heading:
            made.append((heading[2].strip(), []))
        else:
            made[-1][1].append(line)
    return tuple(_section(heading, "\n".join(lines)) for heading, lines in made)


def _section(heading: str, text: str) -> Section:
    kept = without_placeholders(text)
    # a bullet whose value was a placeholder (`- **License:**`) says nothing
    clean = "\n".join(line for line in kept.splitlines() if not EMPTY_BULLET.fullmatch(line.strip())).strip()
    return Section(heading, "" if _nothing(clean) else clean, kept != text)


def _nothing(text: str) -> bool:
    return len(text) < 4 * SHORTEST_SECTION and bool(NOTHING.fullmatch(text))


def without_placeholders(text: str) -> str:
    """A text without what a template left for somebody to fill in."""
    plain = PLACEHOLDER.sub("", text)
    for line in TEMPLATE_LINES:
        plain = re.sub(re.escape(line), "", plain, flags=re.I)
    return plain


def is_placeholder(value: str) -> bool:
    """Whether a value is only a template's.

    >>> is_placeholder("[More Information Needed]"), is_placeholder("mit")
    (True, False)
    """
    return _nothing(without_placeholders(value))


def listed(value: Any) -> list[str]:
    """The texts of a front-matter value: one, a list, or the values of a record; placeholders are left out."""
    if isinstance(value, str):
        return [] if is_placeholder(value) else [value.strip()]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [text for one in value[:500] if isinstance(one, str) for text in listed(one)]
    return []
