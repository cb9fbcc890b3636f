import numpy as np
import pytest
from scipy import stats

from srgan_tf.opinion.statistics import (
    agreements,
    average_ranks,
    compare,
    distribution,
    mean_opinion,
    ordinal_alpha,
    signed_rank_p,
)
from tools.rater_rule import STUDIES, simulate

NAN = np.nan


def ratings(seed, *shape):
    return np.random.default_rng(seed).integers(1, 6, shape).astype(np.float64)


def test_mean_opinion_by_hand():
    # Rater means 2, 3 and 4: mean 3, standard error 1 / sqrt(3); t(0.95, 2) = 2.919986.
    scores = np.array([[1, 3], [2, 4], [3, 5]], float)[:, :, None]
    (opinion,) = mean_opinion(scores, 0.9)
    assert opinion.mean == 3
    assert (opinion.count, opinion.raters) == (6, 3)
    assert opinion.high - opinion.mean == pytest.approx(2.919986 / np.sqrt(3), abs=1e-6)
    assert opinion.low == pytest.approx(3 - 1.685855, abs=1e-6)
    # With t(0.975, 2) = 4.302653, 3 -+ 2.484138 leaves the scale.
    (opinion,) = mean_opinion(scores)
    assert (opinion.low, opinion.high) == (1, 5)


@pytest.mark.parametrize("raters", [1, 2, 4, 5, 26])
def test_an_interval_of_fewer_than_five_raters_is_useless(raters):
    scores = ratings(3, raters, 14, 2)
    scores[0, :, 1] = np.nan  # one rater less for the second method
    first, second = mean_opinion(scores)
    assert (first.raters, second.raters) == (raters, raters - 1)
    assert (first.useless, second.useless) == (raters < 5, raters - 1 < 5)


def test_interval_is_the_t_interval_of_the_raters_means():
    scores = ratings(1, 26, 14, 3)
    for method, opinion in enumerate(mean_opinion(scores)):
        means = scores[:, :, method].mean(axis=1)
        expected = stats.ttest_1samp(means, 0).confidence_interval(0.95)
        assert opinion.mean == pytest.approx(means.mean())
        assert (opinion.low, opinion.high) == pytest.approx(tuple(expected))


def test_mean_opinion_with_gaps():
    scores = np.array([[5, NAN, NAN], [1, 2, 3]])[:, :, None]
    (opinion,) = mean_opinion(scores, 0.5)
    assert opinion.mean == 11 / 4
    # Residuals sum to 2.25 for one rater and -2.25 for the other: SE = sqrt(2 * 2 * 2.25^2) / 4.
    half = np.sqrt(2 * 2 * 2.25**2) / 4 * stats.t.ppf(0.75, 1)
    assert opinion.high - opinion.mean == pytest.approx(half)


@pytest.mark.parametrize("scores", [[[3.0, 4.0]], [[3.0, 4.0], [NAN, NAN]]])
def test_one_rater_has_a_mean_and_no_interval(scores):
    (opinion,) = mean_opinion(np.array(scores)[:, :, None])
    assert opinion.mean == 3.5
    assert np.isnan([opinion.low, opinion.high]).all()


def test_interval_covers_the_true_mean_as_often_as_it_says():
    rng = np.random.default_rng(7)
    inside = 0
    for _ in range(400):
        rater_effects = rng.normal(0, 0.5, (8, 1, 1))
        (opinion,) = mean_opinion(3 + rater_effects + rng.normal(0, 0.7, (8, 20, 1)))
        inside += opinion.low <= 3 <= opinion.high
    assert 0.92 <= inside / 400 <= 0.98  # of 160 ratings taken as independent: 0.53


def test_distribution_by_hand():
    scores = np.array([[[1, 5], [2, 5]], [[2, 4], [NAN, 5]]])
    assert distribution(scores).tolist() == [[1, 2, 0, 0, 0], [0, 0, 0, 1, 3]]


