"""Evaluation protocol `paper`: PSNR and SSIM as the tables of Ledig et al. (CVPR 2017) were computed.

They come from the tools of the daala video codec project (`png2y4m`, `dump_psnr`, `dump_ssim`), which
this follows to the last printed digit. Values under this protocol compare with those tables only; what
later papers report is `srgan_tf.metrics.community`, whose SSIM of the same images is lower.
"""

import math

import numpy as np

from srgan_tf.metrics.paper_luma import luma
from srgan_tf.metrics.score import Score, cropped_pair, psnr

C1 = (0.01 * 255) ** 2
C2 = (0.03 * 255) ** 2


def ssim(a: np.ndarray, b: np.ndarray) -> float:
    """Returns the SSIM with a Gaussian window that grows with the image's height, over every position.

    The window is zero outside the planes; a position counts by the weight of what lies inside.

    Args:
      a: luma, (H, W), 0..255, integers.
      b: the same shape.

    Returns:
      The weighted mean, at most 1; exactly 1 for identical planes.

    Raises:
      ValueError: shapes that differ, or not planes.
    """
    if a.ndim != 2 or a.shape != b.shape or not a.size:
        raise ValueError(f"SSIM compares two planes of one size: these are {a.shape} and {b.shape}")
    taps = window_taps(*a.shape)
    padding = taps.size // 2
    weight = window_sums(np.pad(np.ones(a.shape), padding), taps)
    similarity = ssim_map(np.pad(a, padding), np.pad(b, padding), taps, weight)
    return float(np.average(similarity, weights=weight))


def window_sums(plane: np.ndarray, taps: np.ndarray) -> np.ndarray:
    """Returns sums weighted by a separable window, wherever it lies within the plane.

    Args:
      plane: float64, (H, W).
      taps: (N,), the window along either axis.

    Returns:
      float64, (H - N + 1, W - N + 1). Integers below 2^53 stay exact.
    """
    height, width = (side - taps.size + 1 for side in plane.shape)
    columns = sum(tap * plane[i : i + height] for i, tap in enumerate(taps))
    return sum(tap * columns[:, i : i + width] for i, tap in enumerate(taps))


def ssim_map(a: np.ndarray, b: np.ndarray, taps: np.ndarray, weight: np.ndarray | float = 1.0) -> np.ndarray:
    """Returns the SSIM of the windows of two planes, from biased moments; no downsampling.

    Source: Wang, Bovik, Sheikh, Simoncelli, "Image quality assessment: from error visibility to
    structural similarity", IEEE TIP 13(4), 2004, section III, with peak 255.

    Args:
      a: (H, W), 0..255, integer or floating-point.
      b: the same shape.
      taps: (N,), the window along either axis.
      weight: what the window's taps add up to at each position, (H - N + 1, W - N + 1); 1 for a
        normalised window.

    Returns:
      float64, (H - N + 1, W - N + 1), at most 1; exactly 1 where the windows are identical.
    """
    a, b = a.astype(np.float64), b.astype(np.float64)
    mean_a, mean_b, mean_aa, mean_bb, mean_ab = (
        window_sums(plane, taps) / weight for plane in (a, b, a * a, b * b, a * b)
    )
    squared_means = mean_a * mean_a + mean_b * mean_b
    product = mean_a * mean_b
    luminance = (2 * product + C1) / (squared_means + C1)
    contrast_and_structure = (2 * (mean_ab - product) + C2) / (mean_aa + mean_bb - squared_means + C2)
    return luminance * contrast_and_structure


def window_taps(height: int, width: int) -> np.ndarray:
    """Returns the window of `ssim` along either axis: a Gaussian of sigma 1.5 height / 256, in 256ths.

    Args:
      height: of the plane; it alone sets sigma, for both axes.
      width: of the plane; it only bounds the window's length.

    Returns:
      int64, (N,) with N odd, adding up to 256. Planes of less than 47 rows have a single tap.
    """
    sigma = 1.5 * height / 256
    peak_ratio = math.sqrt(math.pi / 2) * sigma / 256
    reach = math.floor(sigma * math.sqrt(-2 * math.log(peak_ratio))) if peak_ratio < 1 else 0
    distance = np.arange(1, min(reach, height - 1, width - 1) + 1)
    gaussian = np.exp(-(distance**2) / (2 * sigma**2)) / (math.sqrt(2 * math.pi) * sigma)
    side = np.floor(256 * gaussian + 0.5).astype(np.int64)
    return np.concatenate([side[::-1], [256 - 2 * side.sum()], side])


def score(sr: np.ndarray, hr: np.ndarray, border: int) -> Score:
    """Returns PSNR and SSIM of an SR image on daala's luma, after cutting the border.

    The first call for a size takes longer, since the dither of that size is made and kept.

    Args:
      sr: uint8, (H, W, 3), 0..255, or a single channel, which is replicated.
      hr: the ground truth of the same height and width.
      border: pixels cut from each side; 4 in the paper.

    Raises:
      ValueError: not uint8 images, sizes that differ, or an odd height or width.
    """
    y_sr, y_hr = (luma(rgb) for rgb in cropped_pair(sr, hr, border))
    return Score(psnr=psnr(y_sr, y_hr), ssim=ssim(y_sr, y_hr))
