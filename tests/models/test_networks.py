import numpy as np
import pytest

from srgan_tf.models.generator import GeneratorConfig, generator
from srgan_tf.models.networks import receptive_radius
from tests.helpers import random_generator


@pytest.mark.parametrize("fast", [True, False])
@pytest.mark.parametrize(("scale", "blocks"), [(2, 1), (3, 2), (4, 2), (4, 3), (8, 1)])
def test_a_changed_pixel_reaches_exactly_so_far(scale, blocks, fast):
    model = random_generator(GeneratorConfig(scale, blocks, 8), fast=fast)
    side = 41
    middle = side // 2
    lr = np.random.default_rng(0).uniform(size=(1, side, side, 3)).astype(np.float32)
    changed = lr.copy()
    changed[0, middle, middle] = 5
    different = np.any(np.not_equal(model(lr), model(changed)), axis=(0, 3))
    cells = different.reshape(side, scale, side, scale).any(axis=(1, 3))
    rows, columns = np.nonzero(cells)
    reach = max(np.abs(rows - middle).max(), np.abs(columns - middle).max())
    assert reach == receptive_radius(model)


def test_the_papers_network():
    assert receptive_radius(generator(GeneratorConfig(4, 16, 4))) == 40  # 4 + 32 + 1 + 1 + 1/2 + 1
    assert receptive_radius(generator(GeneratorConfig(2, 16, 4))) == 40  # 4 + 32 + 1 + 1 + 2
    assert receptive_radius(generator(GeneratorConfig(3, 5, 4))) == 18  # 4 + 10 + 1 + 1 + 4/3
    direct = GeneratorConfig(4, 10, 4, "leaky_relu", "direct")
    assert receptive_radius(generator(direct)) == 26  # 4 + 20 + 1 + 1
