"""From rows of one item to its distribution: options found, amounts turned into shares, sample sizes reconciled."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import permutations

from tawazun.data.tables import ROW, code_text, number
from tawazun.errors import BadAnswers
from tawazun.instruments import Question
from tawazun.populations.records import HumanAnswer

ROUNDING = 0.005
"""How far printed shares may miss 1 before they are refused."""


@cache
def option_index(question: Question) -> dict[str, int]:
    """Cell of `p` by how a file may spell an option.

    `one`    its code where codes differ, else its 1-based number; or its text in any wording
    `some`   its 1-based number, or its text
    `pair`   `first,second` as 1-based numbers
    """
    if question.kind == "pair":
        pairs = permutations(range(1, question.options + 1), 2)
        return {f"{first},{second}": i for i, (first, second) in enumerate(pairs)}
    by_code = question.kind == "one" and len(set(question.codes)) == len(question.codes)
    found: dict[str, int] = {}
    for wording in question.wordings:
        for i, text in enumerate(wording.options):
            found.setdefault(text.strip().casefold(), i)
    found |= {code_text(question.codes[i] if by_code else i + 1): i for i in range(question.cells)}
    return found


def option_of(question: Question, name: str | None, where: str) -> int:
    """The cell that an option's spelling means. Errors: BadAnswers listing what was allowed."""
    known = option_index(question)
    text = code_text(name).casefold() if name is not None else ""
    if question.kind == "pair":
        text = ",".join(part.strip() for part in text.replace("-", ",").split(","))
    if text not in known:
        allowed = list(known)[-question.cells :]
        listed = ", ".join(allowed[:12]) + (" …" if len(allowed) > 12 else "")
        raise BadAnswers(f"{where}: {question.id} has no option {name!r}; it has {listed}")
    return known[text]


def moments(question: Question, p: tuple[float, ...]) -> tuple[float | None, float | None]:
    """Mean and spread over people of the codes; None where codes have no order (`one`) or people name several."""
    mean, sd = shares_mean_sd(p, question.codes)
    if question.kind == "some":
        return mean, None
    if question.kind == "one" and not question.ordinal and question.cells > 2:
        return None, None
    return mean, sd


def shares_mean_sd(p: Sequence[float], codes: Sequence[float]) -> tuple[float, float]:
    """Mean and standard deviation of codes under shares.

    Shapes   p, codes: (K,)
    Returns  (mean, sd) with mean = Σ p·c and sd² = Σ p·(c − mean)²
    Unit     scale points
    """
    mean = math.fsum(share * code for share, code in zip(p, codes, strict=True))
    return mean, math.sqrt(math.fsum(share * (code - mean) ** 2 for share, code in zip(p, codes, strict=True)))


def item_answer(
    item: str, p: tuple[float, ...] | None, value: float | None, row: Mapping[str, str | None], where: str
) -> HumanAnswer:
    """A HumanAnswer with the sizes of a row (sd, n, n_eff, deff), each checked and completed from the others."""
    sizes = {key: number(row[key], key, where) for key in ("sd", "n", "n_eff", "deff") if row.get(key) is not None}
    for key in ("n", "n_eff", "deff"):
        if key in sizes and sizes[key] <= 0:
            raise BadAnswers(f"{where}: {key} is above 0, not {sizes[key]:g}")
    if sizes.get("sd", 0) < 0:
        raise BadAnswers(f"{where}: sd is not negative, not {sizes['sd']:g}")
    n, n_eff, deff = sizes.get("n"), sizes.get("n_eff"), sizes.get("deff")
    if n and n_eff and deff and not math.isclose(n_eff, n / deff, rel_tol=0.02):
        raise BadAnswers(f"{where}: n_eff is n / deff = {n / deff:g}, not {n_eff:g}; leave one of the three out")
    if n and deff and not n_eff:
        n_eff = n / deff
    elif n and n_eff and not deff:
        deff = n / n_eff
    elif n_eff and deff and not n:
        n = n_eff * deff
    return HumanAnswer(item, p, value, sizes.get("sd"), n, n_eff, deff)


