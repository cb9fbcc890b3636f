import socket

import pytest

from srgan_tf.data.sources import PHOTOGRAPHS, open_sample, open_source
from srgan_tf.errors import UsageError
from srgan_tf.images import decode_rgb
from tests.helpers import write_images


def test_each_kind_of_spec(tmp_path):
    write_images(tmp_path, 2)
    assert open_source("sample").names == list(PHOTOGRAPHS["train"])
    assert open_source("sample", split="validation").names == list(PHOTOGRAPHS["validation"])
    assert open_source(str(tmp_path)).names == ["00.png", "01.png"]
    assert open_source(str(tmp_path), split="validation").names == ["00.png", "01.png"]


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("smaple", "smaple is no folder: expected `sample`, a folder"),
        ("tdfs:div2k", "tdfs:div2k is no folder: expected .* tfds:NAME"),
        ("tfds:no_such_data_set", "Dataset no_such_data_set not found"),
        ("tfrecord:/nowhere/*.tfrecord", r"tfrecord:/nowhere/\*.tfrecord matches no file"),
    ],
)
def test_specs_that_open_nothing(spec, message):
    with pytest.raises(UsageError, match=message):
        open_source(spec)


def test_real_photographs(srgan_data, tmp_path):
    """ImageNet photographs: every kind of chroma sampling and a turned one, all usable."""
    source = open_source(str(srgan_data / "train" / "imagenet"), min_size=96, cache=tmp_path)
    assert len(source) == 925
    assert not source.skipped


@pytest.fixture
def no_network(monkeypatch):
    def refuse(*args):
        raise AssertionError("the sample asked for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def test_sides_are_disjoint_and_need_no_network(no_network):
    train, validation = (open_sample(split=split, min_size=96) for split in ("train", "validation"))
    assert len(train) == 8
    assert len(validation) == 2
    assert not set(train.names) & set(validation.names)
    assert not train.skipped
    assert not validation.skipped
    images = [decode_rgb(source.read(i)) for source in (train, validation) for i in range(len(source))]
    assert len({image.tobytes() for image in images}) == 10
    assert all(image.std() > 10 for image in images)
    assert [image.shape[:2] for image in images] == [
        *zip(train.heights, train.widths, strict=True),
        *zip(validation.heights, validation.widths, strict=True),
    ]
