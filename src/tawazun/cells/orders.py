"""Option orders by name: the same name always gives the same permutation for a question, in any batch or run."""

import re

from tawazun.errors import BadStudy
from tawazun.seeds import stream

NUMBER = re.compile(r"[0-9]{1,6}")


def order_indices(order: str, count: int, study_seed: int, question: str) -> tuple[int, ...]:
    """Canonical option index of each shown position.

    order   `forward` | `reversed` | `rotate-N` | `shuffle-N` (drawn from study seed, question and N only)
    Errors  BadStudy for another spelling.
    """
    kind, _, number = order.partition("-")
    counted = NUMBER.fullmatch(number) is not None
    if order == "forward":
        return tuple(range(count))
    if order == "reversed":
        return tuple(reversed(range(count)))
    if kind == "rotate" and counted:
        return tuple((i + int(number)) % count for i in range(count))
    if kind == "shuffle" and counted:
        return tuple(int(i) for i in stream("order", study_seed, question, int(number)).permutation(count))
    raise BadStudy(f"orders: unknown order {order!r}; allowed: forward, reversed, rotate-N, shuffle-N")
