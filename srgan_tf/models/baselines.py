"""The learned baselines of the paper's tables: SRCNN, ESPCN and DRCN, with a generator's own contract.

Each works on the Y channel, as in its paper; the colours come from bicubic interpolation. So they take the
generator's place in training, evaluation and upscaling: LR RGB in [0, 1] -> SR RGB in [-1, 1].
"""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from srgan_tf.bicubic import upscaling_weights
from srgan_tf.models.config import DRCN_FILTERS, DRCN_RECURSIONS, BaselineConfig, SRNetwork
from srgan_tf.models.layers import sub_pixel_shuffle

LUMA = np.array([65.481, 128.553, 24.966], np.float32) / 255
"""Y of BT.601 in studio range from R, G, B in [0, 1], as a part of 1 and without its offset of 16/255."""
RGB_PER_LUMA = 255 / 219
"""Change of R, G and B for each unit of Y where Cb and Cr stay as they are."""

MIDDLE = 0.5
"""Subtracted from Y before a network, and added behind it where nothing else adds Y. Biases
could do the same, but Adam learns much faster when Y lies around 0."""

RECURSIONS = "recursions"
"""Name of the layer of DRCN that holds every recursion's prediction of Y."""
ENSEMBLE = "ensemble"
"""Name of the layer of DRCN that sums them."""


def luma(rgb: Any) -> Any:
    """Returns Y of BT.601 in studio range.

    Args:
      rgb: float (N, H, W, 3) in [0, 1].

    Returns:
      (N, H, W, 1), 16/255 to 235/255.
    """
    return ops.sum(rgb * ops.cast(LUMA, rgb.dtype), axis=-1, keepdims=True) + 16 / 255


