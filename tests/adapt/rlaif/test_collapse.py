"""The collapse watch: when it calls, and that it goes on after a kill as if there had been none."""

import json

from hypothesis import given
from hypothesis import strategies as st

from tawazun.adapt.rlaif.collapse import Bounds, CollapseWatch


def test_it_calls_when_the_mean_falls_under_the_start_s() -> None:
    watch = CollapseWatch(Bounds(entropy=0.5, distinct=0.5, window=2))
    said = [watch.see(entropy, 3.0) for entropy in (1.0, 1.0, 0.5, 0.5, 0.4)]
    assert said[:4] == ["", "", "", ""]  # half is not under a half
    assert said[4] == "entropy of the replies fell from 1 to 0.45, under 50% of the start"


def test_fewer_different_answers_are_a_sign_of_their_own() -> None:
    watch = CollapseWatch(Bounds(entropy=0, distinct=0.6, window=1))
    assert watch.see(1.0, 4.0) == ""
    assert "different answers in a group fell from 4 to 2" in watch.see(1.0, 2.0)


def test_signs_can_be_turned_off() -> None:
    watch = CollapseWatch(Bounds(entropy=0, distinct=0, window=1))
    assert [watch.see(value, value) for value in (1.0, 0.001)] == ["", ""]


def test_a_policy_that_narrows_a_little_in_every_round_is_seen() -> None:
    """Each round keeps 60 % of the entropy that it began with, which no round by itself would call."""
    bounds, start, said = Bounds(entropy=0.3, distinct=0, window=2), dict[str, float](), []
    for number in range(3):
        watch = CollapseWatch(bounds, dict(start))
        said += [watch.see(0.6**number * part, 3.0) for part in (1.0, 1.0, 0.6, 0.6)]
        start = watch.start
    # one low step of a new round is no mean yet
    assert start["entropy"] == 1.0 and CollapseWatch(bounds, dict(start)).see(0.0, 3.0) == ""
    assert said[:10] == [""] * 10 and all("entropy of the replies fell from 1 to" in one for one in said[10:])


@given(st.lists(st.tuples(st.floats(0.01, 2), st.floats(1, 8)), min_size=1, max_size=30), st.integers(0, 29))
def test_a_watch_taken_up_says_what_it_would_have_said(seen: list[tuple[float, float]], cut: int) -> None:
    bounds = Bounds(window=3)
    whole, first = CollapseWatch(bounds), CollapseWatch(bounds)
    told = [whole.see(*one) for one in seen]
    cut = min(cut, len(seen))
    before = [first.see(*one) for one in seen[:cut]]
    later = CollapseWatch.of(bounds, json.loads(json.dumps(first.state)))
    assert before + [later.see(*one) for one in seen[cut:]] == told
