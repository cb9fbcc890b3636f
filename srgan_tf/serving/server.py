"""A model server as the client sees it: the questions, the errors, and asking again after those that pass."""

import random
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential

from srgan_tf.errors import WorkError

Arrays = dict[str, np.ndarray]
Answer = TypeVar("Answer")

TRANSIENT = frozenset({"UNAVAILABLE", "RESOURCE_EXHAUSTED", "DEADLINE_EXCEEDED", "ABORTED"})
"""Codes of errors that may go away if one asks again."""

MEANING = {
    "INVALID_ARGUMENT": "the server refuses the request",
    "NOT_FOUND": "the server does not serve this model, version or signature; check --model and --url",
    "UNIMPLEMENTED": "this is no TensorFlow Serving port of this kind; REST is usually 8501, gRPC 8500",
    "UNAVAILABLE": "the server cannot be reached or is starting; check --url",
    "DEADLINE_EXCEEDED": "no answer in time; try a longer --timeout or a smaller --tile",
    "RESOURCE_EXHAUSTED": "the server is overloaded; try fewer requests at once (--concurrency)",
    "FAILED_PRECONDITION": "the server cannot do that with the model it serves",
    "PERMISSION_DENIED": "the server does not let you; check the address and its access rules",
    "UNAUTHENTICATED": "the server does not know you; check the address and its access rules",
}


class ServerError(WorkError):
    """A request failed.

    Args:
      code: a status code of gRPC (https://grpc.github.io/grpc/core/md_doc_statuscodes.html).
      message: what the server said.
    """

    def __init__(self, code: str, message: str) -> None:
        meaning = MEANING.get(code, "the server failed")
        super().__init__(f"{meaning} ({code}: {plain(message)})")
        self.code = code
        self.transient = code in TRANSIENT


@dataclass(frozen=True)
class Server:
    """A connection to one model of a server.

    Attributes:
      predict: signature and inputs -> outputs; strings are object arrays of bytes. Raises ServerError.
      takes_arrays: whether arrays travel as they are. Over REST they would be written as decimal numbers, so
        images travel as PNG files.
    """

    predict: Callable[[str, Mapping[str, np.ndarray]], Arrays]
    takes_arrays: bool


def plain(message: str) -> str:
    """Returns a server's message without the graph's node names and the words around a failed assertion."""
    failed = re.search(r"assertion failed: \[(.*?)\]\s*(\\n|\n|$)", message)
    text = failed[1] if failed else (message.strip().splitlines() or ["no message"])[0]
    return re.sub(r"\{\{.*?\}\}\s*", "", text).strip("\"' ")


@dataclass(frozen=True)
class Patience:
    """The number of attempts, and the pauses between them.

    Attributes:
      attempts: in all.
      first_wait: seconds before the second attempt; it doubles each time, up to `longest_wait`.
      longest_wait: seconds.
    """

    attempts: int = 5
    first_wait: float = 0.5
    longest_wait: float = 20.0


def persistently(
    ask: Callable[[], Answer], patience: Patience, sleep: Callable[[float], object] = time.sleep
) -> Answer:
    """Returns the answer of the first attempt that gets one.

    Pauses grow, each of them a random part between a half and the whole of the wait.

    Args:
      ask: function that raises ServerError.
      patience: attempts and pauses.
      sleep: function that is given the seconds of each pause.

    Raises:
      ServerError: one that asking again does not help, or the last attempt's.
    """
    growing = wait_exponential(multiplier=patience.first_wait, max=patience.longest_wait)
    asking = Retrying(
        # Without the random part all clients of a restarted server would come back at once.
        wait=lambda state: growing(state) * random.uniform(0.5, 1),
        stop=stop_after_attempt(patience.attempts),
        retry=retry_if_exception(lambda error: isinstance(error, ServerError) and error.transient),
        reraise=True,
        sleep=sleep,
    )
    return asking(ask)
