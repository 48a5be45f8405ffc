"""The folder of a training: what is learnt, what a stage hands over, and the records that say what a model is made of.

recipe.toml    resolved; .recipe.json and .data.json: what must be the same to take the training up
checkpoints/   of the trainer, whole or not there; history.parquet: step, loss, rate, tokens, seconds
adapter/       low-rank additions (a plain PEFT adapter), or model/ (an ordinary folder of transformers)
before/, after/   run folders, where the recipe has [score]
lineage.json   base, data, recipe, seed, code, terms, scores before and after, and the lineage of the base
manifest.json  last: the training is whole
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from tawazun.adapt.corpora.licences import training_terms
from tawazun.adapt.corpora.sources import CorpusKeys
from tawazun.adapt.training.cut import refuse_other_cuts
from tawazun.adapt.training.keys import StageRecipe, stage_digest
from tawazun.adapt.training.models import ADAPTER_FOLDER, MODEL_FOLDER, Head, Opened
from tawazun.adapt.training.parents import parent_of
from tawazun.adapt.training.running import processes
from tawazun.adapt.training.watch import Progress
from tawazun.engine.weights import ADAPTER, MODEL, weight_files, weights_digest
from tawazun.errors import BadStudy, StudyChanged
from tawazun.respondents import Settings, make_respondent, respondent_id
from tawazun.respondents.catalogue.hf import HF
from tawazun.runs.writing import write_text
from tawazun.seeds import digest_of
from tawazun.version import RUN_FORMAT, VERSION

DATA = ".data.json"


@dataclass(frozen=True)
class Lesson:
    """What a stage learns from, found and checked before any weight is moved.

    hashes     name -> hash of everything that decides the rows; another one stops a training from being taken up
    licences   (source, licence) of what is learnt from
    learn      runs the stage's trainer on the opened base; returns its log (`tawazun.adapt.training.running.train`)
    facts      into lineage.json under `data`; tables: name -> `NAME.parquet` in the folder
    template   a chat template that the model is trained with and that is kept with it
    grown      the base with new pieces in its vocabulary, in the place of the recipe's; a whole model is then kept
    losses     texts of the stage's own whose loss is told before and after, and the folder they are seen from
    head       what stands on the model; labels: numbers of a `score` head
    """

    hashes: Mapping[str, str]
    licences: Sequence[tuple[str, str]]
    learn: Callable[[Opened, Path, Progress], list[dict[str, Any]]]
    facts: Mapping[str, Any] = field(default_factory=dict)
    tables: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    template: str = ""
    grown: Path | None = None
    losses: Sequence[tuple[CorpusKeys, Path]] = ()
    head: Head = "causal"
    labels: int = 1


def base_settings(recipe: StageRecipe, folder: Path, remote_code: bool = False) -> Settings:
    """What the respondent of a recipe's base is made from. Errors: BadStudy for remote code nobody allowed."""
    if recipe.base.remote_code and not remote_code:
        raise BadStudy("base: remote_code = true also needs --trust-remote-code on the command line")
    return Settings(**recipe.base.model_dump(exclude={"instruments"}), folder=folder)


def open_respondent(settings: Settings) -> HF:
    """The respondent of a base: a stage reads its tokenizer and identity, and draws from it. Errors: of loading it."""
    refuse_other_cuts()
    processes()  # each of several takes a GPU of its own before it loads anything
    made = make_respondent(settings)
    assert isinstance(made, HF)
    return made


def refuse_other_data(out: Path, hashes: Mapping[str, str]) -> None:
    """Refuse to go on with other rows than a training was begun with. Errors: StudyChanged naming what differs."""
    file = out / DATA
    if file.is_file():
        before = json.loads(file.read_text(encoding="utf-8"))
        changed = sorted(key for key in before.keys() | hashes.keys() if before.get(key) != hashes.get(key))
        if changed:
            raise StudyChanged(
                f"{out}: {', '.join(changed[:4])} changed since this training began; restore it, or choose another "
                "--out"
            )
    else:
        write_text(file, json.dumps(dict(hashes), sort_keys=True))


def trained_folder(out: Path) -> Path | None:
    """The folder of what was trained; None while it is not there."""
    return next((out / name for name in (ADAPTER_FOLDER, MODEL_FOLDER) if (out / name).is_dir()), None)


def trained_weights(kept: Path) -> str:
    """Hash of what was trained, of an adapter or of a model."""
    return weights_digest(weight_files(kept, ADAPTER if kept.name == ADAPTER_FOLDER else MODEL))


def lineage(
    recipe: StageRecipe,
    method: str,
    settings: Settings,
    identity: Mapping[str, str],
    lesson: Lesson,
    out: Path,
    told: Mapping[str, Any] = {},
) -> dict[str, Any]:
    """The record of `lineage.json`; `told` has what was measured. Errors: Refused for terms that allow no training."""
    own = str(settings.folder / settings.adapter) if settings.adapter else ""
    parent = parent_of(own, settings.folder / settings.model if settings.model else "")
    kept = trained_folder(out)
    return {
        "tawazun": VERSION,
        "name": recipe.name,
        "method": method,
        "how": recipe.train.method,
        "recipe": stage_digest(recipe),
        "seed": recipe.seed,
        "base": dict(identity),
        "base_id": respondent_id(identity),
        "data": dict(lesson.facts),
        "hashes": dict(lesson.hashes),
        **terms_record(lesson.licences, parent),
        "trained": None if kept is None else {"folder": kept.name, "weights": trained_weights(kept)},
        "scores": [],
        **told,
        "parent": parent,
    }


def terms_record(licences: Sequence[tuple[str, str]], parent: Mapping[str, Any] | None) -> dict[str, Any]:
    """The strictest terms of what was learnt from and of the base's own lineage. Errors: Refused."""
    found = training_terms(licences)
    inherited = bool(parent and parent.get("non_commercial"))
    return {
        "licences": [{"source": name, "licence": licence} for name, licence in dict.fromkeys(licences)],
        "non_commercial": inherited or bool(found.non_commercial),
        "non_commercial_because": [*found.non_commercial, *(["the base's own lineage"] if inherited else [])],
        "licence_unknown": list(found.unknown),
    }


def manifest(recipe: StageRecipe, method: str, identity: Mapping[str, str], log: pl.DataFrame) -> dict[str, Any]:
    """What `manifest.json` says beside its kind."""
    return {
        "name": recipe.name,
        "method": method,
        "format": RUN_FORMAT,
        "versions": {"tawazun": VERSION, **_libraries()},
        "seeds": [recipe.seed],
        "respondents": {"base": respondent_id(identity)},
        "hashes": {"recipe": stage_digest(recipe), "history": digest_of(log["loss"].to_list())},
        "counts": {"steps": int(log["step"].max() or 0) if log.height else 0},  # type: ignore[arg-type]
    }


def _libraries() -> dict[str, str]:
    from importlib.metadata import PackageNotFoundError, version

    found = {}
    for name in ("torch", "transformers", "trl", "peft", "accelerate"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
