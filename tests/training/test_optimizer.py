"""Adam, the learning rate, the gradient norm and the EMA."""

import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf

from srgan_tf.config import RunConfig
from srgan_tf.models.generator import GeneratorConfig, generator
from srgan_tf.training.optimizer import Adam, global_norm, learning_rate, update_ema


def test_equals_keras_adam():
    rng = np.random.default_rng(0)
    results = []
    gradients = rng.normal(size=(30, 5, 4)).astype(np.float32)
    start = rng.normal(size=(5, 4)).astype(np.float32)
    for optimizer in (keras.optimizers.Adam(0.01, beta_1=0.9), Adam(0.01, beta_1=0.9)):
        variable = keras.Variable(start)
        optimizer.build([variable])
        for gradient in gradients:
            optimizer.apply_gradients([(tf.constant(gradient), variable)])
        results.append([variable.numpy(), *(v.numpy() for v in optimizer.variables)])
    for expected, got in zip(*results):
        np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-6)


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


SMALL = GeneratorConfig(scale=2, blocks=1, filters=4)


def test_the_ema_holds_every_weight_and_statistic():
    network, ema = generator(SMALL), generator(SMALL)
    expected = [w.astype(np.float64) for w in ema.get_weights()]
    rng = np.random.default_rng(0)
    for step in range(40):
        network.set_weights([rng.normal(size=w.shape) for w in network.get_weights()])
        decay = min(0.8, (1 + step) / (10 + step))
        expected = [decay * e + (1 - decay) * w for e, w in zip(expected, network.get_weights())]
        update_ema(ema, network, 0.8, tf.constant(step), tf.distribute.get_strategy())
    for e, w in zip(expected, ema.get_weights()):
        np.testing.assert_allclose(w, e, rtol=1e-4, atol=1e-5)
    moving = [v for v in ema.non_trainable_variables if v.name == "moving_variance"]
    assert moving
    assert not np.allclose(moving[0], 1.0)


def test_no_decay_copies():
    network, ema = generator(SMALL), generator(SMALL)
    update_ema(ema, network, 0.0, tf.constant(7), tf.distribute.get_strategy())
    for a, b in zip(ema.get_weights(), network.get_weights()):
        np.testing.assert_array_equal(a, b)
