"""Stopping at a step boundary when the user or the system asks."""

import signal
from types import FrameType, TracebackType


class StopRequest:
    """Listens to Ctrl-C and SIGTERM while in its `with` block; a second Ctrl-C ends at once.

    Attributes:
      asked: whether a signal came.
      signal_number: the signal that came; SIGTERM's where none came here, as in a worker that stops because
        another one was asked to.
    """

    def __init__(self) -> None:
        self.asked = False
        self.signal_number = int(signal.SIGTERM)

    def __enter__(self) -> "StopRequest":
        self._before = {s: signal.signal(s, self._on_signal) for s in (signal.SIGINT, signal.SIGTERM)}
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