def test_average_ranks_by_hand():
    # 5 > 3 = 3 > 1 ranks 1, 2.5, 2.5, 4; all equal ranks 2.5 each; the incomplete one is left out.
    scores = np.array([[[5, 3, 3, 1], [2, 2, 2, 2], [1, NAN, 3, 4]]], float)
    ranks, count = average_ranks(scores)
    assert count == 2
    assert ranks.tolist() == [1.75, 2.5, 2.5, 3.25]


def test_average_ranks_against_scipy():
    scores = ratings(2, 5, 7, 9)
    expected = np.mean([stats.rankdata(-row) for row in scores.reshape(-1, 9)], axis=0)
    ranks, count = average_ranks(scores)
    assert ranks == pytest.approx(expected)
    assert count == 35
    assert ranks.sum() == pytest.approx(45)


def test_nothing_to_rank():
    ranks, count = average_ranks(np.array([[[1, NAN]]]))
    assert np.isnan(ranks).all()
    assert count == 0


def test_signed_rank_by_hand():
    # Differences 1, 2, 3, 4, 5 without ties, all positive: 2 of 2^5 sign patterns are as extreme.
    assert signed_rank_p(np.arange(1.0, 6)) == pytest.approx(2 / 32)
    # With -1: W = 1 or 14 and beyond, that is 4 patterns: {}, {1} and their complements.
    assert signed_rank_p(np.array([-1.0, 2, 3, 4, 5])) == pytest.approx(4 / 32)


def test_signed_rank_of_nothing():
    assert signed_rank_p(np.zeros(5)) == 1
    assert np.isnan(signed_rank_p(np.array([])))
    # Means of thirds that are equal in truth and not in the last bit.
    assert signed_rank_p(np.array([1e-16, -1e-16, 2e-16])) == 1


def test_comparison_of_two_methods_is_scipys_wilcoxon():
    scores = ratings(3, 26, 14, 2)
    pair = compare(scores, 0, 1)
    first, second = scores[:, :, 0], scores[:, :, 1]
    assert pair.count == 26 * 14
    assert pair.difference == pytest.approx((first - second).mean())
    assert pair.p == pytest.approx(stats.wilcoxon(first.ravel(), second.ravel()).pvalue)
    means = (first.mean(axis=1) - second.mean(axis=1)).round(9)
    assert pair.p_raters == pytest.approx(stats.wilcoxon(means).pvalue)


def test_signed_rank_against_the_normal_approximation_in_numpy():
    differences = ratings(4, 300) - ratings(5, 300)
    kept = differences[differences != 0]
    ranks = stats.rankdata(np.abs(kept))
    statistic = min(ranks[kept > 0].sum(), ranks[kept < 0].sum())
    n = len(kept)
    _, ties = np.unique(np.abs(kept), return_counts=True)
    variance = n * (n + 1) * (2 * n + 1) / 24 - (ties**3 - ties).sum() / 48
    z = (statistic - n * (n + 1) / 4) / np.sqrt(variance)
    assert signed_rank_p(differences) == pytest.approx(2 * stats.norm.cdf(z))


def test_comparison_pairs_only_what_was_rated_in_both():
    scores = np.array([[[5, 1], [4, NAN]], [[NAN, NAN], [3, 1]]], float)
    pair = compare(scores, 0, 1)
    assert pair.count == 2
    assert pair.difference == 3


def test_ordinal_alpha_of_krippendorffs_example():
    # Four observers, twelve units: "Computing Krippendorff's Alpha-Reliability" (2011), section C to E.
    observers = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, NAN, NAN, NAN],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NAN, 3],
        [NAN, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NAN],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NAN],
    ]
    assert ordinal_alpha(np.array(observers)) == pytest.approx(0.815, abs=5e-4)


def test_ordinal_alpha_by_hand():
    # Units (1, 1), (1, 2), (2, 2): with two values alpha is the nominal one,
    # 1 - (n - 1) o_12 / (n_1 n_2) = 1 - 5 * 1 / (3 * 3).
    assert ordinal_alpha(np.array([[1.0, 1, 2], [1, 2, 2]])) == pytest.approx(4 / 9)


