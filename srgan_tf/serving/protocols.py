"""TensorFlow Serving's two protocols.

REST: https://www.tensorflow.org/tfx/serving/api_rest. gRPC: PredictionService of
tensorflow_serving/apis/prediction_service.proto.
"""

import base64
from collections.abc import Mapping
from typing import Any

import numpy as np
import requests

from srgan_tf.errors import UsageError
from srgan_tf.serving.server import Arrays, Server, ServerError

CODES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    405: "UNIMPLEMENTED",
    408: "DEADLINE_EXCEEDED",
    409: "ABORTED",
    412: "FAILED_PRECONDITION",
    413: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED",
    501: "UNIMPLEMENTED",
    502: "UNAVAILABLE",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
"""HTTP statuses as TensorFlow Serving and the proxies before it use them."""

UNLIMITED = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]
"""gRPC's own limit of 4 MiB is one tile."""


def connect(url: str, model: str, timeout: float) -> Server:
    """Returns a server by its address; nothing is sent yet.

    Args:
      url: `http://HOST:PORT` or `https://...` for REST, `grpc://HOST:PORT` or `grpcs://...` for gRPC.
      model: the name it serves the model under.
      timeout: seconds to wait for one answer.

    Raises:
      UsageError: another kind of address.
    """
    kind, _, rest = url.partition("://")
    if kind in ("http", "https") and rest:
        return _rest(url, model, timeout)
    if kind in ("grpc", "grpcs") and rest:
        return _grpc(rest.rstrip("/"), model, timeout, secure=kind == "grpcs")
    raise UsageError(
        f"--url={url}: expected http://HOST:8501 or https://... (REST), grpc://HOST:8500 or grpcs://..."
    )


def _rest(url: str, model: str, timeout: float) -> Server:
    session = requests.Session()
    address = f"{url.rstrip('/')}/v1/models/{model}:predict"

    def predict(signature: str, inputs: Mapping[str, np.ndarray]) -> Arrays:
        body = {"signature_name": signature, "inputs": {n: _as_json(a) for n, a in inputs.items()}}
        try:
            answer = session.post(address, json=body, timeout=timeout)
        except requests.Timeout:
            raise ServerError("DEADLINE_EXCEEDED", f"{url} did not answer in {timeout:g} s") from None
        except requests.ConnectionError as error:
            raise ServerError("UNAVAILABLE", f"{url}: {_reason(error)}") from None
        except requests.RequestException as error:
            raise ServerError("INVALID_ARGUMENT", f"{url}: {error}") from None
        return _outputs(answer)

    return Server(predict, takes_arrays=False)


def _outputs(answer: requests.Response) -> Arrays:
    try:
        body = answer.json()
    except ValueError:
        body = None
    if answer.status_code != 200:
        said = body.get("error") if isinstance(body, dict) else None
        code = CODES.get(answer.status_code, "INTERNAL")
        raise ServerError(code, str(said or f"HTTP {answer.status_code} {answer.reason}"))
    if not isinstance(body, dict) or "outputs" not in body:
        raise ServerError("UNIMPLEMENTED", "the answer is not one of TensorFlow Serving's")
    outputs = body["outputs"]
    # A single output comes without its name.
    named = outputs if isinstance(outputs, dict) else {"": outputs}
    return {name: _from_json(value) for name, value in named.items()}


def _as_json(array: np.ndarray) -> Any:
    if array.dtype != object:
        return array.tolist()
    return [{"b64": base64.b64encode(value).decode("ascii")} for value in array]


def _from_json(value: Any) -> np.ndarray:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return np.array([base64.b64decode(each["b64"]) for each in value], object)
    return np.asarray(value)


def _reason(error: Exception) -> str:
    """The root of a connection error, such as "Connection refused"."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
        cause = cause.__cause__ or cause.__context__
    return "the connection was closed"


def _grpc(address: str, model: str, timeout: float, *, secure: bool) -> Server:
    try:
        import grpc
        import tensorflow as tf
        from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc
    except ImportError as error:
        raise UsageError(
            f"gRPC needs the package {error.name}: pip install '.[serving]', or use REST (http://...)"
        ) from error
    if secure:
        channel = grpc.secure_channel(address, grpc.ssl_channel_credentials(), options=UNLIMITED)
    else:
        channel = grpc.insecure_channel(address, options=UNLIMITED)
    stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)

    def predict(signature: str, inputs: Mapping[str, np.ndarray]) -> Arrays:
        request = predict_pb2.PredictRequest()
        request.model_spec.name = model
        request.model_spec.signature_name = signature
        for name, array in inputs.items():
            request.inputs[name].CopyFrom(tf.make_tensor_proto(array))
        try:
            answer = stub.Predict(request, timeout=timeout)
        except grpc.RpcError as error:
            raise ServerError(error.code().name, f"{address}: {error.details()}") from None
        return {name: tf.make_ndarray(proto) for name, proto in answer.outputs.items()}

    return Server(predict, takes_arrays=True)
