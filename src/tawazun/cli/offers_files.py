"""What `list` and `show` say of parts that are files: kinds of respondents, shipped studies and recipes."""

import ast
import re
from itertools import takewhile
from pathlib import Path
from textwrap import shorten

Shown = dict[str, object]
LONGEST = 150


def respondent(name: str, _: Path | None) -> Shown:
    """What a kind of respondent is, and how a study names it."""
    return {
        "respondent kind": name,
        "what it is": about_respondent(name),
        "how": f'kind = "{name}" in a [[respondent]] of a study',
    }


def about_respondent(name: str) -> str:
    """The first line of the file, read without importing it: torch is not needed to say what needs torch."""
    from importlib.resources import files

    text = files("tawazun.respondents.catalogue").joinpath(f"{name}.py").read_text(encoding="utf-8")
    return (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0]


def study_about(name: str) -> str:
    """A shipped study in one line."""
    from tawazun.studies import study_file

    return _remark(study_file(name))


def study(name: str, _: Path | None) -> Shown:
    """A shipped study, whole: it is there to be copied."""
    from tawazun.studies import study_file

    return {
        "study": name,
        "how": f"tawazun run {name} --out DIR",
        "file": study_file(name).read_text(encoding="utf-8").splitlines(),
    }


def recipe_about(name: str) -> str:
    """A shipped recipe in one line."""
    from tawazun.studies import find_recipe

    return _remark(find_recipe(name))


def recipe(name: str, _: Path | None) -> Shown:
    """A shipped recipe, whole: it is there to be copied."""
    from tawazun.studies import find_recipe

    return {"recipe": name, "file": find_recipe(name).read_text(encoding="utf-8").splitlines()}


def _remark(file: Path) -> str:
    """The first sentence of the remark that a shipped file begins with."""
    lines = takewhile(lambda line: line.startswith("#"), file.read_text(encoding="utf-8").splitlines())
    text = " ".join(line.lstrip("# ") for line in lines)
    return shorten(re.split(r"(?<!\bal)(?<=[a-z)\d][.?])\s", text, maxsplit=1)[0], LONGEST, placeholder=" …")
