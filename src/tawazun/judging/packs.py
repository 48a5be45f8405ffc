"""Packs for people: answers without their systems, in an order of each rater's own, with a checksum on every row.

What a pack hides stands in its key file: which row is which answer, and which of two stands first. Each pair is shown
in both orders, to every other rater. Codes are made with a secret that is in the key alone, so that nobody can tell
from a pack what another one holds.
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from tawazun.data.rows import Row, read_rows
from tawazun.errors import BadFile
from tawazun.instruments.judged import load_grades, load_pairs, said
from tawazun.places import place
from tawazun.seeds import canonical_json, stream

PAIRS, ANSWERS = "pairs", "answers"
ABOUT = ("rater_country", "rater_dialect", "consent")
FIXED = {
    PAIRS: ("pack", "rater", "code", "place", "prompt", "answer_1", "answer_2"),
    ANSWERS: ("pack", "rater", "code", "place", "prompt", "answer"),
}
FILLED = {PAIRS: ("choice",), ANSWERS: ("label", "grade")}
LABELS = ("westernised", "exoticised", "neutral", "authentic")
MOST_RATERS = 1000
# digits as letters: a spreadsheet takes 0412... or 12e5 for a number and writes another text back
LETTERED = str.maketrans("0123456789", "ghjkmnpqrs")


@dataclass(frozen=True, slots=True)
class Shown:
    """One row of a rater's pack and what it stands for.

    fixed   column -> text, as the rater sees it
    item    id of the answers in the file
    swapped the second answer of the file stands first
    """

    fixed: Mapping[str, str]
    item: str
    swapped: bool


@dataclass(frozen=True, slots=True)
class Key:
    """What packs hide.

    kind     `pairs` or `answers`
    rows     item -> the row of the file that was exported, whole
    shown    rater -> code -> row
    """

    pack: str
    kind: str
    secret: str
    language: str
    rows: Mapping[str, Mapping[str, Any]]
    shown: Mapping[str, Mapping[str, Shown]]

    def checksum(self, fixed: Mapping[str, str]) -> str:
        """What a row must carry: 16 letters that nobody can make without the secret."""
        text = canonical_json([fixed[column] for column in FIXED[self.kind]])
        return lettered(blake2b(text.encode(), digest_size=8, key=bytes.fromhex(self.secret)).hexdigest())


def lettered(digits: str) -> str:
    """Hexadecimal digits spelled with letters only, which spreadsheets leave as they are."""
    return digits.translate(LETTERED)


def columns_of(kind: str) -> tuple[str, ...]:
    """The columns of a pack, in order."""
    return (*FIXED[kind], *FILLED[kind], "comment", *ABOUT, "checksum")


def read_answers(file: Path) -> tuple[str, dict[str, Row]]:
    """The kind of a file of answers, and its rows by id. Errors: BadFile naming file, row and column."""
    rows = read_rows(file, ("prompt",))
    pairs = "answer_1" in rows[0].fields
    made = (load_pairs if pairs else load_grades)(file)
    ids = [question.id for question in made.questions]
    return (PAIRS if pairs else ANSWERS), dict(zip(ids, rows, strict=True))


def make_key(file: Path, *, raters: int, language: str, seed: int) -> Key:
    """Packs of a file of answers for some raters. Errors: BadFile."""
    if not 1 <= raters <= MOST_RATERS:
        raise BadFile(f"raters: from 1 to {MOST_RATERS}, not {raters}")
    kind, rows = read_answers(file)
    secret, pack = secrets.token_hex(16), lettered(secrets.token_hex(6))
    shown = {
        f"rater-{number}": _shown(kind, rows, (pack, number, secret), language, seed) for number in range(1, raters + 1)
    }
    return Key(pack, kind, secret, language, {item: row.fields for item, row in rows.items()}, shown)


def _shown(kind: str, rows: Mapping[str, Row], who: tuple[str, int, str], language: str, seed: int) -> dict[str, Shown]:
    pack, number, secret = who
    items = list(rows)
    found: dict[str, Shown] = {}
    for at in stream("rating-order", seed, number).permutation(len(items)):
        item = items[at]
        row = rows[item]
        code = lettered(blake2b(f"{number}:{item}".encode(), digest_size=5, key=bytes.fromhex(secret)).hexdigest())
        # by lot for the first rater, the other way round for the second, and so on
        swapped = kind == PAIRS and int(stream("rating-side", seed, item).integers(2) + number) % 2 == 1
        fixed = {"pack": pack, "rater": f"rater-{number}", "code": code, "place": _place(row, language)}
        fixed["prompt"] = row.text("prompt")
        if kind == PAIRS:
            one, other = ("answer_2", "answer_1") if swapped else ("answer_1", "answer_2")
            fixed |= {"answer_1": row.text(one), "answer_2": row.text(other)}
        else:
            fixed["answer"] = row.text("answer")
        found[code] = Shown(fixed, item, swapped)
    return found


def _place(row: Row, language: str) -> str:
    """The place asked about, by its name in the raters' language."""
    code = said(row, "country")
    if not code:
        return ""
    there = place(code)
    name = there.called(language)
    return name.name if name else there.english


def key_text(key: Key) -> str:
    """The key as JSON."""
    shown = {
        rater: {
            code: {"fixed": dict(one.fixed), "item": one.item, "swapped": one.swapped} for code, one in rows.items()
        }
        for rater, rows in key.shown.items()
    }
    whole = {"pack": key.pack, "kind": key.kind, "secret": key.secret, "language": key.language}
    return json.dumps({**whole, "rows": dict(key.rows), "shown": shown}, ensure_ascii=False, indent=1) + "\n"


def read_key(file: Path) -> Key:
    """The key of a file that `key_text` wrote. Errors: BadFile."""
    try:
        held = json.loads(file.read_text(encoding="utf-8"))
        shown = {
            rater: {code: Shown(one["fixed"], one["item"], one["swapped"]) for code, one in rows.items()}
            for rater, rows in held["shown"].items()
        }
        key = Key(held["pack"], held["kind"], held["secret"], held["language"], held["rows"], shown)
        key.checksum(dict.fromkeys(FIXED[key.kind], ""))
    except OSError as error:
        raise BadFile(f"{file}: the key of the packs cannot be read ({error.strerror}); give --key FILE") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadFile(f"{file}: this is no key that `tawazun rate export` wrote") from error
    return key


def pack_rows(key: Key, rater: str) -> list[dict[str, str]]:
    """The rows of one rater's pack, with what is to be filled in left empty."""
    empty = dict.fromkeys(columns_of(key.kind), "")
    return [{**empty, **one.fixed, "checksum": key.checksum(one.fixed)} for one in key.shown[rater].values()]


def raters_of(key: Key) -> Sequence[str]:
    """The raters of a key, in order."""
    return list(key.shown)
