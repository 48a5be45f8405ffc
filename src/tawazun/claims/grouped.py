"""Claims about groups of models: better, and no better."""

from collections.abc import Mapping

from pydantic import Field

from tawazun.claims.gathering import Gathered
from tawazun.claims.limits import general_limits
from tawazun.claims.matching import find_target, one_view
from tawazun.claims.models import GroupContrast, Groups, check_groups, group_contrast
from tawazun.claims.records import ClaimKeys, Found, Levels
from tawazun.claims.verdicts import Rule
from tawazun.claims.yardsticks import yardstick


class GroupKeys(ClaimKeys):
    """Groups of models.

    models, others   labels of the group that is claimed about, and of those it is compared with
    names            how the two groups are called in sentences
    blocks           developer family -> its labels; when given, every model needs one
    """

    models: list[str] = Field(min_length=1)
    others: list[str] = Field(min_length=1)
    names: tuple[str, str] = ("the models", "the others")
    blocks: Mapping[str, list[str]] = {}
    target: str
    measure: str = Field(min_length=1)


def judge_groups(gathered: Gathered, keys: GroupKeys, levels: Levels, rule: Rule) -> Found:
    """A claim about the difference of two groups' mean closeness."""
    blocks = {label: family for family, labels in keys.blocks.items() for label in labels}
    groups = Groups((keys.names[0], tuple(keys.models)), (keys.names[1], tuple(keys.others)), blocks)
    check_groups(gathered, groups)
    target = find_target(gathered, keys.target)
    view = one_view(gathered, target, groups.labels, keys.narrow)
    measure = yardstick(keys.measure)
    found = group_contrast(gathered, measure, target, view, groups, keys.smallest_effect, keys.words or "")
    evidence = found.evidence(levels)
    return Found(
        evidence=evidence,
        ruling=rule(evidence, levels.alpha),
        unit=found.measure.unit,
        short=found.measure.short,
        method=_method(found),
        origin=found.interest.origin,
        respondents=groups.labels,
        instrument=view.instrument,
        language=view.language,
        subject=f"Mean closeness to {target.name} of {keys.names[0]} ({len(keys.models)}) minus that of "
        f"{keys.names[1]} ({len(keys.others)}), on {found.items} items of {view.instrument} ({view.words})",
        facts={"models": dict(found.values), "items": found.items, "p of equivalence": found.p_equivalent},
        needs=found.need(levels),
        limits=(
            *found.notes,
            *general_limits(gathered, view, groups.labels),
            "Models are the unit: it says nothing about a single model, and these models are no random sample.",
            "The people's own error is the same for every model and is left out of the interval.",
            *(("Developer families were not named: models of one family count as independent.",) if not blocks else ()),
        ),
    )


def _method(found: GroupContrast) -> str:
    if found.test is None:
        return found.why
    over = "families" if found.groups.blocks else "models, Welch"
    return f"{found.test.method}; " + (f"interval: t over {over}" if found.error else found.why)