@dataclass
class Cells:
    """The rows of one item of one place, put together.

    amount   what the rows give: `share`, `percent` or `count`
    """

    question: Question
    place: str
    file: str
    amount: str
    amounts: dict[int, float] = field(default_factory=dict)
    rows: dict[int, str] = field(default_factory=dict)
    sizes: dict[str, str | None] = field(default_factory=dict)

    def add(self, row: Mapping[str, str | None], where: str) -> None:
        """Take one row. Errors: BadAnswers for an unknown or doubled option, a bad amount, or another n than before."""
        cell = option_of(self.question, row.get("option"), where)
        if cell in self.amounts:
            raise BadAnswers(
                f"{where}: option {row['option']} of {self.question.id} for {self.place} already stands in row "
                f"{self.rows[cell]}; keep one group or wave with where"
            )
        value = number(row[self.amount], self.amount, where)
        top = {"share": 1.0, "percent": 100.0, "count": math.inf}[self.amount]
        if not 0 <= value <= top * (1 + 1e-9):
            raise BadAnswers(f"{where}: {self.amount} lies between 0 and {top:g}, not {value:g}")
        self.amounts[cell] = value
        self.rows[cell] = str(row[ROW])
        for key in ("n", "n_eff", "deff"):
            given = row.get(key)
            if self.sizes.setdefault(key, given) != given:
                raise BadAnswers(
                    f"{where}: {key} of {self.question.id} for {self.place} is {given}, but {self.sizes[key]} in row "
                    f"{next(iter(self.rows.values()))}"
                )

    def answer(self) -> tuple[HumanAnswer, list[str]]:
        """The item's distribution, with notes on what was rescaled. Errors: BadAnswers."""
        where = f"{self.file} rows {', '.join(list(self.rows.values())[:6])}"
        p, notes = self._some(where) if self.question.kind == "some" else self._one(where)
        sizes = dict(self.sizes)
        if self.amount == "count" and self.question.kind != "some" and sizes.get("n") is None:
            sizes["n"] = repr(math.fsum(self.amounts.values()))
        mean, sd = moments(self.question, p)
        sizes["sd"] = None if sd is None else repr(sd)
        return item_answer(self.question.id, p, mean, sizes, where), notes

    def _one(self, where: str) -> tuple[tuple[float, ...], list[str]]:
        total = math.fsum(self.amounts.values())
        whole = {"share": 1.0, "percent": 100.0, "count": total}[self.amount]
        if total <= 0 or abs(total / whole - 1) > ROUNDING + 1e-12:
            wanted = "more than 0" if self.amount == "count" else f"{whole:g}"
            hint = f"; up to {ROUNDING * whole:g} is taken for printed rounding, for more give counts or every answer"
            raise BadAnswers(
                f"{where}: {self.amount} of {self.question.id} for {self.place} sums to {total:.6g}, not {wanted}"
                f"{'' if self.amount == 'count' else hint}"
            )
        p = tuple(self.amounts.get(cell, 0.0) / total for cell in range(self.question.cells))
        off = abs(total / whole - 1)
        return p, [f"shares of {self.question.id} rescaled from {total / whole:.6g}"] if off > 1e-9 else []

    def _some(self, where: str) -> tuple[tuple[float, ...], list[str]]:
        absent = [str(cell + 1) for cell in range(self.question.cells) if cell not in self.amounts]
        if absent:
            raise BadAnswers(
                f"{where}: {self.question.id} is a multi-select question; options {', '.join(absent)} have no row "
                f"for {self.place}, and a share that is not given is not 0"
            )
        whole = {"share": 1.0, "percent": 100.0}.get(self.amount)
        if whole is None:
            size = self.sizes.get("n")
            if size is None:
                raise BadAnswers(
                    f"{where}: counts of the multi-select question {self.question.id} need n, people asked"
                )
            whole = number(size, "n", where)
            if whole <= 0 or max(self.amounts.values()) > whole:
                raise BadAnswers(f"{where}: more people name an option of {self.question.id} than the {whole:g} asked")
        return tuple(self.amounts[cell] / whole for cell in range(self.question.cells)), []
