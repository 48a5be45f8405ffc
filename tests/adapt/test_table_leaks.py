"""What another instrument of the table measures is shown to no arm and chooses no country."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tawazun.adapt.steering_arms import make_arm
from tawazun.adapt.steering_leaks import repeated, said_again
from tawazun.adapt.table_arms import Arm, Workshop, aside_items, setting_of
from tawazun.adapt.table_records import DEFAULT
from tawazun.adapt.table_studies import blocks
from tawazun.instruments import Instrument, Question
from tawazun.populations import load_populations
from tests.adapt.test_table_planted import planted_ground


def another(questions: Sequence[Question]) -> Instrument:
    """An instrument that asks for the same again."""
    return replace(planted_ground().instrument, name="again", questions=tuple(questions), indices=())


def workshop(measured: Sequence[Instrument]) -> Workshop:
    people = load_populations("atlas-1", data=None)
    named = [(one, [question.id for question in one.questions]) for one in measured]
    return Workshop(planted_ground(), Path("nowhere"), people, (), lambda what, row: None, named)


def shown(made: object) -> str:
    return str(getattr(made, "voices", made))


def test_an_item_that_another_instrument_measures_is_no_example() -> None:
    ground = planted_ground()
    aside = [ground.instrument.question(item) for item in aside_items(ground)]
    kept, asked = aside[:5], [one for one in aside[5:] if one]
    target = ground.targets[0]
    free = make_arm("examples", setting_of(workshop([]), target))
    measured = [replace(one, id=f"other-{one.id}") for one in asked]  # another name, the same words
    setting = setting_of(workshop([another(measured)]), target)
    few = replace(setting, shots=replace(setting.shots, count=3))
    made = make_arm("examples", few)
    leaked = [one.wordings[0].stem for one in asked]
    assert any(stem in shown(free) for stem in leaked)
    assert not any(stem in shown(made) for stem in leaked)
    assert any("near-duplicate of a measured item" in note for note in made.notes)
    assert sum(one.wordings[0].stem in shown(made) for one in kept if one) == 3


def test_an_item_that_another_instrument_measures_chooses_no_country() -> None:
    ground = planted_ground()
    asked = ground.instrument.question(aside_items(ground)[0])
    assert asked is not None
    target = ground.targets[0]
    free, bound = (
        setting_of(workshop(given), target).near
        for given in ([], [another([replace(asked, id="other")])])
    )  # fmt: skip
    assert asked.id not in free.left_out
    assert asked.id in bound.left_out
    assert bound.found[0].items == free.found[0].items - 1


def test_twins_in_another_frame_are_said_again_and_strangers_are_not() -> None:
    atlas = planted_ground().instrument
    twin = replace(
        atlas.questions[0],
        id="t",
        tags=(f"twin:atlas.{atlas.questions[0].id}",),
        wordings=tuple(replace(one, stem="Something else?") for one in atlas.questions[0].wordings),
    )
    assert said_again(atlas, [(another([twin]), ["t"])]) == [atlas.questions[0].id]
    stranger = replace(twin, tags=())
    assert said_again(atlas, [(another([stranger]), ["t"])]) == []
    assert said_again(atlas, [(atlas, [atlas.questions[0].id])]) == []


def test_an_item_of_the_fit_under_another_name_is_not_held_out() -> None:
    atlas = planted_ground().instrument
    fitted, free = atlas.questions[0], atlas.questions[30]
    fit = [(atlas, [fitted.id])]
    assert repeated(atlas, fit) == []  # no two of its items are one
    renamed, nearly = replace(fitted, id="r"), replace(fitted, id="n", wordings=tuple(
        replace(one, stem=f"So: {one.stem}") for one in fitted.wordings
    ))  # fmt: skip
    assert repeated(another([renamed, nearly, free]), fit) == ["r", "n"]
    inside = replace(fitted, id="i", wordings=tuple(
        replace(one, stem=f"{free.wordings[0].stem} {one.stem} {atlas.questions[31].wordings[0].stem}")
        for one in fitted.wordings
    ))  # fmt: skip
    assert repeated(another([inside]), fit) == []  # another item that holds its words


def test_columns_leave_out_what_the_fit_asked_under_another_name() -> None:
    ground = planted_ground()
    fitted = ground.questions[0]
    doubled = replace(ground.instrument, questions=(*ground.instrument.questions, replace(fitted, id="copy")))
    twice, target = replace(ground, instrument=doubled), ground.targets[0]
    keys = twice.recipe.table.model_copy(update={"instruments": ["again", "copies"], "knowledge": []})
    twice = replace(twice, recipe=twice.recipe.model_copy(update={"table": keys}))
    free = ground.instrument.question(ground.held_out[0])
    assert free is not None
    others = {
        "again": (another([replace(fitted, id="other"), replace(free, id="f")]), (target.name,)),
        "copies": (replace(another([replace(fitted, id="other")]), name="copies"), (target.name,)),
    }
    made = {
        one.name: one
        for one in blocks(twice, target, ground.constants(target), [Arm(DEFAULT, {None: None})], others, Path())
    }
    held, again = made["held_out"].study, made["instrument-again"].study
    assert held and "copy" not in held.ask.items
    assert "without copy" in made["held_out"].levels
    assert again and again.ask.items == ["f"]
    assert made["instrument:copies"].study is None
    assert "asks items of the fit again: other" in made["instrument:copies"].why
