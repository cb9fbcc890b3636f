"""TFLite files of generators, run and looked into with Google's LiteRT runtime."""

import collections
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from srgan_tf.data.ranges import hr_from_uint8
from srgan_tf.errors import UsageError, WorkError
from srgan_tf.quiet import quiet_libraries

UNFROZEN = frozenset({"VAR_HANDLE", "READ_VARIABLE", "ASSIGN_VARIABLE", "CALL_ONCE"})
"""Operators of a file whose weights were left outside it."""


@dataclass(frozen=True)
class TensorFacts:
    """The form of a file's input or output.

    Attributes:
      dtype: NumPy's name; uint8 holds levels of 0 to 255.
      shape: with -1 for sides that may be chosen.
      scale: real value = scale * (stored - zero_point); 0 where nothing is quantised.
      zero_point: see scale.
    """

    dtype: str
    shape: tuple[int, ...]
    scale: float = 0.0
    zero_point: int = 0

    def range_of(self, name: str) -> tuple[int, int]:
        """Returns the nominal range of its values, for "lr" or "sr"."""
        if self.dtype == "uint8":
            return 0, 255
        return {"lr": (0, 1), "sr": (-1, 1)}[name]

    def meaning(self, name: str) -> str:
        """Returns a sentence on its values, for "lr" or "sr"."""
        if self.dtype == "uint8":
            return "levels of 0 to 255"
        text = {
            "lr": "values in [0, 1]: levels of 0 to 255 divided by 255",
            "sr": "values about [-1, 1], not clipped: 127.5 * (value + 1), clipped to [0, 255], are levels",
        }[name]
        return text + (f"; value = {self.scale!r} * (stored - {self.zero_point})" if self.scale else "")


@dataclass(frozen=True)
class LiteRTFile:
    """A loaded file.

    Attributes:
      lr: its input.
      sr: its output.
      operators: how many of each kind.
      radius: LR pixels on each side that a result depends on, or a few more.
      filters: channels of the first convolution.
      precision: numeric type of its filters: "float32", "float16" or "int8".
      run: LR float32 (1, h, w, 3) in [0, 1] -> SR float32 (1, scale*h, scale*w, 3), about [-1, 1], whatever
        the file's own form is.
    """

    lr: TensorFacts
    sr: TensorFacts
    operators: dict[str, int]
    radius: int
    filters: int
    precision: str
    run: Callable[[np.ndarray], np.ndarray]


def open_any_size(path: Path, threads: int = 1) -> tuple[LiteRTFile, int]:
    """Loads a TFLite file for images of any size, and finds its scale.

    Args:
      path: the file.
      threads: CPU threads of the runtime.

    Raises:
      UsageError: there is no such file, it takes images of one size only, or the runtime is not installed.
      WorkError: its weights are not in it.
    """
    if not path.is_file():
        raise UsageError(f"{path}: no such file")
    file = open_litert(path, path.name, threads)
    if file.lr.shape[1] != -1:
        sides = "x".join(map(str, file.lr.shape[1:3]))
        raise UsageError(f"{path} takes images of {sides} only; give the file for any size")
    return file, file.run(np.zeros((1, 8, 8, 3), np.float32)).shape[1] // 8


