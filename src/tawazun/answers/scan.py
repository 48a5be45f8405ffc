"""A reply as a row of items: each option, label, number, known word and sign with its role, cut into segments.

What only looks like an answer is settled here, before anything is judged: the ends of a scale (`from 1 to 5`), a
legend (`1 means never`), a fraction of the scale (`8/10`), an item number (`question 3`), an article (`A good thing`).
"""

import re
from dataclasses import dataclass, field

from tawazun.answers.lexicon import Phrases, is_number, sign
from tawazun.answers.menus import Menu
from tawazun.answers.roles import (
    ASK,
    BREAK,
    CANDIDATE,
    COLON,
    COMMA,
    CONTRAST,
    CUES,
    DASH,
    EDGE,
    ENDING,
    ENDS,
    EQ,
    FILL,
    FOLLOW,
    ITEM,
    JOIN,
    LAB,
    LINES,
    LINK,
    MEANS,
    NEG,
    NL,
    NOUN,
    NUM,
    OPT,
    OR,
    OUTOF,
    PARA,
    PERCENT,
    SCALE,
    SLASH,
    SPELLED,
    STOP,
    THROUGH,
    TURN,
    WHY,
    WORD,
    WRAP,
)

OFF_SCALE = -2
_NUMBERED = re.compile(r"([^\W\d]+)(\d+)$")


@dataclass(slots=True)
class Scan:
    """Items of a reply, in order: `role` bits, `load` (shown option, or the number), the tokens from `first` to `last`.

    segment   number of the segment an item stands in
    items     numbers of other items that the reply names (`question 3`)
    common    what an item that is an option would be as a word of the language, by item
    asked     segments that are questions
    why       segments that are explanations
    """

    tokens: list[str]
    keys: list[str]
    role: list[int] = field(default_factory=list)
    load: list[float] = field(default_factory=list)
    first: list[int] = field(default_factory=list)
    last: list[int] = field(default_factory=list)
    segment: list[int] = field(default_factory=list)
    items: set[str] = field(default_factory=set)
    common: dict[int, int] = field(default_factory=dict)
    asked: set[int] = field(default_factory=set)
    why: set[int] = field(default_factory=set)

    def at(self, index: int) -> int:
        """The role of an item; a line break beyond either end."""
        return self.role[index] if 0 <= index < len(self.role) else PARA

    def key(self, index: int) -> str:
        """The key of an item's first token."""
        return self.keys[self.first[index]]


def scan(tokens: list[str], keys: list[str], menu: Menu) -> Scan:
    """The items of a reply against a menu."""
    made = Scan(tokens, keys)
    _match(made, menu)
    _settle_words(made, menu)
    _settle_numbers(made, menu)
    _settle_letters(made, menu)
    _join_labels(made)
    _cut(made)
    return made


def _match(made: Scan, menu: Menu) -> None:
    keys = made.keys
    at, end = 0, len(keys)
    while at < end:
        role, load, length = _longest(menu.phrases, keys, at, end)
        common = _longest(menu.base.phrases, keys, at, end)
        last = at + common[2] - 1
        if common[2] > 1 and keys[last] == "." and not (last + 1 < end and is_number(keys[last + 1])):
            common = _longest(menu.base.phrases, keys, at, last)  # `no.` before no number ends a sentence
        if common[2] > length:
            if common[2] > 1 and (option := _option_within(menu, keys, at, common[2])):
                common = _longest(menu.base.phrases, keys, at, option)
            if common[2] > length:
                role, load, length = common
        grammar = common[2] == length and (length == 1 or not menu.base.words.spaced)
        if role & OPT and grammar and common[0] & (NEG | LINK):
            made.common[len(made.role)] = common[0]
        if not length:
            length = 1
            role, load = _alone(made, menu, at)
        made.role.append(role)
        made.load.append(load)
        made.first.append(at)
        made.last.append(at + length - 1)
        at += length


def _longest(phrases: Phrases, keys: list[str], at: int, end: int) -> tuple[int, float, int]:
    """Role, load and length of the longest phrase that begins at a token and ends before `end`; zeros without one."""
    for rest, role, load in phrases.get(keys[at], ()):
        length = len(rest) + 1
        if at + length <= end and (not rest or keys[at + 1 : at + length] == rest):
            return role, load, length
    return 0, 0.0, 0


