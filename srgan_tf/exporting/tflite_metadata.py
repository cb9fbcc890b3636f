"""The metadata of a TFLite file: names, ranges and normalisation of its input and output.

TensorFlow Lite Metadata is a FlatBuffer among the file's own buffers, named `TFLITE_METADATA`
(https://ai.google.dev/edge/litert/conversion/tensorflow/metadata). The numbers below are those of
`metadata_schema.fbs`, version 1.5.0: each is a field's place in its table.
"""

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from srgan_tf.inference.litert import TensorFacts

_MODEL_NAME, _MODEL_DESCRIPTION, _MODEL_SUBGRAPHS, _MODEL_PARSER, _MODEL_FIELDS = 0, 1, 3, 7, 8
_SUBGRAPH_INPUTS, _SUBGRAPH_OUTPUTS, _SUBGRAPH_FIELDS = 2, 3, 8
_NAME, _DESCRIPTION, _DIMENSIONS, _CONTENT, _PROCESS, _STATS, _TENSOR_FIELDS = 0, 1, 2, 3, 4, 5, 7
_IMAGE_PROPERTIES, _RGB = 2, 1  # of the union ContentProperties, of the enumeration ColorSpaceType
_NORMALIZATION = 1  # of the union ProcessUnitOptions


def described(file: bytes, name: str, *, lr: TensorFacts, sr: TensorFacts, scale: int) -> bytes:
    """Returns a TFLite file with metadata; its network stays as it is.

    Args:
      file: of a generator.
      name: of the model.
      lr: the form of its input.
      sr: the form of its output.
      scale: SR pixels for each LR pixel, along one side.
    """
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(file, 0))
    buffer = schema.BufferT()
    buffer.data = np.frombuffer(_metadata(name, lr, sr, scale), np.uint8)
    model.buffers.append(buffer)
    entry = schema.MetadataT()
    entry.name, entry.buffer = b"TFLITE_METADATA", len(model.buffers) - 1
    model.metadata = [*(model.metadata or []), entry]
    builder = _Aligned(len(file) + 4096)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


class _Aligned(flatbuffers.Builder):
    """A builder that aligns weights for vector instructions, as the schema's `force_align` says."""

    def CreateNumpyVector(self, x: np.ndarray) -> int:  # noqa: N802, the library's name
        self.Prep(16, x.nbytes)
        return super().CreateNumpyVector(x)


def _metadata(name: str, lr: TensorFacts, sr: TensorFacts, scale: int) -> bytes:
    builder = flatbuffers.Builder(1024)
    inputs = _tensor(builder, "lr", f"RGB image; {lr.meaning('lr')}", lr, ["batch", "height", "width", "RGB"])
    sides = ["batch", f"{scale}*height", f"{scale}*width", "RGB"]
    outputs = _tensor(builder, "sr", f"RGB image upscaled by {scale}; {sr.meaning('sr')}", sr, sides)
    subgraph = _table(
        builder,
        _SUBGRAPH_FIELDS,
        {
            _SUBGRAPH_INPUTS: _offsets(builder, [inputs]),
            _SUBGRAPH_OUTPUTS: _offsets(builder, [outputs]),
        },
    )
    fields = {
        _MODEL_NAME: builder.CreateString(name),
        _MODEL_DESCRIPTION: builder.CreateString(f"Super-resolution of RGB images by {scale}"),
        _MODEL_SUBGRAPHS: _offsets(builder, [subgraph]),
        _MODEL_PARSER: builder.CreateString("1.0.0"),
    }
    builder.Finish(_table(builder, _MODEL_FIELDS, fields), b"M001")
    return bytes(builder.Output())


def _tensor(
    builder: flatbuffers.Builder, name: str, text: str, tensor: TensorFacts, dimensions: list[str]
) -> int:
    low, high = tensor.range_of(name)
    # Stored value = (level - mean) / std of levels 0 to 255, before quantisation.
    std = 255 / (high - low)
    numbers = {"mean": -low * std, "std": std, "min": low, "max": high}
    vectors = {key: builder.CreateNumpyVector(np.array([x], np.float32)) for key, x in numbers.items()}
    normalization = _table(builder, 2, {0: vectors["mean"], 1: vectors["std"]})
    unit = _table(builder, 2, {1: normalization}, {0: _NORMALIZATION})
    image = _table(builder, 2, {}, {0: _RGB})
    fields = {
        _NAME: builder.CreateString(name),
        _DESCRIPTION: builder.CreateString(text),
        _DIMENSIONS: _offsets(builder, [builder.CreateString(each) for each in dimensions]),
        _CONTENT: _table(builder, 3, {1: image}, {0: _IMAGE_PROPERTIES}),
        _STATS: _table(builder, 2, {0: vectors["max"], 1: vectors["min"]}),
    }
    if name == "lr":
        fields[_PROCESS] = _offsets(builder, [unit])
    return _table(builder, _TENSOR_FIELDS, fields)


def _table(
    builder: flatbuffers.Builder, size: int, offsets: dict[int, int], numbers: dict[int, int] | None = None
) -> int:
    """Writes a table of `size` fields: places of other objects, and bytes."""
    builder.StartObject(size)
    for place, number in (numbers or {}).items():
        builder.PrependByteSlot(place, number, 0)
    for place, offset in offsets.items():
        builder.PrependUOffsetTRelativeSlot(place, offset, 0)
    return builder.EndObject()


def _offsets(builder: flatbuffers.Builder, offsets: list[int]) -> int:
    builder.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        builder.PrependUOffsetTRelative(offset)
    return builder.EndVector()
