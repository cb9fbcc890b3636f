"""What an opinion test reports, as functions of arrays of scores.

All of them take scores float64 (raters, images, methods) in which NaN stands for a picture that a rater has
not rated. Sections are those of the paper (Ledig et al., CVPR 2017, arXiv 1609.04802v5).
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from srgan_tf.opinion.study import SCORES


@dataclass(frozen=True)
class Opinion:
    """The mean opinion score of one method.

    Attributes:
      mean: of all its ratings.
      low: lower end of the 95 % confidence interval; NaN with fewer than two raters.
      high: upper end.
      count: number of ratings.
    """

    mean: float
    low: float
    high: float
    count: int


@dataclass(frozen=True)
class Pair:
    """A method against another.

    Attributes:
      difference: mean of first minus second, over the pictures rated in both.
      count: of such pairs of ratings.
      p: two-sided, of ratings paired within rater and image, as in the paper.
      p_raters: two-sided, of the raters' own means. Ratings of one rater resemble one another, so that `p`
        counts more independent evidence than there is; this one does not.
    """

    difference: float
    count: int
    p: float
    p_raters: float


def mean_opinion(scores: np.ndarray, confidence: float = 0.95) -> list[Opinion]:
    """Mean opinion score of each method, with an interval that holds for new raters of the same images.

    The standard error is the cluster-robust one with the raters as clusters,
    SE^2 = R / (R - 1) sum_r (sum_i (x_ri - mean))^2 / N^2, and the quantile is Student's t with R - 1 degrees
    of freedom (Cameron and Miller, J. Human Resources 50(2), 2015, section II). Where every rater has rated
    every picture this is the t interval of the raters' means.

    Args:
      scores: (raters, images, methods).
      confidence: coverage of the interval.

    Returns:
      One for each method.
    """
    opinions = []
    for own in np.moveaxis(scores, 2, 0):
        count = int(np.isfinite(own).sum())
        mean = float(np.nansum(own) / count) if count else np.nan
        raters = int(np.isfinite(own).any(axis=1).sum())
        half = np.nan
        if raters > 1:
            sums = np.nansum(own - mean, axis=1)
            error = np.sqrt(raters / (raters - 1) * np.sum(sums**2)) / count
            half = float(error * stats.t.ppf((1 + confidence) / 2, raters - 1))
        opinions.append(Opinion(mean, mean - half, mean + half, count))
    return opinions


def distribution(scores: np.ndarray) -> np.ndarray:
    """How often each method got each score (Figure 5).

    Args:
      scores: (raters, images, methods).

    Returns:
      int64 (methods, 5).
    """
    return np.stack([(scores == score).sum(axis=(0, 1)) for score in SCORES], axis=1)


def average_ranks(scores: np.ndarray) -> tuple[np.ndarray, int]:
    """Average ordinal rank of each method (Figure 10): 1 is best, and ties share the mean of their ranks.

    Methods are ranked within each image and rater; images of which a rater has not rated every version yet
    are left out.

    Args:
      scores: (raters, images, methods).

    Returns:
      float64 (methods,), NaN if nothing can be ranked; and how many rankings were averaged.
    """
    rows = scores.reshape(-1, scores.shape[2])
    rows = rows[np.isfinite(rows).all(axis=1)]
    if not len(rows):
        return np.full(scores.shape[2], np.nan), 0
    return stats.rankdata(-rows, axis=1).mean(axis=0), len(rows)


def compare(scores: np.ndarray, first: int, second: int) -> Pair:
    """Wilcoxon signed-rank test of one method against another (section 3.4).

    Pairs without a difference are dropped, as Wilcoxon did.

    Args:
      scores: (raters, images, methods).
      first: a method's index.
      second: the other's.
    """
    differences = scores[:, :, first] - scores[:, :, second]
    paired = differences[np.isfinite(differences)]
    complete = np.isfinite(differences).any(axis=1)
    means = np.array([np.nanmean(row) for row in differences[complete]])
    mean = float(paired.mean()) if paired.size else np.nan
    return Pair(mean, paired.size, signed_rank_p(paired), signed_rank_p(means))


def signed_rank_p(differences: np.ndarray) -> float:
    """Two-sided p of the Wilcoxon signed-rank test; 1 if nothing differs, NaN if there is nothing.

    Args:
      differences: (n,).
    """
    if not differences.size:
        return np.nan
    # Means of whole scores that should be equal may differ in the last bit, which is no difference.
    differences = np.where(np.abs(differences) < 1e-9, 0, differences.round(9))
    if not differences.any():
        return 1.0
    return float(stats.wilcoxon(differences).pvalue)


def ordinal_alpha(scores: np.ndarray) -> float:
    """Krippendorff's alpha for ordinal data: 1 is perfect agreement of the raters, 0 that of chance.

    From the coincidences of scores within a picture (Krippendorff, "Computing Krippendorff's
    Alpha-Reliability", 2011, sections C and E); pictures with fewer than two ratings say nothing.

    Args:
      scores: (raters, ...): any number of pictures.

    Returns:
      NaN if no picture has two ratings, or all scores are the same.
    """
    flat = scores.reshape(len(scores), -1)
    counts = np.stack([(flat == score).sum(axis=0) for score in SCORES], axis=1).astype(np.float64)
    counts = counts[counts.sum(axis=1) >= 2]
    pairable = counts.sum(axis=1, keepdims=True)
    coincidences = counts.T @ (counts / (pairable - 1)) - np.diag((counts / (pairable - 1)).sum(axis=0))
    totals = coincidences.sum(axis=1)
    # Between scores c < k lie all the ratings from c to k, of which c's own and k's own count half.
    below = np.cumsum(totals) - totals / 2
    distance = (below[:, None] - below[None, :]) ** 2
    expected = (np.outer(totals, totals) * distance).sum()
    if not expected:
        return np.nan
    return float(1 - (totals.sum() - 1) * (coincidences * distance).sum() / expected)


def agreement(scores: np.ndarray, rater: int) -> tuple[float, float]:
    """Whether a rater orders the pictures as the others do.

    Args:
      scores: (raters, pictures).
      rater: the index of the rater in question.

    Returns:
      Spearman's correlation of the rater's scores with the mean of the others', and the one-sided p of its
      being positive. Someone who gives one score to everything has correlation 0 and p 1. NaN, if fewer than
      three pictures are shared with others.
    """
    others = np.delete(scores, rater, axis=0)
    rated = np.isfinite(others)
    shared = np.isfinite(scores[rater]) & rated.any(axis=0)
    if shared.sum() < 3:
        return np.nan, np.nan
    own = scores[rater, shared]
    mean = np.nansum(others[:, shared], axis=0) / rated[:, shared].sum(axis=0)
    if np.ptp(own) == 0 or np.ptp(mean) == 0:
        return 0.0, 1.0
    result = stats.spearmanr(own, mean, alternative="greater")
    return float(result.statistic), float(result.pvalue)
