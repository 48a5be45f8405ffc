"""From sources to the rows of a trainer: composed, answered anew, and cut into tokens with the assistant's mask."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from tawazun.adapt.corpora.composition import composed, composition_table, parts_of
from tawazun.adapt.corpora.conversations import Learnt, check_template, fitted, learn
from tawazun.adapt.corpora.entities import Census, Register, before_after, census, entity_lists, sides
from tawazun.adapt.corpora.entities import common_english_names as has_english_names
from tawazun.adapt.corpora.mixing import Mixer
from tawazun.adapt.corpora.records import Document
from tawazun.adapt.corpora.sources import CorpusSource
from tawazun.adapt.corpora.teachers import Teacher, provenance, regenerated, rewritten
from tawazun.adapt.sft.keys import LOST, EntityKeys, SftRecipe
from tawazun.cells import Decoding
from tawazun.engine import Chat
from tawazun.engine.chat import folded
from tawazun.errors import BadStudy, RespondentFailed
from tawazun.respondents import Respondent

LONG, NOTHING = "prompt longer than the context", "nothing to learn"


@dataclass(frozen=True)
class Rows:
    """What is learnt.

    documents, learnt   each row and its tokens
    fates               what became of rows that did not fit -> how many
    how                 how the assistant's text is told (`template` or `computed`)
    """

    documents: tuple[Document, ...]
    learnt: tuple[Learnt, ...]
    fates: dict[str, int]
    how: str

    @property
    def digest(self) -> str:
        """Hash of every token and mask, in order."""
        made = blake2b(digest_size=16)
        for one in self.learnt:
            made.update(np.array(one.tokens, dtype=np.int64).tobytes() + bytes(one.mask) + b"|")
        return made.hexdigest()

    def records(self) -> list[dict[str, list[int]]]:
        """Rows as TRL's trainer takes them: labels are -100 where the assistant does not speak."""
        return [
            {
                "input_ids": list(one.tokens),
                "labels": [token if own else -100 for token, own in zip(one.tokens, one.mask, strict=True)],
            }
            for one in self.learnt
        ]

    def table(self) -> pl.DataFrame:
        """One line a row: where it comes from, its tags and its size; the text stays where it is."""
        lines = [
            {
                "source": doc.source, "file": doc.file, "row": doc.number, "language": doc.tags.language,
                "country": doc.tags.country, "dialect": doc.tags.dialect, "origin": doc.tags.origin,
                "licence": doc.tags.licence, "item": dict(doc.facts).get("item", ""),
                "teacher": dict(doc.facts).get("teacher", ""), "tokens": len(one.tokens), "learnt": sum(one.mask),
            }
            for doc, one in zip(self.documents, self.learnt, strict=True)
        ]  # fmt: skip
        return pl.DataFrame(lines, infer_schema_length=None)


def composition(sources: Sequence[CorpusSource], seed: int) -> tuple[list[Document], pl.DataFrame]:
    """Every row as often as it is taken, and the table that says so. Errors: BadStudy, Refused, BadFile."""
    rows = list(Mixer(composed(sources, seed)))
    for one in rows:
        if not one.messages:
            raise BadStudy(f"{one.where}: it is plain text; tuning takes conversations (plain text is for pretrain)")
    tags = {
        one.keys.name: {
            key: str(value) for key, value in one.keys.model_dump().items() if key in ("language", "origin")
        }
        for one in sources
    }
    return rows, composition_table(parts_of(sources), tags)


def taught(
    rows: Sequence[Document], recipe: SftRecipe, make: Callable[[], Respondent], out: Path
) -> tuple[list[Document], dict[str, Any]]:
    """Rows with answers (and prompts) given anew where the recipe says so; replies are kept in `out`.

    Returns  rows, and what to know: how many, by whom, and what failed
    Errors   RespondentFailed when nothing came of any row
    """
    keys = recipe.teacher
    if keys is None:
        return list(rows), {"origins": dict(provenance(rows))}
    decoding = Decoding(temperature=keys.temperature, max_tokens=keys.max_tokens)
    teacher = Teacher(make(), keys.respondent.name, out / "teacher.jsonl", decoding, recipe.seed)
    made: Iterable[Document] = rows
    if keys.rewrite:
        made = rewritten(made, teacher, keys.rewrite, has_english_names)
    if keys.answers != "none":
        made = regenerated(made, teacher, every=keys.answers == "every")
    done = list(made)
    if not done:
        why = ", ".join(f"{count} {why}" for why, count in sorted(teacher.failed.items()))
        raise RespondentFailed(f"teacher {teacher.label!r}: no row got a usable reply ({why}); look at its settings")
    lost = len(rows) - len(done)
    return done, {
        "origins": dict(provenance(done)),
        "teacher": teacher.id,
        "failed": dict(teacher.failed),
        "lost": lost,
    }


def entity_table(before: Sequence[Document], after: Sequence[Document], keys: EntityKeys, folder: Path) -> pl.DataFrame:
    """Share of local names in prompts and answers, before and after, by kind. Errors: BadFile for the lists."""
    register = Register(entity_lists(folder / keys.lists), keys.skip)
    lines: list[dict[str, object]] = []
    for side, texts, now in zip(("prompts", "answers"), sides(before), sides(after), strict=True):
        counts: tuple[Census, Census] = census(texts, register), census(now, register)
        lines += [{"side": side, "local": keys.local, **row} for row in before_after(*counts, keys.local)]
    return pl.DataFrame(lines, infer_schema_length=None)


def tokenised(rows: Iterable[Document], tokenizer: Any, context: int, name: str) -> Rows:
    """Rows as tokens with the assistant's mask, at most `context` long.

    Errors   BadStudy without a chat template, when nothing is left, or too many prompts are longer than the context
    """
    how = check_template(tokenizer, name)
    apart = Chat(tokenizer).facts["system"] == "own role"
    kept: list[Document] = []
    made: list[Learnt] = []
    fates: Counter[str] = Counter()
    count = 0
    for one in rows:
        count += 1
        messages = one.messages if apart else tuple(folded(one.messages))
        learnt = learn(tokenizer, messages, name)
        fit, fate = fitted(learnt, one, context)
        fates.update([fate] if fate else [])
        if fit is not None:
            kept.append(one)
            made.append(fit)
    if fates[LONG] > LOST * count:
        raise BadStudy(
            f"{fates[LONG]} of {count} prompts are longer than train.context = {context} tokens, so nothing of the "
            "answer is left to learn: raise context, or take these rows out"
        )
    if not made:
        raise BadStudy(f"no row is left to learn from ({dict(fates) or 'the sources are empty'})")
    return Rows(tuple(kept), tuple(made), dict(fates), how)
