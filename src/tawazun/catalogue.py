"""A folder of one-file parts is the only registry: the file's name is the part's public name.

`names` imports nothing but the folder's own (empty) package; `load` imports the one file it was asked for.
File names use underscores where public names use hyphens or dots are not allowed by Python.
"""

from difflib import get_close_matches
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from tawazun.errors import MissingExtra, UnknownName

# which extra brings a library, for the one line that tells how to install it
EXTRAS = {
    "torch": "local",
    "transformers": "local",
    "safetensors": "local",
    "tokenizers": "local",
    "accelerate": "local",
    "huggingface_hub": "hub",
    "datasets": "hub",
    "openai": "endpoint",
    "peft": "adapt",
    "trl": "adapt",
    "cma": "adapt",
    "ray": "ray",
    "inspect_ai": "inspect",
    "lm_eval": "lm-eval",
}


def names(folder: str) -> list[str]:
    """Names on offer in a catalogue folder such as `tawazun.instruments.catalogue`, in order."""
    package = import_module(folder)
    return sorted(m.name for m in iter_modules(package.__path__) if not m.name.startswith("_"))


def load(folder: str, name: str, part: str) -> Any:
    """Fetch `part` (such as `INSTRUMENT`) from the file `name` of a catalogue folder.

    Errors   UnknownName with the closest names; MissingExtra naming the extra to install.
    """
    offered = names(folder)
    if name not in offered:
        raise UnknownName(unknown(folder.split(".")[1].removesuffix("s"), name, offered))
    try:
        module = import_module(f"{folder}.{name}")
    except ModuleNotFoundError as error:
        library = (error.name or "").split(".")[0]
        if library in EXTRAS:
            line = f"{name!r} needs the library {library}: pip install 'tawazun[{EXTRAS[library]}]'"
            raise MissingExtra(line) from error
        raise
    return getattr(module, part)


def unknown(kind: str, name: str, offered: list[str]) -> str:
    """One line for a name nobody has: what came, the closest, and what is on offer."""
    close = get_close_matches(name, offered, n=1)
    hint = f" — did you mean {close[0]!r}?" if close else "."
    listed = ", ".join(offered[:20]) + (f", … ({len(offered)} in all)" if len(offered) > 20 else "")
    return f"unknown {kind} {name!r}{hint} On offer: {listed}"
