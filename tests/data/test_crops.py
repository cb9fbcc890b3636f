import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from srgan_tf.data.crops import apron, lr_from_windows, pillow_weights, window_positions
from srgan_tf.data.degradation import downscale

METHODS = ("matlab", "pillow")


def window(image, row, column, crop_size, scale):
    rows, columns = (
        window_positions(tf.constant(first), crop_size, apron(scale), tf.constant(side)).numpy()
        for first, side in ((row, image.shape[0]), (column, image.shape[1]))
    )
    return image[rows][:, columns]


def lr_crops(image, corners, crop, scale, method):
    """LR crops of `crop` pixels at `corners` (LR rows and columns), made from windows alone."""
    windows = [window(image, i * scale, j * scale, crop * scale, scale) for i, j in corners]
    size = [[image.shape[0] // scale, image.shape[1] // scale]] * len(corners)
    return lr_from_windows(
        tf.constant(np.stack(windows)), tf.constant(corners), tf.constant(size), scale, method
    ).numpy()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("scale", [2, 3, 4, 8])
def test_every_place_at_every_border(scale, method):
    # 9x7 LR pixels and crops of 3: all corners touch, or nearly touch, one border or another.
    image = np.random.default_rng(scale).integers(0, 256, (9 * scale, 7 * scale, 3), dtype=np.uint8)
    whole = downscale(image, scale, method)
    corners = [(i, j) for i in range(7) for j in range(5)]
    for (i, j), lr in zip(corners, lr_crops(image, corners, 3, scale, method), strict=True):
        np.testing.assert_array_equal(lr, whole[i : i + 3, j : j + 3], err_msg=f"at {i}, {j}")


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_any_size_place_and_scale(data):
    scale = data.draw(st.integers(1, 9), "scale")
    crop = data.draw(st.integers(1, 6), "crop")
    height, width = (data.draw(st.integers(crop, 12), side) for side in ("height", "width"))
    corner = (
        data.draw(st.integers(0, height - crop), "row"),
        data.draw(st.integers(0, width - crop), "column"),
    )
    method = data.draw(st.sampled_from(METHODS), "method")
    random = np.random.default_rng(data.draw(st.integers(0, 99), "seed"))
    # Extreme values make overshoots that are clipped, between the passes too.
    image = random.choice(np.uint8([0, 1, 127, 254, 255]), (height * scale, width * scale, 3))
    expected = downscale(image, scale, method)[corner[0] :, corner[1] :][:crop, :crop]
    np.testing.assert_array_equal(lr_crops(image, [corner], crop, scale, method)[0], expected)


@pytest.mark.parametrize("method", METHODS)
def test_a_crop_alone_would_differ(method):
    """The apron is needed: without it two LR pixels along the crop's edge are others."""
    image = np.random.default_rng(0).integers(0, 256, (96, 96, 3), dtype=np.uint8)
    alone = downscale(image[32:64, 32:64], 4, method)
    whole = downscale(image, 4, method)[8:16, 8:16]
    assert (alone != whole)[[0, 1, -2, -1]].any(axis=(1, 2)).all()
    np.testing.assert_array_equal(alone[2:-2, 2:-2], whole[2:-2, 2:-2])


def test_apron_is_as_wide_as_the_kernel():
    assert apron(4) == 8


@pytest.mark.parametrize("scale", [2, 3, 4, 8])
def test_pillow_weights_are_those_of_a_unit_impulse(scale):
    """An image that is 255 in one column and 0 elsewhere shows the column's weight in every LR pixel."""
    length = 7
    for column in range(length * scale):
        image = np.zeros((1, length * scale), np.uint8)
        image[0, column] = 255
        lr = np.asarray(Image.fromarray(image).resize((length, 1), Image.Resampling.BICUBIC))[0]
        for i in range(length):
            t = column - (i - 2) * scale
            weights = pillow_weights(scale, min(i, 2), min(length - 1 - i, 2))
            weight = weights[t] if 0 <= t < 5 * scale else 0
            assert lr[i] == np.clip(np.floor(255 * weight / 2**22 + 0.5), 0, 255)
