"""Evaluation protocol `community`: PSNR and SSIM on the Y channel, as papers and toolboxes report them.

Figures under this protocol compare with those of other papers, not with the tables of Ledig et al.
(CVPR 2017); for the latter see `srgan_tf.metrics.paper`.
"""

import numpy as np

from srgan_tf.metrics.score import Score, cropped_pair, psnr
from srgan_tf.metrics.ssim_map import ssim_map

WINDOW = 11
SIGMA = 1.5


def luma(rgb: np.ndarray) -> np.ndarray:
    """Y of BT.601 in studio range, not rounded: 16 + (65.481 R + 128.553 G + 24.966 B) / 255.

    Source: Rec. ITU-R BT.601; the coefficients are those of MATLAB's `rgb2ycbcr`.

    Args:
      rgb: uint8, (H, W, 3), 0..255.

    Returns:
      float64, (H, W), 16..235.
    """
    return 16 + rgb @ (np.array([65.481, 128.553, 24.966]) / 255)


def ssim(a: np.ndarray, b: np.ndarray) -> float:
    """Mean structural similarity over all positions at which the window lies within the planes.

    Source: Wang, Bovik, Sheikh, Simoncelli, "Image quality assessment: from error visibility to
    structural similarity", IEEE TIP 13(4), 2004, section III: an 11x11 Gaussian window of sigma 1.5,
    C1 = (0.01 * 255)^2, C2 = (0.03 * 255)^2; no downsampling.

    Args:
      a: (H, W), 0..255, integer or floating-point.
      b: the same shape.

    Returns:
      The mean, at most 1; exactly 1 for identical planes.

    Raises:
      ValueError: shapes that differ, or planes smaller than the window.
    """
    if a.ndim != 2 or a.shape != b.shape or min(a.shape) < WINDOW:
        raise ValueError(
            f"SSIM compares two planes of one size, at least {WINDOW}x{WINDOW}: "
            f"these are {a.shape} and {b.shape}"
        )
    offsets = np.arange(WINDOW) - WINDOW // 2
    taps = np.exp(-(offsets**2) / (2 * SIGMA**2))
    return float(np.mean(ssim_map(a, b, taps / taps.sum())))


def score(sr: np.ndarray, hr: np.ndarray, border: int) -> Score:
    """PSNR and SSIM of a super-resolved picture on Y, after cutting the border.

    Args:
      sr: uint8, (H, W, 3), 0..255, or a single channel, which is replicated.
      hr: the original of the same height and width.
      border: pixels cut from each side; by custom the scale (4 for x4).

    Returns:
      The two figures under protocol `community`.

    Raises:
      ValueError: not uint8 pictures, sizes that differ, or less than 11x11 pixels left.
    """
    y_sr, y_hr = (luma(rgb) for rgb in cropped_pair(sr, hr, border, smallest=WINDOW))
    return Score(psnr=psnr(y_sr, y_hr), ssim=ssim(y_sr, y_hr))
