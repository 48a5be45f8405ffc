"""Imports point one way, heavy libraries are caged, and the drawings in the docs match the code."""

import ast
import dataclasses
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import tawazun
from tawazun import errors

ROOT = Path(tawazun.__file__).parent
REPO = ROOT.parent.parent

# Each room may import the rooms before it, and itself. Change this line on purpose.
ROOMS = (
    "version errors catalogue seeds source data stats places instruments atlas cells answers estimates engine "
    "respondents populations study runs cache workers interview judging measures claims audit adapt report studies api "
    "plugins cli"
).split()

CAGED = {
    "torch": {"engine", "respondents/catalogue", "adapt"},
    "transformers": {"engine", "respondents/catalogue", "adapt"},
    "tokenizers": {"engine", "respondents/catalogue", "adapt"},
    "safetensors": {"engine", "respondents/catalogue", "adapt"},
    "peft": {"engine", "adapt"},
    "cma": {"adapt"},
    "huggingface_hub": {"data", "respondents/catalogue", "adapt"},
    "datasets": {"data", "respondents/catalogue", "adapt"},
    "httpx": {"data", "respondents/catalogue", "adapt"},
    "requests": {"data", "respondents/catalogue", "adapt"},
    "jinja2": {"report", "engine"},
    "altair": {"report"},
    "vl_convert": {"report"},
    "ray": {"workers"},
    "inspect_ai": {"plugins", "respondents/catalogue"},
    "openai": {"respondents", "respondents/catalogue"},
    "lm_eval": set(),
    "pandas": set(),
}

# by dotted name: a room that may use a part of another room only
NEVER = {
    "respondents": {"tawazun.populations", "tawazun.measures"},
    "measures": {"tawazun.respondents", "tawazun.engine", "tawazun.interview"},
    "claims": {"tawazun.respondents", "tawazun.engine", "tawazun.interview"},
    "report": {"tawazun.respondents", "tawazun.engine", "tawazun.interview", "tawazun.measures"},
}


def imports(path: Path) -> set[str]:
    """Every dotted name that a file imports, also inside functions."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    named = {f"{n.module}.{a.name}" for n in nodes if isinstance(n, ast.ImportFrom) for a in n.names}
    relative = {"relative import" for n in nodes if isinstance(n, ast.ImportFrom) and n.level}
    return plain | named | relative


def room_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def broken_rules(path: Path) -> list[str]:
    """What a file imports against the table."""
    room = room_of(path)
    if room in ("__init__", "__main__"):
        return []
    inside = path.relative_to(ROOT).parent.as_posix()
    broken = []
    for name in sorted(imports(path)):
        top, _, rest = name.partition(".")
        other = rest.split(".")[0]
        if name == "relative import":
            broken.append(name)
        if top == "tawazun" and other and other != room and ROOMS.index(other) > ROOMS.index(room):
            broken.append(name)
        if any(name.startswith(never) for never in NEVER.get(room, ())):
            broken.append(name)
        if top in CAGED and not {room, inside} & CAGED[top]:
            broken.append(name)
    return [f"{path.relative_to(ROOT)} imports {name}" for name in broken]


def test_imports_point_one_way() -> None:
    assert [rule for path in sorted(ROOT.rglob("*.py")) for rule in broken_rules(path)] == []


def test_every_room_is_in_the_table() -> None:
    rooms = {room_of(path) for path in ROOT.rglob("*.py")} - {"__init__", "__main__"}
    assert rooms <= set(ROOMS)


@pytest.mark.parametrize(
    ("room", "line"),
    [
        ("stats", "from tawazun import cli"),
        ("stats", "from tawazun.measures import measure_names"),
        ("stats", "import tawazun.report"),
        ("measures", "import torch"),
        ("respondents", "from tawazun.populations import Population"),
        ("cells", "from .persona import Persona"),
    ],
)
def test_the_table_catches(room: str, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / room / "bad.py"
    file.parent.mkdir()
    file.write_text(line)
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    assert broken_rules(file)


def loaded_by(code: str) -> set[str]:
    """Top-level modules that a fresh interpreter has after running some code."""
    script = f"{code}\nimport sys\nprint(' '.join(m.split('.')[0] for m in sys.modules))"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(ran.stdout.splitlines()[-1].split())


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert not loaded_by("import tawazun") & (CAGED.keys() | {"polars", "numpy", "scipy"})


def test_help_loads_nothing_heavy() -> None:
    run = "sys.argv = ['tawazun', '--help']; from tawazun.cli import main"
    code = f"import sys; {run}\ntry:\n main()\nexcept SystemExit: pass"
    assert not loaded_by(code) & CAGED.keys()


def test_preparing_a_study_without_a_local_model_loads_no_torch() -> None:
    assert "torch" not in loaded_by("import tawazun.api")


def test_the_error_tree_is_as_drawn() -> None:
    drawn = re.findall(r"[├└]── (\w+)", errors.__doc__ or "")
    classes = [c for _, c in inspect.getmembers(errors, inspect.isclass) if c is not errors.TawazunError]
    assert sorted(drawn) == sorted(c.__name__ for c in classes)
    assert all(issubclass(c, errors.TawazunError) for c in classes)


def test_only_errors_of_the_tree_are_caught_broadly() -> None:
    broad = re.compile(r"except( Exception)?( as \w+)?:")
    offenders = [p.relative_to(ROOT).as_posix() for p in ROOT.rglob("*.py") if broad.search(p.read_text())]
    assert offenders == ["cli/__init__.py"]


def modules() -> list[str]:
    return [m.name for m in pkgutil.walk_packages(tawazun.__path__, "tawazun.") if not m.name.endswith("__main__")]


def test_vocabulary_names_are_names_in_the_code() -> None:
    words = re.findall(r"^\| `([A-Za-z_]+)`", (REPO / "docs" / "vocabulary.md").read_text(), re.M)
    source = "\n".join(path.read_text() for path in ROOT.rglob("*.py"))
    assert len(words) > 20
    assert [word for word in words if not re.search(rf"\b{word}\b", source)] == []


def test_public_records_are_in_the_vocabulary() -> None:
    page = (REPO / "docs" / "vocabulary.md").read_text()
    rooms = "places instruments cells answers estimates populations respondents study source".split()
    records = {
        name
        for room in rooms
        for name in getattr(importlib.import_module(f"tawazun.{room}"), "__all__", ["Estimate", "Source"])
        if dataclasses.is_dataclass(getattr(importlib.import_module(f"tawazun.{room}"), name, None))
    }
    assert {name for name in records if f"`{name}`" not in page} == set()


def test_public_functions_have_docstrings() -> None:
    bare = []
    for name in modules():
        if name.startswith(("tawazun.engine", "tawazun.respondents.catalogue.hf", "tawazun.plugins.inspect")):
            continue
        module = importlib.import_module(name)
        for key, thing in vars(module).items():
            own = getattr(thing, "__module__", None) == name and not key.startswith("_")
            if own and (inspect.isfunction(thing) or inspect.isclass(thing)) and not inspect.getdoc(thing):
                bare.append(f"{name}.{key}")
    assert bare == []
