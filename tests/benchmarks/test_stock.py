import numpy as np
import pytest

from benchmarks import stock
from benchmarks.training_step import SMALL, batch, our_step, srresnet, stock_step
from srgan_tf.config import RunConfig
from srgan_tf.models.discriminator import discriminator
from srgan_tf.models.generator import GeneratorConfig, generator
from tests.helpers import TINY, random_generator


def test_the_stock_generator_computes_the_same():
    model = random_generator()
    lr = np.random.default_rng(0).uniform(size=(1, 12, 16, 3)).astype(np.float32)
    np.testing.assert_allclose(stock.like(model)(lr), model(lr), atol=1e-5)


@pytest.mark.parametrize("config", [TINY, GeneratorConfig()])
def test_the_stock_generator_has_as_many_parameters(config):
    assert stock.srresnet(config.blocks, config.filters).count_params() == generator(config).count_params()


def test_the_stock_discriminator_has_as_many_parameters():
    assert stock.discriminator(32, 8).count_params() == discriminator(32, 8).count_params()


@pytest.mark.slow
def test_the_stock_step_begins_with_the_same_loss():
    config = RunConfig(data="noise", **SMALL)
    start = random_generator(config.generator)
    network = stock.like(start)
    theirs = stock_step(stock.srresnet_step(network), config)
    ours = our_step(config, start.get_weights())
    np.testing.assert_allclose([ours()[0] for _ in range(3)], [theirs() for _ in range(3)], rtol=1e-3)


def test_the_batch_is_the_trainers():
    lr, hr = batch(RunConfig(data="noise"))
    assert (lr.shape, hr.shape) == ((16, 24, 24, 3), (16, 96, 96, 3))
    assert (lr.min(), lr.max(), hr.min(), hr.max()) == pytest.approx((0, 1, -1, 1), abs=1e-3)


@pytest.mark.slow
def test_the_rows_of_a_training_step():
    rows = srresnet(rounds=1, **SMALL)
    assert [row.goal for row in rows] == [0.35, 0.75, None, None]
    assert "convolutions alone" in rows[0].reason
