"""The studies behind the honest table: every arm of a target is a respondent of each, so that columns are paired."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tawazun.adapt.ground import Ground
from tawazun.adapt.steering_leaks import repeated
from tawazun.adapt.table_arms import Arm, aside_items, asked_as, other_languages
from tawazun.adapt.table_places import panel_places, published_places
from tawazun.adapt.table_records import Column
from tawazun.adapt.targets import Constants, Target
from tawazun.instruments import Instrument
from tawazun.seeds import digest_of
from tawazun.study import Study, study_from

UNITS = {"index": "index points", "js_divergence": "bits", "w1": "scale lengths"}
JS = "JS distance"
SHARE = "share of points"
NOT_NAMED = "not measured: the recipe names none in table.{}"


@dataclass(frozen=True)
class Block:
    """One study of a target, and the columns that are read from it.

    kind    how it is read: `distance`, `items`, `map`, `group`, `exam`, `harmful`, `recall`
    study   None where nothing is asked, and why says the reason
    """

    name: str
    kind: str
    columns: tuple[Column, ...]
    study: Study | None
    levels: str = ""
    why: str = ""


def blocks(
    ground: Ground,
    target: Target,
    constants: Constants,
    arms: Sequence[Arm],
    others: Mapping[str, tuple[Instrument, tuple[str, ...]]],
    base: Path,
) -> list[Block]:
    """Every study of a target.

    others   name -> instrument of `[table]`, with the populations of the target's place that answered it
    base     where the recipe's relative paths start
    """
    plan = _Plan(ground, target, constants, tuple(arms), base)
    return [
        plan.distance("fit", "fit", {}, "the framings of the fit"),
        plan.orders(),
        plan.wordings(),
        plan.language(),
        plan.held_out(),
        *plan.instruments(others),
        *plan.exams("knowledge", others),
        *plan.exams("trust", others),
        *plan.harmful(others),
        plan.recall(others),
        plan.group(),
    ]


def respondents_of(ground: Ground, arms: Sequence[Arm], base: Path) -> list[dict[str, Any]]:
    """Every different adapter of the arms as a study's `[[respondent]]`; paths as seen from `base`."""
    keys, asked = ground.recipe.base.model_dump(), set(asked_as(arms).values())
    return [
        {**keys, "name": arm.label(seed), "adapter": "" if folder is None else os.path.relpath(folder, base)}
        for arm in arms
        for seed, folder in arm.adapters.items()
        if arm.label(seed) in asked
    ]


def called(instrument: str) -> str:
    """An instrument in names of columns, where a slash stands before a category: a user's file may lie in a folder."""
    return instrument.replace("/", "-")


def _filed(instrument: str) -> str:
    """An instrument in names of folders."""
    return called(instrument).replace(":", "-")


