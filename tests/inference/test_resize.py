import numpy as np
import pytest
from PIL import Image

from srgan_tf.inference import resize
from srgan_tf.inference.resize import resized_strips


def by_pillow(pixels, new_size):
    """The whole at once, in floating point."""
    planes = [Image.fromarray(pixels[..., c].astype(np.float32)) for c in range(pixels.shape[2])]
    planes = [np.asarray(p.resize(new_size[::-1], Image.Resampling.BICUBIC)) for p in planes]
    return np.stack(planes, axis=-1)


@pytest.mark.parametrize(
    "new_size", [(64, 80), (200, 250), (301, 47), (128, 160), (513, 641), (1, 1), (9, 900)]
)
@pytest.mark.parametrize("cuts", [(), (10, 11, 70), tuple(range(1, 128))])
def test_strips_equal_the_whole(chelsea, monkeypatch, new_size, cuts):
    monkeypatch.setattr(resize, "ROWS_AT_ONCE", 37)
    strips = np.split(chelsea, cuts)
    result = np.concatenate(list(resized_strips(strips, chelsea.shape[:2], new_size, np.uint8)))
    whole = by_pillow(chelsea, new_size)
    assert result.shape == whole.shape
    np.testing.assert_allclose(result, np.clip(whole, 0, 255), atol=0.502)


def test_sixteen_bits_become_eight_with_one_rounding(chelsea):
    deep = chelsea.astype(np.uint16) * 257
    (result,) = resized_strips([deep], chelsea.shape[:2], (64, 80), np.uint8)
    np.testing.assert_allclose(result, np.clip(by_pillow(chelsea, (64, 80)), 0, 255), atol=0.502)
    (result,) = resized_strips([deep], chelsea.shape[:2], (64, 80), np.uint16)
    np.testing.assert_allclose(result / 257, np.clip(by_pillow(chelsea, (64, 80)), 0, 255), atol=0.004)


def test_overshoot_is_clipped():
    step = np.repeat(np.uint8([0, 255]), 8)[None, :, None].repeat(16, axis=0)
    result = np.concatenate(list(resized_strips([step], (16, 16), (64, 64), np.uint8)))
    np.testing.assert_array_equal(result[0, [0, -1], 0], [0, 255])
    assert (np.diff(result[:, :, 0].astype(int), axis=1) >= 0).all()
