"""A weight adapter put on a model for a while and taken off again: the weights stand in memory once."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tawazun.engine.loading import adapted, quiet


@contextmanager
def wearing(module: Any, folder: Path) -> Iterator[str]:
    """The module answers with the adapter of a folder, and as before afterwards; yields the adapter's digest.

    Errors   those of `tawazun.engine.loading.adapted`
    """
    with quiet():
        wrapped, digest = adapted(module, str(folder), folder)
    try:
        module.requires_grad_(False).to(module.device)
        yield digest
    finally:
        take_off(module, wrapped)


def wrap(module: Any, config: Any) -> Any:
    """A module with a new adapter of a configuration of `peft`, to be trained, saved and taken off again."""
    from peft import get_peft_model

    with warnings.catch_warnings():
        # peft asks transformers for a name that it deprecates, which is nothing that a user can mend
        warnings.filterwarnings("ignore", "`is_gradient_checkpointing` is deprecated", FutureWarning)
        return get_peft_model(module, config)


def take_off(module: Any, wrapped: Any) -> None:
    """The module's own layers again, untouched."""
    wrapped.unload()
    for name in ("peft_config", "_hf_peft_config_loaded"):
        if name in vars(module):
            delattr(module, name)
    module.eval().requires_grad_(False)
