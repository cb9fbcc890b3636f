import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image, ImageOps

from srgan_tf.data.decode import (
    JPEG_MARGIN,
    Decoder,
    decode_plain,
    encode_bmp,
    image_facts,
    read_bmp_part,
)
from srgan_tf.images import UnusableImage, decode_rgb
from tests.helpers import encoded, sample_image

IMAGE = sample_image(61, 83)
PIXELS = np.asarray(IMAGE)
SAMPLINGS = ("4:4:4", "4:2:2", "4:2:0")


@pytest.mark.parametrize("sampling", SAMPLINGS)
@pytest.mark.parametrize("progressive", [False, True])
def test_jpeg_windows_equal_the_whole_image(sampling, progressive):
    """Pillow decodes the whole; TensorFlow decodes windows that are a margin larger than needed."""
    file = encoded(IMAGE, "JPEG", subsampling=sampling, progressive=progressive, quality=80)
    whole = decode_rgb(file)
    np.testing.assert_array_equal(decode_plain(tf.constant(file), Decoder.JPEG), whole)
    height, width = whole.shape[:2]
    for top in range(0, 40, 5):
        for left in range(0, 60, 3):
            start = np.maximum([top - JPEG_MARGIN, left - JPEG_MARGIN], 0)
            stop = np.minimum([top + 20 + JPEG_MARGIN, left + 22 + JPEG_MARGIN], [height, width])
            window = tf.constant([*start, *(stop - start)], tf.int32)
            part = decode_plain(tf.constant(file), Decoder.JPEG, window).numpy()
            part = part[top - start[0] :, left - start[1] :][:20, :22]
            np.testing.assert_array_equal(part, whole[top : top + 20, left : left + 22])


def test_jpeg_windows_need_the_margin():
    """Were windows exact without it, the margin could go."""
    file = tf.constant(encoded(IMAGE, "JPEG", subsampling="4:2:0"))
    part = decode_plain(file, Decoder.JPEG, tf.constant([0, 16, 32, 32])).numpy()
    assert (part != decode_rgb(file.numpy())[:32, 16:48]).any()


@pytest.mark.parametrize(
    ("file", "decoder"),
    [
        *((encoded(IMAGE, "JPEG", subsampling=sampling), Decoder.JPEG) for sampling in SAMPLINGS),
        (encoded(IMAGE, "JPEG", progressive=True), Decoder.JPEG),
        (encoded(IMAGE, "JPEG", keep_rgb=True), Decoder.JPEG),
        (encoded(IMAGE.convert("L"), "JPEG"), Decoder.JPEG),
        (encoded(IMAGE, "PNG"), Decoder.PNG),
    ],
)
def test_plain_files_are_decoded_by_tensorflow_as_by_pillow(file, decoder):
    assert image_facts(file).decoder == decoder
    np.testing.assert_array_equal(decode_plain(tf.constant(file), decoder), decode_rgb(file))


def with_orientation(value):
    exif = IMAGE.getexif()
    exif[0x0112] = value
    return exif


def sixteen_bit_grey():
    return np.arange(61 * 83, dtype=np.uint16).reshape(61, 83) * 12


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (encoded(IMAGE, "WEBP", lossless=True), PIXELS),
        (encoded(IMAGE, "BMP"), PIXELS),
        (encoded(IMAGE, "TIFF"), PIXELS),
        (encoded(IMAGE.convert("L"), "PNG"), np.asarray(IMAGE.convert("L").convert("RGB"))),
        (encoded(IMAGE.convert("1"), "PNG"), np.asarray(IMAGE.convert("1").convert("RGB"))),
        (encoded(IMAGE.quantize(200), "PNG"), np.asarray(IMAGE.quantize(200).convert("RGB"))),
        (
            encoded(IMAGE.quantize(200), "GIF", save_all=True, append_images=[sample_image(61, 83, 4)]),
            np.asarray(IMAGE.quantize(200).convert("RGB")),
        ),
        (
            encoded(Image.fromarray(sixteen_bit_grey()), "PNG"),
            np.repeat(np.rint(sixteen_bit_grey() / 257).astype(np.uint8)[..., None], 3, axis=2),
        ),
    ],
    ids=["webp", "bmp", "tiff", "grey", "bilevel", "palette", "first frame", "16 bit"],
)
def test_other_kinds_are_decoded_by_pillow(file, expected):
    facts = image_facts(file)
    assert (facts.height, facts.width, facts.decoder) == (61, 83, Decoder.PILLOW)
    rgb = decode_rgb(file)
    assert rgb.dtype == np.uint8
    np.testing.assert_array_equal(rgb, expected)


def test_cmyk_is_close_to_its_colours():
    cmyk = image_facts(file := encoded(IMAGE.convert("CMYK"), "JPEG", quality=100))
    assert cmyk.decoder == Decoder.PILLOW
    assert np.abs(decode_rgb(file).astype(int) - PIXELS).mean() < 2


