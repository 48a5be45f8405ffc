"""The sources of a run as BibTeX: what is known of each, and nothing guessed beyond author, year and title."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

CITED = re.compile(r"(?P<author>[^(]{2,200}?)\s*\((?P<year>\d{4})[a-z]?\)[.,:]?\s*(?P<title>[^.]{3,300})(?:\.|$)")
SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip


def bibtex(sources: Sequence[Mapping[str, Any]]) -> str:
    """An entry per source, sources cited alike once; keys are the sources' names."""
    entries: dict[str, str] = {}
    keys: dict[str, int] = {}
    for one in sources:
        cite = str(one.get("cite", "")).strip()
        if not cite or cite in entries:
            continue
        base = re.sub(r"[^A-Za-z0-9-]+", "-", str(one.get("name", ""))).strip("-") or "source"
        keys[base] = keys.get(base, 0) + 1
        key = base if keys[base] == 1 else f"{base}-{keys[base]}"
        entries[cite] = _entry(key, cite, one)
    return "\n\n".join(entries.values()) + ("\n" if entries else "")


def _entry(key: str, cite: str, one: Mapping[str, Any]) -> str:
    found = CITED.match(cite)
    fields = {"title": cite} if found is None else {name: found[name].strip() for name in ("author", "title", "year")}
    if found is not None:
        fields["author"] = _authors(fields["author"])
        fields["note"] = cite
    fields["howpublished"] = str(one.get("where", ""))
    fields["version"] = str(one.get("version", ""))
    fields["copyright"] = str(one.get("licence", ""))
    lines = [f"  {name} = {{{_escaped(value)}}}," for name, value in fields.items() if value]
    return "\n".join([f"@misc{{{key},", *lines, "}"])


def _authors(text: str) -> str:
    """`Haerpfer, C., Inglehart, R.` with `and` between people; what is not written so stays one name, in braces."""
    people = re.findall(r"[^,&]+,\s*(?:[A-Z]\.[ -]?)+", text)
    joined = ", ".join(one.strip() for one in people)
    left = re.sub(r"\bet al\.?|\band\b|[\s,&.]", "", text)
    if people and re.sub(r"[\s,&.]", "", joined) == left:
        return " and ".join(one.strip() for one in people) + (" and others" if "et al" in text else "")
    return text


def _escaped(text: str) -> str:
    return "".join(SPECIAL.get(sign, sign) for sign in " ".join(text.split()))
