"""Which option lists are ordered scales, and in what order: a documented list, never a guess.

A list of options is ordered when every option is a rung of one ladder below, each rung taken once, three rungs or more;
or when it is a run of numbers whose two ends may be named. Everything else is nominal, also what a person might put in
order: the price of a wrong order is a mean that means nothing. Two options have no order worth the name.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache

# rungs from low to high, each with its usual spellings; {q} is one of QUALITIES
ONE_SIDED = (
    "not at all {q} | not {q} at all | not {q} < not too {q} | not very {q} | not particularly {q} | not that {q} < "
    "somewhat {q} | rather {q} | fairly {q} | quite {q} | moderately {q} | a little {q} < very {q} < extremely {q}"
)
QUALITIES = (
    "important concerned worried confident satisfied interested excited proud happy likely serious safe secure "
    "religious difficult easy effective familiar patriotic informed optimistic comfortable democratic influential "
    "attached threatened"
).split()
# {l} and {h} are opposites, such as bad and good
OPPOSITE = (
    "very {l} | extremely {l} | much {l} | a lot {l} < {l} | somewhat {l} | fairly {l} | rather {l} | mostly {l} | "
    "quite {l} | a little {l} | slightly {l} < neither {h} nor {l} | neither {l} nor {h} | neutral < {h} | "
    "somewhat {h} | fairly {h} | rather {h} | mostly {h} | quite {h} | a little {h} | slightly {h} < very {h} | "
    "extremely {h} | much {h} | a lot {h}"
)
OPPOSITES = (
    "bad/good, bad thing/good thing, bad job/good job, unfavorable/favorable, unfavourable/favourable, "
    "dissatisfied/satisfied, negative/positive, unlikely/likely, unsafe/safe, unimportant/important, unhappy/happy, "
    "pessimistic/optimistic, poorly/well, badly/well, unfair/fair, worse/better"
)
STANCE = (
    "strongly {l} | {l} strongly | completely {l} | totally {l} | definitely {l} | fully {l} < {l} | mostly {l} | "
    "somewhat {l} | {l} somewhat | tend to {l} | probably {l} | slightly {l} | generally {l} < "
    "neither {h} nor {l} | neither {l} nor {h} | neutral < {h} | mostly {h} | somewhat {h} | {h} somewhat | "
    "tend to {h} | probably {h} | slightly {h} | generally {h} < strongly {h} | {h} strongly | "
    "completely {h} | totally {h} | definitely {h} | fully {h}"
)
STANCES = (
    "disagree/agree, oppose/favor, oppose/favour, oppose/support, disapprove/approve, distrust/trust, fail/succeed, "
    "reject/accept, no/yes"
)
# ladders that follow no pattern
LADDERS = (
    "none at all | not at all | no confidence at all | no confidence | no influence at all | no trust at all < "
    "not too much | not very much | not much | not too much confidence | only a little | a little < "
    "some | some confidence | fair amount | a fair amount | quite a lot | somewhat < "
    "great deal | a great deal | a lot | a lot of confidence | a great deal of confidence | very much",
    "not at all < not too closely | not very closely < somewhat closely | fairly closely < very closely",
    "not at all | not well at all < not too well | not very well < somewhat well | fairly well < very well",
    "not a threat | no threat at all < minor threat < somewhat serious threat < major threat | very serious threat",
    "not a problem at all | not a problem | no problem at all < small problem < moderately big problem < "
    "very big problem",
    "not a problem at all | not a problem < not too serious < somewhat serious < very serious",
    "very bad thing | very bad < somewhat bad | bad | bad thing < somewhat good | good | good thing < "
    "very good thing | very good",
    "bad | bad thing < don't mind < good | good thing",
    "not more < only a little more < somewhat more < a lot more",
    "never < rarely | seldom | hardly ever < sometimes | from time to time | occasionally < "
    "often | frequently < always",
    "never < usually < always",
    "never < less than monthly < monthly < weekly < daily",
    "never justified < rarely justified < sometimes justified < often justified",
    "never justifiable < sometimes justifiable < always justifiable",
    "would never do | would never under any circumstances do it < might do < have done",
    "do not trust at all < do not trust very much < trust somewhat < trust completely",
    "very poor < poor < fair < good < very good",
    "poor < only fair | fair < good < excellent",
    "worse | change for the worse | gotten worse | got worse | worsen < same | about the same | the same | "
    "has not changed | not changed | stayed the same | stay the same | remain the same | no change | "
    "not much difference | not change that much < better | change for the better | gotten better | got better | "
    "improve",
    "decrease | decreased | less | fewer | less important role | weaker < same | about the same | the same | "
    "no change | stay the same | kept about the same | as important as 10 years ago < increase | increased | more | "
    "more important role | stronger",
)
LEAST = 3


def _ladders() -> Iterator[str]:
    yield from LADDERS
    yield from (ONE_SIDED.format(q=quality) for quality in QUALITIES)
    for form, pairs in ((OPPOSITE, OPPOSITES), (STANCE, STANCES)):
        for pair in pairs.split(", "):
            low, high = pair.split("/")
            yield form.format(l=low, h=high)


@cache
def _rungs() -> tuple[dict[str, int], ...]:
    return tuple(
        {text.strip(): height for height, rung in enumerate(one.split("<")) for text in rung.split("|")}
        for one in _ladders()
    )


def plain(text: str) -> str:
    """An option without case, outer punctuation, typographic apostrophes and doubled blanks."""
    straight = re.sub(r"[´`’‘]", "'", text).casefold()
    return " ".join(straight.split()).strip(" .,;:")


def scale_codes(options: Sequence[str]) -> tuple[float, ...] | None:
    """The numeric code of each option of an ordered scale, from low to high; None when the list is not known as one.

    Rungs of a ladder get 1, 2, 3 … from its low end; a run of numbers keeps its numbers.

    >>> scale_codes(["Very favorable", "Somewhat favorable", "Somewhat unfavorable", "Very unfavorable"])
    (4.0, 3.0, 2.0, 1.0)
    >>> scale_codes(["Better", "Worse", "Has not changed"])
    (3.0, 1.0, 2.0)
    >>> scale_codes(["Not important at all", "1", "Very important", "2", "3"])
    (0.0, 1.0, 4.0, 2.0, 3.0)
    >>> scale_codes(["France", "India", "Germany"]) is None
    True
    """
    texts = [plain(option) for option in options]
    if len(texts) < LEAST or len(set(texts)) < len(texts):
        return None
    heights = _heights(texts)
    if heights is not None:
        order = sorted(heights)
        return tuple(float(order.index(height) + 1) for height in heights)
    return _numbers(texts)


def _heights(texts: Sequence[str]) -> list[int] | None:
    """Each text's rung on the first ladder that has them all, one rung each."""
    for ladder in _rungs():
        heights = [ladder.get(text, -1) for text in texts]
        if min(heights) >= 0 and len(set(heights)) == len(heights):
            return heights
    return None