@pytest.mark.parametrize("orientation", range(1, 9))
def test_upright(orientation):
    file = encoded(IMAGE, "JPEG", exif=with_orientation(orientation), quality=100, subsampling="4:4:4")
    facts = image_facts(file)
    assert facts.decoder == (Decoder.JPEG if orientation == 1 else Decoder.PILLOW)
    assert (facts.height, facts.width) == ((61, 83) if orientation < 5 else (83, 61))
    with Image.open(io.BytesIO(file)) as image:
        expected = np.asarray(ImageOps.exif_transpose(image))
    np.testing.assert_array_equal(decode_rgb(file), expected)


def test_an_orientation_that_means_nothing_is_upright():
    assert image_facts(encoded(IMAGE, "JPEG", exif=with_orientation(0))).decoder == Decoder.JPEG


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparency_is_laid_over_white(mode):
    """What hides behind transparency is arbitrary and must not be learnt."""
    alpha = np.zeros((61, 83), np.uint8)
    alpha[:30] = 255
    alpha[30:40] = 128
    image = IMAGE.convert(mode)
    image.putalpha(Image.fromarray(alpha))
    file = encoded(image, "PNG")
    assert image_facts(file).decoder == Decoder.PILLOW
    colours = np.asarray((IMAGE if mode == "RGBA" else IMAGE.convert("L")).convert("RGB")).astype(float)
    expected = (colours * alpha[..., None] + 255.0 * (255 - alpha[..., None])) / 255
    rgb = decode_rgb(file)
    np.testing.assert_array_equal(rgb[:30], expected[:30])
    assert np.abs(rgb - expected).max() <= 1
    assert (rgb[40:] == 255).all()


def test_transparent_palette_entries_are_white_too():
    palette = IMAGE.quantize(64)
    hidden = np.asarray(palette) == 7
    assert hidden.any()
    rgb = decode_rgb(encoded(palette, "PNG", transparency=7))
    assert (rgb[hidden] == 255).all()
    np.testing.assert_array_equal(rgb[~hidden], np.asarray(palette.convert("RGB"))[~hidden])


def test_a_transparent_colour_is_not_ignored():
    file = encoded(IMAGE, "PNG", transparency=tuple(PIXELS[0, 0].tolist()))
    assert image_facts(file).decoder == Decoder.PILLOW
    assert (decode_rgb(file)[0, 0] == 255).all()


JPEG, PNG = encoded(IMAGE, "JPEG"), encoded(IMAGE, "PNG")


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (b"", "empty file"),
        (b"a note, no image", "no JPEG, PNG, WebP, TIFF, BMP, GIF, AVIF or HEIC image"),
        (encoded(IMAGE, "PPM"), "no JPEG, PNG, WebP, TIFF, BMP, GIF, AVIF or HEIC image"),
        (encoded(IMAGE, "TIFF")[:3000], "cannot be decoded: "),
        (
            JPEG[: len(JPEG) * 4 // 5],
            r"cannot be decoded: image file is truncated \(\d+ bytes not processed\)",
        ),
        (JPEG[:-2], "cannot be decoded: image file is truncated"),
        (JPEG[:300], "cannot be decoded: Truncated File Read"),
        (PNG[: len(PNG) // 2], "cannot be decoded: image file is truncated"),
        (PNG[:1000] + bytes(50) + PNG[1050:], "cannot be decoded: "),
        (encoded(IMAGE, "WEBP")[:200], "cannot be decoded: |no JPEG"),
        (encoded(IMAGE.quantize(64), "GIF")[:900], "cannot be decoded: "),
        (encoded(IMAGE, "BMP")[:900], "cannot be decoded: "),
    ],
)
def test_damaged_files_say_why(file, reason):
    for function in (image_facts, decode_rgb):
        with pytest.raises(UnusableImage, match=rf"^({reason})"):
            function(file)


def test_decompression_bombs(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    with pytest.raises(UnusableImage, match="more pixels than Pillow's limit"):
        image_facts(PNG)


def test_one_pixel():
    facts = image_facts(encoded(IMAGE.crop((0, 0, 1, 1)), "PNG"))
    assert (facts.height, facts.width) == (1, 1)


@pytest.mark.parametrize("width", [8, 9, 10, 11])  # rows padded by 0 to 3 bytes
def test_every_part_is_that_of_the_image(tmp_path, width):
    image = np.asarray(sample_image(7, width))
    path = tmp_path / "file"
    path.write_bytes(b"before" + encode_bmp(image) + b"after")
    for top, bottom, left, right in [(0, 7, 0, width), (0, 1, 0, 1), (6, 7, width - 1, width), (2, 5, 3, 7)]:
        part = read_bmp_part(path, 6, (7, width), range(top, bottom), range(left, right))
        np.testing.assert_array_equal(part, image[top:bottom, left:right])


def test_other_programs_read_the_files():
    image = np.asarray(sample_image(7, 9))
    np.testing.assert_array_equal(decode_rgb(encode_bmp(image)), image)
    np.testing.assert_array_equal(tf.io.decode_bmp(encode_bmp(image)), image)


def test_files_cut_short_are_named(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(encode_bmp(np.asarray(sample_image(7, 8)))[:-1])
    assert read_bmp_part(path, 0, (7, 8), range(1, 7), range(8)).shape == (6, 8, 3)
    with pytest.raises(OSError, match=r"file is cut short: expected 24 bytes from byte 198 on"):
        read_bmp_part(path, 0, (7, 8), range(1), range(8))
