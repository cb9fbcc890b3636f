"""The vote: every pixel is the weighted mean of what the patches around it say.

Source: Huang, Singh and Ahuja, CVPR 2015, section 3.3.
"""

import numpy as np

from srgan_tf.selfexsr.patches import DX, DY, POINTS, WEIGHTS


def add_votes(total: np.ndarray, votes: np.ndarray, top: int) -> None:
    """Adds the weighted votes of some rows of patches.

    Args:
      total: float32 (C, height + 4, width + 4), the sums so far, with the pixels that lie beyond the borders.
      votes: float32 (25, C, rows, width), for the pixels of each patch, one for every pixel of some rows.
      top: the first of these rows.
    """
    _, _, rows, width = votes.shape
    for k in range(POINTS):
        y, x = top + 2 + int(DY[k]), 2 + int(DX[k])
        total[:, y : y + rows, x : x + width] += WEIGHTS[k] * votes[k]


def weight_sums(height: int, width: int) -> np.ndarray:
    """Returns the sums of the weights that `add_votes` gives to each pixel, float32 (height, width).

    They are 1 but at the borders, where patches are missing.
    """
    total = np.zeros((1, height + 4, width + 4), np.float32)
    add_votes(total, np.ones((POINTS, 1, height, width), np.float32), 0)
    return total[0, 2:-2, 2:-2]
