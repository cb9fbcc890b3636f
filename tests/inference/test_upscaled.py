import numpy as np
import pytest

from srgan_tf.errors import UsageError
from srgan_tf.images import DecodedImage
from srgan_tf.inference.upscaled import filled, upscaled, upscaling
from srgan_tf.inference.upscaler import local, upscale
from tests.helpers import tiny_generator
from tests.inference.test_resize import by_pillow


def all_strips(chelsea, factor=None, **kwargs):
    result = upscaled(chelsea, local(tiny_generator()), factor=factor, **kwargs)
    whole = np.concatenate(list(result.strips))
    assert whole.shape == (result.height, result.width, result.channels)
    assert whole.dtype == result.dtype == chelsea.colour.dtype
    return whole


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_colour_is_the_networks(chelsea, channels, dtype):
    colour = chelsea[:30, :40, :channels].astype(dtype) * (np.iinfo(dtype).max // 255)
    np.testing.assert_array_equal(all_strips(DecodedImage(colour)), upscale(tiny_generator(), colour))


@pytest.mark.parametrize(
    ("factor", "size"), [(2, (60, 80)), (2.5, (75, 100)), (6, (180, 240)), (0.1, (3, 4))]
)
def test_other_factors_resize_the_networks_result(chelsea, factor, size):
    colour = chelsea[:30, :40]
    sr = upscale(tiny_generator(), colour.astype(np.uint16) * 257)
    result = all_strips(DecodedImage(colour), factor)
    np.testing.assert_allclose(result, np.clip(by_pillow(sr, size) / 257, 0, 255), atol=0.51)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("factor", [None, 3])
def test_alpha_is_bicubic_and_exact_where_it_is_flat(chelsea, dtype, factor):
    unit = np.iinfo(dtype).max // 255
    alpha = np.zeros((40, 50), dtype)
    alpha[8:32, 10:40] = 255 * unit
    colour = chelsea[:40, :50].astype(dtype) * unit
    result = all_strips(DecodedImage(colour, alpha), factor)[..., -1]
    scale = factor or 4
    assert (result[12 * scale : 28 * scale, 14 * scale : 36 * scale] == 255 * unit).all()
    assert (result[: 5 * scale] == 0).all()
    expected = by_pillow(alpha[..., None], (40 * scale, 50 * scale))[..., 0]
    np.testing.assert_allclose(result, np.clip(expected, 0, 255 * unit), atol=0.51)


def test_what_is_invisible_does_not_show(chelsea):
    """The same visible pixels with any colour under the invisible ones give the same visible result."""
    alpha = np.zeros((40, 50), np.uint8)
    alpha[8:32, 10:40] = 255
    alpha[8:32, 20] = 120
    results = []
    for hidden in (0, 255):
        colour = chelsea[:40, :50].copy()
        colour[alpha == 0] = hidden
        results.append(all_strips(DecodedImage(colour, alpha)))
    np.testing.assert_array_equal(*results)


def test_no_fringe(chelsea):
    """At the edge of a flat red shape over invisible black, red stays as red as in its middle."""
    rows, columns = np.indices((48, 48)) - 23.5
    alpha = (255 * np.clip(16.5 - np.hypot(rows, columns), 0, 1)).astype(np.uint8)
    colour = np.where(alpha[..., None] > 0, np.uint8([200, 30, 40]), np.uint8(0))
    flat = all_strips(DecodedImage(np.broadcast_to(np.uint8([200, 30, 40]), (48, 48, 3))))
    result = all_strips(DecodedImage(colour, alpha))
    np.testing.assert_array_equal(result[..., :3], flat)


def test_filled_takes_the_nearest_visible_colour():
    colour = np.uint8([[[10], [0], [0], [0], [50]]])
    np.testing.assert_array_equal(
        filled(colour, np.uint8([[255, 0, 0, 0, 1]]))[0, [0, 1, 3, 4], 0], [10, 10, 50, 50]
    )
    invisible = np.zeros((1, 5), np.uint8)
    assert filled(colour, invisible) is colour
    assert filled(colour, invisible + 255) is colour


def test_gathering_counts_towards_the_memory(chelsea):
    upscaler = local(tiny_generator())
    large = DecodedImage(np.broadcast_to(np.uint8(0), (6000, 8000, 3)))
    upscaling(large, upscaler)
    with pytest.raises(UsageError, match=r"8000x6000 needs 5\.\d+ GB"):
        upscaling(large, upscaler, whole=True)
    with pytest.raises(UsageError, match=r"8000x6000 needs 9\.\d+ GB"):
        upscaling(large, upscaler, beside=9 * 10**9)
