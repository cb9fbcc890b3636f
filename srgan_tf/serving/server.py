"""A model server as the client sees it: what can be asked, and what can go wrong."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from srgan_tf.errors import UsageError, WorkError

Arrays = dict[str, np.ndarray]

TRANSIENT = frozenset({"UNAVAILABLE", "RESOURCE_EXHAUSTED", "DEADLINE_EXCEEDED", "ABORTED"})
"""What may go away if one asks again."""

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
        pictures travel as PNG files.
    """

    predict: Callable[[str, Mapping[str, np.ndarray]], Arrays]
    takes_arrays: bool


def connect(url: str, model: str, timeout: float) -> Server:
    """A server by its address; nothing is sent yet.

    Args:
      url: `http://HOST:PORT` or `https://...` for REST, `grpc://HOST:PORT` or `grpcs://...` for gRPC.
      model: the name it serves the model under.
      timeout: seconds to wait for one answer.

    Raises:
      UsageError: another kind of address.
    """
    kind, _, rest = url.partition("://")
    if kind in ("http", "https") and rest:
        from srgan_tf.serving.rest import connect_rest

        return connect_rest(url, model, timeout)
    if kind in ("grpc", "grpcs") and rest:
        from srgan_tf.serving.rpc import connect_grpc

        return connect_grpc(rest.rstrip("/"), model, timeout, secure=kind == "grpcs")
    raise UsageError(
        f"--url={url}: expected http://HOST:8501 or https://... (REST), grpc://HOST:8500 or grpcs://..."
    )


def plain(message: str) -> str:
    """A server's message without the graph's node names and the words around a failed assertion."""
    failed = re.search(r"assertion failed: \[(.*?)\]\s*(\\n|\n|$)", message)
    text = failed[1] if failed else (message.strip().splitlines() or ["no message"])[0]
    return re.sub(r"\{\{.*?\}\}\s*", "", text).strip("\"' ")
