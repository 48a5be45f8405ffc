"""Answers of a model to prompts, several each, and pairs of different ones; whatever was said is kept as it came."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from tawazun.adapt.corpora.teachers import Teacher
from tawazun.adapt.preferences.keys import PreferenceRecipe, PromptKeys
from tawazun.answers.thoughts import without_thought
from tawazun.cells import Decoding
from tawazun.data.rows import read_rows
from tawazun.errors import BadFile, RespondentFailed, UnknownName
from tawazun.instruments.judged import said
from tawazun.places import find_place, place
from tawazun.respondents import Respondent
from tawazun.seeds import digest_of, seed_for

Progress = Callable[[int], None]
ASKED = ("prompt", "question", "instruction", "query")
CARRIED = ("topic", "dialect")


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt: its words, and what is known of it (country, topic, dialect)."""

    id: str
    text: str
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sampled:
    """What sampling came to.

    rows    of a `pairs:` file
    left    `empty` replies, `same` texts, `alone`: prompts without two different answers
    answers replies in all; asked: those asked in this session
    """

    rows: list[dict[str, Any]]
    left: Mapping[str, int]
    answers: int
    asked: int


def read_prompts(keys: PromptKeys, folder: Path) -> list[Prompt]:
    """The prompts of a file. Errors: BadFile naming file, row and column, also for one that stands twice."""
    rows = read_rows(folder / keys.file)
    column = next((name for name in ASKED if any(name in row.fields for row in rows)), "")
    if not column:
        raise BadFile(f"{keys.file}: no column of prompts; one of {', '.join(ASKED)} is needed")
    found: dict[str, Prompt] = {}
    seen: dict[tuple[str, str], str] = {}
    for row in rows:
        text, country = row.text(column), said(row, "country")
        if country:
            try:
                place(country)
            except UnknownName as error:
                meant = find_place(country)
                such = f"write {meant.code}" if meant else "ISO 3166-1 alpha-3, such as EGY"
                raise row.fault("country", f"{country[:40]!r} is no place ({such})") from error
        item = said(row, "id") or digest_of([text, country])[:12]
        if item in found or (text, country) in seen:
            raise row.fault("id" if item in found else column, f"{item!r} stands twice")
        seen[text, country] = item
        facts = {name: own for name in CARRIED if (own := said(row, name))}
        found[item] = Prompt(item, text, {**facts, **({"country": country} if country else {})})
    return list(found.values())


def sample_pairs(
    recipe: PreferenceRecipe,
    model: Respondent,
    prompts: Sequence[Prompt],
    file: Path,
    progress: Progress = lambda count: None,
) -> Sampled:
    """Ask every prompt `answers` times and pair different answers; what `file` holds already is not asked again.

    Errors   RespondentFailed when nothing usable came at all, or no prompt got two different answers
    """
    assert recipe.prompts is not None and recipe.model is not None
    texts: dict[str, list[str]] = {one.id: [] for one in prompts}
    left = {"failed": 0, "empty": 0, "same": 0, "alone": 0}
    asked = 0
    for draw in range(recipe.sample.answers):
        teacher = _writer(recipe, model, file, draw)
        for batch in _batches(prompts, model.batch):
            replies = teacher.replies([(one.text, recipe.prompts.language) for one in batch])
            for one, (_, reply) in zip(batch, replies, strict=True):
                if reply is not None and (text := without_thought(reply).strip()):
                    texts[one.id].append(text)
            progress(len(batch))
        asked += teacher.asked
        for why, count in teacher.failed.items():
            left[why] += count
    answers = sum(map(len, texts.values()))
    if not answers:
        raise RespondentFailed(
            f"{recipe.model.name}: no usable answer to {len(prompts)} prompts ({left['failed']} failed)"
        )
    rows = [row for one in prompts for row in _paired(recipe, one, texts[one.id], left)]
    if not rows:
        raise RespondentFailed(
            f"{recipe.model.name}: no prompt has two different answers among {answers}; raise sample.temperature or "
            "sample.answers"
        )
    return Sampled(rows, left, answers, asked)


def _writer(recipe: PreferenceRecipe, model: Respondent, file: Path, draw: int) -> Teacher:
    """The model as one that answers a prompt once more: the draw is part of what is asked."""
    assert recipe.model is not None
    keys = recipe.sample
    decoding = Decoding(keys.temperature, keys.top_p, keys.max_tokens, seed=draw)
    return Teacher(model, recipe.model.name, file, decoding, recipe.seed)


def _batches(prompts: Sequence[Prompt], size: int) -> Iterator[Sequence[Prompt]]:
    for at in range(0, len(prompts), max(1, size)):
        yield prompts[at : at + max(1, size)]


def _paired(
    recipe: PreferenceRecipe, prompt: Prompt, texts: Sequence[str], left: dict[str, int]
) -> Iterator[dict[str, Any]]:
    different = list(dict.fromkeys(texts))
    left["same"] += len(texts) - len(different)
    if len(different) < 2:
        left["alone"] += 1
        return
    drawn = sorted(combinations(range(len(different)), 2), key=lambda two: seed_for(recipe.seed, prompt.id, *two))
    for at, (one, other) in enumerate(drawn[: recipe.sample.pairs]):
        # which stands first is drawn by lot, so that neither side is the earlier draw
        if seed_for("preference-side", recipe.seed, prompt.id, at) % 2:
            one, other = other, one
        yield {
            "id": f"{prompt.id}-{at + 1}",
            "prompt": prompt.text,
            "answer_1": different[one],
            "answer_2": different[other],
            **prompt.facts,
        }
