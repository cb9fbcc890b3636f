"""The convolutions of a training step alone: a bound that no arrangement of the rest goes below."""

import time
from typing import NamedTuple

import tensorflow as tf


class Convolution(NamedTuple):
    """One shape of convolution in SRResNet: number of times, side of the square image, window, channels."""

    count: int
    side: int
    size: int
    channels: int
    filters: int


def srresnet_convolutions(blocks: int = 16, filters: int = 64, side: int = 24) -> list[Convolution]:
    """Returns the convolutions of SRResNet x4, the last one before the last shuffle, the cheaper place."""
    return [
        Convolution(1, side, 9, 3, filters),
        Convolution(2 * blocks + 1, side, 3, filters, filters),
        Convolution(1, side, 3, filters, 4 * filters),
        Convolution(1, 2 * side, 3, filters, 4 * filters),
        Convolution(1, 2 * side, 5, 4 * filters, 12),
    ]


def convolutions_alone(dtype: str, convolutions: list[Convolution], batch: int = 16):
    """Returns forward, gradient to the input and gradient to the filter of each, as a way of `side_by_side`.

    The gradient to the image itself is not needed. Each shape is timed once and counted as often as it
    occurs.
    """
    calls = [(each, _passes(each, dtype, batch)) for each in convolutions]

    def way() -> float:
        total = 0.0
        for convolution, call in calls:
            before = time.perf_counter()
            call()
            total += convolution.count * (time.perf_counter() - before)
        return total

    return way


def _passes(convolution: Convolution, dtype: str, batch: int):
    _, side, size, channels, filters = convolution
    x = tf.cast(tf.random.normal((batch, side, side, channels)), dtype)
    kernel = tf.cast(tf.random.normal((size, size, channels, filters)), dtype)
    dy = tf.cast(tf.random.normal((batch, side, side, filters)), dtype)

    @tf.function
    def passes(x: tf.Tensor, kernel: tf.Tensor, dy: tf.Tensor) -> list[tf.Tensor]:
        same = {"strides": 1, "padding": "SAME"}
        done = [
            tf.nn.conv2d(x, kernel, **same),
            tf.raw_ops.Conv2DBackpropFilter(
                input=x, filter_sizes=kernel.shape, out_backprop=dy, strides=[1] * 4, padding="SAME"
            ),
        ]
        if channels != 3:
            done.append(
                tf.raw_ops.Conv2DBackpropInput(
                    input_sizes=x.shape, filter=kernel, out_backprop=dy, strides=[1] * 4, padding="SAME"
                )
            )
        return done

    return lambda: passes(x, kernel, dy)
