"""The stage of supervised tuning: sources in, a lesson out, learnt by TRL's trainer from the assistant's text alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tawazun.adapt.corpora.sources import CorpusSource, open_source
from tawazun.adapt.corpora.survey import SurveySource
from tawazun.adapt.sft.keys import SftRecipe
from tawazun.adapt.sft.rows import Rows, composition, entity_table, taught, tokenised
from tawazun.adapt.training.folder import Lesson
from tawazun.adapt.training.leaks import Checked, check_leaks, told
from tawazun.adapt.training.models import Opened
from tawazun.adapt.training.running import arguments, train
from tawazun.adapt.training.watch import Progress
from tawazun.errors import BadFile, BadStudy
from tawazun.respondents import Respondent
from tawazun.respondents.catalogue.hf import HF
from tawazun.seeds import digest, digest_of


@dataclass(frozen=True)
class Ground:
    """What an SFT recipe names, found.

    survey   its survey sources; teacher: makes the respondent that answers anew
    folder   where relative paths start; data: local copies of data sets
    """

    recipe: SftRecipe
    survey: tuple[SurveySource, ...]
    teacher: Callable[[], Respondent]
    folder: Path
    data: Path | None

    @property
    def sources(self) -> tuple[CorpusSource, ...]:
        """Files and survey answers, in the order of the recipe."""
        return (*(open_source(keys, self.folder) for keys in self.recipe.source), *self.survey)


def prepare(ground: Ground, base: HF, out: Path) -> Lesson:
    """Everything found, checked and cut into tokens; no weight is moved.

    Errors   BadStudy and BadFile for what cannot be learnt; Refused for leaks and terms; RespondentFailed for a teacher
             that never answered
    """
    recipe = ground.recipe
    tokenizer, template = base.reader.model.tokenizer, _template(recipe, ground.folder)
    if template:
        tokenizer.chat_template = template
    sources = ground.sources
    drawn, table = composition(sources, recipe.seed)
    rows, provenance = taught(drawn, recipe, ground.teacher, out)
    checked = _checked(ground, rows)
    kept = [one for one in rows if checked is None or checked.keeps(one)]
    made = tokenised(kept, tokenizer, recipe.train.context, recipe.base.model)
    if len(made.learnt) < recipe.train.batch:
        raise BadStudy(
            f"{len(made.learnt)} rows are fewer than a batch of {recipe.train.batch}: give more, or train.batch"
        )
    tables = {"composition": table, "rows": made.table()}
    if recipe.entities is not None:
        tables["entities"] = entity_table(drawn, rows, recipe.entities, ground.folder)
    return Lesson(
        hashes=_hashes(sources, made, template),
        licences=_licences(ground, sources, made),
        learn=lambda opened, folder, progress: _learn(recipe, made, template, opened, folder, progress),
        facts=_facts(ground, made, provenance, checked),
        tables=tables,
        template=template,
    )


def _learn(
    recipe: SftRecipe, made: Rows, template: str, opened: Opened, out: Path, progress: Progress
) -> list[dict[str, Any]]:
    from datasets import Dataset
    from trl import SFTConfig, SFTTrainer

    if template:
        opened.tokenizer.chat_template = template
    # rows come with their labels, so nothing is prepared or cut a second time
    own = {"max_length": None, "dataset_kwargs": {"skip_prepare_dataset": True}}
    trainer = SFTTrainer(
        model=opened.model,
        args=arguments(SFTConfig, opened, out, recipe.seed, **own),
        train_dataset=Dataset.from_list(made.records()),
        processing_class=opened.tokenizer,
    )
    return train(trainer, recipe.train, progress=progress, in_parts=True)


def _checked(ground: Ground, rows: Sequence[Any]) -> Checked | None:
    learnt = {f"{one.instrument.name}:{item}" for one in ground.survey for item in one.items}
    names = [one.instrument.name for one in ground.survey]
    return check_leaks(ground.recipe, lambda: rows, folder=ground.folder, data=ground.data, learnt=learnt, more=names)


def _template(recipe: SftRecipe, folder: Path) -> str:
    """The recipe's own chat template; it is kept with a whole model, as an adapter has no tokenizer."""
    if not recipe.chat_template:
        return ""
    if recipe.train.method != "full" and not (recipe.base.adapter and recipe.train.on_adapter == "merge"):
        raise BadStudy('chat_template: an adapter keeps no template, so the model needs train.method = "full"')
    try:
        return (folder / recipe.chat_template).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(f"chat_template: {recipe.chat_template} cannot be read as a text") from error


def _hashes(sources: Sequence[CorpusSource], made: Rows, template: str) -> dict[str, str]:
    found = {f"source {one.keys.name}": digest_of(dict(one.hashes)) for one in sources}
    return {**found, "rows": made.digest, **({"chat template": digest(template)} if template else {})}


def _licences(ground: Ground, sources: Sequence[CorpusSource], made: Rows) -> list[tuple[str, str]]:
    """The licence of each source, and of each row that has one of its own."""
    listed = [(one.keys.name, one.keys.licence) for one in sources if one.keys.licence]
    rows = [(one.source, one.tags.licence) for one in made.documents if one.tags.licence]
    known = {name for name, _ in (*listed, *rows)}
    silent = [(one.keys.name, "") for one in sources if one.keys.name not in known]
    people = [(one.name, f"{one.source.licence}; {one.source.terms}") for s in ground.survey for one in s.populations]
    return list(dict.fromkeys([*listed, *rows, *silent, *people]))


def _facts(ground: Ground, made: Rows, provenance: dict[str, Any], checked: Checked | None) -> dict[str, Any]:
    tokens = sum(len(one.tokens) for one in made.learnt)
    return {
        "rows": len(made.learnt),
        "tokens": tokens,
        "learnt_tokens": sum(sum(one.mask) for one in made.learnt),
        "left_out": made.fates,
        "mask": made.how,
        "provenance": provenance,
        "survey_items": {one.keys.name: list(one.items) for one in ground.survey},
        "survey_left_out": {one.keys.name: dict(one.left_out) for one in ground.survey},
        "contamination": told(checked),
    }
