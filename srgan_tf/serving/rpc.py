"""TensorFlow Serving's gRPC API: PredictionService of tensorflow_serving/apis/prediction_service.proto."""

from collections.abc import Mapping

import numpy as np

from srgan_tf.errors import UsageError
from srgan_tf.serving.server import Arrays, Server, ServerError

UNLIMITED = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]
"""gRPC's own limit of 4 MiB is one tile."""


def connect_grpc(address: str, model: str, timeout: float, *, secure: bool) -> Server:
    """A server that is asked over gRPC.

    Args:
      address: `HOST:PORT`.
      model: the name it serves the model under.
      timeout: seconds to wait for one answer.
      secure: through TLS, with the system's certificates.

    Raises:
      UsageError: the packages for gRPC are not installed.
    """
    try:
        import grpc
        import tensorflow as tf
        from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc
    except ImportError as error:
        raise UsageError(
            f"gRPC needs the package {error.name}: pip install -e '.[serving]', or use REST (http://...)"
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
