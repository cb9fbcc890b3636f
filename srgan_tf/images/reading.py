"""Image files as people have them -> arrays.

There are two forms of the same reader. `read_image` keeps what a copy must keep: depth, grey, alpha, EXIF and
profile. `decode_rgb` gives what networks and metrics are given, upright 8-bit RGB.
"""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import tifffile
from PIL import Image, ImageCms, ImageOps

from srgan_tf.errors import WorkError
from srgan_tf.images.files import UnusableImage, opened

MAX_PIXELS = 100_000_000
"""`read_image` refuses larger images before it decodes them: a small file can claim any size."""

_ORIENTATION = 0x0112  # numbers of tags in the TIFF 6.0 and Exif 2.3 specifications
_EXIF_IFD, _GPS_IFD = 0x8769, 0x8825
_BITS_PER_SAMPLE, _SAMPLE_FORMAT = 0x0102, 0x0153
# Of a TIFF file's tags those that describe the image; the others say where its strips are and the like.
_DESCRIPTIVE = {0x010E, 0x010F, 0x0110, 0x0131, 0x0132, 0x013B, 0x8298, _EXIF_IFD, _GPS_IFD}
_UPRIGHT = {
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: lambda a: np.rot90(a),
}
"""The flip or rotation that makes an image upright, by the value of its orientation tag."""


@dataclass(frozen=True, eq=False)
class DecodedImage:
    """An upright image with what its file says of it.

    Attributes:
      colour: uint8 or uint16 (H, W, C), C = 3 RGB or 1 grey, not premultiplied.
      alpha: the same dtype (H, W), or None.
      exif: EXIF data without the orientation, or None.
      icc: the profile of `colour`, or None.
    """

    colour: np.ndarray
    alpha: np.ndarray | None = None
    exif: Image.Exif | None = None
    icc: bytes | None = None


def read_image(path: Path, max_pixels: int = MAX_PIXELS) -> DecodedImage:
    """Returns the image in a file, as deep and as colourful as it is there.

    Grey stays grey and 16 bits stay 16 bits; palettes become RGB, CMYK and YCbCr become RGB (CMYK through
    its profile where it has one, and is sRGB then). The orientation in EXIF is applied.

    Args:
      path: a JPEG, PNG, WebP, TIFF, BMP, GIF, AVIF or HEIC file with one image in it; the contents decide the
        format.
      max_pixels: the most pixels to decode.

    Raises:
      WorkError: the file cannot be read or used; the message names it and the reason.
    """
    try:
        with path.open("rb") as file, _no_other_limit():
            return _decoded(file if file.seekable() else io.BytesIO(file.read()), max_pixels)
    except UnusableImage as error:
        raise WorkError(f"{path}: {error}") from None
    except OSError as error:
        raise WorkError(f"{path}: {error.strerror or error}") from None


def pixels_of(path: Path) -> int | None:
    """Returns the number of pixels of an image by the start of its file; None where that cannot be told."""
    try:
        with path.open("rb") as file, _no_other_limit(), opened(file) as image:
            return image.width * image.height
    except (UnusableImage, OSError):
        return None


def read_rgb(path: Path) -> np.ndarray:
    """Returns a file's image as `decode_rgb` gives it, uint8 (H, W, 3).

    Raises:
      UnusableImage: the bytes cannot be decoded.
      OSError: the file cannot be read.
    """
    return decode_rgb(path.read_bytes())


