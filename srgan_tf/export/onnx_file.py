"""A generator as an ONNX file."""

import collections
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import onnx
import onnxruntime

from srgan_tf.export.inference_graph import inference_graph


def write_onnx(model: keras.Model, path: Path) -> None:
    """Writes the generator's inference graph with Keras' exporter.

    Args:
      model: a generator.
      path: the file. Input `lr` float32 (N, h, w, 3) in [0, 1]; output (N, scale*h, scale*w, 3), about
        [-1, 1].
    """
    network = inference_graph(model)
    signature = [keras.InputSpec(shape=(None, None, None, 3), dtype="float32", name="lr")]
    network.export(str(path), format="onnx", input_signature=signature, verbose=False)
    onnx.checker.check_model(str(path), full_check=True)


def operators(path: Path) -> dict[str, int]:
    """How many of each operator the file holds."""
    nodes = onnx.load(str(path)).graph.node
    return dict(sorted(collections.Counter(node.op_type for node in nodes).items()))


def open_onnx(path: Path) -> Callable[[np.ndarray], np.ndarray]:
    """The file as a function, run by onnxruntime.

    Returns:
      LR float32 (N, h, w, 3) in [0, 1] -> SR float32 (N, scale*h, scale*w, 3), about [-1, 1].
    """
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda lr: session.run(None, {name: lr})[0]
