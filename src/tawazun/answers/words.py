"""What a reader must know of a language: one record per language, one file per record in `answers/catalogue/`.

A language without a file gets `NEUTRAL`: labels, digits and option texts where they stand alone, and no word of any
language, so that its replies are left unread rather than misread.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cache

from tawazun.catalogue import load, names

FOLDER = "tawazun.answers.catalogue"


def unchanged(word: str) -> str:
    """The word itself: for languages that need no folding of their own."""
    return word


@dataclass(frozen=True, slots=True)
class Words:
    """Words of one language, as a person writes them; the reader folds case, accents and letter variants.

    final         phrases that announce the last word (`final answer`)
    cues          nouns that announce an answer (`answer`, `my rating`)
    verbs         verbs that give one (`choose`, `would say`)
    nouns         what a label is the name of (`option`, `number`)
    items         what an item number follows (`question`), so that it is not taken for an answer
    links         words that tie a cue to its answer (`is`)
    fillers       words that may stand between them (`the`, `probably`)
    negations     words that turn what follows in the same clause into its opposite
    contrasts     words whose right side is what was not chosen (`rather than`)
    inverts       words that make an answer word name what is not the answer (`worst`, `incorrect`); one that is also
                  an item (`grade`) does so before letters only
    reported      regular expressions over folded text of what is only reported or supposed (`you might think`)
    hedges        regular expressions over folded text of what leaves a yes or no open (`might be`); a word for what
                  is held probable (`likely`) is none of them
    clauses       regular expressions of what ends a clause that is only reported (`but`)
    doubts        words after which a statement is only mentioned (`whether`, `some would say`)
    alternatives  words that add another candidate (`or`)
    joins         words that add another choice (`and`)
    because       words that open an explanation
    followers     words that may follow an option without changing it (`to me`)
    endings       what may follow it and takes the place of a verb (`is my answer`, `describes me`)
    fits          the same, where what it fits may follow (`最符合` + anything)
    turns         words that take back or weaken what was said (`actually`)
    through       the middle of a range (`to`)
    scales        words before the ends of a scale (`scale of`)
    out_of        between a number and the end of its scale (`out of`)
    means         between a number and its explanation in a legend (`means`)
    degrees       words that would make another option of the one they stand before (`extremely`)
    short         one-word options too common to be taken from running text (`never`, `no`)
    numbers       number words; `weak_numbers` are those that are also pronouns (`one`)
    positions     phrases that name a shown position, counted from 0 (`first option`)
    ranks         phrases that say which of two choices follows (`most important`)
    nothing       replies that name no option of a `some` question
    yes, no       words that mean the same as an option `yes` or `no`
    unsure        replies that say the respondent does not know
    refusals      regular expressions over folded text, each tried at the beginning of a clause
    pronouns      letters that are words, never read as a bare label
    articles      letters that are words before another word
    titles        letters that abbreviate a title before a name (`Dr.`)
    topics        nouns of which an option's words may be said without being an answer (`question`)
    prefixes      conjunctions written as one with the next word
    concluding    words that open the last step of a reasoning (`therefore`)
    tails         what belongs to a label and stands after it (`项` of `B项`)
    asks          words that make a question of a sentence
    openings      regular expressions of conjunctions that a refusal may follow
    choosers      nouns that a position may follow as a number (`option 2`), where labels are letters
    stem          folds the inflection of a word
    fold          folds the spellings of a whole text, after those that all languages share
    prose         False: only replies and lines that are nothing but an answer are read
    spaced        False: words are not set apart, so that one character may be part of any word
    verb_final    the verb, and a negation with it, stands after what is chosen
    """

    language: str
    final: tuple[str, ...] = ()
    cues: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ()
    nouns: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    fillers: tuple[str, ...] = ()
    negations: tuple[str, ...] = ()
    contrasts: tuple[str, ...] = ()
    inverts: tuple[str, ...] = ()
    reported: tuple[str, ...] = ()
    hedges: tuple[str, ...] = ()
    clauses: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()
    joins: tuple[str, ...] = ()
    because: tuple[str, ...] = ()
    followers: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()
    fits: tuple[str, ...] = ()
    turns: tuple[str, ...] = ()
    through: tuple[str, ...] = ()
    scales: tuple[str, ...] = ()
    out_of: tuple[str, ...] = ()
    means: tuple[str, ...] = ()
    degrees: tuple[str, ...] = ()
    short: tuple[str, ...] = ()
    numbers: Mapping[str, int] = field(default_factory=dict)
    weak_numbers: tuple[str, ...] = ()
    positions: Mapping[str, int] = field(default_factory=dict)
    ranks: Mapping[str, int] = field(default_factory=dict)
    nothing: tuple[str, ...] = ()
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
    pronouns: tuple[str, ...] = ()
    articles: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    concluding: tuple[str, ...] = ()
    tails: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    openings: tuple[str, ...] = ()
    choosers: tuple[str, ...] = ()
    stem: Callable[[str], str] = unchanged
    fold: Callable[[str], str] = unchanged
    prose: bool = True
    spaced: bool = True
    verb_final: bool = False

    def joined(self, other: "Words") -> "Words":
        """These words with those of a language that replies mix in (another script, so that none collide)."""
        both: dict[str, object] = {}
        for one in fields(self):
            mine, theirs = getattr(self, one.name), getattr(other, one.name)
            if isinstance(mine, tuple):
                both[one.name] = (*mine, *theirs)
            elif isinstance(mine, Mapping):
                both[one.name] = {**theirs, **mine}
        return replace(self, **both)  # type: ignore[arg-type]


NEUTRAL = Words("", prose=False)


@cache
def words_for(language: str) -> Words:
    """The words of a language; `ar-EG` uses those of `ar` unless it has its own file; NEUTRAL where there is none."""
    offered = names(FOLDER)
    for candidate in (language.replace("-", "_").lower(), language.split("-")[0].lower()):
        if candidate in offered:
            found: Words = load(FOLDER, candidate, "WORDS")
            return found
    return NEUTRAL
