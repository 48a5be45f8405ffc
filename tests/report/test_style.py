"""Colours can be told from their ground: WCAG AA for text, 3:1 for marks, in light and in dark."""

import re
from importlib.resources import files

import pytest

from tawazun.report.closeness import FLOORS, MEASURES
from tawazun.report.page import scripts
from tawazun.report.tables import COLUMNS, LOSSES
from tawazun.report.words import words
from tawazun.study import GateKeys

STYLE = "".join(files("tawazun.report").joinpath(name).read_text(encoding="utf-8") for name in ("style.css", "run.css"))
TEXT = [
    ("ink", "paper"), ("soft", "paper"), ("link", "paper"), ("human", "paper"), ("model", "paper"), ("soft", "faint"),
    ("warn", "warn-paper"), ("ink", "sheet"), ("soft", "warn-paper"), ("ink", "warn-paper"),
    *(("on-mark", f"r{n}") for n in range(6)),
]  # fmt: skip
MARKS = [*((f"z{n}", "paper") for n in range(8)), *((f"r{n}", "paper") for n in range(6)), ("focus", "paper")]


def colours(block: str) -> dict[str, tuple[float, float, float]]:
    found = re.findall(r"--([\w-]+): #([0-9a-f]{6})", block)
    return {name: tuple(int(code[i : i + 2], 16) / 255 for i in (0, 2, 4)) for name, code in found}  # type: ignore[misc]


LIGHT = colours(STYLE.split("@media screen and (prefers-color-scheme: dark)")[0])
DARK = LIGHT | colours(STYLE.split("@media screen and (prefers-color-scheme: dark)")[1].split("* { box-sizing")[0])


def luminance(colour: tuple[float, float, float]) -> float:
    """Relative luminance; WCAG 2.2, definitions."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: tuple[float, float, float], other: tuple[float, float, float]) -> float:
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def test_contrast_is_computed_as_the_standard_says() -> None:
    assert contrast((0, 0, 0), (1, 1, 1)) == pytest.approx(21)


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("front", "back", "least"), [(*p, 4.5) for p in TEXT] + [(*p, 3.0) for p in MARKS])
def test_contrast(scheme: dict[str, tuple[float, float, float]], front: str, back: str, least: float) -> None:
    assert contrast(scheme[front], scheme[back]) >= least


def test_every_colour_that_is_used_has_a_name() -> None:
    used = set(re.findall(r"var\(--([\w-]+)\)", STYLE))
    defined = set(re.findall(r"--([\w-]+):", STYLE))
    assert used <= defined


def test_every_text_of_the_templates_exists_and_braces_match() -> None:
    spoken = words("en")
    for name in files("tawazun.report").joinpath("templates").iterdir():
        for key in re.findall(r'w\("([\w.]+)"[,)]', name.read_text(encoding="utf-8")):
            assert spoken.has(key), f"{name.name}: {key}"
    script = scripts()
    here = {*spoken.part("script"), "readout", "no_interval"}
    for key in re.findall(r'say\("(\w+)"', script):
        assert key in here, key


def test_every_name_that_the_page_meets_has_a_text() -> None:
    spoken = words("en")
    wanted = [f"measure.{name}" for name in MEASURES]
    wanted += [f"headline.{kind}.{name}" for name in MEASURES for kind in ("one_place", "many_places", "nearest")]
    wanted += [key for name in FLOORS for key in (f"floor.{name}", f"floor.short_{name}", f"column.floor_{name}")]
    wanted += [f"column.{name}" for name in COLUMNS] + [f"loss.{name}" for name in LOSSES]
    wanted += [f"gate.{name}" for name in GateKeys.model_fields]
    assert [key for key in wanted if not spoken.has(key)] == []
