"""Asking again after a failure that may go away."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from srgan_tf.serving.server import ServerError

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Patience:
    """How often to ask, and how long to wait in between.

    Attributes:
      attempts: in all.
      first_wait: seconds before the second attempt; it doubles each time, up to `longest_wait`.
      longest_wait: seconds.
    """

    attempts: int = 5
    first_wait: float = 0.5
    longest_wait: float = 20.0


def persistently(ask: Callable[[], Answer], patience: Patience) -> Answer:
    """Asks until there is an answer, with exponential back-off and jitter between half and the whole wait.

    Args:
      ask: raises ServerError.
      patience: how long.

    Returns:
      The answer.

    Raises:
      ServerError: one that asking again does not help, or the last attempt's.
    """
    for attempt in range(1, patience.attempts + 1):
        try:
            return ask()
        except ServerError as error:
            if not error.transient or attempt == patience.attempts:
                raise
            wait = min(patience.first_wait * 2 ** (attempt - 1), patience.longest_wait)
            # Jitter, or all clients of a restarted server would come back at once.
            time.sleep(wait * random.uniform(0.5, 1))
    raise ValueError(f"attempts must be at least 1. Received: {patience.attempts}")
