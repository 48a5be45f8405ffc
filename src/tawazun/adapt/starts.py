"""Where a model's soft prompts are searched: the spaces of `tawazun.adapt.spaces` filled with its own embeddings."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tawazun.adapt.recipe import Recipe
from tawazun.adapt.search.records import Space
from tawazun.adapt.spaces import (
    Projection,
    PromptSpace,
    TableFacts,
    anchor_space,
    facts_of_rows,
    fitted,
    full_space,
    persona_space,
    projection_space,
    text_space,
)
from tawazun.adapt.steering_leaks import Leaks
from tawazun.adapt.targets import Target
from tawazun.cells import Framing, persona_text
from tawazun.engine.model import LoadedModel
from tawazun.errors import BadStudy
from tawazun.instruments import Instrument
from tawazun.places import group, place

ROWS = 4096


@dataclass(frozen=True)
class Start:
    """Where a search begins, in words that go into the adapter's file."""

    space: str
    text: str = ""
    anchors: tuple[str, ...] = ()

    @property
    def facts(self) -> dict[str, object]:
        """What is written down of it."""
        return {"space": self.space, "text": self.text, "anchors": list(self.anchors)}


def model_facts(model: LoadedModel) -> TableFacts:
    """Mean and spread of a model's embeddings, as its layers get them. Errors: Refused when they cannot be read."""
    count = model.virtual.first
    return facts_of_rows(lambda at: _vectors(model, range(at, min(at + ROWS, count))), count, ROWS)


def find_space(
    recipe: Recipe, model: LoadedModel, instrument: Instrument, targets: Sequence[Target], everybody: Sequence[Target]
) -> tuple[PromptSpace, Start]:
    """The space of a recipe for these targets.

    Errors   BadStudy for anchors or a start text that the tokenizer cannot spell, a text that holds an item, a target
             among the anchors, too many numbers for the memory; Refused for embeddings that cannot be read
    """
    keys = recipe.search
    if keys.space == "anchors":
        return _anchored(recipe, model, targets, everybody)
    text = keys.text
    _refuse_leak(text, instrument)
    if keys.space == "persona" and not text:
        text = _sentence(recipe, instrument, targets)
    vectors = _spelled(model, text)
    start = Start(keys.space, text)
    facts = model_facts(model)
    if keys.space == "persona":
        return persona_space(facts, vectors), start
    vectors = fitted(vectors, keys.tokens)
    if keys.space == "full":
        return full_space(facts, vectors), start
    if keys.space == "random":
        return projection_space(facts, vectors, Projection(keys.components, keys.scale, recipe.seed)), start
    return text_space(facts, vectors), start


def _refuse_leak(text: str, instrument: Instrument) -> None:
    """A start that holds an item of the instrument would be an example of it. Errors: BadStudy."""
    leak = Leaks([(instrument, [one.id for one in instrument.questions])]).found(text) if text else None
    if leak:
        raise BadStudy(f"search.text gives away {leak.words}; what is measured cannot be what a search begins from")


def _anchored(
    recipe: Recipe, model: LoadedModel, targets: Sequence[Target], everybody: Sequence[Target]
) -> tuple[PromptSpace, Start]:
    """The directions in which the names of known places differ, the targets' not among them."""
    keys = recipe.search
    own = [one.place for one in targets]
    if among := [code for code in keys.anchors if code in own]:
        raise BadStudy(f"search.anchors: {among[0]} is the target; a search must not start from its answer")
    named = _expanded(keys.anchors) if keys.anchors else [one.place for one in everybody]
    codes = [code for code in named if code not in own]
    if not codes:
        raise BadStudy("search.anchors: name places; scores by hand have no source to take them from")
    language = recipe.ask.languages[0]
    anchors = {code: _named(model, code, language) for code in codes}
    components = keys.components
    space = anchor_space(anchors, components=components, tokens=keys.tokens, excluded=own)
    return space, Start("anchors", anchors=tuple(codes))


def _expanded(spelled: Sequence[str]) -> list[str]:
    found: dict[str, None] = {}
    for one in spelled:
        for code in group(one).members if one.startswith("group:") else (place(one).code,):
            found.setdefault(code)
    return list(found)


def _named(model: LoadedModel, code: str, language: str) -> np.ndarray:
    """Mean embedding of a place's name inside a sentence, in the ask's language. Errors: BadStudy."""
    name = place(code).called(language)
    if name is None:
        raise BadStudy(f"search.anchors: {code} has no name in the language {language!r}")
    return np.asarray(_spelled(model, f" {name.name}", f"the anchor {code}").mean(axis=0))


def _spelled(model: LoadedModel, text: str, what: str = "search.text") -> np.ndarray:
    """Embeddings of a text's tokens (m, width). Errors: BadStudy when the tokenizer has no tokens for it."""
    tokens = model.encode([text])[0]
    if not tokens:
        raise BadStudy(f"{what}: the model's tokenizer has no tokens for {text.strip()!r}")
    if model.tokenizer.unk_token_id in tokens:
        raise BadStudy(f"{what}: the model's tokenizer does not know {text.strip()!r} (it gives its unknown token)")
    return _vectors(model, tokens)


def _vectors(model: LoadedModel, tokens: Sequence[int]) -> np.ndarray:
    return np.asarray(model.virtual.of(tokens).cpu().numpy())


def _sentence(recipe: Recipe, instrument: Instrument, targets: Sequence[Target]) -> str:
    """The target's own persona sentence, in the first language and wording of the fit."""
    if len(targets) != 1:
        raise BadStudy('search.text: space = "persona" for several targets at once needs a text')
    ask = recipe.ask
    wordings = instrument.wording_ids(ask.languages[0])
    named = ask.wordings[0] if isinstance(ask.wordings, list) else ask.wordings
    wording = named if isinstance(named, str) and named != "all" else wordings[0]
    framing = Framing(targets[0].place, "persona", ask.languages[0], wording)
    return persona_text(framing, instrument)


def shared_space(single: Space, targets: int) -> Space:
    """The space of one shared prompt and an offset for each of several targets: z = (shared, offset 1, offset 2, …).

    Each part is a point of `single`; a target's prompt is that of the shared point plus its own. Offsets start at 0,
    with half the spread.
    """
    return replace(
        single,
        low=np.tile(single.low, 1 + targets),
        high=np.tile(single.high, 1 + targets),
        mean=np.concatenate([single.mean, np.zeros(single.dimensions * targets)]),
        spread=np.concatenate([single.spread, np.tile(single.spread / 2, targets)]),
    )


def points_of(z: np.ndarray, targets: int) -> np.ndarray:
    """Points (n, targets, k) of a single space from points (n, (1 + targets) k) of a shared one."""
    parts = z.reshape(len(z), 1 + targets, -1)
    return np.asarray(parts[:, :1] + parts[:, 1:])
