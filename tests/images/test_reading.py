import io
import zlib

import numpy as np
import pillow_heif
import pytest
import tensorflow as tf
import tifffile
from PIL import Image, ImageCms, ImageOps

from srgan_tf.errors import WorkError
from srgan_tf.images import UnusableImage, decode_rgb, files, read_image
from srgan_tf.images.writing import ImageStrips, exif_bytes, write_png

PLAIN = {"software": False, "metadata": None}  # tifffile writes tags of its own otherwise
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.fixture
def image(chelsea):
    return Image.fromarray(chelsea[:40, :60])


@pytest.fixture
def saved(tmp_path):
    def save(image, name, **kwargs):
        image.save(tmp_path / name, **kwargs)
        return tmp_path / name

    return save


def test_avif_and_heic_are_read_upright(image, saved):
    exif = Image.Exif()
    exif[0x0112] = 6
    upright = np.asarray(image.transpose(Image.Transpose.ROTATE_270)).astype(int)
    pillow_heif.register_heif_opener()
    for name in ("a.avif", "a.heic"):
        path = saved(image, name, exif=exif.tobytes(), quality=95)
        read = read_image(path)
        assert read.exif is None
        assert read.colour.shape == upright.shape
        assert np.abs(read.colour - upright).mean() < 3
        np.testing.assert_array_equal(decode_rgb(path.read_bytes()), read.colour)


def test_heic_without_its_package_is_named(image, saved, monkeypatch):
    pillow_heif.register_heif_opener()
    path = saved(image, "a.heic")
    monkeypatch.setattr(files, "_formats", lambda: files.FORMATS)
    with pytest.raises(WorkError, match=r"a\.heic: HEIC, which needs the package pillow-heif: pip install"):
        read_image(path)


@pytest.mark.parametrize("tag", [(254, "I", 1, 1, False), (50706, "B", 4, (1, 4, 0, 0), False)])
def test_the_preview_in_a_cameras_raw_file_is_not_taken_for_the_photograph(tmp_path, chelsea, tag):
    extra = {} if tag[0] == 254 else {"extratags": [tag]}
    subfile = 1 if tag[0] == 254 else 0
    tifffile.imwrite(tmp_path / "a.dng", chelsea[:8, :9], photometric="rgb", subfiletype=subfile, **extra)
    with pytest.raises(WorkError, match=r"a\.dng: a camera's raw file; develop it"):
        read_image(tmp_path / "a.dng")


def equal(read, image):
    np.testing.assert_array_equal(read.colour.squeeze(), np.asarray(image))


@pytest.mark.parametrize("name", ["a.png", "a.bmp", "a.tif", "a.webp"])
def test_colour(image, saved, name):
    read = read_image(saved(image, name, **({"lossless": True} if name == "a.webp" else {})))
    assert read.colour.dtype == np.uint8
    assert read.alpha is read.exif is read.icc is None
    equal(read, image)


def test_contents_decide_the_format(image, saved):
    equal(read_image(saved(image, "a.jpg", format="PNG")), image)


@pytest.mark.parametrize("mode", ["1", "L"])
def test_grey_stays_grey(image, saved, mode):
    read = read_image(saved(image.convert(mode), "a.png"))
    assert read.colour.shape == (40, 60, 1)
    equal(read, image.convert(mode).convert("L"))


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_alpha(image, saved, mode):
    image.putalpha(image.convert("L"))
    image = image.convert(mode)
    read = read_image(saved(image, "a.png"))
    np.testing.assert_array_equal(np.dstack([read.colour, read.alpha]), np.asarray(image))


def test_palettes(image, saved):
    palette = image.quantize(16)
    equal(read_image(saved(palette, "a.gif")), palette.convert("RGB"))
    read = read_image(saved(palette, "a.png", transparency=3))
    np.testing.assert_array_equal(read.alpha == 0, np.asarray(palette) == 3)
    assert read.colour.shape == (40, 60, 3)


def test_cmyk(image, saved):
    read = read_image(saved(image.convert("CMYK"), "a.jpg", quality=95))
    assert np.abs(read.colour.astype(int) - np.asarray(image)).mean() < 4
    # A profile that is not of CMYK is no use, and not kept.
    assert read_image(saved(image.convert("CMYK"), "b.jpg", icc_profile=SRGB)).icc is None


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_sixteen_bit_png(tmp_path, channels):
    samples = np.random.default_rng(0).integers(0, 9, (9, 7, channels), np.uint16)  # dark, yet 16 bits
    (tmp_path / "a.png").write_bytes(tf.io.encode_png(samples).numpy() if channels != 2 else _png(samples))
    read = read_image(tmp_path / "a.png")
    assert read.colour.dtype == np.uint16
    parts = [read.colour, *([] if read.alpha is None else [read.alpha])]
    np.testing.assert_array_equal(np.dstack(parts), samples)