@keras.saving.register_keras_serializable("srgan_tf")
class BicubicEnlargement(keras.layers.Layer):
    """MATLAB's `imresize` by a whole factor, on values that are not rounded; it has no weights.

    A convolution with the cubic kernel's values for each sub-position, then a sub-pixel shuffle.

    Args:
      scale: the factor.
    """

    def __init__(self, scale: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scale = scale

    def call(self, inputs: Any) -> Any:
        """(N, h, w, C) -> (N, scale*h, scale*w, C); h and w at least 2."""
        channels = inputs.shape[-1]
        weights = upscaling_weights(self.scale)
        weights = weights / weights.sum(axis=1, keepdims=True)
        # (row tap, column tap, channel in, row, column, channel out)
        kernel = np.einsum("rt,cu,io->tuirco", weights, weights, np.eye(channels))
        kernel = kernel.reshape(*kernel.shape[:3], -1)
        padded = ops.pad(inputs, [[0, 0], [2, 2], [2, 2], [0, 0]], mode="symmetric")
        return sub_pixel_shuffle(ops.conv(padded, ops.cast(kernel, inputs.dtype)), self.scale)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that make an equal layer."""
        return {**super().get_config(), "scale": self.scale}


@keras.saving.register_keras_serializable("srgan_tf")
class Luma(keras.layers.Layer):
    """`luma` as a layer."""

    def call(self, inputs: Any) -> Any:
        """(N, H, W, 3) -> (N, H, W, 1)."""
        return luma(inputs)


@keras.saving.register_keras_serializable("srgan_tf")
class ReplacedLuma(keras.layers.Layer):
    """An image with another Y and its own Cb and Cr, brought to the range of SR.

    With Cb and Cr as they are, R, G and B all change by 255/219 of what Y changes by.
    """

    def call(self, inputs: tuple[Any, Any]) -> Any:
        """RGB (N, H, W, 3) in [0, 1] and Y (N, H, W, 1) -> RGB (N, H, W, 3), about [-1, 1]."""
        rgb, y = inputs
        return 2 * (rgb + RGB_PER_LUMA * (y - luma(rgb))) - 1


@keras.saving.register_keras_serializable("srgan_tf")
class MirroredBorder(keras.layers.Layer):
    """Repeats pixels beyond the border in mirrored order, so that convolutions without padding keep the size.

    Args:
      width: pixels added on each side.
    """

    def __init__(self, width: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.width = width

    def call(self, inputs: Any) -> Any:
        """(N, H, W, C) -> (N, H + 2 width, W + 2 width, C)."""
        side = [self.width, self.width]
        return ops.pad(inputs, [[0, 0], side, side, [0, 0]], mode="symmetric")

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that make an equal layer."""
        return {**super().get_config(), "width": self.width}


@keras.saving.register_keras_serializable("srgan_tf")
class Identity3x3(keras.initializers.Initializer):
    """A convolution that hands its input on: 1 from each channel to itself at the centre, 0 elsewhere."""

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> Any:
        """Returns a kernel of `shape` (k, k, C, C), k odd."""
        kernel = np.zeros(shape, np.float32)
        kernel[shape[0] // 2, shape[1] // 2] = np.eye(*shape[2:])
        return ops.cast(kernel, dtype or "float32")


def srcnn(scale: int = 4, *, convolution: str = "float32") -> keras.Model:
    """Returns SRCNN 9-5-5 (Dong et al., TPAMI 38(2), 2016; arXiv 1501.00092), on Y of the bicubic image.

    conv k9n64 - ReLU - conv k5n32 - ReLU - conv k5n1; 57,184 weights and 97 biases. The border is mirrored
    once; the paper trains without a border. Weights start as He et al.: the paper's Gaussian of deviation
    0.001 suits its rates of SGD, but Adam's first steps are larger than that and make all filters alike.

    Args:
      scale: factor by which each side grows.
      convolution: dtype policy of the hidden convolutions.

    Returns:
      Functional model with the generator's contract (`srgan_tf.models.generator.generator`).
    """

    def network(y: keras.KerasTensor) -> keras.KerasTensor:
        return _three_convolutions(y, (9, 5, 5), 1, "glorot_uniform", convolution)

    return _on_luma(BaselineConfig("srcnn", scale), network, upscaled=True)


def espcn(scale: int = 4, *, convolution: str = "float32") -> keras.Model:
    """Returns ESPCN 5-3-3 (Shi et al., CVPR 2016; arXiv 1609.05158), on LR Y.

    conv k5n64 - ReLU - conv k3n32 - ReLU - conv k3 to scale^2 channels - sub-pixel shuffle. 24,752 parameters
    for scale 4. The border is mirrored once; the paper trains without a border. Of the paper's two
    activations, tanh and ReLU, the second: tanh stayed in its linear part for as long as we trained. The last
    convolution starts at zero, since the first corrections of random images silenced half of the ReLUs.

    Args:
      scale: factor by which each side grows.
      convolution: dtype policy of the hidden convolutions.

    Returns:
      Functional model with the generator's contract.
    """

    def network(y: keras.KerasTensor) -> keras.KerasTensor:
        return sub_pixel_shuffle(_three_convolutions(y, (5, 3, 3), scale**2, "zeros", convolution), scale)

    return _on_luma(BaselineConfig("espcn", scale), network, upscaled=False)


def _three_convolutions(
    y: keras.KerasTensor, sizes: tuple[int, int, int], channels: int, last: str, convolution: str
) -> keras.KerasTensor:
    """Convolutions to 64, to 32 and to `channels`, ReLU between them, on a border mirrored once."""
    border = sum(size // 2 for size in sizes)
    x = MirroredBorder(border, name="border")(keras.layers.Rescaling(1, -MIDDLE, dtype="float32")(y))
    for i, filters in enumerate((64, 32)):
        x = keras.layers.Conv2D(
            filters,
            sizes[i],
            activation="relu",
            kernel_initializer="he_normal",
            dtype=convolution,
            name=f"conv{i + 1}",
        )(x)
    x = keras.layers.Conv2D(channels, sizes[2], kernel_initializer=last, dtype="float32", name="conv3")(x)
    return keras.layers.Rescaling(1, MIDDLE, dtype="float32")(x)


def drcn(
    scale: int = 4,
    *,
    filters: int = DRCN_FILTERS,
    recursions: int = DRCN_RECURSIONS,
    convolution: str = "float32",
) -> keras.Model:
    """Returns DRCN (Kim, Lee, Lee, CVPR 2016; arXiv 1511.04491), on Y of the bicubic image.

    Two convolutions embed Y; one, the same every time, is applied again and again; after each time two more,
    again shared, predict what is to be added to Y (the skip connection). The result is the weighted sum of
    the predictions, with learned weights. 3x3 throughout; ReLU; the recursive convolution starts as identity,
    the others as He et al., but for the last one, which starts at zero and so from the bicubic image. With
    the paper's 256 filters and 16 recursions 1,774,080 weights, 1,025 biases and the 16 of the sum.

    Args:
      scale: factor by which each side grows.
      filters: channels inside.
      recursions: how often the shared convolution is applied.
      convolution: dtype policy of the hidden convolutions.

    Returns:
      Functional model with the generator's contract. Its layer `RECURSIONS` gives every prediction.
    """

    def conv(name: str, channels: int = filters, **kwargs: object) -> keras.layers.Layer:
        values = {"kernel_initializer": "he_normal", "activation": "relu", "dtype": convolution, **kwargs}
        return keras.layers.Conv2D(channels, 3, padding="same", name=name, **values)

    def network(y: keras.KerasTensor) -> keras.KerasTensor:
        recursive = conv("recursive", kernel_initializer=Identity3x3())
        merge = conv("reconstruct1")
        predict = conv("reconstruct2", 1, activation=None, kernel_initializer="zeros", dtype="float32")
        x = conv("embed2")(conv("embed1")(keras.layers.Rescaling(1, -MIDDLE, dtype="float32")(y)))
        predictions = []
        for _ in range(recursions):
            x = recursive(x)
            predictions.append(keras.layers.Add(dtype="float32")([y, predict(merge(x))]))
        every = keras.layers.Concatenate(name=RECURSIONS)(predictions)
        mean = keras.initializers.Constant(1 / recursions)
        return keras.layers.Conv2D(1, 1, use_bias=False, kernel_initializer=mean, name=ENSEMBLE)(every)

    return _on_luma(BaselineConfig("drcn", scale, filters, recursions), network, upscaled=True)


def with_recursions(model: keras.Model, recursions: int) -> keras.Model:
    """Returns a DRCN with the convolutions of another one and its own number of recursions.

    All recursions share their weights, so a network with few of them, which is cheap to train, starts one
    with many. The sum of the predictions starts as their mean.

    Args:
      model: a DRCN.
      recursions: of the new one.
    """
    config = model.network_config
    grown = drcn(config.scale, filters=config.filters, recursions=recursions)
    for layer in model.layers:
        if layer.weights and layer.name != ENSEMBLE:
            grown.get_layer(layer.name).set_weights(layer.get_weights())
    return grown


def some_predictions(model: keras.Model, lr: Any, chosen: Any) -> tuple[Any, Any]:
    """Returns SR of a DRCN from some of its predictions, and these.

    The other predictions, each of which costs as much as a recursion, are not computed. Those chosen have
    the weights of all in the sum: each its own, times what all weights sum to over what theirs do.

    Args:
      model: a DRCN.
      lr: (N, h, w, 3) in [0, 1].
      chosen: (K,) integers, the recursions whose predictions are used, from 0.

    Returns:
      SR (N, H, W, 3) in [-1, 1] and Y of each chosen prediction (N, H, W, K).
    """
    rgb = model.get_layer("bicubic")(lr)
    y = model.get_layer("luma")(rgb)
    x = y - MIDDLE
    for name in ("embed1", "embed2"):
        x = model.get_layer(name)(x)
    states = []
    for _ in range(model.network_config.recursions):
        x = model.get_layer("recursive")(x)
        states.append(x)
    taken = ops.take(ops.stack(states), chosen, axis=0)  # (K, N, H, W, C)
    together = ops.reshape(taken, (-1, *ops.shape(x)[1:]))
    residual = model.get_layer("reconstruct2")(model.get_layer("reconstruct1")(together))
    residual = ops.reshape(residual, (*ops.shape(taken)[:2], *ops.shape(residual)[1:3]))
    every = y + ops.transpose(residual, (1, 2, 3, 0))
    weights = ops.reshape(model.get_layer(ENSEMBLE).kernel, (-1,))
    theirs = ops.take(weights, chosen)
    summed = ops.sum(every * theirs, axis=-1, keepdims=True) * (ops.sum(weights) / ops.sum(theirs))
    return model.get_layer("sr")([rgb, summed]), every


BASELINES: dict[str, Callable[..., keras.Model]] = {"srcnn": srcnn, "espcn": espcn, "drcn": drcn}


def _on_luma(
    config: BaselineConfig,
    network: Callable[[keras.KerasTensor], keras.KerasTensor],
    *,
    upscaled: bool,
) -> keras.Model:
    """Returns a model on RGB around a network on Y, of the bicubic image or of LR itself."""
    lr = keras.Input((None, None, 3), name="lr")
    rgb = BicubicEnlargement(config.scale, dtype="float32", name="bicubic")(lr)
    y = Luma(dtype="float32", name="luma")(rgb if upscaled else lr)
    sr = ReplacedLuma(dtype="float32", name="sr")([rgb, network(y)])
    return SRNetwork(lr, sr, name=config.model, network_config=config)
