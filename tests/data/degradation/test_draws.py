"""Some thousand draws against the probabilities and ranges of their table."""

import functools
import itertools
import math

import numpy as np
import pytest
import tensorflow as tf
from scipy.stats import chi2_contingency, chisquare, kstest

from srgan_tf.data.degradation.draws import GAUSSIAN, NONE, POISSON, QUIET, SINC, drawn
from srgan_tf.data.degradation.table import BLURS, RESIZINGS, TABLES

COUNT = 3000
LEAST = 1e-4
"""The smallest p-value: with seeds that are fixed, a test passes always or never."""

PASSES = list(itertools.product(TABLES, ("first", "second")))


@functools.cache
def draws_of(name):
    """`COUNT` draws of a table, as one whose tensors are arrays (COUNT, ...)."""
    seeds = tf.stack([tf.range(COUNT, dtype=tf.int64), tf.fill([COUNT], tf.constant(5, tf.int64))], axis=1)

    @tf.function
    def every(seeds):
        dtypes = tf.nest.map_structure(lambda value: value.dtype, drawn(TABLES[name], seeds[0]))
        return tf.map_fn(lambda seed: drawn(TABLES[name], seed), seeds, fn_output_signature=dtypes)

    return tf.nest.map_structure(lambda value: value.numpy(), every(seeds))


def pass_of(name, which):
    return getattr(TABLES[name], which), getattr(draws_of(name), which)


def assert_probabilities(values, probabilities):
    """`values` are keys of `probabilities`, as often as it says."""
    likely = {value: p for value, p in probabilities.items() if p > 1e-12}
    assert set(np.unique(values)) <= set(likely)
    assert math.fsum(likely.values()) == pytest.approx(1)
    found = [np.sum(values == value) for value in likely]
    if len(likely) > 1:
        assert chisquare(found, np.array(list(likely.values())) * len(values)).pvalue > LEAST


def evenly(low, high, step=1):
    values = range(low, high + 1, step)
    return {value: 1 / len(values) for value in values}


def assert_uniform(values, low, high):
    assert len(values) > 20
    assert low <= values.min() <= values.max() <= high
    assert kstest(values, "uniform", (low, high - low)).pvalue > LEAST


@pytest.mark.parametrize(("name", "which"), PASSES)
def test_blurs(name, which):
    table, draw = (of.blur for of in pass_of(name, which))
    of_gaussians = table.probability * (1 - table.sinc)
    kinds = {i: of_gaussians * p for i, p in enumerate(table.kinds)}
    assert_probabilities(
        draw.kind, {NONE: 1 - table.probability, SINC: table.probability * table.sinc, **kinds}
    )
    assert_probabilities(draw.side, evenly(*table.sides, step=2))
    assert_uniform(draw.sigma.ravel(), *table.sigma)
    assert abs(np.corrcoef(draw.sigma.T)[0, 1]) < 4 / math.sqrt(COUNT)
    assert_uniform(draw.rotation, -math.pi, math.pi)


@pytest.mark.parametrize(("name", "which"), PASSES)
def test_exponents_are_below_one_as_often_as_above(name, which):
    table, draw = (of.blur for of in pass_of(name, which))
    kinds = {"generalised": table.generalised, "plateau": table.plateau}
    for kind, (low, high) in kinds.items():
        places = [i for i, blur in enumerate(BLURS) if kind in blur]
        shape = draw.shape[np.isin(draw.kind, places)]
        assert_probabilities(shape > 1, {False: 0.5, True: 0.5})
        assert_uniform(shape[shape > 1], 1, high)
        if low < 1:
            assert_uniform(shape[shape <= 1], low, 1)
        else:
            assert (shape[shape <= 1] == 1).all()


@pytest.mark.parametrize(("name", "which"), PASSES)
def test_cut_offs_of_sinc_filters(name, which):
    _, draw = pass_of(name, which)
    small = draw.blur.side < 13
    assert_uniform(draw.blur.cutoff[small], math.pi / 3, math.pi)
    if not small.all():
        assert_uniform(draw.blur.cutoff[~small], math.pi / 5, math.pi)


@pytest.mark.parametrize(("name", "which"), PASSES)
def test_resizings(name, which):
    table, draw = pass_of(name, which)
    table, (low, high) = table.resizing, table.resizing.factor
    assert_probabilities(np.sign(draw.factor - 1), {1: table.up, -1: table.down, 0: table.keep})
    assert_uniform(draw.factor[draw.factor > 1], 1, high)
    assert_uniform(draw.factor[draw.factor < 1], low, 1)
    methods = {RESIZINGS.index(method): 1 / len(table.methods) for method in table.methods}
    assert_probabilities(draw.method, methods)


@pytest.mark.parametrize(("name", "which"), PASSES)
def test_noise(name, which):
    table, draw = pass_of(name, which)
    table = table.noise
    gaussian, poisson = table.probability * table.gaussian, table.probability * (1 - table.gaussian)
    assert_probabilities(draw.noise, {QUIET: 1 - table.probability, GAUSSIAN: gaussian, POISSON: poisson})
    assert_uniform(draw.level[draw.noise == GAUSSIAN], *table.sigma)
    assert_uniform(draw.level[draw.noise == POISSON], *table.poisson)
    assert_probabilities(draw.grey, {True: table.grey, False: 1 - table.grey})


@pytest.mark.parametrize(("name", "which"), PASSES)
def test_jpeg(name, which):
    table, draw = pass_of(name, which)
    table = table.jpeg
    qualities = {quality: table.probability * p for quality, p in evenly(*table.quality).items()}
    assert_probabilities(draw.quality, {0: 1 - table.probability, **qualities})
    for axis in (0, 1):
        assert_probabilities(draw.offset[:, axis], evenly(0, 7))


@pytest.mark.parametrize("name", TABLES)
def test_the_end(name):
    table, draw = TABLES[name], draws_of(name)
    assert_probabilities(draw.clean, {True: table.clean, False: 1 - table.clean})
    assert_probabilities(draw.jpeg_last, {True: table.jpeg_last, False: 1 - table.jpeg_last})
    assert_probabilities(draw.last.kind, {SINC: table.last_sinc, NONE: 1 - table.last_sinc})
    assert_probabilities(draw.last.side, evenly(*table.second.blur.sides, step=2))
    assert_uniform(draw.last.cutoff, math.pi / 3, math.pi)
    methods = table.second.resizing.methods
    assert_probabilities(draw.last_method, {RESIZINGS.index(m): 1 / len(methods) for m in methods})


def test_steps_do_not_depend_on_one_another():
    draw = draws_of("photo")
    steps = {
        "clean": draw.clean,
        "first blur": draw.first.blur.kind == NONE,
        "first resizing": draw.first.factor < 1,
        "first noise": draw.first.noise == QUIET,
        "first jpeg": draw.first.quality == 0,
        "second blur": draw.second.blur.kind == NONE,
        "second resizing": draw.second.factor < 1,
        "second noise": draw.second.noise == QUIET,
        "second jpeg": draw.second.quality == 0,
        "last filter": draw.last.kind == NONE,
        "end": draw.jpeg_last,
    }
    for a, b in itertools.combinations(steps.values(), 2):
        assert chi2_contingency([[np.sum((a == x) & (b == y)) for x in (0, 1)] for y in (0, 1)])[1] > LEAST


def test_a_seed_has_one_draw():
    seed = tf.constant([17, 5], tf.int64)
    alone = tf.nest.flatten(drawn(TABLES["photo"], seed))
    for value, among in zip(alone, tf.nest.flatten(draws_of("photo")), strict=True):
        np.testing.assert_array_equal(value, among[17])
