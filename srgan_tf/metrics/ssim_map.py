"""Structural similarity at every position of a window: the formula that both protocols share.

The protocols differ in the window, in what happens at the border, and in the mean taken afterwards.
"""

import numpy as np

C1 = (0.01 * 255) ** 2
C2 = (0.03 * 255) ** 2


def window_sums(plane: np.ndarray, taps: np.ndarray) -> np.ndarray:
    """Sums weighted by a separable window, wherever it lies within the plane.

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
    """SSIM of the windows of two planes, from biased moments; no downsampling.

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
