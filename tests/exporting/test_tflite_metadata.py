"""The metadata of a TFLite file, read as their schema lays them out."""

import flatbuffers
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from flatbuffers import number_types as types
from flatbuffers.table import Table

from srgan_tf.exporting.runtimes import convert
from srgan_tf.exporting.tflite_metadata import described
from srgan_tf.inference.litert import TensorFacts, open_litert
from tests.helpers import TINY, random_generator

INT8 = TensorFacts("int8", (1, 16, 16, 3), 0.00392, -128)


@pytest.fixture(scope="module")
def bare():
    return convert(random_generator(TINY), "float32", None, [])


def field(table: Table, place: int) -> int:
    return table.Offset(4 + 2 * place)


def text(table: Table, place: int) -> str:
    return table.String(field(table, place) + table.Pos).decode()


def below(table: Table, place: int) -> Table:
    return Table(table.Bytes, table.Indirect(field(table, place) + table.Pos))


def listed(table: Table, place: int) -> list[Table]:
    at = field(table, place)
    return [Table(table.Bytes, table.Indirect(table.Vector(at) + 4 * i)) for i in range(table.VectorLen(at))]


def number(table: Table, place: int) -> float:
    return table.Get(types.Float32Flags, table.Vector(field(table, place)))


def metadata(file: bytes) -> Table:
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(file, 0))
    (entry,) = [entry for entry in model.metadata if entry.name == b"TFLITE_METADATA"]
    content = bytes(model.buffers[entry.buffer].data)
    assert content[4:8] == b"M001"
    return Table(bytearray(content), flatbuffers.encode.Get(types.UOffsetTFlags.packer_type, content, 0))


def test_a_file_says_names_ranges_and_normalisation(bare):
    """`metadata_schema.fbs`: ModelMetadata, SubGraphMetadata, TensorMetadata, NormalizationOptions, Stats."""
    form = TensorFacts("float32", (1, -1, -1, 3))
    model = metadata(described(bare, "tiny", lr=form, sr=form, scale=4))
    assert text(model, 0) == "tiny"
    (subgraph,) = listed(model, 3)
    (lr,), (sr,) = listed(subgraph, 2), listed(subgraph, 3)
    assert (text(lr, 0), text(sr, 0)) == ("lr", "sr")
    assert "values in [0, 1]" in text(lr, 1)
    assert "values about [-1, 1], not clipped" in text(sr, 1)
    assert [(number(below(t, 5), 1), number(below(t, 5), 0)) for t in (lr, sr)] == [(0, 1), (-1, 1)]
    (unit,) = listed(lr, 4)
    assert (number(below(unit, 1), 0), number(below(unit, 1), 1)) == (0, 255)  # (level - 0) / 255
    content = below(lr, 3)
    assert content.Get(types.Uint8Flags, field(content, 0) + content.Pos) == 2  # ImageProperties
    image = below(content, 1)
    assert image.Get(types.Int8Flags, field(image, 0) + image.Pos) == 1  # RGB


def test_the_scales_of_int8_and_the_levels_of_uint8_are_said(bare):
    (subgraph,) = listed(metadata(described(bare, "tiny", lr=INT8, sr=INT8, scale=4)), 3)
    assert "value = 0.00392 * (stored - -128)" in text(listed(subgraph, 2)[0], 1)
    levels = TensorFacts("uint8", (1, 16, 16, 3))
    (subgraph,) = listed(metadata(described(bare, "tiny", lr=levels, sr=levels, scale=4)), 3)
    (sr,) = listed(subgraph, 3)
    assert text(sr, 1) == "RGB image upscaled by 4; levels of 0 to 255"
    assert (number(below(sr, 5), 1), number(below(sr, 5), 0)) == (0, 255)


def test_the_network_stays_and_its_weights_are_aligned(bare, tmp_path):
    form = TensorFacts("float32", (1, -1, -1, 3))
    file = described(bare, "tiny", lr=form, sr=form, scale=4)
    for name, content in (("bare", bare), ("described", file)):
        (tmp_path / name).write_bytes(content)
    lr = np.random.default_rng(0).uniform(size=(1, 9, 11, 3)).astype(np.float32)
    results = [open_litert(tmp_path / name, name).run(lr) for name in ("bare", "described")]
    np.testing.assert_array_equal(*results)
    model = schema.Model.GetRootAs(file, 0)
    for i in range(model.BuffersLength()):
        at = model.Buffers(i)._tab.Offset(4)
        assert not at or model.Buffers(i)._tab.Vector(at) % 16 == 0
    assert file[4:8] == b"TFL3"
