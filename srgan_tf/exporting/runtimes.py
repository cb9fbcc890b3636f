"""Files for other runtimes: TFLite for phones and browsers, ONNX for the rest."""

import collections
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from srgan_tf.errors import WorkError
from srgan_tf.inference.inference_graph import in_levels, inference_graph
from srgan_tf.inference.litert import TensorFacts, dequantised, quantised
from srgan_tf.models.networks import config_of

VARIANTS = ("float32", "float16", "dynamic", "int8")
"""TFLite files by weights and arithmetic: float32; weights float16, arithmetic float32; weights int8 and
arithmetic int8 with ranges found while it runs; everything int8 with ranges found beforehand, its input and
output included."""


def convert(
    model: keras.Model,
    variant: str,
    side: int | None,
    calibration: list[np.ndarray],
    *,
    levels: bool = False,
) -> bytes:
    """Returns a TFLite file of the generator's inference graph.

    Conversion starts from a SavedModel, since other ways can leave the weights out of the file without a
    word.

    Args:
      model: a generator.
      variant: one of `VARIANTS`.
      side: height and width of the input, LR pixels; None leaves them open. Batches are of one image.
      calibration: LR batches float32 (1, side, side, 3) in [0, 1]; used by "int8" only.
      levels: input and output are uint8, levels of 0 to 255.

    Returns:
      The file: LR (1, h, w, 3) in [0, 1] -> SR (1, scale*h, scale*w, 3), about [-1, 1]; float32, or int8 with
      the scales that the file states. With `levels`, uint8 -> uint8.
    """
    network = inference_graph(model, size=(side, side), for_tflite=True)
    whole = variant == "int8"

    def upscale(lr: tf.Tensor) -> dict[str, tf.Tensor]:
        if not levels:
            return {"sr": network(lr, training=False)}
        if whole:
            # Scale 1 and zero point 0 in the file: what it stores are the levels.
            lr = tf.quantization.fake_quant_with_min_max_args(lr, 0, 255)
            return {"sr": tf.quantization.fake_quant_with_min_max_args(network(lr, training=False), 0, 255)}
        return {"sr": _rounded(network(tf.cast(lr, tf.float32), training=False))}

    if levels:
        in_levels(network)
        calibration = [255 * lr for lr in calibration]
    dtype = tf.uint8 if levels and not whole else tf.float32
    with tempfile.TemporaryDirectory() as folder:
        module = tf.Module()
        module.kept = [variable.value for variable in network.variables]
        module.upscale = tf.function(
            upscale, input_signature=[tf.TensorSpec((1, side, side, 3), dtype, name="lr")]
        )
        tf.saved_model.save(module, folder, signatures={"serving_default": module.upscale})
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        if variant != "float32":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if variant == "float16":
            converter.target_spec.supported_types = [tf.float16]
        if whole:
            converter.representative_dataset = lambda: ([lr] for lr in calibration)
            converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
            converter.inference_input_type = converter.inference_output_type = tf.uint8 if levels else tf.int8
        return converter.convert()


def _rounded(levels: tf.Tensor) -> tf.Tensor:
    return ops.cast(ops.round(ops.clip(levels, 0, 255)), "uint8")


def file_name(stem: str, variant: str, side: int | None) -> str:
    """Returns `STEM_VARIANT.tflite` for any size, `STEM_VARIANT_SIDE.tflite` for a fixed one."""
    return f"{stem}_{variant}{f'_{side}' if side else ''}.tflite"


@dataclass(frozen=True)
class Timing:
    """Figures of `litert-benchmark`.

    Attributes:
      whole: whether XNNPACK, the CPU kernels of phones and browsers, runs every operator.
      median_ms: of one run on one thread, milliseconds.
    """

    whole: bool
    median_ms: float


def benchmark(path: Path, runs: int) -> Timing:
    """Times a TFLite file of fixed size on one CPU thread with `litert-benchmark`.

    Args:
      path: the file. Of a file without fixed size the program times a single pixel.
      runs: number of timed runs.

    Raises:
      WorkError: the program failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        done = subprocess.run(
            [
                *(sys.executable, "-m", "ai_edge_litert.tools.benchmark_litert_model"),
                *(f"--model={path}", f"--num_runs={runs}", "--warmup_runs=1", "--num_threads=1"),
                f"--result_json={result}",
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        if not result.exists():
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise WorkError(f"{path.name}: litert-benchmark ended with code {done.returncode}: {last}")
        facts = json.loads(result.read_text(encoding="utf-8"))
    return Timing(facts["fully_accelerated"], facts["latency"]["median_ms"])


def write_onnx(model: keras.Model, path: Path, *, levels: bool = False) -> None:
    """Writes the generator's inference graph with Keras' exporter.

    Args:
      model: a generator.
      path: the file. Input `lr` float32 (batch, height, width, 3) in [0, 1]; output `sr` float32
        (batch, scale*height, scale*width, 3), about [-1, 1]. Its metadata say so.
      levels: input and output are uint8, levels of 0 to 255.
    """
    import onnx

    network = inference_graph(model)
    dtype = "float32"
    if levels:
        dtype = "uint8"
        lr = keras.Input((None, None, 3), dtype=dtype, name="lr")
        network = keras.Model(lr, _rounded(in_levels(network)(ops.cast(lr, "float32"))))
    signature = [keras.InputSpec(shape=(None, None, None, 3), dtype=dtype, name="lr")]
    network.export(str(path), format="onnx", input_signature=signature, verbose=False)
    file = onnx.load(str(path))
    _name(file.graph, config_of(model).scale)
    form = TensorFacts(dtype, (-1, -1, -1, 3))
    onnx.helper.set_model_props(file, {name: form.meaning(name) for name in ("lr", "sr")})
    onnx.checker.check_model(file, full_check=True)
    onnx.save(file, str(path))


def _name(graph: Any, scale: int) -> None:
    """Names an ONNX file's input and output, and their dimensions."""
    (given,), (made,) = graph.input, graph.output
    names = {given.name: "lr", made.name: "sr"}
    for node in graph.node:
        for places in (node.input, node.output):
            for i, name in enumerate(places):
                places[i] = names.get(name, name)
    sides = {"lr": ("height", "width"), "sr": (f"{scale}*height", f"{scale}*width")}
    for tensor in (given, made):
        tensor.name = names[tensor.name]
        dimensions = tensor.type.tensor_type.shape.dim[:3]
        for dimension, name in zip(dimensions, ("batch", *sides[tensor.name]), strict=True):
            dimension.dim_param = name


def onnx_operators(path: Path) -> dict[str, int]:
    """Returns the number of operators of each kind in an ONNX file."""
    import onnx

    nodes = onnx.load(str(path)).graph.node
    return dict(sorted(collections.Counter(node.op_type for node in nodes).items()))


def open_onnx(path: Path) -> Callable[[np.ndarray], np.ndarray]:
    """Returns an ONNX file as a function, run by onnxruntime.

    Returns:
      LR float32 (N, h, w, 3) in [0, 1] -> SR float32 (N, scale*h, scale*w, 3), about [-1, 1], whatever the
      file's own form is.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    (given,) = session.get_inputs()
    form = TensorFacts("uint8" if "uint8" in given.type else "float32", (-1, -1, -1, 3))
    return lambda lr: dequantised(session.run(None, {given.name: quantised(lr, form)})[0], form)