def decode_rgb(encoded: bytes) -> np.ndarray:
    """Returns the image in a file as 8-bit RGB.

    The file's contents decide its format. The orientation in EXIF is applied; of an animation the first frame
    is taken; transparency is laid over white; 16-bit grey and TIFF are divided by 257 and rounded (of other
    16-bit colour the high byte is kept); colour profiles are ignored, as everywhere in the field.

    Args:
      encoded: the file's bytes.

    Returns:
      uint8 (H, W, 3).

    Raises:
      UnusableImage: the bytes cannot be decoded to the last pixel.
    """
    with opened(encoded) as image:
        if image.format != "TIFF":
            image.load()
            return _upright_rgb(image)
    # Pillow reads few of the forms that TIFF has.
    whole = _decoded(io.BytesIO(encoded), None)
    rgb = np.broadcast_to(eight_bits(whole.colour), (*whole.colour.shape[:2], 3))
    if whole.alpha is None:
        return np.ascontiguousarray(rgb)
    return _over_white(Image.fromarray(np.dstack([rgb, eight_bits(whole.alpha)])))


def eight_bits(samples: np.ndarray) -> np.ndarray:
    """Returns uint8 or uint16 samples as uint8, rounded to nearest."""
    if samples.dtype == np.uint8:
        return samples
    return ((samples.astype(np.uint32) + 128) // 257).astype(np.uint8)


def _upright_rgb(image: Image.Image) -> np.ndarray:
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I;16"):
        return np.repeat(eight_bits(np.asarray(image))[..., None], 3, axis=2)
    if image.has_transparency_data:
        return _over_white(image.convert("RGBA"))
    return np.asarray(image.convert("RGB"))


def _over_white(image: Image.Image) -> np.ndarray:
    return np.asarray(Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB"))


def _decoded(file: BinaryIO, max_pixels: int | None) -> DecodedImage:
    with opened(file) as image:
        pixels = image.width * image.height
        if max_pixels is not None and pixels > max_pixels:
            raise UnusableImage(
                f"{image.width}x{image.height} is {pixels / 1e6:.0f} megapixels, more than the limit "
                f"of {max_pixels / 1e6:g}; raise it with --max_pixels={pixels} if the file can be trusted"
            )
        # Phones append further images (depth, gain maps) to a JPEG, "MPO"; its first one is the photograph.
        if image.format != "MPO" and getattr(image, "n_frames", 1) > 1:
            content = "pages" if image.format == "TIFF" else "frames, an animation"
            raise UnusableImage(f"holds {image.n_frames} {content}; give a file with one image")
        exif = _exif(image)
        orientation = exif.pop(_ORIENTATION, 1)
        icc = image.info.get("icc_profile")
        if _bits(file, image) == 16 and not image.mode.startswith("I;16"):
            samples = _deep_samples(file, image)
        else:
            image.load()  # makes a TIFF upright by itself, and takes its tag away
            orientation = image.getexif().get(_ORIENTATION, 1) if image.format == "TIFF" else orientation
            samples, icc = _samples(image, icc)
    samples = np.ascontiguousarray(_UPRIGHT.get(orientation, lambda a: a)(samples))
    return from_samples(samples, icc, exif if len(exif) else None)


def from_pillow(image: Image.Image) -> DecodedImage:
    """Returns a Pillow image upright, as deep and as colourful as it is, with its profile.

    Raises:
      UnusableImage: its samples are of another kind than 8 or 16 bits of RGB or grey.
    """
    return from_samples(*_samples(ImageOps.exif_transpose(image), image.info.get("icc_profile")))


def from_samples(
    samples: np.ndarray, icc: bytes | None = None, exif: Image.Exif | None = None
) -> DecodedImage:
    """Returns upright samples as an image.

    Args:
      samples: uint8 or uint16 (H, W, C): grey, grey and alpha, RGB or RGBA.
      icc: its profile; one of another colour space is left out.
      exif: its EXIF data.
    """
    grey = samples.shape[2] < 3
    colour, alpha = (samples, None) if samples.shape[2] % 2 else (samples[..., :-1], samples[..., -1])
    if icc and icc[16:20] != (b"GRAY" if grey else b"RGB "):  # the colour space, ICC.1:2022, table 18
        icc = None
    return DecodedImage(colour, alpha, exif, icc)


@contextmanager
def _no_other_limit() -> Iterator[None]:
    """Switches off Pillow's own limit of pixels and its warnings; `max_pixels` is the limit here."""
    limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        Image.MAX_IMAGE_PIXELS = limit


def _exif(image: Image.Image) -> Image.Exif:
    """The file's EXIF data; none where they are damaged, since the image may be well."""
    try:
        exif = image.getexif()
        exif.tobytes()  # reads all of them
    except Exception:  # Pillow raises what its parser stumbles over
        return Image.Exif()
    if image.format == "TIFF":
        whole, exif = exif, Image.Exif()
        for tag in whole.keys() & {_ORIENTATION, *_DESCRIPTIVE}:
            exif[tag] = whole.get_ifd(tag) if tag in (_EXIF_IFD, _GPS_IFD) else whole[tag]
    return exif


def _bits(file: BinaryIO, image: Image.Image) -> int:
    """Bits per channel that the file says it holds: 16 or at most 8."""
    if image.format == "PNG":
        position = file.tell()  # where Pillow goes on
        file.seek(24)  # the header's fixed place, PNG section 11.2.1
        depth = file.read(1)[0]
        file.seek(position)
        return 16 if depth == 16 else 8
    if image.format == "TIFF":
        deepest = max(image.tag_v2.get(_BITS_PER_SAMPLE, (8,)))
        if deepest not in (1, 2, 4, 8, 16) or max(image.tag_v2.get(_SAMPLE_FORMAT, (1,))) != 1:
            raise UnusableImage(
                f"samples of {deepest} bits or with a sign; save it with 8 or 16 bits, unsigned"
            )
        return 16 if deepest == 16 else 8
    return 8


def _deep_samples(file: BinaryIO, image: Image.Image) -> np.ndarray:
    """16-bit samples that Pillow would cut down to 8, uint16 (h, w, C)."""
    file.seek(0)
    if image.format == "PNG":
        import tensorflow as tf  # here, since everything else is there without it

        transparent = "transparency" in image.info
        return tf.io.decode_png(file.read(), 4 if transparent else 0, tf.uint16).numpy()
    with tifffile.TiffFile(file) as tiff:
        page = tiff.pages[0]
        if page.photometric.name not in ("RGB", "MINISBLACK"):
            raise UnusableImage(f"a 16-bit TIFF in {page.photometric.name}; save it as RGB or grey")
        samples = page.asarray()
        if page.planarconfig.name == "SEPARATE" and samples.ndim == 3:
            samples = np.moveaxis(samples, 0, -1)
    return samples.reshape(*samples.shape[:2], -1)[..., :4]


def _samples(image: Image.Image, icc: bytes | None) -> tuple[np.ndarray, bytes | None]:
    """A loaded image's samples (h, w, C), and the profile that belongs to them."""
    mode = image.mode
    if mode == "CMYK":
        return _from_cmyk(image, icc)
    if mode in ("I", "F", "LAB"):
        raise UnusableImage(f"samples of kind {mode}; save it with 8 or 16 bits, as RGB or grey")
    if mode in ("1", "L", "LA", "La"):
        image = image.convert("LA" if image.has_transparency_data else "L")
    elif not mode.startswith("I;16"):
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    samples = np.asarray(image)
    if samples.dtype != np.uint8:
        samples = samples.astype(np.uint16)  # of either byte order
    return samples.reshape(*samples.shape[:2], -1), icc


def _from_cmyk(image: Image.Image, icc: bytes | None) -> tuple[np.ndarray, bytes | None]:
    """CMYK as RGB: through its profile into sRGB, or by Pillow's plain rule."""
    if not icc:
        return np.asarray(image.convert("RGB")), None
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    try:
        converted = ImageCms.profileToProfile(image, io.BytesIO(icc), srgb, outputMode="RGB")
    except ImageCms.PyCMSError:  # a damaged profile, or one of another colour space
        return np.asarray(image.convert("RGB")), None
    return np.asarray(converted), srgb.tobytes()
