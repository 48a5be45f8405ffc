"""`tawazun adapt pretrain` in Python: what the recipe names is found, then the one flow of every stage."""

from dataclasses import dataclass
from pathlib import Path

from tawazun.adapt.corpora.licences import training_terms
from tawazun.adapt.corpora.sources import open_source
from tawazun.adapt.pretrain.keys import PretrainRecipe
from tawazun.adapt.pretrain.stage import prepare
from tawazun.adapt.training.folder import base_settings
from tawazun.adapt.training.keys import load_stage
from tawazun.adapt.training.models import base_folder
from tawazun.api.training import Given, Trained, adapt_stage
from tawazun.data import data_folder


@dataclass(frozen=True)
class PretrainSize:
    """What a pre-training would take: rows by source (None for a stream), steps (None by epochs), tokens of a step."""

    rows: dict[str, int | None]
    steps: int | None
    tokens_per_step: int


def adapt_pretrain(recipe: PretrainRecipe, out: str | Path, given: Given = Given()) -> Trained:
    """Go on pre-training a model on corpora. Errors: as `adapt_stage`."""
    settings = base_settings(recipe, given.folder, given.remote_code)
    where = {"folder": given.folder, "data": data_folder(given.data), "model": base_folder(settings)}
    return adapt_stage(recipe, "pretrain", lambda base, folder: prepare(recipe, base, folder, **where), out, given)  # type: ignore[arg-type]


def pretrain_size(recipe: PretrainRecipe, given: Given = Given()) -> PretrainSize:
    """What a pre-training would take; no model is loaded. Errors: what the sources and their terms say."""
    sources = [open_source(keys, given.folder) for keys in recipe.source]
    training_terms((one.keys.name, one.keys.licence) for one in sources)
    rows = {one.keys.name: one.rows for one in sources} | {one.name: one.rows for one in recipe.planted}
    return PretrainSize(rows, recipe.train.steps or None, recipe.train.batch * recipe.train.context)


def load_pretrain(path: str | Path) -> PretrainRecipe:
    """The recipe of a TOML file. Errors: BadFile, BadStudy, Refused."""
    return load_stage(path, PretrainRecipe)
