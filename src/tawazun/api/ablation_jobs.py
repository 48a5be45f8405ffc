"""Stages and models of an ablation in several processes of this machine.

A stage begins when the one before it is whole; stages that do not need one another are trained at the same time. Every
process computes with as many threads as this one, so weights and answers are those of one process, bit by bit.
"""

import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from tawazun.adapt.ablation.chains import Link
from tawazun.adapt.ablation.keys import AblationRecipe
from tawazun.adapt.ablation.threads import compute_with, threads
from tawazun.api.ablation_asking import Subject, ask
from tawazun.api.ablation_ground import Ground, find_ground
from tawazun.api.ablation_stages import Chain, told_of, train_stage
from tawazun.api.training import Given
from tawazun.errors import BadStudy
from tawazun.workers.pools import Processes

NOISE = r"(transformers|trl|peft|accelerate)\b"


@dataclass(frozen=True)
class Stage:
    """A stage to be trained, and those before it in its arm."""

    link: Link
    before: tuple[Link, ...]


Item = Stage | Subject
Said = list[str]


@contextmanager
def several(ground: Ground, jobs: int) -> Iterator[Processes]:
    """So many processes, each of which finds for itself what the recipe names. Errors: BadStudy below one."""
    if jobs < 1:
        raise BadStudy(f"--jobs is a number from 1 up, not {jobs}")
    given = ground.shop.given  # of which the functions cannot be sent
    where = (given.folder, given.data, given.remote_code)
    pool = Processes(_do, partial(_make, ground.recipe, ground.shop.out, where, threads()), jobs)
    try:
        yield pool
    finally:
        pool.close()


def train_all(ground: Ground, pool: Processes, jobs: int) -> None:
    """Train every stage that is not there. Errors: those of the stages; what they had trained so far is kept."""
    shop, waiting = ground.shop, _missing(ground)
    running: dict[Future[Said], str] = {}
    while waiting or running:
        ready = [one for one in waiting if all(shop.whole(link) for link in one[1].before)]
        for chain, stage in ready[: jobs - len(running)]:
            waiting.remove((chain, stage))
            shop.given.say(told_of(chain, stage.link))
            running[pool.begin(stage)] = stage.link.name
        _finished(running, pool, shop.given.say)


def ask_all(ground: Ground, subjects: Sequence[Subject], pool: Processes) -> None:
    """Ask every model what it was not asked before. Errors: those of asking."""
    running: dict[Future[Said], str] = {pool.begin(one): one.label for one in subjects}
    while running:
        _finished(running, pool, ground.shop.given.say)


def _missing(ground: Ground) -> list[tuple[Chain, Stage]]:
    """Each different stage once, with the first arm that has it."""
    found: dict[str, tuple[Chain, Stage]] = {}
    for chain in ground.chains:
        for number, link in enumerate(chain.links):
            if link.name not in found and not ground.shop.whole(link):
                found[link.name] = (chain, Stage(link, chain.links[:number]))
    return list(found.values())


def _finished(running: dict[Future[Said], str], pool: Processes, say: Callable[[str], None]) -> None:
    """Wait for one of them at least, and say what it said."""
    for ticket in wait(running, return_when=FIRST_COMPLETED).done:
        del running[ticket]
        for line in pool.end(ticket):
            say(line)


# ---- in a process of its own


def _make(recipe: AblationRecipe, out: Path, where: tuple[Path, str | Path | None, bool], count: int) -> Ground:
    warnings.filterwarnings("ignore", category=FutureWarning, module=NOISE)
    compute_with(count)
    folder, data, remote_code = where
    return find_ground(recipe, out, Given(folder, data, remote_code))


def _do(ground: Ground, item: Item) -> Said:
    said: Said = []
    own = replace(ground, shop=replace(ground.shop, given=replace(ground.shop.given, say=said.append)))
    if isinstance(item, Stage):
        train_stage(own.shop, item.link, item.before)
    else:
        ask(own, item)
    return said