def _option_within(menu: Menu, keys: list[str], at: int, length: int) -> int:
    """Where an option begins inside a phrase and ends outside it (`I do` + `not mind`); 0 without one.

    An option as long or longer that begins where the phrase ends is the one meant (答えは + いいえ, not はい).
    """
    end = len(keys)
    for inner in range(at + 1, at + length):
        option = _longest(menu.phrases, keys, inner, end)[2] if keys[inner] in menu.phrases else 0
        behind = _longest(menu.phrases, keys, at + length, end)[2] if at + length < end else 0
        if inner + option > at + length and option > behind:
            return inner
    return 0


def _alone(made: Scan, menu: Menu, at: int) -> tuple[int, float]:
    """Role and load of a token that no phrase begins with."""
    key = made.keys[at]
    if is_number(key):
        return NUM, float(key)
    role = sign(made.tokens[at])
    if role & WORD and key[-1].isdigit() and (item := _NUMBERED.match(key)) and _is_item(menu, item[1]):
        made.items.add(item[2])
        return WRAP, 0.0
    return role, 0.0


def _is_item(menu: Menu, word: str) -> bool:
    return any(role & ITEM and not rest for rest, role, _ in menu.base.phrases.get(word, ()))


def _settle_words(made: Scan, menu: Menu) -> None:
    """An option that is also a negation or a link (`no`, 是, नहीं) is that word unless it stands alone."""
    verb_final = menu.base.words.verb_final
    for k, role in made.common.items():
        before, after = made.at(k - 1), made.at(k + 1)
        if role & LINK:
            opens = before & (EDGE | CUES | LINK | FILL) and not (before & CUES and after & (COLON | NL))
            alone = opens and after & (EDGE | FOLLOW)
        elif verb_final and menu.base.words.spaced:
            alone = after & (EDGE | WHY | CONTRAST | TURN) or before & (CUES | COLON)
        else:
            alone = after & ENDS
        if not alone:
            made.role[k], made.load[k] = role, 0.0


def _settle_numbers(made: Scan, menu: Menu) -> None:
    role, load = made.role, made.load
    for k in range(len(role)):
        if role[k] & NUM:
            _settle_number(made, menu, k)
    for k in range(len(role)):
        if role[k] & (NUM | SPELLED) and not role[k] & OPT:
            if menu.kind == "number":
                load[k] = load[k] if menu.low <= load[k] <= menu.high else float("nan")
                role[k] |= NUM
            elif not menu.numbers:
                role[k] = WORD if role[k] & NUM else role[k]
            elif role[k] & NUM or (
                menu.kind == "one" and load[k] in menu.numbers and (not role[k] & FILL or made.at(k - 1) & NOUN)
            ):
                load[k] = menu.numbers.get(load[k], OFF_SCALE)
                role[k] |= NUM


def _settle_number(made: Scan, menu: Menu, k: int) -> None:
    role, load = made.role, made.load
    one = menu.kind in ("one", "number")
    after = made.at(k + 1)
    if made.at(k - 1) & ITEM or (made.at(k - 1) & NOUN and made.at(k - 2) & ITEM):
        made.items.add(made.key(k))
        role[k] = role[k - 1] = WRAP
        if after & (COLON | STOP | DASH) or after & WRAP:
            role[k + 1] = WRAP
    elif one and after & OUTOF and made.at(k + 2) & NUM and menu.base.words.verb_final:
        if load[k] != menu.high:
            load[k + 2] = float("inf")
        role[k] = role[k + 1] = WRAP
    elif one and after & (SLASH | OUTOF) and made.at(k + 2) & NUM:
        if load[k + 2] != menu.high:
            load[k] = float("inf")
        role[k + 1] = role[k + 2] = WRAP
    elif (
        one
        and k > 1
        and made.at(k - 1) & OUTOF
        and load[k] == menu.high
        and any(r & NUM for r in role[max(k - 6, 0) : k])
    ):
        role[k] = role[k - 1] = WRAP
    elif after & PERCENT:
        role[k + 1] = WRAP
        if not (menu.kind == "number" and menu.high == 100):
            load[k] = float("inf")
    elif after & (THROUGH | DASH | JOIN) and made.at(k + 2) & NUM:
        named = made.at(k - 1) & SCALE and k > 0
        if (load[k], load[k + 2]) == (menu.low, menu.high) and (one or named):
            role[k] = role[k + 1] = role[k + 2] = FILL
            if named:
                role[k - 1] = FILL
    elif after & (MEANS | EQ):
        _drop_legend(made, menu, k)


