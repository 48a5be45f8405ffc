"""Answers collected elsewhere, as a table: which rows belong to one cell, and what they say.

Shapes, told apart by the columns that are there (or that `columns`, `values` and `fill` make):

- one row per option: `option` with `share`, `percent` or `count`; `refused`, `unread` and `off_menu` may stand in
  `option`. An option is its code, or its text as shown in the cell's language and wording; in `pair` questions
  `1,3` (first, second), in `some` questions its 1-based number or text.
- one row per cell: `mean` (with `sd`, `n`) or a ready `value`. A printed mean of n whole codes is taken as the
  n-th it stands for. A `value` that is one of the codes of a `one` question
  is one reply with that option; a composite of a `pair` or `some` question stays a value.
- one row per reply: `text`, read by the reply readers under the cell's `labels` and `order`, with the option texts of
  the instrument where it has the cell's language and wording; or `option` alone, a reply that was coded already.
- wide: one column per item (`options = { wide = true }`), each cell a `value`.

Under `options = { lists = true }` what was said may be a list, `[3, 4, 3]`, which is one reply each; under
`options = { repeats = true }` rows of one cell with a `value` are its replies, which are else refused as doubled.
"""

import ast
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean, stdev

import polars as pl

from tawazun.answers import Outcome, check
from tawazun.cells import Framing, labels_for, order_indices, parse_persona, perspective_fits, shown
from tawazun.cells.framing import PERSPECTIVES
from tawazun.data.tables import ROW, code_text, number
from tawazun.errors import BadAnswers, BadFile, BadStudy, TawazunError
from tawazun.instruments import Instrument, Question
from tawazun.instruments.judged import JUDGING
from tawazun.respondents.records import RecordedCell
from tawazun.respondents.replies import Layout, pooled
from tawazun.respondents.verdicts import check_sitting

LOSSES = ("off_menu", "refused", "unread")
PLACES = (
    "instrument", "question", "persona", "perspective", "language", "wording", "order", "labels", "placement",
    "context", "decoding",
)  # fmt: skip
SAID = ("option", "share", "percent", "count", "text", "value", "mean", "sd", "n")
DEFAULTS = {
    "persona": "none", "language": "en", "wording": "w1", "order": "forward", "labels": "digits",
    "placement": "system", "context": "", "decoding": "recorded",
}  # fmt: skip
ROUNDING = 1e-6
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")

Row = dict[str, str | None]
Shape = Callable[[Instrument, Question, Framing, list[Row]], Outcome]