@dataclass(frozen=True)
class _Plan:
    ground: Ground
    target: Target
    constants: Constants
    arms: tuple[Arm, ...]
    base: Path

    # ---- studies

    def study(self, name: str, ask: Mapping[str, Any], measure: Mapping[str, Any], **more: list[Any]) -> Study:
        """A study of every arm; `more`: entries beside the recipe's own people, places and groups."""
        recipe = self.ground.recipe
        table: dict[str, Any] = {
            "name": f"{recipe.name}: {self.target.place}, {name}",
            "seed": recipe.seed,
            "respondent": respondents_of(self.ground, self.arms, self.base),
            "ask": ask,
            "measure": {"draws": 200, "halves": 0, **measure},
            **recipe.own_for(measure.get("populations", ())),
        }
        for key, entries in more.items():
            table[key] = [*table[key], *entries]
        return study_from(table, name)

    def framed(self, items: Sequence[str], **changes: Any) -> dict[str, Any]:
        """The framings of the fit with some levels changed."""
        recipe = self.ground.recipe
        return {**recipe.ask.model_dump(), **recipe.reading, "items": list(items), **changes}

    def people(self) -> list[str]:
        """The target as a study names it; nobody for scores by hand."""
        return [] if self.target.source is None else [self.target.name]

    def distance(self, name: str, title: str, changes: Mapping[str, Any], levels: str) -> Block:
        """The objective on items of the fit, in other framings."""
        ground = self.ground
        loss = ground.recipe.objective.loss
        measure: dict[str, Any] = {"populations": self.people(), "measures": ["index"]}
        if loss == "index":
            named = zip(ground.indices, self.constants.values, strict=True)
            fixed = {index.name: float(value) for index, value in named}
            measure |= {"constants": "fixed", "fixed_constants": fixed}
        else:
            measure["measures"] = ["js_divergence" if loss == "js_divergence" else "w1_similarity"]
        column = Column(name, title, UNITS[loss], -1, "gain")
        items = [one.id for one in ground.questions]
        return Block(name, "distance", (column,), self.study(name, self.framed(items, **changes), measure), levels)

    def absent(self, name: str, title: str, unit: str, better: int, side: str, why: str) -> Block:
        """A column that cannot be measured."""
        return Block(name, "", (Column(name, title, unit, better, side),), None, why=why)

    def orders(self) -> Block:
        ground = self.ground
        seen = ground.recipe.ask.orders
        new = [one for one in ground.recipe.table.orders or ("forward", "reversed") if one not in seen]
        if not new:
            return self._unseen("orders", "unseen orders", "the fit saw every order that table.orders names")
        return self.distance("orders", "unseen orders", {"orders": new}, f"orders {', '.join(new)}")

    def wordings(self) -> Block:
        ground = self.ground
        ask, language = ground.recipe.ask, ground.recipe.ask.languages[0]
        ids = list(ground.instrument.wording_ids(language))
        seen = _wordings(ask.wordings, ids)
        new = [one for one in ground.recipe.table.wordings or ids if one not in seen]
        if not new:
            return self._unseen("wordings", "unseen wordings", f"the fit saw every wording in {language}")
        changes = {"wordings": new, "languages": [language]}
        return self.distance("wordings", "unseen wordings", changes, f"wordings {', '.join(new)} ({language})")

    def language(self) -> Block:
        new = other_languages(self.ground)
        if not new:
            return self._unseen("language", "other language", "the instrument has no language that the fit did not see")
        return self.distance("language", "other language", {"languages": new}, f"languages {', '.join(new)}")

    def _unseen(self, name: str, title: str, why: str) -> Block:
        unit = UNITS[self.ground.recipe.objective.loss]
        return self.absent(name, title, unit, -1, "gain", f"not measured: {why}")

    def held_out(self) -> Block:
        ground = self.ground
        gone = {*aside_items(ground), *(again := self.again(ground.instrument))}
        items = [one for one in ground.held_out if one not in gone]
        if not items or not self.target.shares:
            why = (
                f"the fit has every item{_told(again)}" if not items else f"{self.target.name} has no shares of answers"
            )
            return self.absent("held_out", "held-out items", JS, -1, "gain", f"not measured: {why}")
        column = Column("held_out", "held-out items", JS, -1, "gain", sample=True)
        measure = {"populations": self.people(), "measures": ["js_similarity"]}
        study = self.study("held_out", self.framed(items), measure)
        return Block("held_out", "items", (column,), study, f"{len(items)} items that no search saw{_told(again)}")

    def again(self, one: Instrument) -> list[str]:
        """Items that ask an item of the fit once more: what a search saw is not held out under another name."""
        return repeated(one, [(self.ground.instrument, [item.id for item in self.ground.questions])])

    # ---- other instruments

    def instruments(self, others: Mapping[str, tuple[Instrument, tuple[str, ...]]]) -> list[Block]:
        names = self.ground.recipe.table.instruments
        if not names:
            why = NOT_NAMED.format("instruments")
            return [self.absent("instrument", "other instrument", JS, -1, "gain", why)]
        found = []
        for name in names:
            one, people = others[name]
            kind, unit, measure = (
                ("map", "map units", "map_distance") if one.projection else ("items", JS, "js_similarity")
            )
            column = Column(f"instrument:{called(name)}", name, unit, -1, "gain", sample=kind == "items")
            if not people:
                why = f"not measured: no source of table.populations has people of {self.target.place} for {name}"
                found.append(Block(column.name, "", (column,), None, why=why))
                continue
            again = self.again(one)
            items = [each.id for each in one.questions if each.id not in again]
            if again and (one.projection or not items):
                why = f"not measured: it asks items of the fit again: {', '.join(again)}"
                found.append(Block(column.name, "", (column,), None, why=why))
                continue
            ask = {**self._plain(one), **({"items": items} if again else {})}
            study = self.study(name, ask, {"populations": list(people), "measures": [measure]})
            levels = f"{', '.join(people)}{_told(again)}"
            found.append(Block(f"instrument-{_filed(name)}", kind, (column,), study, levels))
        return found

    def exams(self, side: str, others: Mapping[str, tuple[Instrument, tuple[str, ...]]]) -> list[Block]:
        names = getattr(self.ground.recipe.table, side)
        if not names:
            return [self.absent(side, f"{side} change", SHARE, 1, "loss", NOT_NAMED.format(side))]
        found = []
        for name in names:
            column = Column(f"{side}:{called(name)}", f"{side} change, {name}", SHARE, 1, "loss")
            study = self.study(name, self._plain(others[name][0]), {"measures": ["accuracy"]})
            found.append(Block(f"{side}-{_filed(name)}", "exam", (column,), study, name))
        return found

    def harmful(self, others: Mapping[str, tuple[Instrument, tuple[str, ...]]]) -> list[Block]:
        names = self.ground.recipe.table.harmful
        if not names:
            why = NOT_NAMED.format("harmful (an instrument of requests that are to be refused)")
            return [self.absent("refusal", "refusal of harmful requests", "share", 1, "loss", why)]
        found = []
        for name in names:
            column = Column(f"refusal:{called(name)}", f"refusal change, {name}", "share", 1, "loss")
            ask = {**self._plain(others[name][0]), "mode": "generate"}
            study = self.study(name, ask, {"measures": ["refusal_rate"]})
            found.append(Block(f"refusal-{_filed(name)}", "harmful", (column,), study, name))
        return found

    def recall(self, others: Mapping[str, tuple[Instrument, tuple[str, ...]]]) -> Block:
        name = self.ground.recipe.table.recall
        unit = "partial rank correlation"
        if not name:
            return self.absent("recall", "agreement beyond recall", unit, 1, "gain", NOT_NAMED.format("recall"))
        one, _ = others[name]
        places = published_places(self.ground, self.target, one)
        ask = self.framed([], instruments=[self.ground.instrument.name, name], personas=["none", *places])
        ask |= {"perspectives": ["self", "persona"], "mode": ["logprob", "sample"], "samples": 5}
        source = self.target.name.partition("/")[0]
        study = self.study("recall", ask, {"populations": [source], "measures": ["recall"]})
        column = Column("recall", "agreement beyond recall", unit, 1, "gain")
        return Block("recall", "recall", (column,), study, f"{len(places)} places with published figures")

    def group(self) -> Block:
        places = panel_places(self.ground, self.target)
        columns = (
            Column("drift", "drift of other personas", JS, -1, "loss", sample=True),
            Column("structure", "structure of the group", "Spearman correlation", 1, "loss"),
            Column("homogenisation", "homogenisation", "ratio", 0, "loss"),
        )
        if len(places) < 2 or not self.people() or not self.target.shares:
            why = "not measured: needs two other places or more, with shares of answers"
            return Block("group", "", columns, None, why=why)
        every = [self.target.place, *places]
        source = self.target.name.rpartition("/")[0]
        own = {"id": f"group:table-{digest_of(every)[:8]}@1", "title": "the table's places", "members": every}
        ask = self.framed([one.id for one in self.ground.questions], personas=["none", *every])
        ask["perspectives"] = ["self", "persona"]
        measure = {
            "populations": [f"{source}/{one}" for one in every],
            "groups": [own["id"]],
            "measures": ["js_similarity", "structure", "homogenisation"],
        }
        study = self.study("group", ask, measure, group=[own])
        return Block("group", "group", columns, study, f"{len(places)} other places: {', '.join(places)}")

    def _plain(self, one: Instrument) -> dict[str, Any]:
        """Another instrument asked of nobody played, in the languages of the fit where it has them."""
        mine = [name for name in self.ground.recipe.ask.languages if name in one.languages]
        return {"instruments": [one.name], "languages": mine or list(one.languages[:1]), "perspectives": ["self"]}


def _told(again: Sequence[str]) -> str:
    """The items that are left out because the fit asked them."""
    return f"; without {', '.join(again)}, which the fit asks in nearly the same words" if again else ""


def _wordings(asked: int | str | list[str], ids: Sequence[str]) -> list[str]:
    if isinstance(asked, int):
        return list(ids[:asked])
    if asked == "all":
        return list(ids)
    return [asked] if isinstance(asked, str) else list(asked)
