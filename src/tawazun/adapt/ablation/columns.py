"""What every model of an ablation is asked, and the columns that are read from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tawazun.adapt.ablation.keys import AblationRecipe
from tawazun.adapt.table_records import Column
from tawazun.adapt.table_studies import JS, SHARE, called
from tawazun.instruments import Instrument
from tawazun.study import Study, study_from

VALUES, INDEX, OTHERS = "values", "index", "others"
NOT_NAMED = "not measured: the recipe names none in table.{}"


@dataclass(frozen=True)
class Block:
    """One study of every model.

    kind    how it is read: `values`, `others`, `items`, `exam`, `harmful`
    study   as a table, without its respondent
    """

    name: str
    kind: str
    columns: tuple[Column, ...]
    instrument: Instrument
    study: Mapping[str, Any]

    def of(self, respondent: Mapping[str, Any]) -> Study:
        """The study of one model."""
        return study_from({**self.study, "respondent": [dict(respondent)]}, self.name)


def blocks(recipe: AblationRecipe, found: Mapping[str, Instrument], people: Mapping[str, Sequence[str]]) -> list[Block]:
    """Every study. `found`: the recipe's instruments; `people`: instrument -> populations of the values' place."""
    made = [_values(recipe, found[recipe.values.instrument])]
    if recipe.table.group:
        made.append(_others(recipe, found[recipe.values.instrument]))
    for name in recipe.table.instruments:
        column = Column(f"instrument:{called(name)}", name, JS, -1, "gain", sample=True)
        measure = {"populations": list(people[name]), "measures": ["js_similarity"]}
        made.append(_block(recipe, "instrument", "items", (column,), found[name], _plain(recipe, found[name]), measure))
    for side in ("knowledge", "trust"):
        for name in getattr(recipe.table, side):
            column = Column(f"{side}:{called(name)}", f"{side} change, {name}", SHARE, 1, "loss")
            ask = _plain(recipe, found[name])
            made.append(_block(recipe, side, "exam", (column,), found[name], ask, {"measures": ["accuracy"]}))
    for name in recipe.table.harmful:
        column = Column(f"refusal:{called(name)}", f"refusal change, {name}", "share", 1, "loss")
        ask = {**_plain(recipe, found[name]), "mode": "generate"}
        made.append(_block(recipe, "refusal", "harmful", (column,), found[name], ask, {"measures": ["refusal_rate"]}))
    return made


def absent(recipe: AblationRecipe) -> dict[str, tuple[Column, str]]:
    """Columns that a reader expects and that the recipe names nothing for, with the reason."""
    keys = recipe.table
    named = {
        "instrument": (keys.instruments, "instruments", Column("instrument", "other instrument", JS, -1, "gain")),
        "knowledge": (keys.knowledge, "knowledge", Column("knowledge", "knowledge change", SHARE, 1, "loss")),
        "trust": (keys.trust, "trust", Column("trust", "trust change", SHARE, 1, "loss")),
        "refusal": (keys.harmful, "harmful", Column("refusal", "refusal of harmful requests", "share", 1, "loss")),
        "original": (keys.original, "original", Column("original", "original language", "nats/token", -1, "loss")),
        OTHERS: (keys.group, "group", Column(OTHERS, "other countries' people", JS, -1, "loss")),
    }
    whys: Mapping[str, str] = {f"{key}": f"not measured: {why}" for key, why in keys.without.items()}
    found = {
        name: (column, whys.get(key, NOT_NAMED.format(key)))
        for name, (given, key, column) in named.items()
        if not given
    }
    for side in ("survey", "behaviour"):
        if not getattr(recipe.values, side):
            column = Column(f"{VALUES}:{side}", f"{side}-framed items", JS, -1, "gain")
            found[column.name] = (column, f"not measured: the recipe names no tags in values.{side}")
    return found


def original_columns(recipe: AblationRecipe) -> list[Column]:
    """One column for each text of the original language."""
    title = "loss on {}"
    return [
        Column(f"original:{one.name}", title.format(one.name), "nats/token", -1, "loss", sample=True)
        for one in recipe.table.original
    ]


def _values(recipe: AblationRecipe, one: Instrument) -> Block:
    columns = [Column(VALUES, "held-out items, unseen wordings", JS, -1, "gain", sample=True)]
    columns += [
        Column(f"{VALUES}:{side}", f"{side}-framed items", JS, -1, "gain", sample=True)
        for side in ("survey", "behaviour")
        if getattr(recipe.values, side)
    ]
    if whole_indices(recipe, one):
        columns.append(Column(INDEX, "indices of held-out items", "index points", -1, "gain", sample=True))
    measure = {"populations": [recipe.values.population], "measures": ["js_similarity"]}
    return _block(recipe, VALUES, "values", tuple(columns), one, _framed(recipe), measure)


def whole_indices(recipe: AblationRecipe, one: Instrument) -> list[Any]:
    """Indices all of whose items decide."""
    held = set(recipe.values.items)
    return [index for index in one.indices if set(index.terms) <= held]


def _others(recipe: AblationRecipe, one: Instrument) -> Block:
    source = recipe.values.population.rpartition("/")[0]
    places = recipe.table.group
    ask = {**_framed(recipe), "personas": places, "perspectives": ["persona"]}
    measure = {"populations": [f"{source}/{place}" for place in places], "measures": ["js_similarity"]}
    column = Column(OTHERS, "other countries' people", JS, -1, "loss", sample=True)
    return _block(recipe, OTHERS, "others", (column,), one, ask, measure)


def _framed(recipe: AblationRecipe) -> dict[str, Any]:
    keys = recipe.values
    return {
        "instruments": [keys.instrument], "items": keys.items, "wordings": keys.wordings, "languages": keys.languages,
        "orders": keys.orders, "personas": ["none"], "perspectives": ["self"],
    }  # fmt: skip


def _plain(recipe: AblationRecipe, one: Instrument) -> dict[str, Any]:
    wanted = [recipe.table.language] if recipe.table.language else recipe.values.languages
    mine = [name for name in wanted if name in one.languages]
    return {"instruments": [one.name], "languages": mine or list(one.languages[:1]), "perspectives": ["self"]}


def _block(
    recipe: AblationRecipe, side: str, kind: str, columns: tuple[Column, ...], one: Instrument,
    ask: Mapping[str, Any], measure: Mapping[str, Any],
) -> Block:  # fmt: skip
    name = side if side in (VALUES, OTHERS) else f"{side}-{called(one.name).replace(':', '-')}"
    told = {"draws": 200, "halves": 0, **measure}
    study = {"name": f"{recipe.name}: {name}", "ask": ask, "measure": told, **recipe.own}
    return Block(name, kind, columns, one, study)