@dataclass(frozen=True)
class Sheet:
    """A recorded table under our names.

    table      text columns with `ROW`
    file       its name, for messages
    rounding   how far printed shares of one cell may be from 1 before they are refused
    seed       study seed that shuffled orders were drawn with; None when unknown
    repeats    whether several values of one cell are its replies
    """

    table: pl.DataFrame
    file: str
    instruments: Mapping[str, Instrument]
    rounding: float = ROUNDING
    seed: int | None = None
    repeats: bool = False

    def cells(self) -> Iterator[RecordedCell]:
        """Every cell, checked, in the order of its first row. Errors: BadAnswers naming file and row."""
        shape = self._shape()
        for where, rows in self._grouped():
            instrument, question, framing = where
            spot = f"{self.file} row {rows[0][ROW]}"
            outcome = shape(instrument, question, framing, rows)
            yield RecordedCell(instrument.name, question.id, framing, check(outcome, question, spot))

    def _shape(self) -> Shape:
        columns = set(self.table.columns)
        for group in (("text", "option", "value", "mean"), ("share", "percent", "count")):
            if len(both := [name for name in group if name in columns]) > 1:
                raise BadFile(f"{self.file}: {' and '.join(both)} both say what was answered; map one of them only")
        if "text" in columns:
            return self._of_replies
        if "option" in columns:
            return self._of_shares if columns & {"share", "percent", "count"} else self._of_choices
        if columns & {"value", "mean"}:
            return self._of_value
        raise BadFile(
            f"{self.file}: no column says what was answered; name one under columns: option with share or count, "
            "mean, value, or text"
        )

    @cached_property
    def _counted(self) -> tuple[str, ...]:
        """The losses that the file counts as options."""
        given = set(self.table["option"].str.strip_chars().drop_nulls().unique())
        return tuple(name for name in LOSSES if name in given)

    def _grouped(self) -> Iterator[tuple[tuple[Instrument, Question, Framing], list[Row]]]:
        keys = [name for name in PLACES if name in self.table.columns]
        groups = self.table.with_columns(pl.col(keys).fill_null("")).group_by(keys, maintain_order=True)
        for values, rows in groups:
            held = rows.to_dicts()
            spot = f"{self.file} row {held[0][ROW]}"
            yield self._place(dict(zip(keys, (str(v) for v in values), strict=True)), spot), held

    def _place(self, given: Mapping[str, str], spot: str) -> tuple[Instrument, Question, Framing]:
        instrument = self._instrument(given.get("instrument", ""), spot)
        question = instrument.question(given.get("question", ""))
        if question is None:
            raise BadAnswers(
                f"{spot}: {instrument.name} has no question {given.get('question', '')!r}; map it with "
                "columns = {question = …} or values = {question = {…}}"
            )
        if JUDGING in instrument.tags:
            check_sitting(instrument, question, given, spot, texts="text" in self.table.columns)
        usual = {**DEFAULTS, "language": _usual_language(question)}
        level = {**usual, **{name: given[name] for name in DEFAULTS if given.get(name)}}
        try:
            persona = parse_persona(level["persona"])
        except TawazunError as error:
            raise BadAnswers(f"{spot}: {error}; map it with values = {{persona = {{…}}}}") from error
        perspective = given.get("perspective") or ("persona" if persona.place else "self")
        if perspective not in PERSPECTIVES:
            raise BadAnswers(f"{spot}: perspective is {', '.join(PERSPECTIVES)}, not {perspective!r}")
        if not perspective_fits(persona, perspective):
            raise BadAnswers(f"{spot}: {persona.text} does not go with the perspective {perspective}")
        self._check_layout(question, level, spot)
        level["persona"] = persona.text
        return instrument, question, Framing(perspective=perspective, mode="recorded", **level)  # type: ignore[arg-type]

    def _check_layout(self, question: Question, level: Mapping[str, str], spot: str) -> None:
        if not LANGUAGE.fullmatch(level["language"]):
            raise BadAnswers(
                f"{spot}: language is a BCP 47 tag such as ar or ar-EG, not {level['language']!r}; "
                "map it with values = {language = {…}}"
            )
        if level["placement"] not in ("system", "user"):
            raise BadAnswers(f"{spot}: placement is system or user, not {level['placement']!r}")
        try:
            order_indices(level["order"], 2, 0, "")
            if question.options:
                labels_for(level["labels"], question.options)
        except BadStudy as error:
            raise BadAnswers(f"{spot}: {error}") from error

    def _instrument(self, name: str, spot: str) -> Instrument:
        if not name and len(self.instruments) == 1:
            return next(iter(self.instruments.values()))
        if name not in self.instruments:
            raise BadAnswers(
                f"{spot}: instrument {name!r} is not one of the study's ({', '.join(self.instruments)}); "
                "say it with fill = {instrument = …}"
            )
        return self.instruments[name]

    # ---- what a cell's rows say -------------------------------------------------------------------------------------

    def _of_value(self, instrument: Instrument, question: Question, framing: Framing, rows: list[Row]) -> Outcome:
        if self.repeats and "value" in self.table.columns:
            return self._of_repeats(question, rows)
        row = self._only(rows, question, framing)
        spot = f"{self.file} row {row[ROW]}"
        ready = row.get("mean") is None
        value = number(row.get("value") if ready else row.get("mean"), "value" if ready else "mean", spot)
        n = self._count(row, spot)
        sd = None
        if row.get("sd") is not None:
            sd = number(row["sd"], "sd", spot)
            if sd < 0:
                raise BadAnswers(f"{spot}: sd is not negative, {sd:g} came")
        if ready and sd is None and n in (None, 1.0) and question.kind == "one" and value in question.codes:
            p = tuple(1.0 if code == value else 0.0 for code in question.codes)
            return Outcome(p=p, refused=0.0, unread=0.0, n=1.0, value=value)
        if not ready:
            value = unrounded(value, row.get("mean") or "", n, question)
        return Outcome(value=value, sd=sd, n=n)

    def _of_repeats(self, question: Question, rows: list[Row]) -> Outcome:
        """Shares where every value is a code of a `one` question, else mean, spread and number of the values."""
        spots = [f"{self.file} row {row[ROW]}" for row in rows]
        for name in ("mean", "sd", "n"):
            if rows[0].get(name) is not None:
                raise BadAnswers(f"{spots[0]}: repeats = true takes one reply a row, so {name} has no place beside it")
        values = [number(row.get("value"), "value", spot) for row, spot in zip(rows, spots, strict=True)]
        for value, spot in zip(values, spots, strict=True):
            check(Outcome(value=value), question, spot)
        n = float(len(values))
        if question.kind == "one" and set(values) <= set(question.codes):
            p = tuple(values.count(code) / n for code in question.codes)
            return Outcome(p=p, refused=0.0, unread=0.0, n=n)
        return Outcome(value=fmean(values), sd=stdev(values) if n > 1 else None, n=n)

    def _of_shares(self, instrument: Instrument, question: Question, framing: Framing, rows: list[Row]) -> Outcome:
        kind = next(k for k in ("share", "percent", "count") if k in self.table.columns)
        amounts: dict[int | str, float] = {}
        for row in rows:
            spot = f"{self.file} row {row[ROW]}"
            amount = number(row.get(kind), kind, spot) / (100 if kind == "percent" else 1)
            cell = self._cell(instrument, question, framing, row.get("option"), spot)
            if cell in amounts:
                raise BadAnswers(f"{spot}: {question.id} has the option {row.get('option')!r} twice in one cell")
            if amount < 0 or (kind != "count" and amount > 1 + ROUNDING):
                raise BadAnswers(
                    f"{spot}: a {kind} is not {amount:g}; shares lie between 0 and 1, counts are not negative"
                )
            amounts[cell] = amount
        self._same_n(rows)
        return self._shared(question, amounts, rows[0], counted=kind == "count")

    def _shared(self, question: Question, amounts: dict[int | str, float], row: Row, *, counted: bool) -> Outcome:
        spot = f"{self.file} row {row[ROW]}"
        n = self._count(row, spot)
        total = sum(amounts.values())
        if counted:
            whole = (n or 0.0) if question.kind == "some" else total
            if whole <= 0:
                need = "n beside its counts" if question.kind == "some" else "a count above 0"
                raise BadAnswers(f"{spot}: {question.id} needs {need}")
            if n is not None and question.kind != "some" and abs(n - total) > ROUNDING * max(n, total):
                raise BadAnswers(
                    f"{spot}: the counts of {question.id} sum to {total:g}, n says {n:g}; give the rest as options "
                    f"({', '.join(LOSSES)})"
                )
            amounts = {cell: amount / whole for cell, amount in amounts.items()}
            n = whole
        elif question.kind != "some":
            if abs(total - 1) > max(self.rounding, ROUNDING):
                raise BadAnswers(
                    f"{spot}: the shares of {question.id} sum to {total:.6g}, not 1; give refusals as options "
                    "(refused, unread, off_menu), or options = {rounding = 0.01} for printed rounding"
                )
            amounts = {cell: amount / total for cell, amount in amounts.items()}
        elif missing := [cell + 1 for cell in range(question.cells) if cell not in amounts]:
            raise BadAnswers(
                f"{spot}: {question.id} has no share for option {missing[0]}; a share that is not given is not 0, "
                "so name every option"
            )
        p = tuple(amounts.get(cell, 0.0) for cell in range(question.cells))
        # a file that counts refusals has none where the rest already makes 1
        absent = {name: 0.0 for name in self._counted if question.kind != "some"}
        refused, unread, off_menu = (amounts.get(name, absent.get(name)) for name in ("refused", "unread", "off_menu"))
        return Outcome(p=p, refused=refused, unread=unread, off_menu=off_menu, n=n)

    def _of_choices(self, instrument: Instrument, question: Question, framing: Framing, rows: list[Row]) -> Outcome:
        counts: dict[int | str, float] = {}
        for row in rows:
            spot = f"{self.file} row {row[ROW]}"
            parts = (row.get("option") or "").split(",") if question.kind == "some" else [row.get("option")]
            named = {self._cell(instrument, question, framing, part, spot) for part in parts}
            if len(named) < len(parts) or (question.kind == "some" and len(named) > question.pick):
                raise BadAnswers(
                    f"{spot}: {question.id} takes up to {question.pick} different options, not {row.get('option')!r}"
                )
            for cell in named:
                counts[cell] = counts.get(cell, 0.0) + 1
        n = float(len(rows))
        p = tuple(counts.get(cell, 0.0) / n for cell in range(question.cells))
        off_menu = counts["off_menu"] / n if "off_menu" in counts else None
        refused, unread = (counts.get(name, 0.0) / n for name in ("refused", "unread"))
        return Outcome(p=p, refused=refused, unread=unread, off_menu=off_menu, n=n)

    def _of_replies(self, instrument: Instrument, question: Question, framing: Framing, rows: list[Row]) -> Outcome:
        replies = [row.get("text") or "" for row in rows]
        spot = f"{self.file} row {rows[0][ROW]}"
        if framing.order.startswith("shuffle") and question.options and self.seed is None:
            raise BadAnswers(
                f"{spot}: the order {framing.order} can be read with the seed of its study only; "
                "say it with options = {seed = …}"
            )
        seed = self.seed or 0
        if question.worded(framing.language, framing.wording) is not None:
            view = shown(instrument, question, framing, seed)
            return pooled(question, Layout(framing.language, view.options, view.labels, view.order), replies)
        count = question.options
        labels = labels_for(framing.labels, count) if count else ()
        order = order_indices(framing.order, count, seed, f"{instrument.name}:{question.id}")
        return pooled(question, Layout(framing.language, ("",) * count, labels, order), replies)

    # ---- parts of a row ---------------------------------------------------------------------------------------------

    def _only(self, rows: list[Row], question: Question, framing: Framing) -> Row:
        if len(rows) > 1:
            raise BadAnswers(
                f"{self.file} row {rows[1][ROW]}: the cell {question.id} / {framing.persona} / {framing.language} / "
                f"{framing.wording} stands twice (first in row {rows[0][ROW]})"
            )
        return rows[0]

    def _same_n(self, rows: list[Row]) -> None:
        for row in rows[1:]:
            if row.get("n") != rows[0].get("n"):
                raise BadAnswers(
                    f"{self.file} row {row[ROW]}: n is {row.get('n') or 'empty'}, but {rows[0].get('n') or 'empty'} in "
                    f"row {rows[0][ROW]} of the same cell"
                )

    def _count(self, row: Row, spot: str) -> float | None:
        if row.get("n") is None:
            return None
        n = number(row["n"], "n", spot)
        if n <= 0:
            raise BadAnswers(f"{spot}: n is above 0, not {n:g}")
        return n

    def _cell(
        self, instrument: Instrument, question: Question, framing: Framing, option: str | None, spot: str
    ) -> int | str:
        """Canonical cell of an option, or the name of a loss. Errors: BadAnswers saying what was allowed."""
        text = (option or "").strip()
        if text in LOSSES:
            return text
        parts = [
            self._option(question, framing, part) for part in (text.split(",") if question.kind == "pair" else [text])
        ]
        if None not in parts and len(parts) == (2 if question.kind == "pair" else 1):
            first = parts[0]
            assert first is not None
            if question.kind != "pair":
                return first
            second = parts[1]
            assert second is not None
            if first != second:
                return first * (question.options - 1) + second - (second > first)
        codes = (
            ", ".join(f"{code:g}" for code in question.codes) if question.kind == "one" else f"1 to {question.options}"
        )
        hint = " (a refusal coded as 0 is not an answer; write refused)" if code_text(text) == "0" else ""
        raise BadAnswers(f"{spot}: {question.id} has no option {text!r}{hint}; allowed: {codes}, {', '.join(LOSSES)}")

    def _option(self, question: Question, framing: Framing, text: str) -> int | None:
        code = code_text(text.strip())
        if question.kind == "one":
            spelled = [code_text(value) for value in question.codes]
        else:
            spelled = [str(n + 1) for n in range(question.options)]
        if code in spelled:
            return spelled.index(code)
        wording = question.worded(framing.language, framing.wording)
        texts = [option.casefold() for option in wording.options] if wording else []
        return texts.index(text.strip().casefold()) if text.strip().casefold() in texts else None


