"""Small generators whose every weight matters: nothing is at its starting value."""

import keras
import numpy as np

from srgan_tf.models.generator import GeneratorConfig, generator

TINY = GeneratorConfig(scale=4, blocks=2, filters=8)


def random_generator(config: GeneratorConfig = TINY, *, fast: bool = True, seed: int = 0) -> keras.Model:
    """A generator with random weights, slopes and statistics; outputs stay within about [-1, 1]."""
    keras.utils.set_random_seed(seed)  # of the kernels
    model = generator(config, fast=fast)
    rng = np.random.default_rng(seed)
    for variable in model.variables:
        name = variable.path.rsplit("/", 1)[-1]
        if name == "moving_variance":
            variable.assign(rng.uniform(0.5, 2, variable.shape))
        elif name in ("beta", "bias", "moving_mean"):
            variable.assign(rng.normal(0, 0.1, variable.shape))
        elif name == "gamma":
            variable.assign(rng.uniform(0.3, 1, variable.shape))
        elif name == "slope":
            variable.assign(rng.uniform(-0.2, 0.9, variable.shape))
    return model
