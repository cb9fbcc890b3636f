"""Picture files as people have them -> arrays, with what a copy must keep: depth, alpha, EXIF, profile."""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf
import tifffile
from PIL import Image, ImageCms, UnidentifiedImageError

from srgan_tf.errors import WorkError

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF")
SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif"})
MAX_PIXELS = 100_000_000
"""Larger pictures are refused before they are decoded: a small file can claim any size."""

_ORIENTATION = 0x0112  # numbers of tags in the TIFF 6.0 and Exif 2.3 specifications
_EXIF_IFD, _WIDTH, _HEIGHT = 0x8769, 0xA002, 0xA003
_BITS_PER_SAMPLE, _SAMPLE_FORMAT = 0x0102, 0x0153
# Of a TIFF file's tags those that describe the picture; the others say where its strips are and the like.
_DESCRIPTIVE = {0x010E, 0x010F, 0x0110, 0x0131, 0x0132, 0x013B, 0x8298, _EXIF_IFD, 0x8825}
_TURNED = {
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: lambda a: np.rot90(a),
}
"""What makes a picture upright, by the value of its orientation tag."""


@dataclass(frozen=True, eq=False)
class Picture:
    """An upright picture.

    Attributes:
      colour: uint8 or uint16 (h, w, C), C = 3 RGB or 1 grey, not premultiplied.
      alpha: the same dtype (h, w), or None.
      exif: EXIF data without the orientation, or None.
      icc: the profile of `colour`, or None.
    """

    colour: np.ndarray
    alpha: np.ndarray | None = None
    exif: Image.Exif | None = None
    icc: bytes | None = None


def read_picture(path: Path, max_pixels: int = MAX_PIXELS) -> Picture:
    """Reads a picture file; what it holds, not its name, decides the format.

    Grey stays grey and 16 bits stay 16 bits; palettes become RGB, CMYK and YCbCr become RGB (CMYK through
    its profile where it has one, and is sRGB then). The orientation in EXIF is applied.

    Args:
      path: a JPEG, PNG, WebP, TIFF, BMP or GIF file with one picture in it.
      max_pixels: the most pixels to decode.

    Raises:
      WorkError: naming the file and the reason.
    """
    with _reasons(path), _no_other_limit(), Image.open(path, formats=FORMATS) as image:
        pixels = image.width * image.height
        if pixels > max_pixels:
            raise WorkError(
                f"{path}: {image.width}x{image.height} is {pixels / 1e6:.0f} megapixels, more than the limit "
                f"of {max_pixels / 1e6:g}; raise it with --max_pixels={pixels} if the file can be trusted"
            )
        # Phones append further pictures (depth, gain maps) to a JPEG, "MPO"; its first one is the photograph.
        if image.format != "MPO" and getattr(image, "n_frames", 1) > 1:
            what = "pages" if image.format == "TIFF" else "frames, an animation"
            raise WorkError(f"{path}: holds {image.n_frames} {what}; give a file with one picture")
        exif = _exif(image)
        orientation = exif.pop(_ORIENTATION, 1)
        icc = image.info.get("icc_profile")
        bits = _bits(path, image)
        if bits == 16 and not image.mode.startswith("I;16"):
            samples = _deep_samples(path, image)
        else:
            image.load()  # turns a TIFF upright by itself, and takes its tag away
            orientation = image.getexif().get(_ORIENTATION, 1) if image.format == "TIFF" else orientation
            samples, icc = _samples(path, image, icc)
    samples = np.ascontiguousarray(_TURNED.get(orientation, lambda a: a)(samples))
    grey = samples.shape[2] < 3
    colour, alpha = (samples, None) if samples.shape[2] % 2 else (samples[..., :-1], samples[..., -1])
    if icc and icc[16:20] != (b"GRAY" if grey else b"RGB "):  # the colour space, ICC.1:2022, table 18
        icc = None
    return Picture(colour, alpha, exif if len(exif) else None, icc)


def exif_bytes(exif: Image.Exif, height: int, width: int) -> bytes:
    """EXIF data for a picture of this size, with the six bytes before it that JPEG files have."""
    details = exif.get_ifd(_EXIF_IFD) if _EXIF_IFD in exif else {}  # asking would make one
    for tag, value in ((_WIDTH, width), (_HEIGHT, height)):
        if tag in details:
            details[tag] = value
    return exif.tobytes()


@contextmanager
def _reasons(path: Path) -> Iterator[None]:
    """Turns whatever bad bytes raise into an error that names the file."""
    try:
        if not path.stat().st_size:
            raise WorkError(f"{path}: empty file")
        yield
    except WorkError:
        raise
    except UnidentifiedImageError:
        raise WorkError(
            f"{path}: no JPEG, PNG, WebP, TIFF, BMP or GIF picture, or damaged at its start"
        ) from None
    except OSError as error:
        raise WorkError(f"{path}: {error.strerror or f'cannot be decoded ({error})'}") from None
    except Exception as error:  # of damaged files: SyntaxError, ValueError, struct.error, TensorFlow's...
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise WorkError(f"{path}: cannot be decoded ({reason})") from None


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
    """The file's EXIF data; none where they are damaged, since the picture may be well."""
    try:
        exif = image.getexif()
        exif.tobytes()  # reads all of them
    except Exception:  # Pillow raises what its parser stumbles over
        return Image.Exif()
    if image.format == "TIFF":
        whole, exif = exif, Image.Exif()
        for tag in whole.keys() & {_ORIENTATION, *_DESCRIPTIVE}:
            exif[tag] = whole.get_ifd(tag) if tag in (_EXIF_IFD, 0x8825) else whole[tag]
    return exif


def _bits(path: Path, image: Image.Image) -> int:
    """Bits per channel that the file says it holds: 16 or at most 8."""
    if image.format == "PNG":
        with path.open("rb") as file:
            return 16 if file.read(25)[24] == 16 else 8  # the header's fixed place, PNG section 11.2.1
    if image.format == "TIFF":
        deepest = max(image.tag_v2.get(_BITS_PER_SAMPLE, (8,)))
        if deepest not in (1, 2, 4, 8, 16) or max(image.tag_v2.get(_SAMPLE_FORMAT, (1,))) != 1:
            raise WorkError(
                f"{path}: samples of {deepest} bits or with a sign; save it with 8 or 16 bits, unsigned"
            )
        return 16 if deepest == 16 else 8
    return 8


def _deep_samples(path: Path, image: Image.Image) -> np.ndarray:
    """16-bit samples that Pillow would cut down to 8, uint16 (h, w, C)."""
    if image.format == "PNG":
        transparent = "transparency" in image.info
        return tf.io.decode_png(path.read_bytes(), 4 if transparent else 0, tf.uint16).numpy()
    with tifffile.TiffFile(path) as file:
        page = file.pages[0]
        if page.photometric.name not in ("RGB", "MINISBLACK"):
            raise WorkError(f"{path}: a 16-bit TIFF in {page.photometric.name}; save it as RGB or grey")
        samples = page.asarray()
        if page.planarconfig.name == "SEPARATE" and samples.ndim == 3:
            samples = np.moveaxis(samples, 0, -1)
    return samples.reshape(*samples.shape[:2], -1)[..., :4]


def _samples(path: Path, image: Image.Image, icc: bytes | None) -> tuple[np.ndarray, bytes | None]:
    """A loaded image's samples (h, w, C), and the profile that belongs to them."""
    mode = image.mode
    if mode == "CMYK":
        return _from_cmyk(image, icc)
    if mode in ("I", "F", "LAB"):
        raise WorkError(f"{path}: samples of kind {mode}; save it with 8 or 16 bits, as RGB or grey")
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
