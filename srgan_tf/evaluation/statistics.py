"""Statistics over images: the interval of a mean, and the significance of a difference of two methods."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

RESAMPLES = 9999
CONFIDENCE = 0.95
SIGNIFICANT = 0.05


@dataclass(frozen=True)
class Summary:
    """A mean over images.

    Attributes:
      mean: arithmetic; inf if a value is.
      low: lower end of its 95 % bootstrap interval; nan where there is none (one image, infinite values).
      high: upper end.
      count: number of images.
    """

    mean: float
    low: float
    high: float
    count: int


def summarize(values: Sequence[float]) -> Summary:
    """Returns the mean over images and its 95 % bootstrap interval.

    The interval is by percentiles (Efron, Tibshirani 1993, ch. 13). The resampling is seeded: the same
    values give the same interval.

    Args:
      values: one per image, at least one.
    """
    data = np.asarray(values, np.float64)
    low = high = math.nan
    if data.size > 1 and np.isfinite(data).all():
        interval = stats.bootstrap(
            (data,),
            np.mean,
            n_resamples=RESAMPLES,
            confidence_level=CONFIDENCE,
            method="percentile",
            rng=np.random.default_rng(0),
        ).confidence_interval
        low, high = float(interval.low), float(interval.high)
    return Summary(float(np.mean(data)), low, high, data.size)


def p_value(a: Sequence[float], b: Sequence[float]) -> float:
    """Returns the p-value of the two-sided paired Wilcoxon signed-rank test (Wilcoxon 1945).

    The paper tests its opinion scores by it.

    Images on which both have the same value are left out of the ranks. SciPy counts the exact distribution
    for up to 50 images without ties. With five images the smallest possible value is 0.0625.

    Args:
      a: values of a method, one per image.
      b: those of another on the same images, in the same order.

    Returns:
      Probability of ranks as uneven as these if neither method were better; 1 if all values are equal.
    """
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    differing = a != b  # two infinite values are equal, their difference would not be
    if not differing.any():
        return 1.0
    return float(stats.wilcoxon(a[differing] - b[differing], alternative="two-sided").pvalue)
