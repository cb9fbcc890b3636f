"""What steps report, read without making an accelerator wait, and how fast they go."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import tensorflow as tf


class Meter:
    """Collects the values of steps between two logged rows.

    The values of a step are read while the next one runs, so that an accelerator never waits for the host.

    Args:
      terms: names of the values; one more stands behind them, the number of workers asked to stop.
      check: lets the values of a step pass, or raises.
    """

    def __init__(self, terms: tuple[str, ...], check: Callable[[int, np.ndarray], np.ndarray]) -> None:
        self.stopping = False
        self._terms = terms
        self._check = check
        self._pending: tuple[int, tf.Tensor] | None = None
        self.restart()

    def restart(self) -> None:
        """Begins a new row."""
        self._values: list[np.ndarray] = []
        self._waited = 0.0
        self._paused = 0.0
        self._since = time.perf_counter()

    def add(self, step: int, values: tf.Tensor) -> None:
        """Takes the values of a step that may still be running, and checks those of the one before."""
        self.read()
        self._pending = step, values

    def read(self) -> None:
        """Waits for the last step and checks its values; nothing may be saved before this."""
        if self._pending is not None:
            step, values = self._pending
            self._pending = None
            self._values.append(self._check(step, values.numpy()))
            self.stopping = self.stopping or bool(self._values[-1][-1])

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Time in this block counts as waiting for data."""
        before = time.perf_counter()
        yield
        self._waited += time.perf_counter() - before

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Time in this block does not count: saving and validating are not training."""
        before = time.perf_counter()
        yield
        self._paused += time.perf_counter() - before

    def row(self) -> dict[str, float]:
        """Means of the terms since `restart`, steps per second, and the share of time spent on waiting."""
        elapsed = time.perf_counter() - self._since - self._paused
        means = np.mean(self._values, axis=0)[:-1]
        return {
            **{name: float(value) for name, value in zip(self._terms, means, strict=True)},
            "steps_per_second": len(self._values) / elapsed,
            "waiting_for_data": self._waited / elapsed,
        }
