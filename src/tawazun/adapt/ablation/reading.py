"""From the runs of one model to its readings, column by column."""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from tawazun.adapt.ablation.columns import INDEX, VALUES, Block, whole_indices
from tawazun.adapt.ablation.keys import AblationRecipe
from tawazun.adapt.table import over
from tawazun.adapt.table_exams import exam_change
from tawazun.adapt.table_records import FEWEST_ITEMS, Reading
from tawazun.adapt.table_refusals import changed
from tawazun.claims import gather, read_part
from tawazun.claims.asked import Asked
from tawazun.claims.comparison import compare
from tawazun.errors import TawazunError
from tawazun.instruments import Instrument
from tawazun.populations import Population
from tawazun.runs import Run

ITSELF = Reading(0.0, 0.0, 0.0, method="the base itself")


def read_block(
    recipe: AblationRecipe, block: Block, run: Run, base: Run, labels: tuple[str, str], people: Population
) -> dict[str, Reading]:
    """Column -> reading of one model. `labels`: of the model and of the base; `people`: those of the values."""
    name = block.columns[0].name
    if block.kind == "values":
        return _values(recipe, block, run, people)
    if block.kind == "items":
        return {name: of_items(_similar(run.scores), "mean 1 - js_similarity over items")}
    if block.kind == "others":
        return {name: of_items(_by_place(run.scores), "mean 1 - js_similarity of personas to their own people")}
    if labels[0] == labels[1]:
        return {name: ITSELF}
    if block.kind == "exam":
        return {name: _exam(block.instrument, run, base, labels)}
    return {name: changed(_refused(run), _refused(base))}


def of_items(items: Mapping[str, float], method: str) -> Reading:
    """The mean of some items' numbers with Student's interval over them."""
    if not items:
        return Reading(why="no readable answer", interpretable=False)
    found = over(list(items.values()), "items", FEWEST_ITEMS)
    told = "; ".join(part for part in (method, found.method) if part)
    return Reading(found.value, found.low, found.high, found.n, told, found.why, items=dict(items))


def _values(recipe: AblationRecipe, block: Block, run: Run, people: Population) -> dict[str, Reading]:
    items = _similar(run.scores)
    method = "mean 1 - js_similarity over held-out items"
    found = {VALUES: of_items(items, method)}
    tags = {one.id: set(one.tags) for one in block.instrument.questions}
    for side in ("survey", "behaviour"):
        if wanted := set(getattr(recipe.values, side)):
            own = {name: gap for name, gap in items.items() if tags[name] & wanted}
            found[f"{VALUES}:{side}"] = of_items(own, f"{method} with tag {', '.join(sorted(wanted))}")
    if whole_indices(recipe, block.instrument):
        found[INDEX] = _indices(recipe, block.instrument, run, people)
    return found


def _similar(scores: pl.DataFrame) -> dict[str, float]:
    """Item -> JS distance to the people, the mean over languages."""
    rows = scores.filter(
        (pl.col("measure") == "js_similarity") & (pl.col("facet") == "") & (pl.col("item") != "")
        & pl.col("value").is_not_null() & ~pl.col("respondent").str.contains(r"^(floor|ceiling):")
    )  # fmt: skip
    means = rows.group_by("item", maintain_order=True).agg(pl.col("value").mean())
    return {str(item): 1 - float(value) for item, value in means.iter_rows()}


def _by_place(scores: pl.DataFrame) -> dict[str, float]:
    """Place -> JS distance of its persona to its own people."""
    rows = scores.filter(
        (pl.col("measure") == "js_similarity") & (pl.col("facet") == "") & (pl.col("item") == "")
        & (pl.col("population").str.split("/").list.last() == pl.col("persona")) & pl.col("value").is_not_null()
    )  # fmt: skip
    means = rows.group_by("persona", maintain_order=True).agg(pl.col("value").mean())
    return {str(place): 1 - float(value) for place, value in means.iter_rows()}


def _indices(recipe: AblationRecipe, one: Instrument, run: Run, people: Population) -> Reading:
    """Mean |index of the model - index of the people|, framings averaged first; an index's constant drops out."""
    human = {answer.item: np.array(answer.p) for answer in people.answers if answer.p is not None}
    codes = {question.id: np.array(question.codes) for question in one.questions}
    gaps: dict[str, float] = {}
    for (item,), rows in run.answers.group_by("question"):
        shares = [np.array(p, dtype=float) for p in rows["p"].to_list() if p is not None]
        known = [p / p.sum() for p in shares if np.isfinite(p).all() and p.sum() > 0]
        if known and str(item) in human:
            gaps[str(item)] = float((np.mean(known, axis=0) - human[str(item)]) @ codes[str(item)])
    whole = [index for index in whole_indices(recipe, one) if set(index.terms) <= gaps.keys()]
    found = {index.name: abs(sum(w * gaps[item] for item, w in index.terms.items())) for index in whole}
    return of_items(found, "mean |index - people's index|")


def _exam(one: Instrument, run: Run, base: Run, labels: tuple[str, str]) -> Reading:
    gathered = gather([read_part(run), read_part(base)], instruments=[one])
    try:
        rows = compare(gathered, Asked("accuracy", respondents=labels)).differences
    except TawazunError as error:
        return Reading(why=f"not measured: {error}", interpretable=False)
    return exam_change(rows, labels[0])


def _refused(run: Run) -> dict[str, float]:
    """Request -> share of its replies that refuse."""
    seen = run.answers.filter(pl.col("refused").is_not_null() & pl.col("error").is_null())
    means = seen.group_by("question", maintain_order=True).agg(pl.col("refused").mean())
    return {str(item): float(share) for item, share in means.iter_rows()}


def per_text(losses: Sequence[float | None]) -> Reading:
    """Mean loss over texts, in nats a token, with Student's interval over them."""
    return of_items({str(n): one for n, one in enumerate(losses) if one is not None}, "mean over texts")
