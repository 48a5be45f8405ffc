"""Studies, claims and recipes that ship with the package, as TOML files beside this one."""

from pathlib import Path

from tawazun.catalogue import unknown
from tawazun.errors import UnknownName

FOLDER = Path(__file__).parent


def study_names() -> list[str]:
    """Names of the shipped studies."""
    return sorted(file.stem for file in FOLDER.glob("*.toml"))


def study_file(name: str) -> Path:
    """The file of a shipped study. Errors: UnknownName."""
    if name not in study_names():
        raise UnknownName(unknown("study", name, study_names()))
    return FOLDER / f"{name}.toml"


def find_study(word: str | Path) -> Path:
    """A study file, or the shipped study of that name; a file of the same name comes first. Errors: UnknownName."""
    path = Path(word)
    return path if path.suffix == ".toml" or path.exists() or len(path.parts) > 1 else study_file(str(word))


def claim_names() -> list[str]:
    """Names of the shipped claims."""
    return sorted(file.stem for file in (FOLDER / "claims").glob("*.toml"))


def claim_file(name: str) -> Path:
    """The file of a shipped claim. Errors: UnknownName."""
    if name not in claim_names():
        raise UnknownName(unknown("claim", name, claim_names()))
    return FOLDER / "claims" / f"{name}.toml"


def recipe_names() -> list[str]:
    """Names of the shipped recipes of adaptations."""
    return sorted(file.stem for file in (FOLDER / "recipes").glob("*.toml"))


def find_recipe(word: str | Path) -> Path:
    """A recipe file, or the shipped recipe of that name; a file of the same name comes first. Errors: UnknownName."""
    path = Path(word)
    if path.suffix == ".toml" or path.exists() or len(path.parts) > 1:
        return path
    if str(word) not in recipe_names():
        raise UnknownName(unknown("recipe", str(word), recipe_names()))
    return FOLDER / "recipes" / f"{word}.toml"
