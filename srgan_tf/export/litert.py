"""Running a TFLite file and looking into it, with Google's LiteRT runtime."""

import collections
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from srgan_tf.errors import WorkError

UNFROZEN = frozenset({"VAR_HANDLE", "READ_VARIABLE", "ASSIGN_VARIABLE", "CALL_ONCE"})
"""Operators of a file whose weights were left outside it."""


@dataclass(frozen=True)
class TensorFacts:
    """How a tensor of a file is to be filled or read.

    Attributes:
      dtype: NumPy's name.
      shape: with -1 for sides that may be chosen.
      scale: real value = scale * (stored - zero_point); 0 where nothing is quantised.
      zero_point: see scale.
    """

    dtype: str
    shape: tuple[int, ...]
    scale: float
    zero_point: int


@dataclass(frozen=True)
class LiteRTFile:
    """A loaded file.

    Attributes:
      lr: its input.
      sr: its output.
      operators: how many of each kind.
      run: LR float32 (1, h, w, 3) in [0, 1] -> SR float32 (1, scale*h, scale*w, 3), about [-1, 1].
    """

    lr: TensorFacts
    sr: TensorFacts
    operators: dict[str, int]
    run: Callable[[np.ndarray], np.ndarray]


def open_litert(path: Path, name: str) -> LiteRTFile:
    """Loads a TFLite file of a generator.

    Args:
      path: the file.
      name: what messages call it.

    Raises:
      WorkError: its weights are not in it.
    """
    interpreter = Interpreter(str(path), num_threads=1)
    # As the file has them: XNNPACK shows up as operators of its own once memory is allocated.
    kinds = collections.Counter(node["op_name"] for node in interpreter._get_ops_details())
    del kinds["DELEGATE"]
    if UNFROZEN & set(kinds):
        found = ", ".join(sorted(UNFROZEN & set(kinds)))
        raise WorkError(f"{name}: the weights are not in the file (it holds {found})")
    inputs, outputs = interpreter.get_input_details(), interpreter.get_output_details()
    lr, sr = _facts(inputs), _facts(outputs)
    at, out = inputs[0]["index"], outputs[0]["index"]

    def run(batch: np.ndarray) -> np.ndarray:
        if tuple(interpreter.get_input_details()[0]["shape"]) != batch.shape:
            interpreter.resize_tensor_input(at, batch.shape)
        interpreter.allocate_tensors()
        interpreter.set_tensor(at, quantised(batch, lr))
        interpreter.invoke()
        return dequantised(interpreter.get_tensor(out), sr)

    return LiteRTFile(lr, sr, dict(sorted(kinds.items())), run)


def quantised(values: np.ndarray, tensor: TensorFacts) -> np.ndarray:
    """Real values as a tensor stores them."""
    if not tensor.scale:
        return values
    limits = np.iinfo(tensor.dtype)
    stored = np.round(values / tensor.scale) + tensor.zero_point
    return np.clip(stored, limits.min, limits.max).astype(tensor.dtype)


def dequantised(stored: np.ndarray, tensor: TensorFacts) -> np.ndarray:
    """The real values a tensor stands for, float32."""
    if not tensor.scale:
        return stored
    return ((stored.astype(np.float32) - tensor.zero_point) * tensor.scale).astype(np.float32)


@dataclass(frozen=True)
class Timing:
    """What `litert-benchmark` says of a file.

    Attributes:
      whole: whether XNNPACK, the CPU kernels of phones and browsers, runs every operator.
      median_ms: of one run on one thread, milliseconds.
    """

    whole: bool
    median_ms: float


def benchmark(path: Path, runs: int) -> Timing:
    """Times a file of fixed size on one CPU thread with `litert-benchmark`.

    Args:
      path: the file. Of a file without fixed size the program times a single pixel.
      runs: how often to run it.

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


def _facts(tensors: list[dict]) -> TensorFacts:
    (tensor,) = tensors
    scale, zero_point = tensor["quantization"]
    shape = tuple(int(side) for side in tensor["shape_signature"])
    return TensorFacts(np.dtype(tensor["dtype"]).name, shape, float(scale), int(zero_point))
