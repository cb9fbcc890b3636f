"""Small TFLite files written operator by operator, in milliseconds and without TensorFlow."""

from collections.abc import Sequence
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

FLOAT32, INT32, INT8 = 0, 2, 9
"""Tensors' types, numbers of the schema."""


class Aligned(flatbuffers.Builder):
    """A builder that aligns weights for vector instructions, as the schema's `force_align` says."""

    def CreateNumpyVector(self, x: np.ndarray) -> int:  # noqa: N802, the library's name
        """Writes an array at a multiple of 16 bytes."""
        self.Prep(16, x.nbytes)
        return super().CreateNumpyVector(x)


class Graph:
    """A TFLite graph of images of any size, in the making; a tensor is its number.

    Images are (1, h, w, C); a method adds one operator and returns its result.
    """

    def __init__(self) -> None:
        self._tensors: list[Any] = []
        self._operators: list[Any] = []
        self._codes: dict[int, Any] = {}
        self._buffers = [schema.BufferT()]  # the first one is empty by convention

    def image(self, channels: int, scale: float = 0.0, zero_point: int = 0) -> int:
        """Returns a tensor for an image: float32, or int8 with value = scale * (stored - zero_point)."""
        tensor = self._tensors[self._tensor((1, 1, 1, channels), INT8 if scale else FLOAT32)]
        tensor.shapeSignature = [1, -1, -1, channels]
        if scale:
            tensor.quantization = _quantization([scale], [zero_point])
        return len(self._tensors) - 1

    def convolution(self, x: int, kernel: np.ndarray, bias: np.ndarray) -> int:
        """Returns a convolution in float32 with zeros around the image; kernel (k, k, C, M), bias (M,)."""
        kernel = _filters_first(kernel).astype(np.float32)
        inputs = [x, self._constant(kernel, FLOAT32), self._constant(bias.astype(np.float32), FLOAT32)]
        return self._convolved(inputs, self.image(len(bias)))

    def dynamic_convolution(self, x: int, kernel: np.ndarray, bias: np.ndarray) -> int:
        """Returns the same with int8 filters, and inputs quantised by their own range."""
        stored, scales = _int8(_filters_first(kernel))
        filters = self._constant(stored, INT8, scales)
        return self._convolved(
            [x, filters, self._constant(bias.astype(np.float32), FLOAT32)], self.image(len(bias))
        )

    def int8_convolution(self, x: int, kernel: np.ndarray, bias: np.ndarray, form: tuple[float, int]) -> int:
        """Returns the same of an int8 image, as an int8 image; form is its scale and zero point."""
        stored, scales = _int8(_filters_first(kernel))
        products = scales.astype(np.float64) * self._tensors[x].quantization.scale[0]
        whole = np.clip(np.round(bias / products), -(2**31) + 1, 2**31 - 1).astype(np.int32)
        inputs = [x, self._constant(stored, INT8, scales), self._constant(whole, INT32, products)]
        return self._convolved(inputs, self.image(len(bias), *form))

    def quantised(self, x: int, scale: float, zero_point: int) -> int:
        """Returns a float32 image as int8; values beyond its range are clipped."""
        y = self.image(self._channels(x), scale, zero_point)
        kind = schema.BuiltinOptions.QuantizeOptions
        return self._add("QUANTIZE", [x], y, kind, schema.QuantizeOptionsT())

    def dequantised(self, x: int) -> int:
        """Returns an int8 image as float32."""
        kind = schema.BuiltinOptions.DequantizeOptions
        return self._add("DEQUANTIZE", [x], self.image(self._channels(x)), kind, schema.DequantizeOptionsT())

    def prelu(self, x: int, slopes: np.ndarray) -> int:
        """Returns x where positive, else slope * x; slopes (C,)."""
        slopes = self._constant(slopes[None, None].astype(np.float32), FLOAT32)
        return self._add("PRELU", [x, slopes], self.image(self._channels(x)))

    def sum(self, x: int, y: int) -> int:
        """Returns x + y."""
        kind = schema.BuiltinOptions.AddOptions
        return self._add("ADD", [x, y], self.image(self._channels(x)), kind, schema.AddOptionsT())

    def shuffle(self, x: int, factor: int) -> int:
        """Returns channels rearranged into space, packed as (row, column, C)."""
        options = schema.DepthToSpaceOptionsT()
        options.blockSize = factor
        y = self.image(self._channels(x) // factor**2)
        self._tensors[y].type = self._tensors[x].type
        self._tensors[y].quantization = self._tensors[x].quantization
        return self._add("DEPTH_TO_SPACE", [x], y, schema.BuiltinOptions.DepthToSpaceOptions, options)

    def file(self, inputs: Sequence[int], outputs: Sequence[int]) -> bytes:
        """Returns the file of everything that was added."""
        graph, model = schema.SubGraphT(), schema.ModelT()
        graph.name, graph.tensors, graph.operators = b"main", self._tensors, self._operators
        graph.inputs, graph.outputs = list(inputs), list(outputs)
        model.version, model.description = 3, b"srgan_tf"
        model.subgraphs, model.buffers = [graph], self._buffers
        model.operatorCodes = list(self._codes.values())
        builder = Aligned(1 << 20)
        builder.Finish(model.Pack(builder), b"TFL3")
        return bytes(builder.Output())

    def _channels(self, x: int) -> int:
        return self._tensors[x].shape[3]

    def _tensor(self, shape: Sequence[int], dtype: int) -> int:
        tensor = schema.TensorT()
        tensor.shape, tensor.type, tensor.buffer = list(shape), dtype, 0
        tensor.name = f"t{len(self._tensors)}".encode()
        self._tensors.append(tensor)
        return len(self._tensors) - 1

    def _constant(self, values: np.ndarray, dtype: int, scales: np.ndarray | None = None) -> int:
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(np.ascontiguousarray(values).tobytes(), np.uint8)
        self._buffers.append(buffer)
        number = self._tensor(values.shape, dtype)
        self._tensors[number].buffer = len(self._buffers) - 1
        if scales is not None:
            self._tensors[number].quantization = _quantization(scales, [0] * len(scales))
        return number

    def _convolved(self, inputs: list[int], result: int) -> int:
        options = schema.Conv2DOptionsT()
        options.padding = schema.Padding.SAME
        options.strideW = options.strideH = options.dilationWFactor = options.dilationHFactor = 1
        return self._add("CONV_2D", inputs, result, schema.BuiltinOptions.Conv2DOptions, options)

    def _add(self, name: str, inputs: list[int], result: int, kind: int = 0, options: Any = None) -> int:
        code = getattr(schema.BuiltinOperator, name)
        if code not in self._codes:
            entry = schema.OperatorCodeT()
            entry.builtinCode = entry.deprecatedBuiltinCode = code
            entry.version = VERSIONS.get(name, 1)
            self._codes[code] = entry
        operator = schema.OperatorT()
        operator.opcodeIndex = list(self._codes).index(code)
        operator.inputs, operator.outputs = inputs, [result]
        operator.builtinOptionsType, operator.builtinOptions = kind, options
        self._operators.append(operator)
        return result


VERSIONS = {"CONV_2D": 5, "QUANTIZE": 1, "DEQUANTIZE": 2}
"""Of the operators, where their first version does not take what is used here."""


def _filters_first(kernel: np.ndarray) -> np.ndarray:
    return np.transpose(kernel, (3, 0, 1, 2))


def _int8(filters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Filters in int8 and the scale of each."""
    largest = np.abs(filters).max(axis=(1, 2, 3))
    scales = np.where(largest > 0, largest / 127, 1.0).astype(np.float32)
    return np.clip(np.round(filters / scales[:, None, None, None]), -127, 127).astype(np.int8), scales


def _quantization(scales: Sequence[float] | np.ndarray, zero_points: Sequence[int]) -> Any:
    quantization = schema.QuantizationParametersT()
    quantization.scale, quantization.zeroPoint = [float(scale) for scale in scales], list(zero_points)
    quantization.quantizedDimension = 0
    return quantization
