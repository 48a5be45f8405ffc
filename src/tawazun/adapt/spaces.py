"""Where a soft prompt is searched: maps from points z (n, k) to vectors (n, tokens, width), and the first points.

Every map is linear around an origin, so each has an inverse on what it can reach. The standard deviation meant is
always that of the embedding table, coordinate by coordinate.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

import numpy as np

from tawazun.adapt.search.records import Space
from tawazun.errors import BadStudy, UnknownName
from tawazun.seeds import stream

Kind = Literal["full", "text", "projection", "anchors", "persona"]

# numbers of one population of soft prompts, or of one basis, above which a search is refused (2 GiB)
LARGEST = 2**28
# bounds of a coordinate, in standard deviations of the embedding table
REACH = 3.0


@dataclass(frozen=True, eq=False)
class TableFacts:
    """Mean and standard deviation of each coordinate of an embedding table, both (width,)."""

    mean: np.ndarray
    sd: np.ndarray


def table_facts(table: np.ndarray, rows: int = 4096) -> TableFacts:
    """Mean and standard deviation over the rows of an embedding table, a block of rows at a time.

    Shapes   table: (vocabulary, width), any floating type.
    Errors   BadStudy for a table with a NaN, or coordinates in which all rows are the same.
    """
    if table.ndim != 2 or len(table) < 2:
        raise BadStudy(f"an embedding table must be (vocabulary, width) with two rows or more, got {table.shape}")
    return facts_of_rows(lambda at: table[at : at + rows], len(table), rows)


def facts_of_rows(block: Callable[[int], np.ndarray], count: int, rows: int = 4096) -> TableFacts:
    """`table_facts` of a table of `count` rows that is read in pieces: `block(at)` gives `rows` rows from `at` on."""
    starts = range(0, count, rows)
    mean = sum(block(at).astype(np.float64).sum(axis=0) for at in starts) / count
    squares = sum(((block(at).astype(np.float64) - mean) ** 2).sum(axis=0) for at in starts)
    sd = np.sqrt(squares / count)
    if not np.isfinite(sd).all():
        raise BadStudy("the embedding table holds NaN or infinite numbers")
    if not (sd > 0).all():
        raise BadStudy(f"the embedding table does not vary in {int((sd == 0).sum())} of {sd.size} coordinates")
    return TableFacts(np.asarray(mean), sd)


@dataclass(frozen=True, eq=False)
class PromptSpace:
    """A search space of soft prompts: vectors = origin + what z adds.

    origin   (tokens, width)
    space    bounds, starting point and initial spread of z
    scale    (tokens * width,) what one unit of each z adds, where z has a coordinate for each number; else None
    basis    (components, block) rows that z weighs, where it has fewer; a block is one token, or the whole prompt
    unit     what one unit of z means, in words for the page
    """

    kind: Kind
    origin: np.ndarray
    space: Space
    scale: np.ndarray | None
    basis: np.ndarray | None
    unit: str

    @property
    def tokens(self) -> int:
        """Virtual tokens of a prompt."""
        return len(self.origin)

    @property
    def width(self) -> int:
        """Numbers per token: the model's hidden size."""
        return self.origin.shape[1]

    def check_memory(self, candidates: int) -> None:
        """Refuse a population that would not fit. Errors: BadStudy naming tokens, width and size."""
        check_size(candidates, self.tokens, self.width)

    def vectors(self, z: np.ndarray) -> np.ndarray:
        """Soft prompts (n, tokens, width) of points z (n, k). Errors: BadStudy beyond memory, ValueError for k."""
        if z.ndim != 2 or z.shape[1] != self.space.dimensions:
            raise ValueError(f"need points of {self.space.dimensions} coordinates, got shape {z.shape}")
        self.check_memory(len(z))
        return np.asarray(self.origin + self._added(z).reshape(len(z), *self.origin.shape))

    def points(self, vectors: np.ndarray) -> np.ndarray:
        """The points z (n, k) whose prompts lie closest to vectors (n, tokens, width): the inverse on the reachable."""
        if vectors.shape[1:] != self.origin.shape:
            raise ValueError(f"need prompts of shape {self.origin.shape}, got {vectors.shape[1:]}")
        added = (vectors - self.origin).reshape(len(vectors), self.origin.size)
        if self.basis is None:
            return np.asarray(added / self.scale)
        blocks = added.reshape(-1, self.basis.shape[1])
        solved = np.linalg.lstsq(self.basis.T, blocks.T, rcond=None)[0].T
        return np.asarray(solved.reshape(len(vectors), self.space.dimensions))

    def _added(self, z: np.ndarray) -> np.ndarray:
        if self.basis is None:
            return np.asarray(z * self.scale)
        return z.reshape(-1, len(self.basis)) @ self.basis


