"""A constraint on sub-pixel convolutions that makes checkerboards impossible."""

from typing import Any

import keras
import numpy as np
from keras import ops

SUB_PIXEL_CONSTRAINTS = ("none", "constant", "linear")


@keras.saving.register_keras_serializable("srgan_tf")
class SmoothSubPixels(keras.constraints.Constraint):
    """Projects the kernel of a sub-pixel convolution to the nearest one that draws no pattern of its own.

    The factor^2 sub-positions of an upscaled image come from different kernels. Where these differ on smooth
    features, the image has a checkerboard that no LR pixel asked for. For one pair of input and output
    channels let `K_s(u)` be the kernel of sub-position s at tap u (in LR pixels from the window's centre),
    `S_s` its sum over u, `m_s` its first moment `sum_u u K_s(u)`, and `d_s = (s - (factor - 1) / 2) / factor`
    the place of the sub-position (per axis, in LR pixels from the LR pixel's centre).

    - order 0: constant features give a constant image if and only if `S_s = D` for all s.
    - order 1: a linear ramp of features also gives a linear ramp of pixels if and only if, on each axis,
      `m_s = M + D d_s` for all s.

    Both are linear conditions with free D and M, so the kernels that fulfil them are a subspace, and the mean
    of two of them, as an EMA takes it, is in it too. Constant, row and column taps are orthogonal to each
    other on a window that is symmetric around its centre. With `n` taps and `q = sum_u u^2` (the same on both
    axes), the nearest kernel in the sum of squares therefore has `M = mean_s m_s` on each axis and

        D = (sum_s S_s / n + sum_{s, axis} d_s m_s / q) / (factor^2 / n + sum_{s, axis} d_s^2 / q)

    (order 0: `D = mean_s S_s`), and each `K_s(u)` moves by
    `(D - S_s) / n + sum_axis u (M + D d_s - m_s) / q`. Everything else of the kernels stays free, the fine
    structure that texture is made of included.

    Args:
      factor: of the shuffle that follows.
      order: 0 or 1.
    """

    def __init__(self, factor: int, order: int = 1) -> None:
        if order not in (0, 1):
            raise ValueError(f"order must be 0 or 1. Received: order={order}")
        self.factor = factor
        self.order = order

    def __call__(self, kernel: Any) -> Any:
        """Returns the nearest smooth kernel.

        Args:
          kernel: (k, k, C, factor^2 * F), k odd, output channels packed as (row, column, F); at least 3x3 for
            order 1.
        """
        size, _, inputs, filters = kernel.shape
        factor, copies = self.factor, self.factor**2
        taps = np.arange(size, dtype="float32") - size // 2
        place = (np.arange(factor, dtype="float32") - (factor - 1) / 2) / factor
        split = ops.reshape(kernel, (size, size, inputs, copies, filters // copies))
        sums = ops.sum(split, axis=(0, 1), keepdims=True)
        if self.order == 0:
            smooth = split + (ops.mean(sums, axis=3, keepdims=True) - sums) / size**2
            return ops.reshape(smooth, kernel.shape)
        norm = size * float(np.sum(taps**2))
        axes = (
            (taps.reshape(-1, 1, 1, 1, 1), np.repeat(place, factor).reshape(1, 1, 1, -1, 1)),
            (taps.reshape(1, -1, 1, 1, 1), np.tile(place, factor).reshape(1, 1, 1, -1, 1)),
        )
        moments = [ops.sum(split * tap, axis=(0, 1), keepdims=True) for tap, _ in axes]
        common = ops.sum(sums, axis=3, keepdims=True) / size**2
        weight = copies / size**2
        for (_, places), moment in zip(axes, moments, strict=True):
            common = common + ops.sum(moment * places, axis=3, keepdims=True) / norm
            weight += float(np.sum(places**2)) / norm
        common = common / weight
        smooth = split + (common - sums) / size**2
        for (tap, places), moment in zip(axes, moments, strict=True):
            wanted = ops.mean(moment, axis=3, keepdims=True) + common * places
            smooth = smooth + tap * (wanted - moment) / norm
        return ops.reshape(smooth, kernel.shape)

    def get_config(self) -> dict[str, Any]:
        """Returns arguments that make an equal constraint."""
        return {"factor": self.factor, "order": self.order}


@keras.saving.register_keras_serializable("srgan_tf")
class EqualSubPixels(keras.constraints.Constraint):
    """Makes the bias of a sub-pixel convolution the same for all sub-positions, by their mean.

    Args:
      factor: of the shuffle that follows.
    """

    def __init__(self, factor: int) -> None:
        self.factor = factor

    def __call__(self, bias: Any) -> Any:
        """Returns the nearest bias, of the same shape (factor^2 * F,)."""
        copies = self.factor**2
        split = ops.reshape(bias, (copies, -1))
        return ops.tile(ops.mean(split, axis=0), (copies,))

    def get_config(self) -> dict[str, Any]:
        """Returns arguments that make an equal constraint."""
        return {"factor": self.factor}


def sub_pixel_constraints(name: str, factor: int) -> dict[str, keras.constraints.Constraint]:
    """Returns the constraints of a sub-pixel convolution as arguments of `keras.layers.Conv2D`.

    Args:
      name: "none", "constant" (order 0) or "linear" (order 1).
      factor: of the shuffle that follows.
    """
    if name == "none":
        return {}
    order = SUB_PIXEL_CONSTRAINTS.index(name) - 1
    return {
        "kernel_constraint": SmoothSubPixels(factor, order),
        "bias_constraint": EqualSubPixels(factor),
    }


def apply_constraints(model: keras.Model) -> None:
    """Projects every constrained variable of a model in place, as an optimizer does after an update."""
    for variable in model.trainable_variables:
        if variable.constraint is not None:
            variable.assign(variable.constraint(variable))
