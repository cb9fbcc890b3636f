import numpy as np
import pytest
import tensorflow as tf
from PIL import Image, ImageCms

from srgan_tf.errors import WorkError
from srgan_tf.images import read_image
from srgan_tf.images.writing import ImageStrips, check_fits, write_image

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def strips(pixels):
    return ImageStrips(*pixels.shape, pixels.dtype, iter(np.array_split(pixels, 3)))


def maker():
    exif = Image.Exif()
    exif[0x010F] = "maker"
    return exif


@pytest.mark.parametrize(
    ("name", "channels", "close"),
    [
        *[("a.png", channels, 0) for channels in (1, 2, 3, 4)],
        *[("a.jpg", 1, 3), ("a.jpeg", 3, 3), ("a.webp", 3, 9), ("a.webp", 4, 9)],
    ],
)
def test_pixels_exif_and_profile_arrive(chelsea, tmp_path, name, channels, close):
    pixels = np.dstack([chelsea, chelsea[..., 1]])[:50, :60, -channels:]
    icc = SRGB if channels > 2 else None
    write_image(strips(pixels), tmp_path / name, exif=maker(), icc=icc)
    back = read_image(tmp_path / name)
    parts = [back.colour, *([] if back.alpha is None else [back.alpha])]
    assert np.abs(np.dstack(parts).astype(int) - pixels).mean() <= close
    assert back.exif[0x010F] == "maker"
    assert back.icc == icc
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_sixteen_bits(chelsea, tmp_path):
    deep = chelsea.astype(np.uint16) * 257 + 100
    for name in ("a.png", "a.jpg"):
        write_image(strips(deep), tmp_path / name, exif=maker(), icc=SRGB)
    read = tf.io.decode_png((tmp_path / "a.png").read_bytes(), dtype=tf.uint16)
    np.testing.assert_array_equal(read, deep)
    assert np.abs(np.asarray(Image.open(tmp_path / "a.jpg")).astype(float) - deep / 257).mean() < 3


def test_an_error_on_the_way_leaves_what_was_there(chelsea, tmp_path):
    def broken():
        yield chelsea[:5]
        raise RuntimeError("out of power")

    for name in ("a.png", "a.jpg"):
        (tmp_path / name).write_text("before")
        image = ImageStrips(128, 160, 3, np.dtype(np.uint8), broken())
        with pytest.raises(RuntimeError, match="out of power"):
            write_image(image, tmp_path / name)
        assert (tmp_path / name).read_text() == "before"
    assert len(list(tmp_path.iterdir())) == 2


def test_what_a_format_cannot_hold_is_refused():
    check_fits((100_000, 100_000), False, "png")
    with pytest.raises(WorkError, match=r"16384x10 is too large for webp.*16383; use --format=png"):
        check_fits((10, 16384), False, "webp")
    with pytest.raises(WorkError, match="too large for jpg"):
        check_fits((65501, 10), False, "jpg")
    with pytest.raises(WorkError, match="has alpha, and JPEG has none"):
        check_fits((10, 10), True, "jpg")
