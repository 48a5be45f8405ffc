"""The embedding model of the semantic family: loaded where texts are embedded, and pinned in the result."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tawazun.audit.data.measuring import Choice

if TYPE_CHECKING:
    from tawazun.engine import Embedder


@dataclass(frozen=True)
class Model:
    """An embedding model by its folder or its name on the Hub; none where that is empty.

    pooling   `mean`, `cls`, `last` or `max`, for a model that does not say
    """

    path: str = ""
    pooling: str = ""


def with_model(plain: Choice, model: Model) -> Choice:
    """The choice with what embeds texts; made in every process, because no model goes from one to another.

    Errors   those of `load_embedder`; MissingExtra without torch
    """
    if not model.path:
        return plain
    _loaded(model)

    def vectors(texts: Sequence[str]) -> np.ndarray:
        from tawazun.engine import embed

        return embed(_loaded(model), texts)

    return replace(plain, embed=vectors)


def model_facts(model: Model) -> Mapping[str, str]:
    """What pins a model: digests of weights and tokenizer, revision, how states are pooled; empty without one."""
    return _loaded(model).facts if model.path else {}


def model_label(model: Model) -> Mapping[str, str]:
    """`model_facts` with the name of the folder or repository, which pins nothing, before them."""
    return {"model": Path(model.path).name, **model_facts(model)} if model.path else {}


@cache
def _loaded(model: Model) -> "Embedder":
    from tawazun.engine import load_embedder

    folder = Path(model.path)
    return load_embedder(str(folder.resolve()) if folder.is_dir() else model.path, pooling=model.pooling)
