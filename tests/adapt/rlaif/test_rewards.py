"""Rewards: what their optimum is, to the last digit where groups are small enough to be counted out."""

from collections.abc import Sequence
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tawazun.adapt.rlaif.reading import GroupReader
from tawazun.adapt.rlaif.records import REFUSED, UNREAD, Group, Posed, Setting
from tawazun.adapt.rlaif.rewards.distribution import squared_distance
from tawazun.adapt.rlaif.scoring import PATIENCE, Mix, Weighed, make_reward, reward_names
from tawazun.cells import Ask, Asker, Framing
from tawazun.errors import BadStudy, Failure, UnknownName
from tawazun.instruments import instrument


def group(shares: Sequence[float], options: Sequence[int], ask: Ask | None = None) -> Group:
    posed = Posed(0, (("user", "?"),), ask, np.array(shares))
    return Group(posed, tuple(map(str, options)), np.array(options), np.ones(len(options), dtype=int))


def expected_push(shares: np.ndarray, policy: np.ndarray, size: int, *, exact: bool) -> np.ndarray:
    """Exact expectation of sum_i A_i d log q(y_i) / d logits, A_i = r_i - the group's mean, over all groups."""
    reward = make_reward("distribution", 1.0, Setting({"exact": exact}, group=size)).reward
    push = np.zeros(len(policy))
    for drawn in product(range(len(policy)), repeat=size):
        found = reward.score([group(shares, drawn)])[0]
        chance = np.prod(policy[list(drawn)])
        for one, advantage in zip(drawn, found - found.mean(), strict=True):
            push += chance * advantage * (np.eye(len(policy))[one] - policy)
    return push


def test_the_people_s_own_shares_are_where_the_policy_stands_still() -> None:
    shares = np.array([0.6, 0.3, 0.1])
    assert np.abs(expected_push(shares, shares, 4, exact=True)).max() < 1e-12
    # as the trainers' group mean leaves it: off, towards fewer answers
    left = expected_push(shares, shares, 4, exact=False)
    assert left[0] > 0.01 and left[2] < -0.005


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(0.05, 1), min_size=3, max_size=3), st.lists(st.floats(0.05, 1), min_size=3, max_size=3))
def test_the_push_is_the_gradient_of_the_squared_distance(p: list[float], q: list[float]) -> None:
    shares, policy = np.array(p) / sum(p), np.array(q) / sum(q)
    gap = shares - policy
    downhill = policy * (gap - policy @ gap)  # of -1/2 |q - p|^2 by the logits of q
    push = expected_push(shares, policy, 3, exact=True)
    np.testing.assert_allclose(push, 3 * 2 / 3 * downhill, atol=1e-12)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0.01, 1), min_size=3, max_size=3), st.lists(st.floats(0.01, 1), min_size=3, max_size=3))
def test_the_squared_distance_is_without_bias(p: list[float], q: list[float]) -> None:
    shares, policy = np.array(p) / sum(p), np.array(q) / sum(q)
    found = sum(
        np.prod(policy[list(drawn)]) * squared_distance(group(shares, drawn)) for drawn in product(range(3), repeat=3)
    )
    assert found == pytest.approx(((policy - shares) ** 2).sum(), abs=1e-12)


def test_the_reward_of_a_group_by_hand() -> None:
    reward = make_reward("distribution", 1.0, Setting({"exact": False, "penalty": 0.5}, group=4)).reward
    found = reward.score([group([0.7, 0.3], [0, 0, 1, REFUSED])])
    np.testing.assert_allclose(found, [[0.7 - 1 / 3, 0.7 - 1 / 3, 0.3, -0.5]])


def test_refusals_and_unread_replies_are_two_answers_nobody_gave() -> None:
    reward = make_reward("distribution", 1.0, Setting({"penalty": 0.0, "exact": False}, group=4)).reward
    found = reward.score([group([1.0, 0.0], [REFUSED, REFUSED, UNREAD, 0])])[0]
    np.testing.assert_allclose(found, [-1 / 3, -1 / 3, 0.0, 1.0])
    assert squared_distance(group([1.0, 0.0], [REFUSED] * 4)) == pytest.approx(2.0)


