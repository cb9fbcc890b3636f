import pytest

from benchmarks.side_by_side import Ratio, Unmeasured, in_turns, ratio, table


def counted(seconds):
    """A way that takes the next of some numbers of seconds at each call."""
    left = iter(seconds)
    return lambda: next(left)


def test_the_fastest_call_of_a_round_counts_and_the_first_round_does_not():
    times = in_turns({"a": counted([9, 9, 3, 2, 5, 4])}, rounds=2, repeat=2)
    assert times == {"a": [2, 4]}


def test_every_round_times_every_way():
    order = []
    ways = {name: lambda name=name: order.append(name) or 1.0 for name in "ab"}
    in_turns(ways, rounds=1, repeat=1)
    assert order == ["a", "b", "a", "b"]


def test_the_ratio_is_the_median_of_the_rounds_ratios():
    found = ratio({"a": [1.0, 3.0, 2.0], "b": [2.0, 3.0, 8.0]}, "a", "b", goal=0.4)
    assert (found.ratio, found.low, found.high, found.rounds) == (0.5, 0.25, 1.0, 3)
    assert (found.seconds, found.seconds_against) == (2.0, 3.0)


def row(ratio, goal):
    return Ratio("ours", "theirs", 1.0, 2.0, ratio, ratio, ratio, 5, goal, "the machine is slow")


@pytest.mark.parametrize(
    ("ratio", "goal", "verdict", "excused"),
    [(0.5, 0.6, "0.6, met", False), (0.7, 0.6, "0.6, missed", True), (0.7, None, "| |", False)],
)
def test_only_a_missed_goal_has_a_reason(ratio, goal, verdict, excused):
    text = table([row(ratio, goal)])
    assert verdict in text or goal is None
    assert ("the machine is slow" in text) == excused


def test_what_could_not_be_measured_says_why():
    assert "| ours | | | | not measured: no such package | |" in table(
        [Unmeasured("ours", "no such package")]
    )
