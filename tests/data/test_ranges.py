import keras
import numpy as np
import pytest
import tensorflow as tf

from srgan_tf.data.ranges import (
    hr_from_uint8,
    lr_from_uint8,
    lr_from_uint16,
    pixels_from_sr,
    uint8_from_sr,
    uint16_from_sr,
)

EVERY_VALUE = np.arange(256, dtype=np.uint8).reshape(1, 4, 64, 1)


@pytest.mark.parametrize("kind", [np.asarray, tf.constant, keras.ops.convert_to_tensor])
def test_ranges_and_kinds(kind):
    given = kind(EVERY_VALUE)
    lr, hr = lr_from_uint8(given), hr_from_uint8(given)
    assert type(lr) is type(hr) is type(given)
    exact = EVERY_VALUE.astype(np.float64)
    for values, expected in ((lr, exact / 255), (hr, exact / 127.5 - 1)):
        assert np.asarray(values).dtype == np.float32
        np.testing.assert_allclose(np.asarray(values), expected, atol=1e-7)


@pytest.mark.parametrize("kind", [np.asarray, tf.constant])
def test_hr_comes_back_exactly(kind):
    back = uint8_from_sr(hr_from_uint8(kind(EVERY_VALUE)))
    assert np.asarray(back).dtype == np.uint8
    np.testing.assert_array_equal(np.asarray(back), EVERY_VALUE)


@pytest.mark.parametrize("kind", [np.asarray, tf.constant])
def test_sr_is_clipped_and_rounded_to_nearest(kind):
    pixels = np.array([-40, -0.4, 0.4, 0.6, 127.4, 127.6, 254.6, 255.4, 300])
    sr = kind((pixels / 127.5 - 1).astype(np.float32))
    np.testing.assert_array_equal(np.asarray(uint8_from_sr(sr)), [0, 0, 0, 1, 127, 128, 255, 255, 255])


def test_half_precision_output_is_rounded_in_float32():
    sr = hr_from_uint8(EVERY_VALUE).astype(np.float16)
    np.testing.assert_array_equal(uint8_from_sr(sr), EVERY_VALUE)


def test_pixels_are_neither_rounded_nor_clipped():
    np.testing.assert_allclose(pixels_from_sr(np.array([-1.2, 0.1, 1.0])), [-25.5, 140.25, 255])


def test_symbolic_tensors():
    inputs = keras.Input((8, 8, 3))
    model = keras.Model(inputs, uint8_from_sr(inputs))
    assert model(tf.ones((1, 8, 8, 3))).dtype == tf.uint8


@pytest.mark.parametrize("kind", [np.asarray, tf.constant])
def test_sixteen_bits_come_back_exactly(kind):
    every = np.arange(65536, dtype=np.uint16)
    lr = lr_from_uint16(kind(every))
    np.testing.assert_allclose(np.asarray(lr), every / 65535, atol=1e-7)
    back = np.asarray(uint16_from_sr(2 * lr - 1))
    assert back.dtype == np.uint16
    np.testing.assert_array_equal(back, every)
    np.testing.assert_array_equal(uint16_from_sr(np.float32([-1.5, 1.5])), [0, 65535])
