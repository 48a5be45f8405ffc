"""The page of a run, put together from its folder: one file that loads nothing and sends nothing.

Nothing that came from data or a model is ever markup: templates escape, pictures are built as elements, packed data is
read back as text. A content security policy names the only style and the only script that may run by their hashes.
The page is in one language; the others that there are texts for travel inside it, rendered and packed.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files
from itertools import groupby
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from tawazun.report import embed
from tawazun.report.material import Material, material
from tawazun.report.parts import parts
from tawazun.report.reasons import reason_in
from tawazun.report.words import Words, languages, words
from tawazun.runs import Run

LANGUAGE = "en"


def page(run: Run, language: str = LANGUAGE) -> str:
    """The page of a run as one HTML text.

    language  what it opens in; a button turns it into each other language of `texts/`
    Errors    BadFile when the run has not been measured; UnknownName for a language without texts
    """
    ordered = (language, *(one for one in languages() if one != language))
    made = material(run, words(language))
    return whole([_spoken(made.spoken(words(one))) for one in ordered], run.study.name)


def whole(pages: Sequence["Spoken"], title: str) -> str:
    """A page in its first language, with those in the others packed inside it."""
    first, *others = pages
    style, script = styles("style.css", "run.css"), scripts()
    return _environment(first.language).get_template("page.html.jinja").render(
        title=title,
        body=first.html,
        payloads={name: embed.packed(value) for name, value in first.payloads.items()},
        data_words=embed.plain_json(first.script_words),
        others={one.language: embed.packed(_packed(one, first)) for one in others},
        style=style,
        script=script,
        policy=policy(style, script),
    )  # fmt: skip


@dataclass(frozen=True)
class Spoken:
    """A run's page in one language: what is drawn at once, what the script draws, and the script's own words."""

    language: str
    direction: str
    html: str
    payloads: Mapping[str, Any]
    script_words: Mapping[str, str]


def _spoken(made: Material) -> Spoken:
    values = parts(made)
    return spoken_html("body.html.jinja", values, values.pop("payloads"), made.words.language)


def spoken_html(template: str, values: Mapping[str, Any], payloads: Mapping[str, Any], language: str) -> Spoken:
    """A template of the page's inside in one language; every value is escaped as it is put in."""
    known = words(language)
    others = [(one, words(one).plain("page.name")) for one in languages() if one != language]
    html = _environment(language).get_template(template).render(**values, others=others)
    return Spoken(language, known.plain("page.dir"), html, payloads, _script_words(known))


def _packed(one: Spoken, first: Spoken) -> dict[str, Any]:
    """A page in another language, with only what differs in the data."""
    differing = {name: embed.difference(first.payloads[name], value) for name, value in one.payloads.items()}
    patches = {name: patch for name, patch in differing.items() if patch is not None}
    return {"html": one.html, "dir": one.direction, "texts": one.script_words, "patches": patches}


def policy(style: str, script: str = "") -> str:
    """The content security policy: nothing from outside, one style, one script or none."""
    running = f"script-src {embed.fingerprint(script)}; " if script else ""
    return (
        f"default-src 'none'; style-src {embed.fingerprint(style)}; {running}"
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


@cache
def styles(*names: str) -> str:
    """Style sheets as one, with the colours of both schemes also under a theme that the reader set."""
    room = files("tawazun.report")
    text = "".join(room.joinpath(name).read_text(encoding="utf-8") for name in names)
    light, dark = re.findall(r":root \{(.*?)\}", text, re.DOTALL)[:2]
    set_light, set_dark = (
        f':root[data-theme="light"] {{{light}}}',
        f':root[data-theme="dark"] {{color-scheme: dark;{dark}}}',
    )
    return f"{text}@media screen {{{set_light}\n{set_dark}}}\n"  # paper is white whatever the reader set


@cache
def scripts(*names: str) -> str:
    """The script as one: the named files of `scripts/`, else all of them, in the order of their names."""
    found = {one.name: one for one in files("tawazun.report").joinpath("scripts").iterdir() if one.name.endswith(".js")}
    text = "\n".join(found[name].read_text(encoding="utf-8") for name in (names or sorted(found)))
    return f'"use strict";\n(() => {{\n{text}}})();\n'


@cache
def _environment(language: str) -> Environment:
    made = Environment(
        loader=PackageLoader("tawazun.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["w"] = words(language)
    made.filters["groupby_in_order"] = _grouped
    made.filters["reason"] = partial(reason_in, words(language))
    return made


def _grouped(rows: Sequence[Any], attribute: str) -> list[tuple[str, list[Any]]]:
    """Runs of rows that share an attribute, in the order they come (jinja's own `groupby` sorts)."""
    return [(name, list(run)) for name, run in groupby(rows, key=lambda one: str(getattr(one, attribute)))]


def _script_words(spoken: Words) -> dict[str, str]:
    return {**spoken.part("script"), **{name: spoken.plain(f"map.{name}") for name in ("readout", "no_interval")}}
