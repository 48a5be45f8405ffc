"""Tawazun: how far a language model is from the people it should serve, why, and how to bring it closer.

The names below are the Python API; each is imported when it is first used, so `import tawazun` costs nothing.
"""

from typing import TYPE_CHECKING, Any

from tawazun.version import VERSION as __version__

if TYPE_CHECKING:
    from tawazun.api import claim, compare, load_study, measure, open_run, report, run

__all__ = ["__version__", "claim", "compare", "load_study", "measure", "open_run", "report", "run"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from tawazun import api

        return getattr(api, name)
    raise AttributeError(f"module 'tawazun' has no attribute {name!r}")
