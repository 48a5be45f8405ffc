"""On a model whose culture is known: a country it never heard of is reached by what it knows of others."""

from pathlib import Path

import numpy as np
import pytest

from tawazun.adapt.ground import Ground, prepare
from tawazun.adapt.layout import Layout, Place
from tawazun.adapt.recipe import recipe_from
from tawazun.adapt.soft_prompt import fit
from tawazun.engine import read_soft_prompt
from tawazun.instruments import instrument
from tawazun.interview import make_plan
from tawazun.stats.distances import js_divergence
from tests.adapt.conftest import table

pytestmark = pytest.mark.slow
SEARCH = {"evaluations": 320, "population": 32, "components": 16}


def ground(place: str) -> Ground:
    target = {"populations": [f"atlas_exact-1/{place}"], "dimensions": []}
    made = table(base={"model": "planted"}, target=target, search=SEARCH)
    return prepare(recipe_from(made, "recipe.toml"), instrument("atlas"), folder=Path(), data=None)


def asked(own: Ground, items: tuple[str, ...], persona: str = "") -> np.ndarray:
    """Shares (Q, 5) of the untuned model."""
    study = own.recipe.study(personas=(persona,) if persona else (), items=items)
    asks = list(make_plan(study, [own.instrument]))
    p = np.zeros((len(asks), 5))
    for row, outcome in zip(p, own.respondent.answer(asks, 1, 0), strict=True):
        assert outcome.p is not None
        row[: len(outcome.p)] = np.array(outcome.p) / sum(outcome.p)
    return p


def divergence(own: Ground, p: np.ndarray) -> float:
    """Mean over the held-out items, against the exact people."""
    human = own.targets[0].shares
    rows = zip(own.held_out, p, strict=True)
    return float(np.mean([js_divergence(row[: len(human[item])], human[item]) for item, row in rows]))


@pytest.mark.parametrize("place", ["x-marsouk", "x-badiyan"])
def test_evolution_on_the_anchor_basis_halves_the_distance_and_carries_over(place: str, tmp_path: Path) -> None:
    """Half the default's index distance within 320 evaluations; nearer than the own persona on items never scored."""
    own = ground(place)
    target = own.targets[0]
    (found,) = fit(own, own.targets, seed=0, folders=[tmp_path / "adapter"], checkpoints=tmp_path / "saved")
    objective = own.objective(target, own.constants(target))
    default = objective.losses(asked(own, tuple(one.id for one in own.questions))[None])[0]
    assert found.value <= 0.5 * default
    vectors = read_soft_prompt(found.folder).vectors.numpy()[None]
    unseen = [one for one in own.instrument.questions if one.id in own.held_out]
    asks = list(make_plan(own.recipe.study(items=own.held_out), [own.instrument]))
    with Layout(own.respondent.reader, asks, unseen, Place("persona", 1, 1)) as layout:
        tuned = divergence(own, layout.shares(vectors)[0][0])
    persona = divergence(own, asked(own, own.held_out, place))
    plain = divergence(own, asked(own, own.held_out))
    print(
        f"{place}: {default:.1f} -> {found.value:.1f}; held out: {plain:.3f}, persona {persona:.3f}, tuned {tuned:.3f}"
    )
    assert tuned < persona and tuned < plain
