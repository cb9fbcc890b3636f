"""The baselines through tiles: equal to the whole image at once."""

import keras
import numpy as np
import pytest

from srgan_tf.inference.upscaler import upscale
from srgan_tf.models.baselines import espcn, srcnn
from srgan_tf.models.drcn import drcn
from srgan_tf.models.networks import receptive_radius
from tests.helpers import upscale_at_once

MODELS = {"srcnn": srcnn, "espcn": espcn, "drcn": lambda scale: drcn(scale, filters=4, recursions=4)}


def lively(name, scale):
    """A baseline of which no weight is so small that its reach would not show."""
    keras.utils.set_random_seed(0)
    model = MODELS[name](scale)
    rng = np.random.default_rng(0)
    model.set_weights(
        [w + rng.normal(0, 1.5 / np.sqrt(max(w[..., 0].size, 1)), w.shape) for w in model.get_weights()]
    )
    return model


@pytest.mark.parametrize("scale", [2, 4])
@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize("name", MODELS)
def test_tiles_give_the_whole_image(name, scale, mirror):
    model = lively(name, scale)
    image = np.random.default_rng(1).integers(0, 256, (37, 53, 3)).astype(np.uint8)
    whole = upscale_at_once(model, mirror)(image).astype(int)
    assert np.abs(upscale(model, image, tile=16, mirror=mirror) - whole).max() <= 1


@pytest.mark.parametrize("name", MODELS)
def test_the_radius_is_reached_and_not_passed(name):
    model = lively(name, 4)
    radius = receptive_radius(model)
    lr = np.full((1, 41, 41, 3), 0.5, np.float32)
    changed = lr.copy()
    changed[0, 20, 20] = 1.0
    difference = np.abs(model(lr).numpy() - model(changed).numpy())[0].max(axis=-1)
    rows = np.flatnonzero(difference.max(axis=1) > 0)
    reach = max(20 - rows.min() // 4, rows.max() // 4 - 20)
    assert reach == radius
