import numpy as np
import tensorflow as tf

from srgan_tf.models.generator import GeneratorConfig, generator
from srgan_tf.training.average import update_average

TINY = GeneratorConfig(scale=2, blocks=1, filters=4)


def test_averages_every_weight_and_statistic():
    network, average = generator(TINY), generator(TINY)
    expected = [w.astype(np.float64) for w in average.get_weights()]
    rng = np.random.default_rng(0)
    for step in range(40):
        network.set_weights([rng.normal(size=w.shape) for w in network.get_weights()])
        decay = min(0.8, (1 + step) / (10 + step))
        expected = [decay * e + (1 - decay) * w for e, w in zip(expected, network.get_weights())]
        update_average(average, network, 0.8, tf.constant(step), tf.distribute.get_strategy())
    for e, w in zip(expected, average.get_weights()):
        np.testing.assert_allclose(w, e, rtol=1e-4, atol=1e-5)
    moving = [v for v in average.non_trainable_variables if v.name == "moving_variance"]
    assert moving
    assert not np.allclose(moving[0], 1.0)


def test_no_decay_copies():
    network, average = generator(TINY), generator(TINY)
    update_average(average, network, 0.0, tf.constant(7), tf.distribute.get_strategy())
    for a, b in zip(average.get_weights(), network.get_weights()):
        np.testing.assert_array_equal(a, b)