def fitted(vectors: np.ndarray, tokens: int) -> np.ndarray:
    """A text's vectors (m, width) repeated and cut to a number of tokens (tokens, width), as PEFT's TEXT start does."""
    if tokens >= 1 and vectors.ndim == 2:
        check_size(1, tokens, vectors.shape[1])
    if tokens < 1 or vectors.ndim != 2 or not len(vectors):
        raise BadStudy(f"a start text needs one token or more for {tokens} virtual tokens, got shape {vectors.shape}")
    return np.asarray(vectors[np.arange(tokens) % len(vectors)], dtype=np.float64)


def full_space(facts: TableFacts, start: np.ndarray) -> PromptSpace:
    """Every number of the prompt itself: z = vectors.

    Bounds are mean ± 3 standard deviations of the table, widened where the starting vectors (tokens, width) lie outside
    (rare tokens do); the initial spread is half a standard deviation.
    """
    origin = _checked(facts, start)
    count = len(origin)
    mean, sd = np.tile(facts.mean, count), np.tile(facts.sd, count)
    at = origin.ravel()
    space = Space(np.minimum(mean - REACH * sd, at), np.maximum(mean + REACH * sd, at), at, 0.5 * sd)
    return PromptSpace("full", np.zeros_like(origin), space, np.ones(at.size), None, "the vectors themselves")


def text_space(facts: TableFacts, start: np.ndarray, kind: Kind = "text") -> PromptSpace:
    """Offsets from a text's vectors (tokens, width): vectors = start + z * sd, z within ± 3, starting at 0 ± 0.5."""
    origin = _checked(facts, start)
    space = _around_zero(origin.size, REACH, 0.5)
    return PromptSpace(kind, origin, space, np.tile(facts.sd, len(origin)), None, "standard deviations of the table")


@dataclass(frozen=True)
class Projection:
    """A random subspace: its dimension, its seed, and the spread of a prompt's numbers when z is standard normal.

    scale    in standard deviations of the embedding table
    """

    components: int
    scale: float
    seed: int

    def __post_init__(self) -> None:
        if self.components < 1 or not 0 < self.scale < np.inf:
            raise BadStudy(
                f"a random projection needs components >= 1 and a scale above 0, got {self.components} and {self.scale}"
            )


def projection_space(
    facts: TableFacts, start: np.ndarray, projection: Projection, kind: Kind = "projection"
) -> PromptSpace:
    """A random subspace through a start: vectors = start + z A, A normal with sd = table's sd * scale / sqrt(k).

    z within ± 3, starting at 0 ± 1: the first prompts then differ from the start by `scale` standard deviations.
    Source   Sun et al. (2022), Black-Box Tuning, ICML, with the scale taken per coordinate.
    """
    origin = _checked(facts, start)
    components = projection.components
    if components > origin.size:
        raise BadStudy(f"a projection of {components} components is larger than the prompt's {origin.size} numbers")
    check_size(components, *origin.shape)
    rows = stream("projection", projection.seed).standard_normal((components, origin.size))
    rows *= np.tile(facts.sd, len(origin)) * projection.scale / np.sqrt(components)
    unit = f"random directions, {projection.scale:g} standard deviations of the table over all {components}"
    return PromptSpace(kind, origin, _around_zero(components, REACH, 1.0), None, rows, unit)


def persona_space(facts: TableFacts, persona: np.ndarray, projection: Projection | None = None) -> PromptSpace:
    """Around the vectors of a persona's own text (tokens, width), token for token; in a random subspace where given."""
    if projection is None:
        return text_space(facts, persona, "persona")
    return projection_space(facts, persona, projection, "persona")


