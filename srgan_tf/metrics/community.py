"""Evaluation protocol `community`: PSNR and SSIM on the Y channel, as papers and toolboxes report them.

Values under this protocol compare with those of other papers, not with the tables of Ledig et al.
(CVPR 2017); for the latter see `srgan_tf.metrics.paper`.
"""

import numpy as np
from skimage.color import rgb2ycbcr
from skimage.metrics import structural_similarity

from srgan_tf.metrics.score import Score, cropped_pair, psnr

WINDOW = 11


def luma(rgb: np.ndarray) -> np.ndarray:
    """Returns Y of BT.601 in studio range, not rounded, as MATLAB's `rgb2ycbcr` has it.

    Args:
      rgb: uint8, (H, W, 3), 0..255.

    Returns:
      float64, (H, W), 16..235.
    """
    return rgb2ycbcr(rgb)[..., 0]


def ssim(a: np.ndarray, b: np.ndarray) -> float:
    """Returns the mean structural similarity over all positions at which the window lies within the planes.

    Source: Wang, Bovik, Sheikh, Simoncelli, "Image quality assessment: from error visibility to
    structural similarity", IEEE TIP 13(4), 2004, section III: an 11x11 Gaussian window of sigma 1.5,
    C1 = (0.01 * 255)^2, C2 = (0.03 * 255)^2, biased moments; no downsampling.

    Args:
      a: float64, (H, W), 0..255.
      b: the same shape.

    Returns:
      The mean, at most 1; exactly 1 for identical planes.

    Raises:
      ValueError: shapes that differ, or planes smaller than the window.
    """
    return float(
        structural_similarity(
            a, b, data_range=255, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
        )
    )


def score(sr: np.ndarray, hr: np.ndarray, border: int) -> Score:
    """Returns PSNR and SSIM of an SR image on Y, after cutting the border.

    Args:
      sr: uint8, (H, W, 3), 0..255, or a single channel, which is replicated.
      hr: the ground truth of the same height and width.
      border: pixels cut from each side; by custom the scale (4 for x4).

    Raises:
      ValueError: not uint8 images, sizes that differ, or less than 11x11 pixels left.
    """
    y_sr, y_hr = (luma(rgb) for rgb in cropped_pair(sr, hr, border, smallest=WINDOW))
    return Score(psnr=psnr(y_sr, y_hr), ssim=ssim(y_sr, y_hr))
