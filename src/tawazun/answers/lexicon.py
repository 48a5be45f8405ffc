"""What a reply may contain, as word sequences: the options and labels of one question over the words of a language.

Matching goes word by word, so nothing is ever found inside a word, and the longest sequence wins, so `disagree` is not
`agree` and `strongly disagree` is not `disagree`. A phrase may play several roles; roles are bits.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

from tawazun.answers.hearsay import MARK, heard, pattern
from tawazun.answers.plain import plain
from tawazun.answers.roles import (
    ASK,
    COLON,
    COMMA,
    CONCLUDE,
    CONTRAST,
    CUE,
    DASH,
    DEGREE,
    DOUBT,
    ENDING,
    EQ,
    FILL,
    FINAL,
    FIT,
    FOLLOW,
    HEDGE,
    INVERT,
    ITEM,
    JOIN,
    LINK,
    MEANS,
    NEG,
    NL,
    NOUN,
    OR,
    OUTOF,
    PARA,
    PERCENT,
    RANK,
    SCALE,
    SLASH,
    SPELLED,
    STOP,
    TAIL,
    THROUGH,
    TURN,
    VERB,
    WHY,
    WORD,
    WRAP,
)
from tawazun.answers.words import Words, words_for

_LISTS = {
    "final": FINAL, "cues": CUE, "verbs": VERB, "nouns": NOUN, "items": ITEM, "links": LINK, "fillers": FILL,
    "negations": NEG, "contrasts": CONTRAST, "doubts": DOUBT, "alternatives": OR, "joins": JOIN, "because": WHY,
    "followers": FOLLOW, "endings": ENDING, "fits": FIT, "turns": TURN, "through": THROUGH, "scales": SCALE,
    "out_of": OUTOF, "means": MEANS, "degrees": DEGREE, "concluding": CONCLUDE, "tails": TAIL, "asks": ASK,
    "inverts": INVERT,
}  # fmt: skip
_SIGNS = {
    ",": COMMA, "،": COMMA, "、": COMMA, "・": COMMA, "·": COMMA, ".": STOP, "!": STOP, "。": STOP, "।": STOP,
    "॥": STOP, ";": STOP | COMMA, "?": ASK, "؟": ASK,
    ":": COLON, "=": EQ, "-": DASH, "–": DASH, "—": DASH, "→": DASH, "/": SLASH, "%": PERCENT, "٪": PERCENT, "&": JOIN,
    "\n": NL, "~": WORD, "<": WORD, ">": WORD, "+": WORD, "≈": WORD, "±": WORD, "$": WORD, "^": WORD, "@": WORD,
    MARK: HEDGE,
    "❌": NEG | INVERT, "✗": NEG | INVERT, "✘": NEG | INVERT, "✖": NEG | INVERT, "❎": NEG | INVERT, "🚫": NEG | INVERT,
}  # fmt: skip
_LONE = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0e7f"
_MARKED = "\u0900-\u0963\u0966-\u0dff\u1000-\u109f\u1780-\u17ff"
_DIGITS = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")


def _pattern(word: str) -> re.Pattern[str]:
    number = rf"(?<![\w.)\]])-\d+(?:\.\d+)?(?!{word})|\d+(?:\.\d+)?(?!{word}|%)|\d+(?:\.\d+)?(?=%)"
    joined = rf"[A-Za-z](?:-[a-z]+)+|{word}{{2,}}(?:['-]{word}+)*|{word}(?:'{word}+)*"
    return re.compile(rf"{number}|{joined}|\n[^\S\n]*\n\s*|\n|[^\w\s]")


_SPACED = _pattern(rf"[\w{_MARKED}]")
_UNSPACED = re.compile(rf"[{_LONE}]|" + _pattern(rf"[^\W{_LONE}]").pattern)
_HAS_LONE = re.compile(f"[{_LONE}]")

Keys = tuple[str, ...]
Phrase = tuple[Keys, int, int]
Phrases = dict[str, list[tuple[list[str], int, int]]]


def tokens(text: str) -> list[str]:
    """Words, numbers and signs of a folded text; each character of a script without spaces is a word."""
    if "_" in text:
        text = text.replace("_", " ")
    return (_UNSPACED if _HAS_LONE.search(text) else _SPACED).findall(text)


def sign(token: str) -> int:
    """The role of a token that is no known word: its sign, or an unknown word, or something to look through."""
    if token[0].isalnum() or (len(token) > 1 and token[0] != "\n"):
        return WORD
    if token[0] == "\n":
        return PARA if len(token) > 1 else NL
    return _SIGNS.get(token, WRAP)


def is_number(token: str) -> bool:
    """Whether a token is a number in digits."""
    return token[0] in "-0123456789" and _DIGITS.fullmatch(token) is not None


@dataclass(frozen=True)
class Base:
    """What a language brings: its phrases, and the refusals that are looked for where no answer was found."""

    words: Words
    phrases: Phrases = field(default_factory=dict)
    negations: frozenset[str] = frozenset()
    degrees: frozenset[str] = frozenset()
    short: frozenset[Keys] = frozenset()
    pronouns: frozenset[str] = frozenset()
    articles: frozenset[str] = frozenset()
    titles: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    unsure: frozenset[Keys] = frozenset()
    nothing: frozenset[Keys] = frozenset()
    yes: frozenset[Keys] = frozenset()
    no: frozenset[Keys] = frozenset()
    numbers: tuple[tuple[Keys, float], ...] = ()
    positions: tuple[tuple[Keys, int], ...] = ()
    choosers: frozenset[Keys] = frozenset()
    refusal: re.Pattern[str] | None = None
    reported: re.Pattern[str] | None = None
    hedges: re.Pattern[str] | None = None
    clauses: re.Pattern[str] | None = None

    def folded(self, text: str) -> str:
        """A text as replies and options are before they are cut into words."""
        return self.words.fold(plain(text))

    def heard(self, folded: str) -> str:
        """A folded reply without what it only reports or supposes."""
        return heard(folded, self.reported, self.clauses)

    def key(self, token: str) -> str:
        """How a token is looked up."""
        return self.words.stem(token.lower())

    def keys(self, text: str) -> list[str]:
        """How a text is looked up: the keys of its words and signs."""
        return [self.key(token) for token in tokens(self.folded(text))]


@cache
def base_for(language: str) -> Base:
    """What the language brings, made once."""
    words = words_for(language)
    bare = Base(words)
    roles: dict[Keys, tuple[int, int]] = {}
    for name, role in _LISTS.items():
        for phrase in getattr(words, name):
            _add_role(roles, bare, phrase, role, 0)
    for phrase, number in words.numbers.items():
        weak = words.stem(phrase) in {words.stem(w) for w in words.weak_numbers}
        _add_role(roles, bare, phrase, SPELLED | (FILL if weak else 0), number)
    for phrase, rank in words.ranks.items():
        _add_role(roles, bare, phrase, RANK, rank)
    return Base(
        words,
        indexed((keys, role, load) for keys, (role, load) in roles.items()),
        negations=_single(bare, words.negations),
        degrees=_single(bare, words.degrees),
        short=_whole(bare, words.short),
        pronouns=_single(bare, words.pronouns),
        articles=_single(bare, words.articles),
        titles=_single(bare, words.titles),
        topics=_single(bare, words.topics),
        unsure=_whole(bare, words.unsure),
        nothing=_whole(bare, words.nothing),
        yes=_whole(bare, words.yes),
        no=_whole(bare, words.no),
        numbers=tuple((tuple(bare.keys(text)), float(value)) for text, value in words.numbers.items()),
        positions=tuple((tuple(bare.keys(text)), at) for text, at in words.positions.items()),
        choosers=_whole(bare, words.choosers),
        refusal=_refusal(words),
        reported=pattern(words.fold(plain(one)) for one in words.reported),
        hedges=pattern(words.fold(plain(one)) for one in words.hedges),
        clauses=pattern(words.fold(plain(one)) for one in words.clauses),
    )


def _add_role(roles: dict[Keys, tuple[int, int]], base: Base, phrase: str, role: int, load: int) -> None:
    keys = tuple(base.keys(phrase))
    for first in (keys[0], *(prefix + keys[0] for prefix in base.words.prefixes if len(keys[0]) > 1)):
        spelled = (first, *keys[1:])
        old, kept = roles.get(spelled, (0, load))
        roles[spelled] = (old | role, load if role & (SPELLED | RANK) else kept)


def _single(base: Base, phrases: Iterable[str]) -> frozenset[str]:
    return frozenset(keys[0] for phrase in phrases if len(keys := base.keys(phrase)) == 1)


def _whole(base: Base, phrases: Iterable[str]) -> frozenset[Keys]:
    return frozenset(tuple(base.keys(phrase)) for phrase in phrases)


def _refusal(words: Words) -> re.Pattern[str] | None:
    if not words.refusals:
        return None
    opening = "|".join(words.openings)
    start = rf"(?:^|[.!?;:,\n؟،؛。、।—–-]|{opening})[\s*_#>]{{0,9}}(?:و|ف)?"
    said = r"(?<!says, )(?<!said, )(?<!says: )(?<!said: )(?<!that )"
    return re.compile(
        f"{start}{said}(?:" + "|".join(words.fold(plain(one)) for one in words.refusals) + ")", re.I | re.M
    )


def indexed(phrases: Iterable[Phrase]) -> Phrases:
    """Phrases by their first word, the longest first."""
    found: Phrases = {}
    for keys, role, load in phrases:
        found.setdefault(keys[0], []).append((list(keys[1:]), role, load))
    for same in found.values():
        same.sort(key=lambda one: -len(one[0]))
    return found
