import math
from itertools import product

import numpy as np
import pytest

from srgan_tf.evaluation.statistics import p_value, summarize


def test_the_mean_lies_in_its_interval_which_narrows_with_more_images():
    values = np.random.default_rng(0).normal(30, 3, 400)
    few, many = summarize(values[:25]), summarize(values)
    for summary, used in ((few, values[:25]), (many, values)):
        assert summary.mean == pytest.approx(used.mean())
        assert summary.count == len(used)
        # For so regular values the bootstrap agrees with the normal approximation.
        half = 1.96 * used.std() / math.sqrt(len(used))
        assert summary.low == pytest.approx(summary.mean - half, abs=0.15 * half)
        assert summary.high == pytest.approx(summary.mean + half, abs=0.15 * half)
    assert many.high - many.low < few.high - few.low
    assert summarize(values[:25]) == few


def test_where_there_is_no_interval_there_is_a_mean():
    alone = summarize([30.0])
    assert (alone.mean, alone.count, math.isnan(alone.low)) == (30.0, 1, True)
    infinite = summarize([30.0, math.inf])
    assert (infinite.mean, math.isnan(infinite.high)) == (math.inf, True)
    constant = summarize([1.0, 1.0, 1.0])
    assert (constant.low, constant.mean, constant.high) == (1.0, 1.0, 1.0)


def exact(differences):
    """The test's definition: the share of sign patterns whose rank sum is at least as far from its middle."""
    d = np.asarray(differences)
    ranks = np.abs(d).argsort().argsort() + 1
    middle = ranks.sum() / 2
    observed = abs(ranks[d > 0].sum() - middle)
    sums = [sum(r for r, s in zip(ranks, signs) if s) for signs in product((0, 1), repeat=len(d))]
    return np.mean([abs(s - middle) >= observed for s in sums])


@pytest.mark.parametrize(
    "differences", [[1, 2, 3, 4, 5], [1, -2, 3, 4, 5, 6, 7.5], [-0.1, 0.2, -0.3, 0.4, 0.5, 0.6, 0.7, 0.8]]
)
def test_p_values_are_those_of_all_sign_patterns(differences):
    b = np.linspace(20, 30, len(differences))
    assert p_value(b + differences, b) == pytest.approx(exact(differences))
    assert p_value(b, b + differences) == pytest.approx(exact(differences))


def test_five_images_are_never_significant():
    assert p_value([2, 3, 4, 5, 6], [1, 1, 1, 1, 1]) == pytest.approx(0.0625)


def test_equal_and_infinite_figures():
    assert p_value([1.0, 2.0], [1.0, 2.0]) == 1.0
    assert p_value([math.inf, math.inf], [math.inf, math.inf]) == 1.0
    b = [1, 2, 3, 4, 5, 6, math.inf]
    assert p_value([math.inf] * 7, b) == pytest.approx(2 / 2**6)  # the last image counts for neither
