"""Ways of doing the same, timed in turns in one run, so that the machine's moods hit all alike."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from srgan_tf.markdown import markdown_table

ROUNDS = 7
REST = 0.05
"""Seconds between two ways, in which threads that still spin for the last one come to rest."""

Way = Callable[[], float]
"""Does its work once and gives the seconds that it took."""


@dataclass(frozen=True)
class Ratio:
    """The time that one way takes against another.

    Attributes:
      name: what was timed.
      against: what it was timed against.
      seconds: median time of the first.
      seconds_against: median time of the second.
      ratio: median over rounds of the ratio within a round.
      low: smallest ratio of a round.
      high: largest ratio of a round.
      rounds: how many.
      goal: the ratio to reach, or None.
      reason: why the goal is missed, where it is; read only then.
    """

    name: str
    against: str
    seconds: float
    seconds_against: float
    ratio: float
    low: float
    high: float
    rounds: int
    goal: float | None = None
    reason: str = ""

    @property
    def missed(self) -> bool:
        """True if there is a goal that is not reached."""
        return self.goal is not None and self.ratio > self.goal


@dataclass(frozen=True)
class Unmeasured:
    """Returns a row that could not be measured, and why."""

    name: str
    reason: str


def timed(work: Callable[[], object]) -> Way:
    """Returns a way made of a function that returns when its work is done."""

    def way() -> float:
        before = time.perf_counter()
        work()
        return time.perf_counter() - before

    return way


def in_turns(
    ways: dict[str, Way], rounds: int = ROUNDS, repeat: int = 3, *, uncounted: int = 1
) -> dict[str, list[float]]:
    """Times each way in every round.

    Args:
      ways: what to time, by name.
      rounds: how many rounds are counted.
      repeat: calls a round; their fastest counts, since what disturbs a call only makes it longer.
      uncounted: rounds before them, in which caches fill and functions are traced.

    Returns:
      Seconds of each round by way.
    """
    times = {name: [] for name in ways}
    for i in range(uncounted + rounds):
        for name, way in ways.items():
            time.sleep(REST)
            least = min(way() for _ in range(repeat))
            if i >= uncounted:
                times[name].append(least)
    return times


def ratio(
    times: dict[str, list[float]], name: str, against: str, goal: float | None = None, reason: str = ""
) -> Ratio:
    """Returns the ratio of two ways timed by `in_turns`."""
    ratios = [a / b for a, b in zip(times[name], times[against], strict=True)]
    return Ratio(
        name,
        against,
        statistics.median(times[name]),
        statistics.median(times[against]),
        statistics.median(ratios),
        min(ratios),
        max(ratios),
        len(ratios),
        goal,
        reason,
    )


def table(
    rows: Sequence[Ratio | Unmeasured], unit: str = "s", shown: Callable[[float], str] = "{:.3g}".format
) -> str:
    """Returns Markdown: a row per ratio, and below it why goals are missed, where they are.

    Args:
      rows: what was measured.
      unit: of the columns of times.
      shown: seconds as text in that unit.
    """
    cells = []
    for r in rows:
        if isinstance(r, Unmeasured):
            cells.append([r.name, "", "", "", f"not measured: {r.reason}", ""])
            continue
        goal = "" if r.goal is None else f"{r.goal:g}, {'missed' if r.missed else 'met'}"
        times = f"{r.ratio:.3g} ({r.low:.3g} to {r.high:.3g}, {r.rounds})"
        cells.append([r.name, shown(r.seconds), r.against, shown(r.seconds_against), times, goal])
    lines = [markdown_table(["what", unit, "against", unit, "ratio (range, rounds)", "goal"], cells)]
    reasons = [f"- {r.name}: {r.reason}" for r in rows if isinstance(r, Ratio) and r.missed and r.reason]
    return "\n".join([*lines, "", *reasons] if reasons else lines)
