import numpy as np
import pytest
import tensorflow as tf

from srgan_tf.data.decode import decode_rgb
from srgan_tf.data.uncompressed import encode_bmp, read_bmp_part
from tests.helpers import sample_image


@pytest.mark.parametrize("width", [8, 9, 10, 11])  # rows padded by 0 to 3 bytes
def test_every_part_is_that_of_the_picture(tmp_path, width):
    picture = np.asarray(sample_image(7, width))
    path = tmp_path / "file"
    path.write_bytes(b"before" + encode_bmp(picture) + b"after")
    for top, bottom, left, right in [(0, 7, 0, width), (0, 1, 0, 1), (6, 7, width - 1, width), (2, 5, 3, 7)]:
        part = read_bmp_part(path, 6, (7, width), range(top, bottom), range(left, right))
        np.testing.assert_array_equal(part, picture[top:bottom, left:right])


def test_other_programs_read_the_files():
    picture = np.asarray(sample_image(7, 9))
    np.testing.assert_array_equal(decode_rgb(encode_bmp(picture)), picture)
    np.testing.assert_array_equal(tf.io.decode_bmp(encode_bmp(picture)), picture)


def test_files_cut_short_are_named(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(encode_bmp(np.asarray(sample_image(7, 8)))[:-1])
    assert read_bmp_part(path, 0, (7, 8), range(1, 7), range(8)).shape == (6, 8, 3)
    with pytest.raises(OSError, match=r"file is cut short: expected 24 bytes from byte 198 on"):
        read_bmp_part(path, 0, (7, 8), range(1), range(8))
