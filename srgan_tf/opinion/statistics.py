"""Figures of an opinion test, as functions of arrays of scores.

All of them take scores float64 (raters, images, methods) in which NaN stands for an image that a rater has
not rated. Sections are those of the paper (Ledig et al., CVPR 2017, arXiv 1609.04802v5).
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from srgan_tf.opinion.study import SCORES

FEWEST_RATERS = 5
"""Raters below which an interval says next to nothing: Student's t is 12.7 with two, 3.2 with four."""
FEWEST_SHARED = 10  # images, before a rater's agreement is judged
RANDOM_P = 0.01
USUAL_P = 0.005
LARGEST = 0.99  # correlation whose z is still finite; a perfect one counts as this


@dataclass(frozen=True)
class Opinion:
    """Mean opinion score of one method.

    Attributes:
      mean: of all its ratings.
      low: lower end of the 95 % confidence interval, at least 1; NaN with fewer than two raters.
      high: upper end, at most 5.
      count: number of ratings.
      raters: number of raters.
    """

    mean: float
    low: float
    high: float
    count: int
    raters: int

    @property
    def useless(self) -> bool:
        """True if the interval is one of too few raters to say anything."""
        return self.raters < FEWEST_RATERS


@dataclass(frozen=True)
class Pair:
    """Comparison of a method with another.

    Attributes:
      difference: mean of first minus second, over the images rated in both.
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
    """Returns the mean opinion score of each method, with an interval for new raters of the same images.

    The standard error is the cluster-robust one with the raters as clusters,
    SE^2 = R / (R - 1) sum_r (sum_i (x_ri - mean))^2 / N^2, and the quantile is Student's t with R - 1 degrees
    of freedom (Cameron and Miller, J. Human Resources 50(2), 2015, section II). Where every rater has rated
    every image this is the t interval of the raters' means. It is cut to the scale, 1 to 5.

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
        low, high = np.clip([mean - half, mean + half], SCORES[0], SCORES[-1])
        opinions.append(Opinion(mean, float(low), float(high), count, raters))
    return opinions


def distribution(scores: np.ndarray) -> np.ndarray:
    """Returns the number of times each method got each score (Figure 5).

    Args:
      scores: (raters, images, methods).

    Returns:
      int64 (methods, 5).
    """
    return np.stack([(scores == score).sum(axis=(0, 1)) for score in SCORES], axis=1)


def average_ranks(scores: np.ndarray) -> tuple[np.ndarray, int]:
    """Returns the average ordinal rank of each method (Figure 10): 1 is best, and ties share the mean rank.

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
    """Returns the Wilcoxon signed-rank test of one method against another (section 3.4).

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
    """Returns the two-sided p of the Wilcoxon signed-rank test; 1 if nothing differs, NaN without values.

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
    """Returns Krippendorff's alpha for ordinal data: 1 is perfect agreement of the raters, 0 that of chance.

    From the coincidences of scores within an image (Krippendorff, "Computing Krippendorff's
    Alpha-Reliability", 2011, sections C and E); images with fewer than two ratings say nothing.

    Args:
      scores: (raters, ...): any number of images.

    Returns:
      NaN if no image has two ratings, or all scores are the same.
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


@dataclass(frozen=True)
class Agreement:
    """A rater's agreement with the other raters.

    Attributes:
      correlation: Spearman's, of the rater's scores with the mean of the others'; NaN with fewer than
        `FEWEST_SHARED` images that others have rated too, 0 if either gives one score to everything.
      p: the probability of a correlation at least this high under scores given at random.
      p_usual: the probability of one at most this low for a rater who agrees with the others as the middle
        one of the others does.
    """

    correlation: float
    p: float
    p_usual: float

    @property
    def random(self) -> bool:
        """True if both tests take the scores for random ones; `agreements` gives the error rates."""
        return self.p >= RANDOM_P and self.p_usual < USUAL_P


def agreements(scores: np.ndarray) -> list[Agreement]:
    """Returns the agreement of each rater with the others.

    A rater is taken for random if two tests say so: the correlation is not positive at `RANDOM_P`, and it is
    too low, at `USUAL_P`, for a rater with the usual correlation, the median of the other raters'. The second
    test is Fisher's z with the variance (1 + r^2 / 2) / (n - 3) of Spearman's coefficient (Bonett and Wright,
    Psychometrika 65(1), 2000). The first alone would accuse most honest raters after ten ratings. In
    simulations (`python -m tools.rater_rule`) at most 1 in 100 honest raters is accused. Of random raters
    23 % are found after 10 ratings, 61 % after 20, 97 % after 50 and 99 % after 100 and 1000, if the methods
    are the paper's nine; docs/opinion.md has the table.

    Args:
      scores: (raters, images) of all versions of all images; NaN where a rater has not rated one.

    Returns:
      One for each rater. The p values are NaN where the correlation is, and `p_usual` without another rater
      who has a correlation.
    """
    measured = [_agreement(scores, rater) for rater in range(len(scores))]
    correlations = np.array([correlation for correlation, _, _ in measured])
    found = []
    for rater, (correlation, p, count) in enumerate(measured):
        others = np.delete(correlations, rater)
        others = others[np.isfinite(others)]
        comparable = np.isfinite(correlation) and others.size
        p_usual = _p_as_low(correlation, float(np.median(others)), count) if comparable else np.nan
        found.append(Agreement(correlation, p, p_usual))
    return found


def _agreement(scores: np.ndarray, rater: int) -> tuple[float, float, int]:
    """Returns the correlation, its one-sided p, and the number of shared images."""
    others = np.delete(scores, rater, axis=0)
    rated = np.isfinite(others)
    shared = np.isfinite(scores[rater]) & rated.any(axis=0)
    count = int(shared.sum())
    if count < FEWEST_SHARED:
        return np.nan, np.nan, count
    own = scores[rater, shared]
    mean = np.nansum(others[:, shared], axis=0) / rated[:, shared].sum(axis=0)
    if np.ptp(own) == 0 or np.ptp(mean) == 0:
        return 0.0, 1.0, count
    result = stats.spearmanr(own, mean, alternative="greater")
    return float(result.statistic), float(result.pvalue), count


def _p_as_low(correlation: float, usual: float, count: int) -> float:
    low, high = np.arctanh(np.clip([correlation, usual], -LARGEST, LARGEST))
    return float(stats.norm.cdf((low - high) * np.sqrt((count - 3) / (1 + usual**2 / 2))))
