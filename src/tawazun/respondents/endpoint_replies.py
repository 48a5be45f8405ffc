"""From the requests of one ask to its outcome: what came is handed on also where the rest failed."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

from tawazun.answers import Outcome
from tawazun.cells import Ask
from tawazun.respondents.endpoint_faults import CellFailed, Halt, Malformed, Stopped
from tawazun.respondents.endpoint_loop import each_of
from tawazun.respondents.records import Partly
from tawazun.respondents.replies import told

Found = TypeVar("Found")
UNFINISHED = Outcome(error="other replies have not come yet")


async def or_reason(asking: Coroutine[Any, Any, Found]) -> Found | Outcome:
    """What asking comes to, or the reason why there is no answer."""
    try:
        return await asking
    except (CellFailed, Malformed, Stopped) as error:
        return reason_of(error)


def reason_of(error: Exception) -> Outcome:
    """The outcome of an ask that failed."""
    return Outcome(error=f"not asked: {error}" if isinstance(error, Stopped) else str(error))


async def drawn(
    asking: Callable[[int, Halt], Coroutine[Any, Any, str]],
    wanted: Sequence[int],
    *,
    alike: bool,
    hear: Callable[[Partly], None] = lambda said: None,
) -> list[str] | Partly:
    """The replies of sample indices, in their order; where all are `alike` one is asked for and stands for all.

    asking   a sample index and what speaks against sending one more request for this ask
    hear     told of every single reply as it comes
    """
    halt = Halt()
    if alike:
        return [await asking(0, halt)] * len(wanted)

    async def heard(k: int) -> str:
        text = await asking(k, halt)
        hear(Partly({k: text}, UNFINISHED))
        return text

    said = await each_of([heard(k) for k in wanted], halt)
    failed = [one for one in said if isinstance(one, Exception)]
    texts = {k: one for k, one in zip(wanted, said, strict=True) if isinstance(one, str)}
    if not failed:
        return list(texts.values())
    first = next((one for one in failed if not isinstance(one, Stopped)), failed[0])
    return Partly(texts, reason_of(first))


def outcome_of(ask: Ask, said: Sequence[str] | Partly | Outcome) -> Outcome:
    """The outcome of an ask: a share of some replies would be another share, so all of them or none."""
    if isinstance(said, Partly):
        return said.outcome
    return said if isinstance(said, Outcome) else told(ask, said)