def _usual_language(question: Question) -> str:
    """The language of a cell that names none: the question's, where it has one only, and else English."""
    languages = {wording.language for wording in question.wordings}
    return languages.pop() if len(languages) == 1 else DEFAULTS["language"]


def unrounded(mean: float, printed: str, n: float | None, question: Question) -> float:
    """The exact mean that a printed one stands for: a mean of n whole codes is a whole number of n-ths.

    With 30 replies a printed 1.53 can only be 46/30. The printed mean stays where the codes are not whole, n is
    unknown, no n-th prints like it, or two would (n too large for the decimals).
    """
    if n is None or n != round(n) or question.kind != "one" or any(code != round(code) for code in question.codes):
        return mean
    decimals = len(printed.strip().partition(".")[2])
    nearest = round(mean * n)
    like = [k / n for k in (nearest - 1, nearest, nearest + 1) if abs(k / n - mean) <= 0.5 * 10**-decimals + 1e-12]
    return like[0] if len(like) == 1 else mean


def melted(
    table: pl.DataFrame, instruments: Sequence[Instrument], columns: Mapping[str, str], file: str
) -> pl.DataFrame:
    """A wide table as one row per item: `question` and `value`. Errors: BadFile when no header is an item."""
    taken = set(columns.values())
    items = {
        header: question.id
        for header in table.columns
        if header != ROW and header not in taken
        for instrument in instruments
        if (question := instrument.question(header)) is not None
    }
    if not items:
        names = ", ".join(instrument.name for instrument in instruments)
        raise BadFile(f"{file}: wide = true, but no column is an item of {names}")
    kept = [name for name in table.columns if name not in items]
    long = table.unpivot(list(items), index=kept, variable_name="question", value_name="value")
    return (
        long.with_columns(pl.col("question").replace_strict(items))
        .filter(pl.col("value").is_not_null())
        .sort(ROW, maintain_order=True)
    )


def unlisted(table: pl.DataFrame, file: str) -> pl.DataFrame:
    """A table with one row per reply where what was said is a list of replies. Errors: BadAnswers naming the row."""
    columns = [name for name in ("text", "option", "value") if name in table.columns]
    if len(columns) != 1:
        raise BadFile(f"{file}: lists = true needs one column of replies (text, option or value), not {len(columns)}")
    column = columns[0]
    replies = [_replies(text, f"{file} row {row}") for text, row in table.select(column, ROW).iter_rows()]
    listed = table.with_columns(pl.Series(column, replies, dtype=pl.List(pl.String)))
    return listed.explode(column)


def _replies(text: str | None, spot: str) -> list[str | None]:
    if text is None or not text.startswith("["):
        return [text]
    try:
        try:
            found = json.loads(text)
        except json.JSONDecodeError:
            found = ast.literal_eval(text)
    except (SyntaxError, ValueError) as error:
        raise BadAnswers(f"{spot}: not a list of replies: {text[:60]!r}") from error
    if not found or any(isinstance(one, list | dict) for one in found):
        raise BadAnswers(f"{spot}: a list of replies holds one or more texts or numbers, not {text[:60]!r}")
    return [None if one is None else code_text(one) for one in found]
