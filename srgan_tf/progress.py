"""Progress of long work: a bar in a terminal, and lines with the time elsewhere, as in a log."""

import sys
import time
from types import TracebackType
from typing import Protocol

from tqdm import tqdm

LINE_EVERY = 30.0
"""Seconds between two lines."""


class Progress(Protocol):
    """Counts the parts of a piece of work that are done, in a `with` block."""

    def __enter__(self) -> "Progress":
        """Begins to count."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends the bar."""
        ...

    def update(self, n: int = 1) -> object:
        """Counts `n` more parts."""
        ...

    def set_description(self, desc: str, refresh: bool = True) -> None:
        """Names what is being done."""
        ...


def progress(
    total: int, *, unit: str, desc: str = "", initial: int = 0, delay: float = 0.0, every: float = LINE_EVERY
) -> Progress:
    """Returns what shows the progress of a piece of work on stderr.

    Args:
      total: number of its parts.
      unit: the name of a part.
      desc: what is done.
      initial: parts that are done already.
      delay: seconds before the first sign, so that short work shows none.
      every: seconds between two lines, where stderr is no terminal.
    """
    if sys.stderr.isatty():
        return tqdm(total=total, unit=unit, desc=desc, initial=initial, delay=delay, leave=False)
    return _Lines(total, unit, desc, initial, every)


def note(text: str) -> None:
    """Writes a line to stderr, above a bar in a terminal, and with the time elsewhere."""
    tqdm.write(text if sys.stderr.isatty() else f"{_now()} {text}", file=sys.stderr)


class _Lines:
    """Writes a line now and then: `2026-03-01 12:00:00 packing: 30/90 images, 1.5/s, 00:40 left`."""

    def __init__(self, total: int, unit: str, desc: str, initial: int, every: float) -> None:
        self._total = total
        self._unit = unit
        self._desc = desc
        self._initial = self._done = initial
        self._every = every
        self._begun = self._shown = time.monotonic()

    def __enter__(self) -> "_Lines":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def update(self, n: int = 1) -> None:
        self._done += n
        now = time.monotonic()
        if now - self._shown < self._every or self._done >= self._total:
            return
        self._shown = now
        rate = (self._done - self._initial) / max(now - self._begun, 1e-9)
        left = tqdm.format_interval((self._total - self._done) / rate)
        name = f"{self._desc}: " if self._desc else ""
        note(f"{name}{self._done}/{self._total} {self._unit}s, {rate:.3g}/s, {left} left")

    def set_description(self, desc: str, refresh: bool = True) -> None:  # noqa: ARG002
        self._desc = desc


def _now() -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S")
