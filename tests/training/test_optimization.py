import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from srgan_tf.config import RunConfig
from srgan_tf.training.optimization import global_norm, learning_rate

CONFIG = RunConfig(data="sample", steps=1000, learning_rate=1e-3)


def rates(**changes):
    schedule = learning_rate(dataclasses.replace(CONFIG, **changes), CONFIG.learning_rate)
    return {step: float(schedule(tf.constant(step))) for step in (0, 9, 250, 499, 500, 999)}


def test_constant():
    assert list(rates().values()) == pytest.approx([1e-3] * 6)


def test_step_is_a_tenth_from_half_of_the_steps_on():
    values = rates(schedule="step")
    assert values[499] == pytest.approx(1e-3)
    assert values[500] == pytest.approx(1e-4)


def test_cosine():
    values = rates(schedule="cosine")
    expected = 1e-3 * (0.999 * (1 + np.cos(np.pi * 0.25)) / 2 + 0.001)
    assert values[250] == pytest.approx(expected, rel=1e-5)
    assert values[999] == pytest.approx(1e-6, rel=0.01)


def test_warmup_rises_to_the_schedule():
    values = rates(warmup_steps=10)
    assert values[0] == pytest.approx(1e-4)
    assert values[9] == pytest.approx(1e-3)
    assert values[250] == pytest.approx(1e-3)


def test_global_norm_is_that_of_all_values():
    a, b = np.arange(6.0).reshape(2, 3), np.full((4,), 2.0)
    assert float(global_norm([tf.constant(a), tf.constant(b)])) == pytest.approx(np.sqrt((a**2).sum() + 16))
    assert not np.isfinite(global_norm([tf.constant([1.0]), tf.constant([np.inf])]))
