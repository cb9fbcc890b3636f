"""DRCN, the baseline whose convolutions are shared: more recursions of them, or some of its predictions."""

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from keras import ops

from srgan_tf.models.config import DRCN_FILTERS, DRCN_RECURSIONS, BaselineConfig
from srgan_tf.models.luma import MIDDLE, on_luma

RECURSIONS = "recursions"
"""Name of the layer of DRCN that holds every recursion's prediction of Y."""
ENSEMBLE = "ensemble"
"""Name of the layer of DRCN that sums them."""


@keras.saving.register_keras_serializable("srgan_tf")
class Identity3x3(keras.initializers.Initializer):
    """A convolution that hands its input on: 1 from each channel to itself at the centre, 0 elsewhere."""

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> Any:
        """Returns a kernel of `shape` (k, k, C, C), k odd."""
        kernel = np.zeros(shape, np.float32)
        kernel[shape[0] // 2, shape[1] // 2] = np.eye(*shape[2:])
        return ops.cast(kernel, dtype or "float32")


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
        layers = {
            "embed1": conv("embed1"),
            "embed2": conv("embed2"),
            "recursive": conv("recursive", kernel_initializer=Identity3x3()),
        }
        merge = conv("reconstruct1")
        predict = conv("reconstruct2", 1, activation=None, kernel_initializer="zeros", dtype="float32")
        states = _states(y, layers, recursions)
        predictions = [keras.layers.Add(dtype="float32")([y, predict(merge(x))]) for x in states]
        every = keras.layers.Concatenate(name=RECURSIONS)(predictions)
        mean = keras.initializers.Constant(1 / recursions)
        return keras.layers.Conv2D(1, 1, use_bias=False, kernel_initializer=mean, name=ENSEMBLE)(every)

    return on_luma(BaselineConfig("drcn", scale, filters, recursions), network, upscaled=True)


def with_recursions(model: keras.Model, recursions: int) -> keras.Model:
    """Returns a DRCN with the convolutions of another one and its own number of recursions.

    All recursions share their weights, so a network with few of them, which is cheap to train, starts one
    with many. The sum of the predictions then starts as their mean.

    Args:
      model: a DRCN; it is returned where it has as many.
      recursions: of the new one.
    """
    config = model.network_config
    if config.recursions == recursions:
        return model
    grown = drcn(config.scale, filters=config.filters, recursions=recursions)
    for layer in model.layers:
        if layer.weights and layer.name != ENSEMBLE:
            grown.get_layer(layer.name).set_weights(layer.get_weights())
    return grown


def some_predictions(model: keras.Model, lr: Any, chosen: Any) -> tuple[Any, Any]:
    """Returns SR of a DRCN from some of its predictions, and these.

    The other predictions, each of which costs as much as a recursion, are not computed. Those chosen have
    the weights of all in the sum: each its own, times what all weights sum to over what theirs do. That is
    not finite where theirs sum to zero.

    Args:
      model: a DRCN.
      lr: (N, h, w, 3) in [0, 1].
      chosen: (K,) integers, the recursions whose predictions are used, from 0.

    Returns:
      SR (N, H, W, 3) in [-1, 1] and Y of each chosen prediction (N, H, W, K).
    """
    layers = {layer.name: layer for layer in model.layers}
    rgb = layers["bicubic"](lr)
    y = layers["luma"](rgb)
    states = _states(y, layers, model.network_config.recursions)
    taken = ops.take(ops.stack(states), chosen, axis=0)  # (K, N, H, W, C)
    together = ops.reshape(taken, (-1, *ops.shape(taken)[2:]))
    residual = layers["reconstruct2"](layers["reconstruct1"](together))
    residual = ops.reshape(residual, (*ops.shape(taken)[:2], *ops.shape(residual)[1:3]))
    every = y + ops.transpose(residual, (1, 2, 3, 0))
    weights = ops.reshape(layers[ENSEMBLE].kernel, (-1,))
    theirs = ops.take(weights, chosen)
    summed = ops.sum(every * theirs, axis=-1, keepdims=True) * (ops.sum(weights) / ops.sum(theirs))
    return layers["sr"]([rgb, summed]), every


def _states(y: Any, layers: Mapping[str, keras.layers.Layer], recursions: int) -> list[Any]:
    """The features (N, H, W, C) after each recursion, of Y (N, H, W, 1)."""
    x = keras.layers.Rescaling(1, -MIDDLE, dtype="float32")(y)
    x = layers["embed2"](layers["embed1"](x))
    states = []
    for _ in range(recursions):
        x = layers["recursive"](x)
        states.append(x)
    return states