def _drop_legend(made: Scan, menu: Menu, k: int) -> None:
    """`1 means never` and `1 = never` explain the scale, unless the line says nothing else than `4 = often`."""
    role = made.role
    target = k + 2
    while made.at(target) & (FILL | WRAP) and target < len(role):
        target += 1
    opens = k == 0 or made.at(k - 1) & (BREAK | WRAP)
    own = menu.numbers.get(made.load[k]) == made.load[target] if made.at(target) & OPT else False
    if made.at(k + 1) & EQ and opens and own and made.at(target + 1) & BREAK:
        return
    if made.at(k + 1) & EQ and not made.at(target) & OPT and made.at(target) & EDGE:
        return
    role[k] = WRAP
    if made.at(target) & CANDIDATE and target < len(role):
        role[target] = WRAP


def _settle_letters(made: Scan, menu: Menu) -> None:
    role = made.role
    for k in range(len(role)):
        if not role[k] & LAB:
            continue
        before, after = made.at(k - 1), made.at(k + 1)
        token = made.tokens[made.first[k]]
        if after & MEANS and made.at(k + 2) & (OPT | WORD | FILL) and not after & ENDING:
            _drop_legend(made, menu, k)
        elif made.key(k) in menu.base.pronouns and len(role) > 1 and _same_script(made, k):
            enclosed = before & WRAP and after & WRAP
            stands = after & (BREAK | WRAP) and before & (LINES | NOUN | COLON | WRAP | EQ)
            role[k] = LAB if enclosed or stands else _other_role(made, menu, k)
        elif made.key(k) in menu.base.titles and after & (STOP | SLASH) and _names_somebody(made, menu, k + 2):
            role[k] = WORD
        elif (token != token.upper() and not after & (EDGE | WHY)) or (
            made.key(k) in menu.base.articles
            and _same_script(made, k)
            and not after & (EDGE | WHY | CONTRAST | OR | JOIN | ENDING | FOLLOW | LAB)
        ):
            role[k] = _other_role(made, menu, k)


def _names_somebody(made: Scan, menu: Menu, k: int) -> bool:
    """Whether a word, or another title, follows the full stop of a title."""
    return bool(made.at(k) & WORD or (made.at(k) & LAB and made.key(k) in menu.base.titles and made.at(k + 1) & STOP))


def _same_script(made: Scan, k: int) -> bool:
    """Whether the next word is of the script of a letter, so that the letter may be a word before it."""
    after = made.last[k] + 1
    token = made.tokens[after] if after < len(made.tokens) else ""
    return not token[:1].isalpha() or token[0].isascii() == made.tokens[made.first[k]][0].isascii()


def _other_role(made: Scan, menu: Menu, k: int) -> int:
    """What a letter is when it is not a label: its role as a word, or a word nobody knows."""
    for rest, role, _ in menu.base.phrases.get(made.key(k), ()):
        if not rest:
            return role
    return WORD


def _join_labels(made: Scan) -> None:
    """The sign between a label and its own text ends no clause (`not B. Agree`)."""
    role, load = made.role, made.load
    for k in range(len(role) - 2):
        own = role[k + 2] & CANDIDATE and load[k] == load[k + 2]
        if own and role[k] & (LAB | NUM) and role[k + 1] & (STOP | COMMA | COLON):
            role[k + 1] = WRAP


def _cut(made: Scan) -> None:
    """Number the segments; what follows `because` after a candidate is an explanation until the sentence ends."""
    number, candidate = 0, False
    for role in made.role:
        if role & CANDIDATE:
            candidate = True
        elif role & WHY and candidate:
            number += 1
            made.why.add(number)
        made.segment.append(number)
        if role & BREAK and not role & CANDIDATE:
            if role & ASK:
                made.asked.add(number)
            number += 1
