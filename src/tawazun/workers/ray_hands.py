"""Workers as Ray actors, one job at a time each."""

import socket
from collections.abc import Callable, Sequence
from typing import Any

import ray
from ray import exceptions

from tawazun.workers.records import Doer, Gone, Greeting, Raised


class _Actor:
    """On the worker: what `make` gave, and the doing of jobs. What goes wrong in `begin` is told, not fatal."""

    def begin(self, make: Callable[[], Doer]) -> Greeting:
        self._made = make()
        return Greeting(self._made.facts, socket.gethostname())

    def do(self, order: Any, items: Sequence[Any]) -> tuple[list[Any], list[str]]:
        return self._made.do(order, items)


class RayHands:
    """Each worker is an actor with one CPU slot, and `gpus` GPUs that no other has."""

    def __init__(self, gpus: float = 0) -> None:
        """Ray must be running."""
        # an actor that Ray restarts by itself would have forgotten its model, so none is
        self._actor: Any = ray.remote(num_cpus=1, num_gpus=gpus, max_restarts=0, max_task_retries=0)(_Actor)

    def hire(self, make: Callable[[], Doer]) -> tuple[Any, Any]:
        """Ask for an actor; it comes up when the cluster has a place."""
        actor = self._actor.remote()
        return actor, actor.begin.remote(make)

    def give(self, hand: Any, order: Any, items: Sequence[Any]) -> Any:
        """Queue a job at an actor."""
        return hand.do.remote(order, items)

    def wait(self, tickets: Sequence[Any], seconds: float) -> list[Any]:
        """The tickets that are ready, at least one unless time runs out."""
        if not tickets:
            return []
        ready, rest = ray.wait(list(tickets), num_returns=1, timeout=seconds)
        more, _ = ray.wait(rest, num_returns=len(rest), timeout=0) if rest else ([], [])
        found = {*ready, *more}
        return [ticket for ticket in tickets if ticket in found]

    def fetch(self, ticket: Any) -> Any:
        """The value of a ready ticket. Errors: Raised for what a job raised, Gone for a lost actor, node or object."""
        try:
            return ray.get(ticket)
        except exceptions.RayTaskError as error:
            raise Raised(error.cause if isinstance(error.cause, BaseException) else error) from error
        except exceptions.RayError as error:
            raise Gone(_why(error)) from error

    def dismiss(self, hand: Any) -> None:
        """Kill an actor; one that is dead already stays so."""
        ray.kill(hand, no_restart=True)


def _why(error: Exception) -> str:
    """The sentence of Ray's long message that says what happened."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if lines and "creation task" in lines[0]:
        return f"{lines[-1][:200]}; every machine needs the same Python, Ray and tawazun"
    text = " ".join(lines)
    for mark in ("The actor is dead because", "The actor died because"):
        if mark in text:
            text = mark + text.split(mark, 1)[1]
    return text.split(" Some common causes")[0][:300]