def anchor_space(
    anchors: Mapping[str, np.ndarray], *, components: int, tokens: int = 1, excluded: Sequence[str] = ()
) -> PromptSpace:
    """The directions in which known names differ: principal components of their vectors, around their mean.

    anchors    name -> vector (width,), such as the mean input embedding of a country's name
    components directions kept per token; z has tokens * components coordinates
    excluded   names that must not be among the anchors: the target of the search

    One unit of z is 1.5 standard deviations (n - 1) of the anchors along a component; z within ± 2, starting at 0 with
    a spread of 2/3, which is that of the anchors.

    Errors   BadStudy for an excluded name, fewer anchors than components + 1, vectors of several widths, anchors that
             do not differ in that many directions.
    """
    known = {_folded(name): name for name in anchors}
    among = [known[_folded(name)] for name in excluded if _folded(name) in known]
    if among:
        raise BadStudy(f"the target {among[0]!r} is among the anchors: a search must not start from its answer")
    table = _stacked(anchors)
    if not 1 <= components < len(table):
        raise BadStudy(
            f"{len(table)} anchors differ in {len(table) - 1} directions at most, {components} were asked for: "
            "name more anchors or take fewer components"
        )
    if tokens < 1:
        raise BadStudy(f"a soft prompt needs at least 1 token, got {tokens}")
    check_size(1, tokens, table.shape[1])
    mean, directions, sd = principal_components(table, components)
    if not (sd > 1e-12 * max(sd[0], np.abs(table).max())).all():
        raise BadStudy(f"the anchors do not differ in {components} directions; some of their vectors repeat")
    space = _around_zero(tokens * components, 2.0, 2 / 3)
    basis = 1.5 * sd[:, None] * directions
    return PromptSpace("anchors", np.tile(mean, (tokens, 1)), space, None, basis, "1.5 anchor standard deviations")


def principal_components(table: np.ndarray, components: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean (width,), the first directions (components, width) and the standard deviations (components,) along them.

    Shapes   table: (rows, width). Directions have length 1 and their largest number is positive.
    Returns  standard deviations with n - 1, as scikit-learn's PCA has them.
    Source   Jolliffe (2002), Principal Component Analysis, chapter 2.
    """
    mean = table.mean(axis=0)
    _, lengths, directions = np.linalg.svd(table - mean, full_matrices=False)
    kept = directions[:components]
    largest = np.take_along_axis(kept, np.abs(kept).argmax(axis=1)[:, None], axis=1)
    return mean, kept * np.where(largest < 0, -1.0, 1.0), lengths[:components] / np.sqrt(len(table) - 1)


def pick_anchors(known: Mapping[str, np.ndarray], wanted: Sequence[str]) -> dict[str, np.ndarray]:
    """The vectors of the wanted names. Errors: UnknownName naming those that are not there and the closest."""
    missing = [name for name in wanted if name not in known]
    if missing:
        close = get_close_matches(missing[0], list(known), n=1)
        hint = f"; the closest to {missing[0]!r} is {close[0]!r}" if close else ""
        raise UnknownName(f"no vectors for {len(missing)} of {len(wanted)} anchors: {', '.join(missing[:10])}{hint}")
    return {name: known[name] for name in wanted}


def _around_zero(dimensions: int, reach: float, spread: float) -> Space:
    full = np.ones(dimensions)
    return Space(-reach * full, reach * full, 0 * full, spread * full)


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def _stacked(anchors: Mapping[str, np.ndarray]) -> np.ndarray:
    """The anchors' vectors as one (anchors, width) table."""
    widths = {np.shape(vector) for vector in anchors.values()}
    if len(widths) != 1 or len(next(iter(widths))) != 1:
        listed = ", ".join(str(shape) for shape in sorted(widths)) or "none"
        raise BadStudy(f"anchors need vectors (width,) of one width, got shapes: {listed}")
    table = np.array(list(anchors.values()), dtype=np.float64)
    broken = [name for name, vector in zip(anchors, table, strict=True) if not np.isfinite(vector).all()]
    if broken:
        raise BadStudy(f"the vector of anchor {broken[0]!r} holds NaN or infinite numbers")
    return table


def _checked(facts: TableFacts, start: np.ndarray) -> np.ndarray:
    """A start (tokens, width) that fits the table, as float64."""
    if start.ndim != 2 or not len(start) or start.shape[1] != facts.mean.size:
        raise BadStudy(f"the start has shape {start.shape}, the model's vectors have a width of {facts.mean.size}")
    check_size(1, *start.shape)
    if not np.isfinite(start).all():
        raise BadStudy("the start holds NaN or infinite numbers")
    return start.astype(np.float64)


def check_size(rows: int, tokens: int, width: int) -> None:
    """Refuse numbers that would not fit. Errors: BadStudy naming tokens, width and size."""
    if rows * tokens * width > LARGEST:
        raise BadStudy(
            f"{rows:,} x {tokens:,} virtual tokens of width {width:,} take {rows * tokens * width * 8 / 2**30:.1f} GiB "
            f"(at most {LARGEST * 8 / 2**30:.0f}): use fewer virtual tokens or a smaller population"
        )
