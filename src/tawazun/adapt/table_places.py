"""Places that the honest table asks beside the target."""

from tawazun.adapt.ground import Ground
from tawazun.adapt.targets import Target
from tawazun.instruments import Instrument
from tawazun.measures.recalling import tag

MOST_PLACES = 6


def panel_places(ground: Ground, target: Target) -> tuple[str, ...]:
    """Places whose personas must not drift: the recipe's, else some of the target's source, evenly through its list."""
    own = {one.place for one in ground.targets}
    if named := ground.recipe.table.group:
        return tuple(one for one in named if one != target.place)
    others = [one.place for one in ground.everybody if one.place not in own]
    step = max(1, len(others) // MOST_PLACES)
    return tuple(others[::step][:MOST_PLACES])


def published_places(ground: Ground, target: Target, recall: Instrument) -> tuple[str, ...]:
    """The target, and the places of its source with every score whose published figures an instrument asks for."""
    asked = {tag(one, "place") for one in recall.questions}
    names = [one.name for one in ground.indices or ground.instrument.indices]
    known = [one.place for one in ground.everybody if one.place in asked and all(n in one.scores for n in names)]
    return tuple(dict.fromkeys([target.place, *known]))