def _png(samples):
    file = io.BytesIO()
    write_png(file, ImageStrips(*samples.shape, samples.dtype, iter([samples])))
    return file.getvalue()


@pytest.mark.parametrize("shape", [(9, 7), (9, 7, 3), (9, 7, 4)])
@pytest.mark.parametrize("byteorder", ["<", ">"])
def test_sixteen_bit_tiff(tmp_path, shape, byteorder):
    samples = np.random.default_rng(0).integers(0, 65536, shape, np.uint16)
    colour = (
        {"photometric": "rgb", "extrasamples": ["unassalpha"] * (shape[-1] == 4)} if len(shape) > 2 else {}
    )
    tifffile.imwrite(tmp_path / "a.tif", samples, byteorder=byteorder, compression="zlib", **colour)
    read = read_image(tmp_path / "a.tif")
    parts = [read.colour, *([] if read.alpha is None else [read.alpha])]
    np.testing.assert_array_equal(np.dstack(parts), samples.reshape(*shape[:2], -1))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.tif", "deep.png", "deep.tif"])
def test_orientation_is_applied_and_taken_away(image, tmp_path, saved, orientation, name):
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "maker"
    path = tmp_path / name
    upright = np.asarray(image)
    if name == "deep.tif":
        tags = [(0x0112, 3, 1, orientation, True), (0x010F, 2, 6, "maker", True)]
        tifffile.imwrite(path, upright.astype(np.uint16) * 257, photometric="rgb", extratags=tags, **PLAIN)
    else:
        saved(image, name, exif=exif, **({"quality": 95, "subsampling": 0} if name == "a.jpg" else {}))
        upright = np.asarray(Image.open(path).convert("RGB")) if name != "a.tif" else upright
    if name == "deep.png":
        plain = path.read_bytes()
        start = plain.index(b"eXIf") - 4
        chunk = plain[start : start + 12 + int.from_bytes(plain[start : start + 4], "big")]
        deep = tf.io.encode_png(upright.astype(np.uint16) * 257).numpy()
        path.write_bytes(deep[:33] + chunk + deep[33:])
    turned = Image.fromarray(upright)
    turned.getexif()[0x0112] = orientation
    turned = np.asarray(ImageOps.exif_transpose(turned))
    read = read_image(path)
    assert read.colour.dtype == (np.uint16 if "deep" in name else np.uint8)
    np.testing.assert_array_equal(read.colour // (257 if "deep" in name else 1), turned)
    kept = Image.Exif()
    kept.load(exif_bytes(read.exif, 4, 4))
    assert dict(kept) == {0x010F: "maker"}


def test_exif_and_profile(image, saved):
    exif = Image.Exif()
    exif[0x010F] = "maker"
    exif.get_ifd(0x8769).update({0xA002: 60, 0xA003: 40, 0x829A: 0.5})
    exif.get_ifd(0x8825)[1] = "N"
    read = read_image(saved(image, "a.jpg", exif=exif, icc_profile=SRGB))
    assert read.icc == SRGB
    kept = Image.Exif()
    kept.load(exif_bytes(read.exif, 160, 240))
    assert kept[0x010F] == "maker"
    assert kept.get_ifd(0x8769) == {0xA002: 240, 0xA003: 160, 0x829A: 0.5}
    assert kept.get_ifd(0x8825) == {1: "N"}
    # The profile of colours says nothing of grey.
    assert read_image(saved(image.convert("L"), "grey.jpg", icc_profile=SRGB)).icc is None


def test_damaged_exif_does_not_matter(image, saved):
    path = saved(image, "a.jpg", exif=b"Exif\0\0MM\0*\0\0\xff\xff\xff\xff")
    assert read_image(path).exif is None


@pytest.mark.parametrize(
    ("name", "frames"),
    [("a.gif", "2 frames"), ("a.webp", "2 frames"), ("a.png", "2 frames"), ("a.tif", "2 pages")],
)
def test_animations_are_refused(image, saved, name, frames):
    path = saved(image, name, save_all=True, append_images=[ImageOps.invert(image)])
    with pytest.raises(WorkError, match=rf"{name}: holds {frames}"):
        read_image(path)


def test_what_a_phone_appends_to_a_photograph_is_not_an_animation(image, saved):
    path = saved(image, "a.jpg", format="MPO", save_all=True, append_images=[ImageOps.invert(image)])
    assert Image.open(path).n_frames == 2
    assert np.abs(read_image(path).colour.astype(int) - np.asarray(image)).mean() < 12


def test_bombs_are_refused_before_they_are_decoded(tmp_path, image, saved):
    header = b"\x00\x00\xea\x60\x00\x00\xea\x60\x08\x02\x00\x00\x00"  # 60000x60000 RGB
    chunk = (
        len(header).to_bytes(4, "big") + b"IHDR" + header + zlib.crc32(b"IHDR" + header).to_bytes(4, "big")
    )
    idat = b"\0\0\0\0IDAT" + zlib.crc32(b"IDAT").to_bytes(4, "big")
    (tmp_path / "bomb.png").write_bytes(b"\x89PNG\r\n\x1a\n" + chunk + idat)
    with pytest.raises(WorkError, match=r"bomb\.png: 60000x60000 is 3600 megapixels, .* limit of 100;"):
        read_image(tmp_path / "bomb.png")
    with pytest.raises(WorkError, match="--max_pixels=2400"):
        read_image(saved(image, "a.png"), max_pixels=2399)
    assert Image.MAX_IMAGE_PIXELS is not None  # Pillow's limit holds again elsewhere


def test_bad_files_are_named(tmp_path, image, saved):
    whole = saved(image, "whole.png").read_bytes()
    for name, content, reason in [
        ("empty.png", b"", "empty file"),
        ("text.jpg", b"hello, world", "no JPEG, PNG"),
        ("cut.png", whole[: len(whole) // 2], "cannot be decoded"),
        ("cut.jpg", saved(image, "w.jpg").read_bytes()[:900], "cannot be decoded"),
    ]:
        (tmp_path / name).write_bytes(content)
        with pytest.raises(WorkError, match=rf"{name}: {reason}"):
            read_image(tmp_path / name)
    with pytest.raises(WorkError, match=r"absent\.png: No such file"):
        read_image(tmp_path / "absent.png")
    with pytest.raises(WorkError, match=r"float\.tif"):
        read_image(saved(Image.new("F", (3, 3)), "float.tif"))


KINDS = {
    "colour.png": {},
    "colour.bmp": {},
    "colour.tif": {"compression": "tiff_lzw"},
    "grey.png": {"mode": "L"},
    "grey.tif": {"mode": "L"},
    "bilevel.tif": {"mode": "1"},
    "palette.gif": {"mode": "P"},
    "palette.tif": {"mode": "P"},
    "ycc.tif": {"mode": "YCbCr", "compression": "jpeg"},
    "jpeg.jpg": {"quality": 90},
    "turned.jpg": {"quality": 90, "orientation": 6},
    "turned.tif": {"orientation": 7},
    "lossless.webp": {"lossless": True},
}


@pytest.mark.parametrize("name", KINDS)
def test_training_reads_what_upscaling_reads(image, saved, name):
    """The two forms of the reader agree on every file that both can give whole."""
    options = dict(KINDS[name])
    exif = Image.Exif()
    exif[0x0112] = options.pop("orientation", 1)
    path = saved(image.convert(options.pop("mode", "RGB")), name, exif=exif, **options)
    colour = read_image(path).colour
    np.testing.assert_array_equal(
        decode_rgb(path.read_bytes()), np.broadcast_to(colour, (*colour.shape[:2], 3))
    )


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_deep_tiff_as_eight_bits(tmp_path, channels):
    samples = np.random.default_rng(0).integers(0, 65536, (9, 7, channels), np.uint16)
    kind = {"photometric": "rgb" if channels > 1 else "minisblack"}
    extra = {"extrasamples": ["unassalpha"]} if channels == 4 else {}
    tifffile.imwrite(tmp_path / "a.tif", samples.squeeze(), **kind, **extra, **PLAIN)
    exact = samples.astype(float) / 257
    if channels == 4:
        opaque = exact[..., 3:] / 255
        exact = exact[..., :3] * opaque + 255 * (1 - opaque)
    decoded = decode_rgb((tmp_path / "a.tif").read_bytes())
    assert decoded.shape == (9, 7, 3)
    assert decoded.dtype == np.uint8
    assert np.abs(decoded - exact).max() <= (0.5 if channels < 4 else 1.5)


def test_a_file_of_no_use_is_refused_by_both(image, saved):
    path = saved(Image.new("F", (3, 3)), "float.tif")
    with pytest.raises(UnusableImage, match="samples of 32 bits"):
        decode_rgb(path.read_bytes())
