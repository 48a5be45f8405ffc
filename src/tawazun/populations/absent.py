"""Why a place that a reader looks for has no answers."""

from collections.abc import Iterable, Mapping, Sequence

from tawazun.places import group

LOOKED_FOR = "group:arab-league@2023-05"


def absences(asked: Sequence[str], there: Iterable[str], why: str, known: Mapping[str, str]) -> dict[str, str]:
    """Asked places (nothing asked: the Arab League, whose gaps matter most to our users) that are not there -> why.

    known   places with a reason of their own; `why` is for all others
    """
    present = set(there)
    looked_for = asked or (*group(LOOKED_FOR).members, *known)
    return {code: known.get(code, why) for code in looked_for if code not in present}
