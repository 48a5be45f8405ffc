"""Results in order, each item done, whatever happens to workers: with workers that a seed kills."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tawazun.errors import BadFile, BadStudy, Failure
from tawazun.workers import Lost, Terms
from tawazun.workers.crew import Crew
from tawazun.workers.records import Greeting
from tawazun.workers.streams import here, over
from tests.workers.hands import FakeHands


class Doubler:
    """Doubles numbers, and notes how many."""

    def __init__(self) -> None:
        self.facts: dict[str, Any] = {"what": "doubles"}

    def do(self, order: Any, items: Sequence[int]) -> tuple[list[Any], list[str]]:
        return [2 * item for item in items], [f"{len(items)} at once"]


def crew_of(hands: FakeHands, count: int = 3, terms: Terms | None = None) -> Crew:
    return Crew(hands, Doubler, count, terms or Terms(), lambda greeting: None)


def batches(numbers: range, size: int) -> list[list[int]]:
    return [list(numbers[at : at + size]) for at in range(0, len(numbers), size)]


@given(st.integers(0, 10_000), st.integers(1, 5), st.integers(1, 7), st.floats(0, 0.4))
@settings(max_examples=150)
def test_results_stand_in_order_however_many_workers_die(seed: int, count: int, size: int, flaky: float) -> None:
    hands = FakeHands(seed, flaky=flaky)
    crew = crew_of(hands, count, Terms(tries=60))
    tasks = [(own, crew.hand_in("double", own)) for own in batches(range(40), size)]
    assert [crew.finish(task) for _, task in tasks] == [[2 * item for item in own] for own, _ in tasks]
    crew.close()
    # one at a time is done by a worker, so what was done twice was lost with its worker: with none lost, nothing is
    assert len(hands.done) == 40 if len(hands.hired) == count else len(hands.done) >= 40
    assert all(worker.dead for worker in hands.hired)


@given(st.integers(0, 10_000), st.integers(1, 4), st.sets(st.integers(0, 39), max_size=5), st.integers(1, 16))
@settings(max_examples=150)
def test_only_the_items_that_kill_are_lost(seed: int, count: int, poison: set[int], size: int) -> None:
    hands = FakeHands(seed, fatal=lambda item: item in poison)
    crew = crew_of(hands, count, Terms(tries=2, most_lost=40))
    tasks = [crew.hand_in("double", own) for own in batches(range(40), size)]
    found: list[Any] = []
    try:
        for task in tasks:
            found += crew.finish(task)
    except Failure as error:
        # the first few that were tried all killed, so there was no sign that anything can be done
        assert len(poison) >= 3 and "fail at everything" in str(error)
        return
    assert [n for n, one in enumerate(found) if isinstance(one, Lost)] == sorted(poison)
    assert [one for n, one in enumerate(found) if n not in poison] == [2 * n for n in range(40) if n not in poison]
    assert all("killed" in one.reason for one in found if isinstance(one, Lost))


def test_a_lost_worker_charges_its_first_job_only() -> None:
    hands = FakeHands(fatal=lambda item: item == 0)
    crew = crew_of(hands, 1, Terms(tries=1, depth=5, most_lost=10))
    tasks = [crew.hand_in("double", [n]) for n in range(5)]
    found = [crew.finish(task)[0] for task in tasks]
    assert isinstance(found[0], Lost) and found[1:] == [2, 4, 6, 8]
    assert len(hands.hired) == 2 and hands.done == [1, 2, 3, 4]


def test_no_worker_has_more_than_the_terms_say() -> None:
    hands = FakeHands()
    crew = crew_of(hands, 3, Terms(depth=2))
    tasks = [crew.hand_in("double", [n]) for n in range(50)]
    assert [crew.finish(task)[0] for task in tasks] == [2 * n for n in range(50)]
    assert hands.most_queued <= 3 * 2 + 1


def test_items_are_taken_as_they_are_needed() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for n in range(100):
            taken.append(n)
            yield n

    hands = FakeHands()
    found = over(hands, 2, str, items(), None, Terms(depth=2))
    assert next(found) == "0" and len(taken) == 7
    assert [*found] == [str(n) for n in range(1, 100)]
    assert all(worker.dead for worker in hands.hired)


def test_a_stream_that_is_left_lets_its_workers_go() -> None:
    hands = FakeHands()
    found = over(hands, 2, str, range(100), None, Terms())
    next(found)
    found.close()  # type: ignore[attr-defined]
    assert len(hands.hired) == 2 and all(worker.dead for worker in hands.hired)


def test_what_is_made_is_made_once_per_worker() -> None:
    made: list[int] = []

    def make() -> int:
        made.append(len(made))
        return 10

    assert [*here(pow, range(4), make)] == [1, 10, 100, 1000] and len(made) == 1
    assert [*over(FakeHands(), 2, pow, range(40), make, Terms())] == [10**n for n in range(40)]
    assert len(made) == 3


def refuse(item: int) -> int:
    if item == 3:
        raise BadStudy("three is no number")
    return item


def test_a_users_mistake_stops_at_once() -> None:
    hands = FakeHands()
    with pytest.raises(BadStudy, match="three is no number"):
        list(over(hands, 2, refuse, range(10), None, Terms()))
    assert len(hands.hired) == 2 and all(worker.dead for worker in hands.hired)


def stumble(item: int) -> int:
    return 1 // (item - 3)


def test_what_always_raises_is_lost_with_its_reason() -> None:
    found = list(over(FakeHands(), 2, stumble, range(10), None, Terms()))
    assert found[3] == Lost("ZeroDivisionError: integer division or modulo by zero")
    assert [one for one in found if isinstance(one, Lost)] == [found[3]]


def test_when_everything_fails_it_ends_soon() -> None:
    hands = FakeHands(fatal=lambda item: True)
    with pytest.raises(Failure, match="fail at everything, 3 in a row; the last one: the worker was lost"):
        list(over(hands, 2, str, range(1000), None, Terms()))
    assert len(hands.hired) < 20


def test_when_all_that_is_left_fails_it_ends_too() -> None:
    hands = FakeHands(fatal=lambda item: item > 50)
    with pytest.raises(Failure, match="20 in a row"):
        list(over(hands, 2, str, range(1000), None, Terms(tries=1)))


def test_workers_that_never_come_up() -> None:
    with pytest.raises(Failure, match="no worker could be started, 3 were tried; the last one: the worker was lost"):
        list(over(FakeHands(stillborn=100), 2, str, range(5), None, Terms()))


def test_a_few_workers_that_do_not_come_up() -> None:
    assert list(over(FakeHands(stillborn=2), 2, str, range(5), None, Terms())) == ["0", "1", "2", "3", "4"]


def test_no_place_for_any_worker() -> None:
    class NoPlace(FakeHands):
        def wait(self, tickets: Sequence[Any], seconds: float) -> list[Any]:
            return []

    with pytest.raises(Failure, match="no worker came up"):
        list(over(NoPlace(), 2, str, range(5), None, Terms(patience=0.01)))


def test_an_unwelcome_worker_stops_the_work() -> None:
    def welcome(greeting: Greeting) -> None:
        if greeting.host != "host-0":
            raise BadFile(f"{greeting.host} has other files")

    crew = Crew(FakeHands(), Doubler, 3, Terms(), welcome)
    tasks = [crew.hand_in("double", [n]) for n in range(40)]
    with pytest.raises(BadFile, match="has other files"):
        for task in tasks:
            crew.finish(task)
