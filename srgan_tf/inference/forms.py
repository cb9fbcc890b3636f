"""Images in the forms that programs have them in -> the same, upscaled."""

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from srgan_tf.errors import UsageError
from srgan_tf.images import DecodedImage, UnusableImage, from_pillow, from_samples, read_image
from srgan_tf.inference.upscaled import upscaled
from srgan_tf.inference.upscaler import Upscaler


def upscaled_like(image: Any, upscaler: Upscaler, factor: float | None) -> np.ndarray | Image.Image:
    """Returns an image, or a batch, upscaled, in the form in which it was given.

    Args:
      image: a path, a Pillow image, or an array or tensor, as `srgan_tf.upscale` takes them.
      upscaler: a network.
      factor: side of the result over that of the image; None is the upscaler's scale.

    Raises:
      UsageError: it has none of these forms.
      WorkError: a file cannot be read.
    """
    if isinstance(image, str | Path):
        result = _array(read_image(Path(image).expanduser()), upscaler, factor)
        return result[..., 0] if result.shape[2] == 1 else result
    if isinstance(image, Image.Image):
        try:
            given = from_pillow(image)
        except UnusableImage as error:
            raise UsageError(f"a Pillow image cannot be upscaled: {error}") from None
        result = _array(given, upscaler, factor)
        result = Image.fromarray(result[..., 0] if result.shape[2] == 1 else result)
        result.info.update({"icc_profile": given.icc} if given.icc else {})
        return result
    if hasattr(image, "network_config") or not hasattr(image, "__array__"):
        raise UsageError(
            f"cannot upscale {type(image).__name__}: expected a path, a Pillow image, an array, or a list of "
            "them; the image comes first, upscale(image, model)"
        )
    array = np.asarray(image)
    if array.ndim == 4:
        return np.stack([_like(each, upscaler, factor) for each in array])
    return _like(array, upscaler, factor)


def _like(array: np.ndarray, upscaler: Upscaler, factor: float | None) -> np.ndarray:
    """An array upscaled, in its own dtype and number of dimensions."""
    kind, floating = array.dtype, np.issubdtype(array.dtype, np.floating)
    samples = array[..., None] if array.ndim == 2 else array
    if samples.ndim != 3 or samples.shape[2] not in (1, 2, 3, 4) or not samples.size:
        raise UsageError(
            f"cannot upscale an array of shape {array.shape}: expected (h, w), (h, w, C) or (N, h, w, C) "
            "with C from 1 to 4"
        )
    if floating:
        if not (samples.min() >= 0 and samples.max() <= 1):  # false for NaN too
            low, high = float(samples.min()), float(samples.max())
            raise UsageError(f"an array of {kind} with values from {low:g} to {high:g}: expected [0, 1]")
        samples = np.round(samples.astype(np.float64) * 65535).astype(np.uint16)
    elif kind not in (np.uint8, np.uint16):
        raise UsageError(f"cannot upscale an array of {kind}: expected uint8, uint16, or floats in [0, 1]")
    result = _array(from_samples(samples), upscaler, factor)
    result = (result / 65535).astype(kind) if floating else result
    return result[..., 0] if array.ndim == 2 else result


def _array(image: DecodedImage, upscaler: Upscaler, factor: float | None) -> np.ndarray:
    """An image with its alpha upscaled, (H, W, C)."""
    strips = upscaled(image, upscaler, factor=factor)
    whole = np.empty((strips.height, strips.width, strips.channels), strips.dtype)
    top = 0
    for strip in strips.strips:
        whole[top : top + len(strip)] = strip
        top += len(strip)
    return whole
