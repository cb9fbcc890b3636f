import keras
import numpy as np
import pytest

from srgan_tf.errors import UsageError
from srgan_tf.inference.compiled import prepared
from srgan_tf.inference.upscaler import Need, local, upscale
from srgan_tf.models.generator import GeneratorConfig, generator
from tests.helpers import random_generator, tiny_generator, upscale_at_once


@pytest.mark.slow
@pytest.mark.parametrize(("scale", "blocks"), [(2, 1), (3, 2), (4, 1), (4, 2), (4, 5), (8, 1)])
@pytest.mark.parametrize(("tile", "mirror"), [(7, True), (16, False), (16, True), (33, False)])
def test_tiles_equal_the_whole(chelsea, scale, blocks, tile, mirror):
    model = random_generator(GeneratorConfig(scale, blocks, 8))
    lr = chelsea[:53, :71]
    whole = upscale_at_once(model, mirror)(lr)
    tiled = upscale(model, lr, tile=tile, mirror=mirror)
    assert whole.std() > 10  # an image, not a constant on which everything agrees
    assert np.abs(whole.astype(int) - tiled).max() <= 1
    assert (whole != tiled).mean() < 1e-3


def test_tiles_of_a_network_with_direct_upsampling_equal_the_whole(chelsea):
    keras.utils.set_random_seed(0)
    model = generator(GeneratorConfig(4, 2, 8, "leaky_relu", "direct"))
    for name in ("block1_bn2", "block2_bn2", "trunk_bn"):
        model.get_layer(name).gamma.assign(np.ones(8))
    kernel = model.get_layer("direct_conv").kernel
    kernel.assign(np.random.default_rng(0).normal(0, 0.02, kernel.shape))
    lr = chelsea[:53, :71]
    whole = upscale_at_once(model, mirror=True)(lr)
    assert np.abs(whole.astype(int) - lr.repeat(4, axis=0).repeat(4, axis=1)).mean() > 1
    assert np.abs(whole.astype(int) - upscale(model, lr, tile=16)).max() <= 1


def test_the_rest_walks_in_steps(chelsea):
    model = tiny_generator()
    lr = np.concatenate([chelsea[:, :150], chelsea[:, :150]])[:203]
    whole = upscale_at_once(model, mirror=True)(lr)
    assert np.abs(whole.astype(int) - upscale(model, lr)).max() <= 1


def test_rows_come_before_the_tile_is_done(chelsea):
    """So that the end of the last tile is all that is left to write when everything is computed."""
    lr, progress = chelsea[:, :110][:100], []
    strips = local(tiny_generator()).strips(lr, np.uint8, Need(), progress.append)
    first = next(strips)
    assert first.shape == (200, 440, 3)
    assert sum(progress) < 100 * 110
    np.testing.assert_array_equal(np.concatenate([first, *strips]), upscale(tiny_generator(), lr))
    assert sum(progress) == 100 * 110


@pytest.mark.parametrize("size", [(1, 1), (1, 30), (29, 2)])
def test_slivers(chelsea, size):
    model = tiny_generator()
    lr = chelsea[: size[0], : size[1]]
    for mirror in (False, True):
        expected = upscale_at_once(model, mirror)(lr)
        np.testing.assert_allclose(upscale(model, lr, tile=8, mirror=mirror), expected, atol=1)


@pytest.mark.parametrize("size", [(48, 48), (1, 1), (1, 30)])
def test_a_flat_image_has_no_rim(size):
    """Zeros around it would show as another colour; every place must look as the middle does."""
    model = tiny_generator()
    sr = upscale(model, np.full((*size, 3), np.uint8([200, 30, 40])), tile=20).astype(int)
    by_place = sr.reshape(size[0], 4, size[1], 4, 3)
    middle = upscale(model, np.full((48, 48, 3), np.uint8([200, 30, 40])))[96:100, 96:100].astype(int)
    assert np.abs(by_place - middle[:, None]).max() <= 1
    zeros_around = upscale(model, np.full((*size, 3), np.uint8([200, 30, 40])), mirror=False).astype(int)
    assert np.abs(zeros_around - sr).max() > 10


def test_grey_and_sixteen_bits(chelsea):
    model = tiny_generator()
    lr = chelsea[:40, :50]
    eight = upscale(model, lr)
    sixteen = upscale(model, lr.astype(np.uint16) * 257)
    assert sixteen.dtype == np.uint16
    np.testing.assert_allclose(sixteen / 257, eight, atol=0.51)
    assert len(np.unique(sixteen % 257)) > 200  # not eight bits written as sixteen

    grey = lr[..., :1]
    sr = model(np.repeat(grey, 3, axis=2)[None] / np.float32(255), training=False).numpy()[0]
    expected = np.clip((sr.mean(axis=-1) + 1) * 127.5, 0, 255)
    np.testing.assert_allclose(upscale(model, grey, tile=16, mirror=False)[..., 0], expected, atol=0.51)


def test_too_little_memory_is_refused(chelsea):
    model = tiny_generator()
    lr = chelsea[:20, :20]
    with pytest.raises(UsageError, match=r"image of 20x20 needs 0\.15 GB .* bound of 0\.10 GB.*--max_memory"):
        upscale(model, lr, max_memory=10**8)


@pytest.mark.parametrize("shape", [(5, 5), (5, 5, 4), (1, 5, 5, 3)])
def test_other_arrays_are_refused(shape):
    with pytest.raises(UsageError, match="expected uint8 or uint16 of shape"):
        upscale(tiny_generator(), np.zeros(shape, np.uint8))
    with pytest.raises(UsageError, match="float32: expected"):
        upscale(tiny_generator(), np.zeros((5, 5, 3), np.float32))


def test_the_papers_depth_and_an_image_larger_than_its_reach(chelsea):
    model = random_generator(GeneratorConfig(4, 16, 8))
    lr = np.tile(chelsea, (2, 2, 1))[:170, :210]
    whole = upscale_at_once(model, mirror=True)(lr).astype(int)
    difference = whole - upscale(model, lr, tile=70)
    assert np.abs(difference).max() <= 1


def test_a_second_image_does_not_wait_for_tracing():
    model = tiny_generator()
    assert prepared(model) is prepared(model)


def test_changed_weights_count_without_another_compilation(chelsea):
    model = random_generator()
    first, network = upscale(model, chelsea[:30, :30]), prepared(model)
    model.set_weights([weight * np.float32(0.9) for weight in model.get_weights()])
    again = upscale(model, chelsea[:30, :30])
    assert np.abs(first.astype(int) - again).max() > 1
    np.testing.assert_allclose(again, upscale_at_once(model, mirror=True)(chelsea[:30, :30]), atol=1)
    assert prepared(model) is network
    assert network.body.experimental_get_tracing_count() == 1


def test_slopes_that_grow_above_one_are_computed_right(chelsea):
    model = random_generator()
    upscale(model, chelsea[:20, :20])
    model.get_layer("head_act").slope.assign(np.linspace(0.5, 1.5, 8))
    lr = chelsea[:30, :30]
    np.testing.assert_allclose(upscale(model, lr), upscale_at_once(model, mirror=True)(lr), atol=1)


def test_the_network_is_the_one_that_export_writes(chelsea):
    kinds = {
        operation.type
        for part in (prepared(tiny_generator()).body, prepared(tiny_generator()).upsampler)
        for operation in part.get_concrete_function().graph.get_operations()
    }
    assert "Conv2D" in kinds
    assert not kinds & {"FusedBatchNormV3", "Rsqrt", "Select", "SelectV2", "Pad"}
