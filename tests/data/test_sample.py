import socket

import pytest

from srgan_tf.data.decode import decode_rgb
from srgan_tf.data.sample import open_sample


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
    pictures = [decode_rgb(source.read(i)) for source in (train, validation) for i in range(len(source))]
    assert len({picture.tobytes() for picture in pictures}) == 10
    assert all(picture.std() > 10 for picture in pictures)
    assert [picture.shape[:2] for picture in pictures] == [
        *zip(train.heights, train.widths, strict=True),
        *zip(validation.heights, validation.widths, strict=True),
    ]
