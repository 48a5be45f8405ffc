"""The table of an ablation, what is claimed of its arms, and why a claim is refused."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from tawazun.adapt.ablation.columns import VALUES
from tawazun.adapt.ablation.keys import BASE, AblationRecipe, ArmKeys
from tawazun.adapt.table import change_row, difference_row, value_row, within
from tawazun.adapt.table_deploy import guarded, mark_of
from tawazun.adapt.table_records import Column, Reading, Readings, Row

SUPPORTED, REFUSED = "supported", "refused"


@dataclass(frozen=True)
class Claim:
    """What is said of one arm: that it comes closer to the people on what it was not taught, more than a placebo does.

    verdict   `supported`, or `refused` with the reasons in why
    deploy    what knowledge, trust and refusals say, with its reasons
    """

    arm: str
    verdict: str
    why: tuple[str, ...]
    deploy: str
    deploy_why: tuple[str, ...]

    def record(self) -> dict[str, object]:
        """For a JSON file."""
        return asdict(self)


def table_rows(
    recipe: AblationRecipe,
    columns: Sequence[Column],
    found: Mapping[str, Mapping[str, Readings]],
    blanks: Mapping[str, str],
) -> list[Row]:
    """Values of every arm, and its differences from the base, from every control, and from the arm it goes on from.

    found    column -> arm -> repetition -> reading, None for what is not trained
    blanks   column -> why it was not measured
    """
    rows: list[Row] = []
    place = recipe.values.population
    arms = [BASE, *(one.name for one in recipe.arm)]
    controls = [BASE, *(one.name for one in recipe.arm if one.control)]
    before = {one.name: [name] for one in recipe.arm if (name := recipe.before(one))}
    for column in columns:
        own = found.get(column.name, {})
        for arm in arms:
            if arm not in own:
                why = blanks.get(column.name, "not measured")
                rows.append(Row(arm, column.name, place, unit=column.unit, interpretable=False, why=why))
                continue
            rows.append(_value(recipe, arm, column, place, own[arm]))
            if guarded(column.name):  # is a change from the base already
                rows += [replace(rows[-1], versus=BASE)] if arm != BASE else []
                continue
            for control in [*controls, *before.get(arm, [])]:
                if control != arm and arm != BASE and control in own:
                    gap = difference_row((arm, control), column, place, own[arm], own[control])
                    rows += [gap] if gap else []
    return rows


def _value(recipe: AblationRecipe, arm: str, column: Column, place: str, own: Readings) -> Row:
    if guarded(column.name):
        row = change_row(arm, column, place, own, recipe.table.margin)
        return row if arm != BASE else replace(row, outcome="")
    row = value_row(arm, column, place, own)
    return within(row, 0.0) if column.better < 0 else row


def claims(
    recipe: AblationRecipe, rows: Sequence[Row], found: Mapping[str, Mapping[str, Readings]], fixed: Sequence[str]
) -> list[Claim]:
    """A verdict on every arm that is no control. `fixed`: corpora that no repetition drew anew."""
    return [_claim(recipe, arm, rows, gate(recipe, found, fixed)) for arm in recipe.treatments]


def gate(recipe: AblationRecipe, found: Mapping[str, Mapping[str, Readings]], fixed: Sequence[str]) -> list[str]:
    """Why nothing can be claimed of any arm, whatever the numbers are."""
    keys, whys = recipe.gate, []
    if len(recipe.seeds) < keys.seeds:
        whys.append(f"{keys.seeds} seeds are needed, there are {len(recipe.seeds)}")
    if recipe.resamples < keys.draws:
        whys.append(f"{keys.draws} draws of the corpora for each seed are needed, there are {recipe.resamples}")
    if fixed:
        told = ", ".join(fixed[:3])
        whys.append(f"not drawn anew, so that nothing is known of other corpora of the kind: {told}")
    readings = found.get(VALUES, {}).get(BASE, {})
    items = max((len(one.items) for one in readings.values()), default=0)
    if items < keys.items:
        whys.append(f"{keys.items} held-out items are needed, {items} could be read")
    return whys


def _claim(recipe: AblationRecipe, arm: ArmKeys, rows: Sequence[Row], gated: Sequence[str]) -> Claim:
    whys = list(gated)
    for control in (BASE, *recipe.controls_of(arm)):
        row = _difference(rows, arm.name, control)
        if row is None or row.value is None:
            whys.append(f"its difference from {control} was not measured")
        elif row.outcome != "win" and not (gated and row.low is None):
            whys.append(_no_better(row, control, recipe))
    mark = mark_of(_changes(rows, arm.name), recipe.table.margin)
    told = tuple(str(one) for one in mark["why"])
    return Claim(arm.name, REFUSED if whys else SUPPORTED, tuple(whys), str(mark["verdict"]), told)


def _no_better(row: Row, control: str, recipe: AblationRecipe) -> str:
    kind = next((f" ({one.control})" for one in recipe.arm if one.name == control and one.control != control), "")
    if row.low is None or row.high is None:
        return f"against {control}{kind}: {row.value:+.3f}, {row.why or 'no interval'}"
    words = "does as well or cannot be told from it" if row.outcome == "tie" else "does better"
    return f"{control}{kind} {words}: {row.value:+.3f} ({row.low:+.3f} to {row.high:+.3f})"


def _difference(rows: Sequence[Row], arm: str, control: str) -> Row | None:
    same = (one for one in rows if (one.arm, one.column, one.versus) == (arm, VALUES, control))
    return next(same, None)


def _changes(rows: Sequence[Row], arm: str) -> dict[str, Reading]:
    return {
        one.column: Reading(one.value, one.low, one.high, one.n, one.method, one.why)
        for one in rows
        if one.arm == arm and not one.versus and guarded(one.column)
    }
