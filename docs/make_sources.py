"""Write docs/sources.md from the catalogues, so that it cannot drift: python docs/make_sources.py"""

from pathlib import Path

from tawazun.errors import BadFile
from tawazun.instruments import instrument, instrument_card, instrument_names
from tawazun.populations import population_names, population_source
from tawazun.source import Source

PAGE = Path(__file__).with_name("sources.md")
HEAD = """# Sources

Every instrument and population that ships, with its terms. Made from the catalogues by `docs/make_sources.py`; a test
checks that it is up to date. What may be shown: `yes` everything, `aggregates` figures but no texts, no gold, no cell
under n = 10, `no` ids and our own scores only.
"""


def described(source: Source) -> list[str]:
    """The lines of one source."""
    return [
        f"- cite: {source.cite}",
        f"- where: {source.where}",
        f"- version: {source.version}",
        f"- licence: {source.licence}",
        f"- terms: {source.terms}",
        f"- may be shown: {source.redistribute}",
    ]


def page() -> str:
    """The whole page."""
    lines = [HEAD, "## Instruments", ""]
    for name in instrument_names():
        lines += [f"### `{name}`", ""]
        try:
            one = instrument_card(name) or instrument(name)
        except BadFile as error:
            lines += [f"{error}.", ""]
            continue
        lines += [f"{one.title}.", "", *described(one.source), f"- not for: {one.not_for}", ""]
    lines += ["## Populations", ""]
    for name in population_names():
        source = population_source(name)
        lines += [f"### `{name}`", "", f"Answers to `{source.instrument}`.", "", *described(source.source), ""]
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
