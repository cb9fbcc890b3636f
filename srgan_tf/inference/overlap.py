"""Threads beside the one that computes, so that neither files nor pixels keep it waiting.

The thread that computes is the caller's, which is the one that Ctrl-C meets. What is passed between threads
is bounded, errors come out where results are asked for, and every thread ends with its `with` block.
"""

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import TypeVar

import numpy as np

T = TypeVar("T")

QUEUE = 64 * 10**6
"""Bytes of strips that are handed over and not written yet; one strip alone may be larger."""

ROWS = 256
"""Rows of a strip that the other thread is given at a time, so that it stops soon."""


class Abandoned(Exception):  # noqa: N818 - an end, not an error
    """The strips will not go on, because making them failed or the user stopped."""


def one_behind(calls: Iterable[Callable[[], T]]) -> Iterator[T]:
    """Yields the results of functions in order, each called in a thread while the next one is being made.

    Args:
      calls: what makes the next function is done in the caller's thread; one waits at most.
    """
    with ThreadPoolExecutor(1) as pool:
        before: Future[T] | None = None
        for call in calls:
            after = pool.submit(call)
            if before is not None:
                yield before.result()
            before = after
        if before is not None:
            yield before.result()


class Behind:
    """A thread that consumes strips, of one image after the other, while the caller's makes the next ones.

    When the `with` block ends well, all that was handed over is consumed. When it ends otherwise, consumers
    find their strips `Abandoned`. Either way nothing runs on behind it.
    """

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1)
        self._changed = threading.Condition()
        self._bytes = 0
        self._stopped = False

    def __enter__(self) -> "Behind":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            with self._changed:
                self._stopped = True
                self._changed.notify_all()
        self._pool.shutdown(wait=True, cancel_futures=kind is not None)

    def hand_over(
        self, strips: Iterable[np.ndarray], consume: Callable[[Iterator[np.ndarray]], T]
    ) -> "Future[T]":
        """Makes strips here and has them consumed in the thread.

        Waits where `QUEUE` is full, and not for the end of the consumption.

        Args:
          strips: (rows, ...), made while they are taken.
          consume: function of an iterator over them, cut into `ROWS` at most.

        Returns:
          The result of `consume`, or what it raised, as soon as it is there.

        Raises:
          Exception: what making the strips raised; `consume` has ended then.
        """
        line: deque[np.ndarray | None] = deque()  # the first one is being consumed; None is the end
        ended = abandoned = False

        def taken() -> Iterator[np.ndarray]:
            while True:
                with self._changed:
                    self._changed.wait_for(lambda: line or abandoned or self._stopped)
                    if not line:
                        raise Abandoned
                    strip = line[0]
                if strip is None:
                    return
                for first in range(0, len(strip), ROWS):
                    if abandoned or self._stopped:
                        raise Abandoned
                    yield strip[first : first + ROWS]
                del strip  # or it would stay in memory until the next one comes
                with self._changed:
                    self._bytes -= line.popleft().nbytes
                    self._changed.notify_all()

        def consumed() -> T:
            nonlocal ended
            try:
                return consume(taken())
            finally:
                with self._changed:
                    ended = True
                    self._bytes -= sum(strip.nbytes for strip in line if strip is not None)
                    line.clear()
                    self._changed.notify_all()

        def put(strip: np.ndarray | None) -> None:
            size = 0 if strip is None else strip.nbytes
            with self._changed:
                self._changed.wait_for(
                    lambda: ended or not self._bytes or not size or self._bytes + size <= QUEUE
                )
                if not ended:
                    line.append(strip)
                    self._bytes += size
                    self._changed.notify_all()

        future = self._pool.submit(consumed)
        try:
            for strip in strips:
                put(strip)
                if ended:  # it failed, and its error is for who asks for the result
                    break
            put(None)
        except BaseException:
            with self._changed:
                abandoned = True
                self._changed.notify_all()
            future.cancel() or future.exception()  # where it has not begun, it need not
            raise
        finally:
            if isinstance(strips, Generator):
                strips.close()  # with its thread, if it has one
        return future
