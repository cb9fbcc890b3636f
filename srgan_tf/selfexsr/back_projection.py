"""Iterated back-projection: makes an upscaled image agree with the input from which it comes.

Source: Irani and Peleg, "Improving resolution by image registration", CVGIP 53(3), 1991, as section 3.3 of
the paper uses it: the result, shrunk, is compared with the input, and the upscaled difference, blurred a
little, is added to it.
"""

import numpy as np
from scipy import sparse

from srgan_tf.selfexsr.pyramid import along_both, resizing

ITERATIONS = 20
KERNEL = np.exp(-(np.arange(-2, 3) ** 2))
"""One axis of the square of a Gaussian with a standard deviation of 1 pixel, before it is normalised."""


def blurring(length: int) -> sparse.csr_array:
    """Returns the matrix (length, length) of the blur along one axis; borders repeat the outermost pixel."""
    taps = np.clip(np.arange(length)[:, None] + np.arange(-2, 3), 0, length - 1)
    weights = np.tile(KERNEL / KERNEL.sum(), (length, 1))
    rows = np.repeat(np.arange(length), 5)
    matrix = sparse.coo_array((weights.ravel(), (rows, taps.ravel())), (length, length))
    return matrix.tocsr().astype(np.float32)


def back_projected(image: np.ndarray, low: np.ndarray, iterations: int = ITERATIONS) -> np.ndarray:
    """Returns an image that, shrunk to the size of the input, is nearly equal to it.

    Args:
      image: float32 (H, W, C), the upscaled image.
      low: float32 (h, w, C), the input.
      iterations: number of corrections.

    Returns:
      float32 (H, W, C).
    """
    down = [resizing(large, small) for large, small in zip(image.shape[:2], low.shape[:2], strict=True)]
    up = [
        blurring(large) @ resizing(small, large)
        for large, small in zip(image.shape[:2], low.shape[:2], strict=True)
    ]
    for _ in range(iterations):
        image = image + along_both(*up, low - along_both(*down, image))
    return image
