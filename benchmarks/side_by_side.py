"""Ways of doing the same, timed in turns in one run, so that the machine's moods hit all alike."""

import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROUNDS = 7


@dataclass(frozen=True)
class Ratio:
    """How long one way takes, measured against another.

    Attributes:
      name: what was timed.
      against: what it was timed against.
      seconds: median time of the first.
      seconds_against: median time of the second.
      ratio: median over rounds of the ratio within a round.
      low: smallest ratio of a round.
      high: largest ratio of a round.
      goal: the ratio to reach, or None.
      note: what a reader should know, such as why the goal is missed.
    """

    name: str
    against: str
    seconds: float
    seconds_against: float
    ratio: float
    low: float
    high: float
    goal: float | None = None
    note: str = ""


def in_turns(
    ways: dict[str, Callable[[], object]], rounds: int = ROUNDS, repeat: int = 3
) -> dict[str, list[float]]:
    """Times each way in every round, after one round that is not counted.

    Args:
      ways: functions that return when their work is done.
      rounds: how many rounds are counted.
      repeat: calls a round; their fastest counts, since what disturbs a call only makes it longer.

    Returns:
      Seconds of each round by way.
    """
    times = {name: [] for name in ways}
    for i in range(rounds + 1):
        for name, way in ways.items():
            calls = []
            for _ in range(repeat):
                before = time.perf_counter()
                way()
                calls.append(time.perf_counter() - before)
            if i:
                times[name].append(min(calls))
    return times


def ratio(
    times: dict[str, list[float]], name: str, against: str, goal: float | None = None, note: str = ""
) -> Ratio:
    """The ratio of two ways timed by `in_turns`."""
    ratios = [a / b for a, b in zip(times[name], times[against], strict=True)]
    return Ratio(
        name,
        against,
        statistics.median(times[name]),
        statistics.median(times[against]),
        statistics.median(ratios),
        min(ratios),
        max(ratios),
        goal,
        note,
    )


def table(ratios: list[Ratio]) -> str:
    """Markdown, a row per ratio."""
    lines = ["| what | s | against | s | ratio (rounds) | goal | |", "|---|---|---|---|---|---|---|"]
    for r in ratios:
        goal = "" if r.goal is None else f"{r.goal:.2f}"
        lines.append(
            f"| {r.name} | {r.seconds:.3f} | {r.against} | {r.seconds_against:.3f} "
            f"| {r.ratio:.2f} ({r.low:.2f} to {r.high:.2f}) | {goal} | {r.note} |"
        )
    return "\n".join(lines)


def machine() -> str:
    """The processor and what of it matters here."""
    text = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    lines = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    facts = {key.strip(): value.strip() for key, value in lines.items()}
    flags = facts.get("flags", "").split()
    wanted = [f for f in ("avx2", "avx512f", "avx512_bf16", "amx_bf16") if f in flags]
    cores = text.count("processor\t:")
    name = f"{facts.get('model name', platform.processor())}, family {facts.get('cpu family', '?')}"
    return f"{name} model {facts.get('model', '?')}, {cores} cores, {', '.join(wanted)}"
