"""The facts of a file's header, against Pillow."""

import io
import struct
from contextlib import contextmanager

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image, PngImagePlugin

from srgan_tf.errors import WorkError
from srgan_tf.exporting.image_header import declared_size
from srgan_tf.images import read_image
from tests.helpers import encoded, sample_image

ANIMATED = "the file is an animation: expected a file with one image"


@tf.function(input_signature=[tf.TensorSpec((), tf.string)])
def size_of(file: tf.Tensor) -> tf.Tensor:
    return declared_size(file, tf.constant("the file"))


def frames(count: int, form: str, **options: object) -> bytes:
    """Returns a file of several frames that differ."""
    images = [sample_image(41, 50, number) for number in range(count)]
    if form == "GIF":
        images = [image.quantize(2 ** (number % 7 + 2)) for number, image in enumerate(images)]
    return encoded(images[0], form, save_all=True, append_images=images[1:], **options)


def with_blocks(gif: bytes, blocks: bytes) -> bytes:
    """Returns a GIF with other blocks before its first one."""
    start = 13 + (3 * 2 ** (gif[10] % 8 + 1) if gif[10] & 128 else 0)
    return gif[:start] + blocks + gif[start:]


@pytest.mark.parametrize(
    "file",
    [
        frames(2, "GIF"),
        frames(9, "GIF", duration=40, loop=0, comment=b"," * 700),
        frames(2, "GIF", optimize=True, disposal=2),
        with_blocks(frames(2, "GIF"), b"\0\0" + b"\x21\xfe\x03,;!\0" * 500),
        frames(3, "PNG"),
        frames(3, "PNG", default_image=True),
        frames(2, "WEBP"),
        frames(2, "WEBP", lossless=True),
    ],
)
def test_an_animation_is_refused_by_the_server_and_by_the_reader(file, tmp_path):
    with pytest.raises(tf.errors.InvalidArgumentError, match=ANIMATED):
        size_of(tf.constant(file))
    (tmp_path / "file").write_bytes(file)
    with pytest.raises(WorkError, match=r"holds \d frames, an animation; give a file with one image"):
        read_image(tmp_path / "file")


def chunks() -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    for number in range(20):
        info.add_text(f"key{number}", "acTL, IDAT")
    return info


@pytest.mark.parametrize(
    "file",
    [
        frames(1, "GIF"),
        frames(1, "GIF", comment=b"\x2c" * 700),
        with_blocks(frames(1, "GIF"), b"\x21\xfe\x03,;!\0" * 500),
        frames(1, "GIF") + frames(2, "GIF"),  # bytes behind the end mean nothing
        frames(1, "PNG", pnginfo=chunks()),
        encoded(sample_image(41, 50).convert("RGBA"), "PNG"),
        encoded(sample_image(41, 50), "WEBP", exif=b"Exif\0\0"),
    ],
)
def test_one_image_is_taken_by_both(file, tmp_path):
    np.testing.assert_array_equal(size_of(tf.constant(file)), (41, 50))
    (tmp_path / "file").write_bytes(file)
    assert read_image(tmp_path / "file").colour.shape[:2] == (41, 50)
    assert getattr(Image.open(io.BytesIO(file)), "n_frames", 1) == 1


@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP"])
def test_a_file_that_ends_early_is_no_trouble(form):
    """Only what is read of the header counts; the decoder refuses the rest."""
    whole = frames(2, form)
    for stop in [*range(30, 80), *range(80, len(whole), 97)]:
        with suppress_refusal(ANIMATED):
            np.testing.assert_array_equal(size_of(tf.constant(whole[:stop])), (41, 50))


@contextmanager
def suppress_refusal(message):
    """Lets an InvalidArgumentError with this message pass, and no other error."""
    try:
        yield
    except tf.errors.InvalidArgumentError as error:
        if message not in str(error):
            raise


def test_lengths_that_lie_end_the_search():
    png = frames(1, "PNG")
    lying = png[:33] + struct.pack(">I", 2**31 - 1) + b"tEXt" + png[33:]
    np.testing.assert_array_equal(size_of(tf.constant(lying)), (41, 50))
