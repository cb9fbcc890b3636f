"""A generator as a SavedModel that TensorFlow Serving loads as it is."""

import io
from pathlib import Path

import numpy as np
import tensorflow as tf
from PIL import Image

from srgan_tf.errors import UsageError
from srgan_tf.exporting.endpoints import Endpoints
from srgan_tf.files import replacing

WARM_UP_SIDE = 32
WARM_UP_FILE = "assets.extra/tf_serving_warmup_requests"
SIGNATURES = ("serving_default", "upscale", "upscale_float", "about")


def write_saved_model(endpoints: Endpoints, path: Path, *, model_name: str, card: str) -> None:
    """Writes one version of a model, complete or not at all.

    Args:
      endpoints: of the model.
      path: `MODEL_DIR/VERSION`; VERSION is a number, and TensorFlow Serving takes the highest.
      model_name: the name it will be served under, which warm-up requests carry.
      card: the text of `assets.extra/model_card.json`.
    """
    signatures = {name: getattr(endpoints, name) for name in SIGNATURES}
    with replacing(path) as beside:
        tf.saved_model.save(endpoints, str(beside), signatures=signatures)
        extra = beside / WARM_UP_FILE
        extra.parent.mkdir()
        extra.with_name("model_card.json").write_text(card, encoding="utf-8")
        with tf.io.TFRecordWriter(str(extra)) as writer:
            for request in warm_up_requests(model_name):
                writer.write(request)


def warm_up_requests(model_name: str) -> list[bytes]:
    """Returns a small request for each endpoint, which the server answers for itself before it takes others.

    Format: `PredictionLog` records of tensorflow_serving/apis/prediction_log.proto.

    Args:
      model_name: the name the model is served under.

    Raises:
      UsageError: the protocol's Python package is not installed.
    """
    try:
        from tensorflow_serving.apis import predict_pb2, prediction_log_pb2
    except ImportError as error:
        raise UsageError(
            "warm-up requests need tensorflow-serving-api: pip install tensorflow-serving-api "
            "(beside tensorflow-cpu: with --no-deps)"
        ) from error
    image = np.full((WARM_UP_SIDE, WARM_UP_SIDE, 3), 128, np.uint8)
    png = io.BytesIO()
    Image.fromarray(image).save(png, "PNG")
    inputs = {
        "serving_default": {"image_bytes": [png.getvalue()]},
        "upscale": {"lr": image[None]},
        "upscale_float": {"lr": np.full((1, *image.shape), 0.5, np.float32)},
        "about": {"ask": np.zeros(1, np.int32)},
    }
    records = []
    for signature, tensors in inputs.items():
        request = predict_pb2.PredictRequest()
        request.model_spec.name = model_name
        request.model_spec.signature_name = signature
        for name, value in tensors.items():
            request.inputs[name].CopyFrom(tf.make_tensor_proto(value))
        log = prediction_log_pb2.PredictionLog(predict_log=prediction_log_pb2.PredictLog(request=request))
        records.append(log.SerializeToString())
    return records
