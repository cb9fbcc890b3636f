"""The peer's side of taking turns: prepare, say so, then one timed call for every line that is read.

Peers run in environments of their own, so nothing here is the project's.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

Call = Callable[[], Any]

# Libraries print where they like; what the parent reads is this alone.
_answers = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)


def seconds(call: Call) -> float:
    """Returns the seconds of one call."""
    before = time.perf_counter()
    call()
    return time.perf_counter() - before


def fastest(forms: dict[str, Call], calls: int = 3) -> str:
    """Returns the name of the form whose best call, after one that is not counted, is the shortest."""
    best = {}
    for name, call in forms.items():
        call()
        best[name] = min(seconds(call) for _ in range(calls))
    return min(best, key=best.get)


def take_turns(call: Call, **facts: Any) -> None:
    """Answers with the facts first, then with the seconds of one call for each line, until there is none."""
    print(json.dumps(facts), file=_answers)
    for _ in sys.stdin:
        print(seconds(call), file=_answers)
