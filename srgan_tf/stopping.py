"""Stopping when the user (Ctrl-C) or the system (SIGTERM) asks: at a step boundary, or at once."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType


class StopRequest:
    """Listens to Ctrl-C and SIGTERM while in its `with` block; a second Ctrl-C ends at once.

    Signals reach the main thread only, so that in another one nothing is heard.

    Attributes:
      asked: whether a signal came.
      signal_number: the signal that came; SIGTERM's where none came here, as in a worker that stops because
        another one was asked to.
    """

    def __init__(self) -> None:
        self.asked = False
        self.signal_number = int(signal.SIGTERM)

    def __enter__(self) -> "StopRequest":
        heard = threading.current_thread() is threading.main_thread()
        numbers = (signal.SIGINT, signal.SIGTERM) if heard else ()
        self._before = {number: signal.signal(number, self._on_signal) for number in numbers}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        if self.asked and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.asked = True
        self.signal_number = number


@contextmanager
def interrupts() -> Iterator[list[int]]:
    """Makes SIGTERM end the block as Ctrl-C does.

    Both raise KeyboardInterrupt where they meet the program, so that unfinished files are removed on the way
    out.

    Yields:
      The numbers of the signals that came; the list grows.
    """
    came: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        came.append(number)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Holds Ctrl-C and SIGTERM back until the block ends; processes that start in it stay deaf to Ctrl-C.

    Without this a worker that Ctrl-C reaches while it imports its modules ends with a traceback.
    """
    held: list[tuple[int, FrameType | None]] = []
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda *came: held.append(came)) for number in numbers}
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # which child processes inherit
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for number, handler in before.items():
            signal.signal(number, handler)
    for number, frame in held[:1]:
        before[number](number, frame)


def leave_interrupts_to_parent() -> None:
    """Makes a worker process deaf to Ctrl-C, which reaches all of a terminal's; its parent ends it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
