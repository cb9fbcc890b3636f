"""A stand-in for TensorFlow Serving, whose real binary is on no package registry.

It holds a SavedModel and speaks the same two protocols over real sockets: REST as its documentation says,
and gRPC by the service definition that tensorflow-serving-api publishes. Faults can be queued: each is what
happens to one request instead of an answer.
"""

import base64
import json
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import tensorflow as tf
from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

HTTP_STATUS = {
    "INVALID_ARGUMENT": 400, "NOT_FOUND": 404, "FAILED_PRECONDITION": 412, "RESOURCE_EXHAUSTED": 429,
    "INTERNAL": 500, "UNIMPLEMENTED": 501, "UNAVAILABLE": 503, "DEADLINE_EXCEEDED": 504,
}  # fmt: skip


class Failed(Exception):  # noqa: N818 - how a request ends
    """A request ends with this status."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass
class StandIn:
    """A served model.

    Attributes:
      http: address of REST.
      grpc: address of gRPC.
      faults: what happens to the next requests: a status code, "drop" (the connection is closed, REST only),
        "stall" (no answer until the server ends) or "ok".
      requests: signature and input shapes of each request that was answered.
    """

    name: str
    signatures: dict[str, Any]
    http: str = ""
    grpc: str = ""
    faults: deque = field(default_factory=deque)
    requests: list = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def predict(self, model: str, signature: str, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        if model != self.name:
            raise Failed("NOT_FOUND", f"Servable not found for request: Latest({model})")
        fault = self.faults.popleft() if self.faults else "ok"
        if fault == "stall":
            self.over.wait(30)
        if fault != "ok":
            raise Failed(fault, f"a queued {fault}")
        if signature not in self.signatures:
            raise Failed("FAILED_PRECONDITION", f'Serving signature name: "{signature}" not found')
        ask = self.signatures[signature]
        specs = ask.structured_input_signature[1]
        if set(inputs) != set(specs):
            raise Failed("INVALID_ARGUMENT", f"input must be {sorted(specs)}, is {sorted(inputs)}")
        self.requests.append((signature, {name: np.shape(value) for name, value in inputs.items()}))
        try:
            tensors = {name: tf.constant(value, specs[name].dtype) for name, value in inputs.items()}
            return {name: value.numpy() for name, value in ask(**tensors).items()}
        except tf.errors.OpError as error:
            raise Failed(grpc_code(error), str(error)) from None


def grpc_code(error: tf.errors.OpError) -> str:
    """Returns the name of a TensorFlow error's status; its numbers are gRPC's."""
    return next(code.name for code in grpc.StatusCode if code.value[0] == error.error_code)


@contextmanager
def serving(path: Path, name: str = "srgan") -> Iterator[StandIn]:
    """Serves a SavedModel over both protocols on free ports of this machine."""
    model = tf.saved_model.load(str(path))  # kept alive: its signatures hold it weakly
    stand_in = StandIn(name, dict(model.signatures))

    class Rest(_RestHandler):
        server_model = stand_in

    web = ThreadingHTTPServer(("127.0.0.1", 0), Rest)
    web.daemon_threads = True
    threading.Thread(target=web.serve_forever, args=(0.05,), daemon=True).start()
    rpc = grpc.server(ThreadPoolExecutor(4), options=[("grpc.max_receive_message_length", -1)])
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(_Grpc(stand_in), rpc)
    port = rpc.add_insecure_port("127.0.0.1:0")
    rpc.start()
    stand_in.http = f"http://127.0.0.1:{web.server_port}"
    stand_in.grpc = f"grpc://127.0.0.1:{port}"
    try:
        yield stand_in
    finally:
        stand_in.over.set()
        rpc.stop(None)
        web.shutdown()
        web.server_close()
        del model


class _Grpc(prediction_service_pb2_grpc.PredictionServiceServicer):
    def __init__(self, stand_in: StandIn) -> None:
        self.stand_in = stand_in

    def Predict(self, request, context):  # noqa: N802 - the service's name
        inputs = {name: tf.make_ndarray(proto) for name, proto in request.inputs.items()}
        signature = request.model_spec.signature_name or "serving_default"
        try:
            outputs = self.stand_in.predict(request.model_spec.name, signature, inputs)
        except Failed as failed:
            context.abort(grpc.StatusCode[failed.code], str(failed))
        answer = predict_pb2.PredictResponse()
        for name, value in outputs.items():
            answer.outputs[name].CopyFrom(tf.make_tensor_proto(value))
        return answer


class _RestHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_model: StandIn

    def do_GET(self):
        """Answers `GET /v1/models/NAME`, the model's state, as the documentation of the REST API gives it."""
        if self.path == f"/v1/models/{self.server_model.name}":
            state = {
                "version": "1",
                "state": "AVAILABLE",
                "status": {"error_code": "OK", "error_message": ""},
            }
            self._answer(200, {"model_version_status": [state]})
        else:
            self._answer(404, {"error": f"Could not find any versions of model {self.path}"})

    def do_POST(self):
        text = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server_model.faults and self.server_model.faults[0] == "drop":
            self.server_model.faults.popleft()
            self.close_connection = True
            return
        try:
            status, answer = 200, self._predict(text)
        except Failed as failed:
            status, answer = HTTP_STATUS[failed.code], {"error": str(failed)}
        self._answer(status, answer)

    def _answer(self, status: int, answer: dict) -> None:
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _predict(self, text: bytes) -> dict:
        place, _, verb = self.path.partition(":")
        parts = place.strip("/").split("/")
        if parts[:2] != ["v1", "models"] or len(parts) not in (3, 5) or verb != "predict":
            raise Failed("NOT_FOUND", f"Malformed request: POST {self.path}")
        try:
            body = json.loads(text)
        except ValueError as error:
            raise Failed("INVALID_ARGUMENT", f"JSON Parse error: {error}") from None
        rows = body.get("instances")
        inputs = body.get("inputs")
        if (rows is None) == (inputs is None):
            raise Failed("INVALID_ARGUMENT", "expected either instances or inputs")
        signature = body.get("signature_name", "serving_default")
        if rows is not None:
            only = len(rows) and isinstance(rows[0], dict) and set(rows[0]) != {"b64"}
            inputs = {n: [row[n] for row in rows] for n in rows[0]} if only else rows
        if not isinstance(inputs, dict):
            ask = self.server_model.signatures.get(signature)
            names = ask.structured_input_signature[1] if ask else {"": None}
            inputs = {next(iter(names)): inputs}
        arrays = {name: _from_json(value) for name, value in inputs.items()}
        outputs = self.server_model.predict(parts[2], signature, arrays)
        shown = {name: _as_json(name, value) for name, value in outputs.items()}
        alone = len(shown) == 1
        if rows is None:
            return {"outputs": next(iter(shown.values())) if alone else shown}
        if alone:
            return {"predictions": next(iter(shown.values()))}
        return {
            "predictions": [dict(zip(shown, row, strict=True)) for row in zip(*shown.values(), strict=True)]
        }

    def log_message(self, *arguments):
        pass


def _from_json(value):
    if isinstance(value, list):
        if value and isinstance(value[0], dict):
            return np.array([base64.b64decode(each["b64"], validate=True) for each in value], object)
        return np.array(value) if value else np.array(value, object)
    return np.asarray(value)


def _as_json(name, value):
    if value.dtype == object:
        # Strings that are no text come out as base64 only under a name that says they are bytes.
        assert name.endswith("_bytes")
        return [{"b64": base64.b64encode(each).decode()} for each in value]
    return value.tolist()
