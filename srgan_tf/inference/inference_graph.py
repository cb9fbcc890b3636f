"""A generator prepared for inference: the same function of its input, in fewer and cheaper operations."""

from dataclasses import asdict, dataclass
from typing import Any

import keras
import numpy as np
from keras import ops

from srgan_tf.errors import UsageError
from srgan_tf.inference.folded_layers import LEAKY_SLOPE, folded_layers
from srgan_tf.models.config import SHUFFLES, GeneratorConfig
from srgan_tf.models.layers import sub_pixel_shuffle
from srgan_tf.models.networks import config_of


@dataclass(frozen=True)
class Parts:
    """An inference graph, as a whole and divided; all three models share their layers and weights.

    Attributes:
      whole: LR float32 (N, h, w, 3) in [0, 1] -> SR float32 (N, scale*h, scale*w, 3), about [-1, 1].
      body: LR -> features float32 (N, h, w, C), which hold nearly all of the receptive field.
      upsampler: features -> SR.
    """

    whole: keras.Model
    body: keras.Model
    upsampler: keras.Model


def inference_graph(
    model: keras.Model,
    *,
    size: tuple[int | None, int | None] = (None, None),
    for_tflite: bool = False,
    bfloat16: bool = False,
) -> keras.Model:
    """Returns a generator as `inference_parts` makes it, in one piece; arguments are the same."""
    return inference_parts(model, size=size, for_tflite=for_tflite, bfloat16=bfloat16).whole


def inference_parts(
    model: keras.Model,
    *,
    size: tuple[int | None, int | None] = (None, None),
    for_tflite: bool = False,
    bfloat16: bool = False,
) -> Parts:
    """Returns the network without what only training needs, its constants computed once.

    - Batch normalisation is folded into the convolution before it (Jacob et al., CVPR 2018, section 3.2).
    - The last convolution stands before the last sub-pixel shuffle, and its kernel is rearranged once
      instead of at every call.
    - PReLU with slopes up to 1 is max(x, slope * x): one product and one maximum. With larger slopes it
      is a select.

    Args:
      model: a generator (`srgan_tf.load`).
      size: fixed height and width of the input; None for any.
      for_tflite: spell PReLU as Keras' layer does, relu(x) - slope * relu(-x), from which the TFLite
        converter makes one PRELU, and sums as sums; for TensorFlow's runtime both have a better form.
      bfloat16: convolve in bfloat16; the values change by that rounding, by up to about two levels of 255.

    Returns:
      Functional models with the generator's contract, of convolutions, activations, sums and shuffles only.
      The body ends behind the long skip. With direct upsampling, which needs LR once more, it ends before
      the shuffle.

    Raises:
      UsageError: the model is one of the baselines.
    """
    config = config_of(model)
    if not isinstance(config, GeneratorConfig):
        raise UsageError(f"export takes generators of SRResNet's shape; these weights are {config.model}'s")
    layers = folded_layers(asdict(config), model.get_weights())
    reduced = "mixed_bfloat16" if bfloat16 else "float32"

    def conv(x: Any, name: str, sign: int = 1) -> Any:
        return _convolution(x, sign * layers.kernels[name], sign * layers.biases[name], reduced, name)

    def plus(x: Any, branch: Any, name: str) -> Any:
        if not layers.skip_connections:
            return conv(branch, name)
        if for_tflite:
            return x + conv(branch, name)
        # As a sum, TensorFlow 2.21 would fuse it with the convolution into one oneDNN operation on CPUs,
        # which crashes the process when requests of different sizes overlap. It does not fuse differences.
        return x - conv(branch, name, sign=-1)

    def act(x: Any, name: str) -> Any:
        if config.activation == "leaky_relu":
            return keras.layers.LeakyReLU(LEAKY_SLOPE, name=name)(x)
        return _prelu(x, layers.slopes[name], for_tflite, name)

    lr = keras.Input((*size, 3), name="lr")
    x = head = act(conv(lr, "head_conv"), "head_act")
    for i in range(1, config.blocks + 1):
        branch = act(conv(x, f"block{i}_conv1"), f"block{i}_act")
        x = plus(x, branch, f"block{i}_conv2")
    x = plus(head, x, "trunk_conv")
    if config.upsampling == "direct":
        copies = config.scale**2
        kernel = np.tile(2 * np.eye(3, dtype=np.float32), copies)[None, None]
        anchor = _convolution(lr, kernel, np.full(3 * copies, -1, np.float32), "float32", "anchor")
        x = features = plus(anchor, x, "direct_conv")
        return _parts(lr, features, sub_pixel_shuffle(x, config.scale))
    features = x
    *first, last = SHUFFLES[config.scale]
    for i, factor in enumerate(first, start=1):
        # PReLU after the shuffle has the layer's own slopes; before it, each would be needed factor^2 times.
        x = act(sub_pixel_shuffle(conv(x, f"up{i}_conv"), factor), f"up{i}_act")
    x = act(conv(x, f"up{len(first) + 1}_conv"), f"up{len(first) + 1}_act")
    return _parts(lr, features, sub_pixel_shuffle(conv(x, "tail_conv"), last))


def _parts(lr: Any, features: Any, sr: Any) -> Parts:
    return Parts(
        keras.Model(lr, sr, name="generator"),
        keras.Model(lr, features, name="body"),
        keras.Model(features, sr, name="upsampler"),
    )


def in_levels(network: keras.Model) -> keras.Model:
    """Returns an inference graph as a function of 8-bit levels; its first and last convolutions are changed.

    The ranges are folded into weights, so that an int8 file's input and output can be the levels themselves.

    Args:
      network: of `inference_graph`.

    Returns:
      The same model: LR float32 in [0, 255] -> SR float32, about [0, 255].
    """
    # Factor of its input, factor and offset of its output.
    changes = {
        "head_conv": (1 / 255, 1, 0),
        "tail_conv": (1, 127.5, 127.5),
        "direct_conv": (1, 127.5, 0),
        "anchor": (1 / 255, 127.5, 127.5),
    }
    for layer in network.layers:
        if layer.name in changes:
            before, after, offset = changes[layer.name]
            kernel, bias = layer.get_weights()
            layer.set_weights([kernel * (before * after), bias * after + offset])
    return network


def _convolution(x: Any, kernel: np.ndarray, bias: np.ndarray, policy: str, name: str) -> Any:
    layer = keras.layers.Conv2D(kernel.shape[-1], kernel.shape[0], padding="same", dtype=policy, name=name)
    y = layer(x)
    layer.set_weights([kernel, bias])
    return ops.cast(y, "float32") if policy != "float32" else y


def _prelu(x: Any, slope: np.ndarray, as_layer: bool, name: str) -> Any:
    if as_layer:
        layer = keras.layers.PReLU(shared_axes=[1, 2], name=name)
        y = layer(x)
        layer.set_weights([slope[None, None]])
        return y
    layer = Slopes(bounded=bool(slope.max() <= 1), name=name)
    y = layer(x)
    layer.set_weights([slope])
    return y


class Slopes(keras.layers.Layer):
    """PReLU whose slopes can be set again in a compiled graph.

    Args:
      bounded: True if no slope will be above 1: then it is max(x, slope * x).
    """

    def __init__(self, bounded: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.bounded = bounded

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Makes the slopes, one for each channel."""
        self.slope = self.add_weight(shape=(input_shape[-1],), name="slope")

    def call(self, x: Any) -> Any:
        """(N, H, W, C) -> (N, H, W, C)."""
        if self.bounded:
            return ops.maximum(x, x * self.slope)
        return ops.where(x > 0, x, x * self.slope)
