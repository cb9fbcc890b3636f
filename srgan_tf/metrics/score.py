"""PSNR and SSIM as a pair, the crop of the images, and PSNR itself: the part that both protocols share."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Score:
    """PSNR and SSIM of an SR image against its ground truth, under one protocol.

    Attributes:
      psnr: peak signal-to-noise ratio of the luma in dB; inf where the luma planes are identical.
      ssim: structural similarity of the luma, at most 1.
    """

    psnr: float
    ssim: float


def as_rgb(image: np.ndarray) -> np.ndarray:
    """Returns an image with three channels: a single channel is replicated, RGB is given back as it is.

    A network's output always has three channels, so a grey original (`bridge` of Set14) has to be
    brought to the same form, and both then go through the same luma.

    Args:
      image: uint8, (H, W), (H, W, 1) or (H, W, 3).

    Returns:
      uint8, (H, W, 3); a view of `image`.

    Raises:
      ValueError: another dtype or another shape.
    """
    if image.dtype != np.uint8:
        raise ValueError(
            f"an image to be evaluated is uint8, this one is {image.dtype}: round and clip it first"
        )
    if image.ndim == 2:
        image = image[..., np.newaxis]
    if image.ndim != 3 or image.shape[-1] not in (1, 3):
        raise ValueError(
            f"an image to be evaluated is (H, W), (H, W, 1) or (H, W, 3), this one is {image.shape}"
        )
    return np.broadcast_to(image, (*image.shape[:2], 3))


def cropped_pair(
    sr: np.ndarray, hr: np.ndarray, border: int, smallest: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Returns both images in RGB, without the border that neither protocol counts.

    Args:
      sr: uint8 image, (H, W, 3) or single-channel.
      hr: uint8 image of the same height and width.
      border: pixels cut from each of the four sides.
      smallest: the least height and width that must be left.

    Returns:
      `sr` and `hr`, uint8, (H - 2 border, W - 2 border, 3).

    Raises:
      ValueError: not images (see `as_rgb`), sizes that differ, a negative border, or less than
        `smallest` pixels left on a side.
    """
    sr, hr = as_rgb(sr), as_rgb(hr)
    height, width = hr.shape[:2]
    if sr.shape != hr.shape:
        raise ValueError(
            f"the images differ in size: SR is {sr.shape[0]}x{sr.shape[1]}, HR is {height}x{width} "
            "(height x width); crop HR to a multiple of the scale first"
        )
    if border < 0:
        raise ValueError(f"the border is {border} pixels: 0 or more was expected")
    if min(height, width) - 2 * border < smallest:
        raise ValueError(
            f"a border of {border} leaves {height - 2 * border}x{width - 2 * border} of the {height}x{width} "
            f"images: at least {smallest}x{smallest} is needed"
        )
    inside = np.s_[border : height - border, border : width - border]
    return sr[inside], hr[inside]


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    """Returns PSNR with peak 255: 10 log10(255^2 / MSE).

    Args:
      a: (H, W), 0..255, integer or floating-point.
      b: the same shape.

    Returns:
      Decibels; inf for identical planes.
    """
    error = np.mean((a.astype(np.float64) - b) ** 2)
    return float(10 * np.log10(255**2 / error)) if error else float("inf")