def test_ordinal_alpha_at_its_ends():
    same = ratings(6, 1, 50)
    assert ordinal_alpha(np.repeat(same, 4, axis=0)) == 1
    assert abs(ordinal_alpha(ratings(7, 10, 2000))) < 0.02
    assert np.isnan(ordinal_alpha(np.full((3, 4), 2.0)))
    assert np.isnan(ordinal_alpha(np.array([[1.0, NAN], [NAN, 2.0]])))


def test_ordinal_alpha_from_its_definition():
    scores = ratings(8, 4, 30)
    scores[np.random.default_rng(9).random(scores.shape) < 0.3] = NAN
    pairs = [
        (a, b, np.isfinite(unit).sum() - 1)
        for unit in scores.T
        for i, a in enumerate(unit)
        for j, b in enumerate(unit)
        if i != j and np.isfinite(a) and np.isfinite(b)
    ]
    used = scores[:, np.isfinite(scores).sum(axis=0) >= 2]
    values = used[np.isfinite(used)]

    def distance(a, b):
        low, high = min(a, b), max(a, b)
        between = ((values >= low) & (values <= high)).sum()
        return (between - ((values == a).sum() + (values == b).sum()) / 2) ** 2 if a != b else 0

    observed = sum(distance(a, b) / others for a, b, others in pairs) / len(values)
    expected = sum(distance(a, b) for a in values for b in values) / len(values) / (len(values) - 1)
    assert ordinal_alpha(scores) == pytest.approx(1 - observed / expected)


def test_agreement_is_spearmans_with_the_mean_of_the_others():
    scores = ratings(10, 5, 40)
    scores[1, :10] = NAN
    scores[0, 30:] = NAN
    found = agreements(scores)[0]
    expected = stats.spearmanr(scores[0, :30], np.nanmean(scores[1:, :30], axis=0), alternative="greater")
    assert found.correlation == pytest.approx(expected.statistic)
    assert found.p == pytest.approx(expected.pvalue)


def test_the_usual_agreement_is_the_median_of_the_others():
    rng = np.random.default_rng(13)
    scores = np.clip(np.rint(rng.integers(1, 6, 40) + rng.normal(0, [[0.3], [0.6], [1], [3]], (4, 40))), 1, 5)
    found = agreements(scores)
    usual = sorted(a.correlation for a in found[:3])[1]
    z = np.log((1 + found[3].correlation) / (1 - found[3].correlation)) / 2
    z -= np.log((1 + usual) / (1 - usual)) / 2
    assert found[3].p_usual == pytest.approx(stats.norm.cdf(z / np.sqrt((1 + usual**2 / 2) / 37)))


def test_agreement_of_one_score_for_everything():
    scores = ratings(11, 4, 40)
    scores[2] = 3
    found = agreements(scores)[2]
    assert (found.correlation, found.p) == (0, 1)


def test_agreement_needs_others_and_ten_images():
    (alone,) = agreements(ratings(12, 1, 40))
    assert np.isnan([alone.correlation, alone.p, alone.p_usual]).all()
    assert not alone.random
    assert all(np.isnan(a.correlation) and not a.random for a in agreements(ratings(12, 3, 9)))


@pytest.mark.parametrize("rated", [0, 2, 9])
def test_agreement_of_one_who_has_just_begun(rated):
    scores = ratings(12, 4, 40)
    scores[3, rated:] = NAN
    begun = agreements(scores)[3]
    assert np.isnan([begun.correlation, begun.p, begun.p_usual]).all()
    assert not begun.random


@pytest.mark.parametrize(
    ("study", "count", "least_found"),
    [
        ("nine methods of the paper", 10, 0.15),
        ("nine methods of the paper", 20, 0.5),
        ("six alike", 100, 0.75),
    ],
)
def test_honest_raters_are_seldom_taken_for_random(study, count, least_found):
    honest, random, by_one_test = simulate(STUDIES[study], count, studies=60)
    assert honest <= 0.02
    assert random >= least_found
    assert by_one_test > 0.05
