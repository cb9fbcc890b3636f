"""The value ranges of images and batches, and the only place where one becomes another.

| thing | range | dtype |
|---|---|---|
| image | 0..255 | uint8 |
| deep image: upscaling only | 0..65535 | uint16 |
| LR batch | [0, 1] | float32 |
| HR and SR batch | [-1, 1] | float32 |

Ledig et al. 2017, section 3.2: "scaled the range of the LR input images to [0, 1] and for the HR images to
[-1, 1]". Every function takes a NumPy array or a tensor and gives back the same kind.
"""

from typing import TypeVar

import numpy as np

Array = TypeVar("Array")  # np.ndarray or a tensor of the Keras backend


def lr_from_uint8(image: Array) -> Array:
    """Returns the network's input from 8-bit values.

    Args:
      image: uint8 values 0..255, any shape.

    Returns:
      float32 in [0, 1], the same shape.
    """
    return _cast(image, "float32") / 255


def lr_from_uint16(image: Array) -> Array:
    """Returns the network's input from 16-bit values.

    Args:
      image: uint16 values 0..65535, any shape.

    Returns:
      float32 in [0, 1], the same shape.
    """
    return _cast(image, "float32") / 65535


def lr_from_image(image: np.ndarray) -> np.ndarray:
    """Returns the network's input from an image, in which grey becomes three equal channels.

    Args:
      image: uint8 or uint16 (h, w, 3) or (h, w, 1).

    Returns:
      float32 (h, w, 3) in [0, 1].
    """
    lr_from = lr_from_uint16 if image.dtype == np.uint16 else lr_from_uint8
    return np.broadcast_to(lr_from(image), (*image.shape[:2], 3))


def hr_from_uint8(image: Array) -> Array:
    """Returns the network's target from 8-bit values.

    Args:
      image: uint8 values 0..255, any shape.

    Returns:
      float32 in [-1, 1], the same shape.
    """
    return _cast(image, "float32") / 127.5 - 1


def pixels_from_sr(sr: Array) -> Array:
    """Returns the network's output on the scale of 8-bit values, neither rounded nor clipped.

    Args:
      sr: floating values, nominally in [-1, 1], any shape.

    Returns:
      The same dtype and shape, nominally in [0, 255].
    """
    return (sr + 1) * 127.5


def uint8_from_sr(sr: Array) -> Array:
    """Returns the image a network's output stands for: clipped to the 8-bit range and rounded to nearest.

    Args:
      sr: floating values, nominally in [-1, 1], any shape.

    Returns:
      uint8, the same shape.
    """
    return _rounded(pixels_from_sr(_cast(sr, "float32")), "uint8", 255)


def uint16_from_sr(sr: Array) -> Array:
    """Returns the 16-bit image a network's output stands for: clipped to the range and rounded to nearest.

    Args:
      sr: floating values, nominally in [-1, 1], any shape.

    Returns:
      uint16, the same shape.
    """
    return _rounded((_cast(sr, "float32") + 1) * 32767.5, "uint16", 65535)


def _rounded(values: Array, dtype: str, highest: int) -> Array:
    if isinstance(values, np.ndarray):
        return np.round(np.clip(values, 0, highest)).astype(dtype)
    from keras import ops  # here, since arrays do without it

    return _cast(ops.round(ops.clip(values, 0, highest)), dtype)


def _cast(values: Array, dtype: str) -> Array:
    if isinstance(values, np.ndarray):
        return values.astype(dtype)
    from keras import ops

    return ops.cast(values, dtype)
