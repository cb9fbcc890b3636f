"""Files for other runtimes: TFLite for phones and browsers, ONNX for the rest."""

import collections
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from srgan_tf.errors import WorkError
from srgan_tf.inference.inference_graph import inference_graph

VARIANTS = ("float32", "float16", "dynamic", "int8")
"""TFLite files by weights and arithmetic: float32; weights float16, arithmetic float32; weights int8 and
arithmetic int8 with ranges found while it runs; everything int8 with ranges found beforehand, its input and
output included."""


def convert(model: keras.Model, variant: str, side: int | None, calibration: list[np.ndarray]) -> bytes:
    """Returns a TFLite file of the generator's inference graph.

    Conversion starts from a SavedModel, since other ways can leave the weights out of the file without a
    word.

    Args:
      model: a generator.
      variant: one of `VARIANTS`.
      side: height and width of the input, LR pixels; None leaves them open. Batches are of one image.
      calibration: LR batches float32 (1, side, side, 3) in [0, 1]; used by "int8" only.

    Returns:
      The file: LR (1, h, w, 3) in [0, 1] -> SR (1, scale*h, scale*w, 3), about [-1, 1]; float32, or int8 with
      the scales that the file states.
    """
    network = inference_graph(model, size=(side, side), for_tflite=True)
    with tempfile.TemporaryDirectory() as folder:
        module = tf.Module()
        module.kept = [variable.value for variable in network.variables]
        module.upscale = tf.function(
            lambda lr: {"sr": network(lr, training=False)},
            input_signature=[tf.TensorSpec((1, side, side, 3), tf.float32, name="lr")],
        )
        tf.saved_model.save(module, folder, signatures={"serving_default": module.upscale})
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        if variant != "float32":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if variant == "float16":
            converter.target_spec.supported_types = [tf.float16]
        if variant == "int8":
            converter.representative_dataset = lambda: ([lr] for lr in calibration)
            converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
            converter.inference_input_type = converter.inference_output_type = tf.int8
        return converter.convert()


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


def write_onnx(model: keras.Model, path: Path) -> None:
    """Writes the generator's inference graph with Keras' exporter.

    Args:
      model: a generator.
      path: the file. Input `lr` float32 (N, h, w, 3) in [0, 1]; output (N, scale*h, scale*w, 3), about
        [-1, 1].
    """
    import onnx

    network = inference_graph(model)
    signature = [keras.InputSpec(shape=(None, None, None, 3), dtype="float32", name="lr")]
    network.export(str(path), format="onnx", input_signature=signature, verbose=False)
    onnx.checker.check_model(str(path), full_check=True)


def onnx_operators(path: Path) -> dict[str, int]:
    """Returns the number of operators of each kind in an ONNX file."""
    import onnx

    nodes = onnx.load(str(path)).graph.node
    return dict(sorted(collections.Counter(node.op_type for node in nodes).items()))


def open_onnx(path: Path) -> Callable[[np.ndarray], np.ndarray]:
    """Returns an ONNX file as a function, run by onnxruntime.

    Returns:
      LR float32 (N, h, w, 3) in [0, 1] -> SR float32 (N, scale*h, scale*w, 3), about [-1, 1].
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda lr: session.run(None, {name: lr})[0]
