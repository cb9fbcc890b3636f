import io

import numpy as np
import pytest
from PIL import Image

from srgan_tf.images.writing import encode_png


@pytest.mark.parametrize("size", [(1, 1), (7, 5), (120, 160), (321, 481)])
def test_length_depends_on_the_size_alone(size):
    rng = np.random.default_rng(0)
    images = [
        np.zeros((*size, 3), np.uint8),
        np.full((*size, 3), 255, np.uint8),
        rng.integers(0, 256, (*size, 3), dtype=np.uint8),
        np.broadcast_to(np.arange(size[1], dtype=np.uint8)[None, :, None], (*size, 3)).copy(),
    ]
    files = [encode_png(p, 0) for p in images]
    assert len({len(file) for file in files}) == 1
    for version, file in zip(images, files):
        np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(file))), version)


def test_nothing_but_pixels_is_in_the_file():
    file = encode_png(np.zeros((300, 400, 3), np.uint8))
    chunks, place = [], 8
    while place < len(file):  # length, type, content, checksum (PNG specification, 5.3)
        length = int.from_bytes(file[place : place + 4], "big")
        chunks.append(file[place + 4 : place + 8])
        place += 12 + length
    assert set(chunks) == {b"IHDR", b"IDAT", b"IEND"}