def open_litert(path: Path, name: str, threads: int = 1) -> LiteRTFile:
    """Loads a TFLite file of a generator.

    Args:
      path: the file.
      name: the file's name in messages.
      threads: CPU threads of the runtime.

    Raises:
      UsageError: the runtime is not installed.
      WorkError: its weights are not in it.
    """
    try:
        interpreter = loaded(threads, model_path=str(path))
    except ImportError as error:
        raise UsageError(f"{name} needs the LiteRT runtime: pip install '.[export]'") from error
    except ValueError as error:
        raise UsageError(f"{path}: no TFLite file, or damaged ({str(error).splitlines()[0]})") from error
    # As the file has them: XNNPACK shows up as operators of its own once memory is allocated.
    kinds = collections.Counter(node["op_name"] for node in interpreter._get_ops_details())
    del kinds["DELEGATE"]
    if UNFROZEN & set(kinds):
        found = ", ".join(sorted(UNFROZEN & set(kinds)))
        raise WorkError(f"{name}: the weights are not in the file (it holds {found})")
    inputs, outputs = interpreter.get_input_details(), interpreter.get_output_details()
    lr, sr = _facts(inputs), _facts(outputs)
    at, out = inputs[0]["index"], outputs[0]["index"]

    computing = threading.Lock()

    def run(batch: np.ndarray) -> np.ndarray:
        with computing:
            if tuple(interpreter.get_input_details()[0]["shape"]) != batch.shape:
                interpreter.resize_tensor_input(at, batch.shape)
            interpreter.allocate_tensors()
            interpreter.set_tensor(at, quantised(batch, lr))
            interpreter.invoke()
            return dequantised(interpreter.get_tensor(out), sr)

    radius, filters = _reach(interpreter)
    with silent():
        interpreter.allocate_tensors()
    return LiteRTFile(lr, sr, dict(sorted(kinds.items())), radius, filters, _precision(interpreter), run)


def loaded(threads: int, **file: Any) -> Any:
    """Returns LiteRT's interpreter of a file, whose greeting the user does not see.

    Args:
      threads: CPU threads.
      **file: `model_path`, or `model_content`, its bytes.

    Raises:
      ImportError: the runtime is not installed.
      ValueError: it is no TFLite file.
    """
    with silent():
        from ai_edge_litert.interpreter import Interpreter

        return Interpreter(**file, num_threads=threads)


@contextmanager
def silent() -> Iterator[None]:
    """Keeps LiteRT's greetings from the terminal; one thread at a time, since stderr is the process's."""
    with _stderr, quiet_libraries():
        yield


_stderr = threading.Lock()


def _precision(interpreter: Any) -> str:
    """The smallest type of large constants: filters in 16 bits are widened by operators of their own."""
    kinds = {
        np.dtype(tensor["dtype"]).name
        for tensor in interpreter.get_tensor_details()
        if len(tensor["shape"]) == 4 and tensor["shape"][1] > 1 and -1 not in tensor["shape_signature"]
    }
    return next((kind for kind in ("int8", "float16") if kind in kinds), "float32")


def _reach(interpreter: Any) -> tuple[int, int]:
    """The sum of all kernels' radii, as if each worked on LR pixels; and the first convolution's channels."""
    shapes = {tensor["index"]: tensor["shape"] for tensor in interpreter.get_tensor_details()}
    kernels = [
        shapes[node["inputs"][1]]  # (out, height, width, in)
        for node in interpreter._get_ops_details()
        if node["op_name"] in ("CONV_2D", "DEPTHWISE_CONV_2D")
    ]
    return sum(int(max(shape[1:3])) // 2 for shape in kernels), int(kernels[0][0]) if kernels else 1


def quantised(values: np.ndarray, tensor: TensorFacts) -> np.ndarray:
    """Returns LR values in [0, 1] as a tensor stores them."""
    if tensor.dtype == "uint8":
        return np.clip(np.round(values * 255), 0, 255).astype(np.uint8)
    if not tensor.scale:
        return values
    limits = np.iinfo(tensor.dtype)
    stored = np.round(values / tensor.scale) + tensor.zero_point
    return np.clip(stored, limits.min, limits.max).astype(tensor.dtype)


def dequantised(stored: np.ndarray, tensor: TensorFacts) -> np.ndarray:
    """Returns the SR values, about [-1, 1], that a tensor stands for, float32."""
    if tensor.dtype == "uint8":
        return hr_from_uint8(stored)
    if not tensor.scale:
        return stored
    return ((stored.astype(np.float32) - tensor.zero_point) * tensor.scale).astype(np.float32)


def _facts(tensors: list[dict]) -> TensorFacts:
    (tensor,) = tensors
    scale, zero_point = tensor["quantization"]
    shape = tuple(int(side) for side in tensor["shape_signature"])
    return TensorFacts(np.dtype(tensor["dtype"]).name, shape, float(scale), int(zero_point))