def _numbers(texts: Sequence[str]) -> tuple[float, ...] | None:
    """Codes of a run of whole numbers whose two ends may be named instead."""
    numbers = {i: int(text) for i, text in enumerate(texts) if re.fullmatch(r"-?\d{1,3}", text)}
    named = [i for i in range(len(texts)) if i not in numbers]
    run = sorted(numbers.values())
    if len(run) < LEAST or len(named) > 2 or run != list(range(run[0], run[-1] + 1)):
        return None
    ends = _ends(texts, named, numbers) if named else {}
    if ends is None:
        return None
    codes = {**numbers, **{i: run[0] - 1 if low else run[-1] + 1 for i, low in ends.items()}}
    return tuple(float(codes[i]) for i in range(len(texts)))


def _ends(texts: Sequence[str], named: Sequence[int], numbers: dict[int, int]) -> dict[int, bool] | None:
    """Whether each named option is the low end: by its place around rising numbers, else by a ladder with both."""
    values = list(numbers.values())
    rising = values == sorted(values)
    first, last = min(numbers), max(numbers)
    if rising and all(i < first or i > last for i in named) and len({i < first for i in named}) == len(named):
        return {i: i < first for i in named}
    if len(named) == 2:
        heights = _heights([texts[i] for i in named])
        if heights is not None:
            return {i: height == min(heights) for i, height in zip(named, heights, strict=True)}
    return None