def a_question() -> Ask:
    atlas = instrument("atlas")
    framing = Framing(
        persona="none", perspective="self", language="en", wording="w1", order="reversed", labels="letters",
        placement="system", mode="generate",
    )  # fmt: skip
    return Asker(0).ask(atlas, atlas.questions[0], framing)


def test_mode_pays_for_the_mean_and_nothing_else() -> None:
    ask = a_question()
    reward = make_reward("mode", 1.0, Setting(group=4)).reward
    found = reward.score([group([0.5, 0, 0, 0, 0.5], [2, 0, 4, UNREAD], ask)])
    # half at either end, yet the middle, which nobody chose, is best
    np.testing.assert_allclose(found, [[0.0, -0.5, -0.5, -1.0]])


def test_replies_are_read_in_canonical_order_and_grouped_by_prompt_not_by_text() -> None:
    ask = a_question()
    twins = [Posed(0, (("user", "same"),), ask, np.eye(5)[0]), Posed(1, (("user", "same"),), ask, np.eye(5)[4])]
    read = GroupReader(twins, 2).read([0, 0, 1, 1], ["A", "E", "A", "what?"], [1, 1, 1, 2])
    assert [one.options.tolist() for one in read] == [[4, 0], [4, UNREAD]]
    assert [one.posed.number for one in read] == [0, 1]
    with pytest.raises(Failure, match="do not all belong to one prompt"):
        GroupReader(twins, 4).read([0, 0, 1, 1], ["A"] * 4, [1] * 4)


def test_open_prompts_count_different_texts() -> None:
    reader = GroupReader([Posed(0, (("user", "tell me"),))], 4)
    (read,) = reader.read([0] * 4, ["a", "b", "a", " "], [1] * 4)
    assert read.options.tolist() == [0, 1, 0, UNREAD] and read.distinct == 2


class Told:
    """A reward of given numbers."""

    def __init__(self, value: float) -> None:
        self.value = value

    def score(self, groups: Sequence[Group]) -> np.ndarray:
        return np.full((len(groups), len(groups[0].options)), self.value)

    def merit(self, groups: Sequence[Group], rewards: np.ndarray) -> float:
        return self.value


def test_a_mix_weighs_its_parts_and_tells_each() -> None:
    parts = [make_reward("distribution", 2.0, Setting({"exact": False}, group=4)), Weighed("told", 0.5, Told(4.0))]
    groups = [group([0.7, 0.3], [0, 0, 1, 1])]
    total, facts = Mix(parts).score(groups)
    np.testing.assert_allclose(total, 2.0 * parts[0].reward.score(groups) + 2.0)
    assert facts["reward_told"] == 4.0 and facts["distinct"] == 2.0 and facts["unread"] == 0.0
    assert facts["merit"] == pytest.approx(-2 * squared_distance(groups[0]) + 2.0)


def test_a_reward_that_is_no_number_names_the_reply() -> None:
    with pytest.raises(Failure, match="reward told: not a number for the reply '0' to prompt 0"):
        Mix([Weighed("told", 1.0, Told(float("nan")))]).score([group([1.0], [0, 0])])


def test_a_reward_that_never_differs_stops_the_run() -> None:
    mix = Mix([Weighed("told", 1.0, Told(0.3))])
    groups = [group([0.5, 0.5], [0, 1])]
    for _ in range(PATIENCE - 1):
        mix.score(groups)
    with pytest.raises(BadStudy, match="the same for every reply"):
        mix.score(groups)


@pytest.mark.parametrize(
    ("name", "options", "size", "words"),
    [
        ("distribution", {"penalty": -1}, 8, "penalty is a number from 0"),
        ("distribution", {"penality": 1}, 8, "unknown option 'penality'"),
        ("distribution", {}, 2, "groups of 3 or more"),
        ("model", {}, 8, "options.folder"),
    ],
)
def test_options_that_cannot_be(name: str, options: dict[str, object], size: int, words: str) -> None:
    with pytest.raises(BadStudy, match=words):
        make_reward(name, 1.0, Setting(options, group=size))


def test_rewards_on_offer() -> None:
    assert reward_names() == ["distribution", "mode", "model"]
    with pytest.raises(UnknownName, match="unknown reward 'modes' — did you mean 'mode'"):
        make_reward("modes", 1.0, Setting())
