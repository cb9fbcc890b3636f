"""Tiny generators whose every layer matters, as after training."""

from functools import cache

import keras
import numpy as np

from srgan_tf.models.generator import GeneratorConfig, generator


@cache
def trained_like(scale: int, blocks: int, *, fast: bool = True) -> keras.Model:
    """A generator with 8 filters, random normalisation and an output on the scale of a picture."""
    keras.utils.set_random_seed(scale + blocks)
    model = generator(GeneratorConfig(scale, blocks, 8), fast=fast)
    rng = np.random.default_rng(blocks)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            for variable in (layer.gamma, layer.beta, layer.moving_mean, layer.moving_variance):
                variable.assign(rng.uniform(0.5, 1, variable.shape))
    lr = rng.uniform(size=(1, 24, 24, 3)).astype(np.float32)
    sr = model(lr, training=False).numpy()
    tail = model.get_layer("tail_conv")
    tail.kernel.assign(tail.kernel / (2 * sr.std()))
    tail.bias.assign(-sr.mean(axis=(0, 1, 2)) / (2 * sr.std()))
    return model
