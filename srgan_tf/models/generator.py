"""SRResNet, the generator of the paper (section 2.1.2, Figure 4), at any depth, width and scale."""

from collections.abc import Callable

import keras

from srgan_tf.models.config import SHUFFLES, GeneratorConfig, Precision, SRNetwork
from srgan_tf.models.layers import (
    ICNR,
    BatchNormalization,
    NearestAnchor,
    PReLU,
    ShuffledConv2D,
    sub_pixel_shuffle,
)
from srgan_tf.models.sub_pixel_constraint import sub_pixel_constraints

UPSAMPLING = ("up", "tail_", "direct_")
"""Beginnings of the names of the upsampler's layers; all others are the body's."""

BODY_END = "trunk_add"
"""Name of the layer that ends the body; its name, like every layer's, stands in weights files."""


def generator(
    config: GeneratorConfig = GeneratorConfig(),
    *,
    precision: Precision = Precision(),
    synchronized: bool = False,
    sub_pixel_constraint: str = "none",
    fast: bool = True,
) -> keras.Model:
    """Returns SRResNet, for LR images of any size.

    conv k9 - PReLU - B residual blocks (conv k3 - BN - PReLU - conv k3 - BN - add) - conv k3 - BN - add -
    for each shuffle: conv k3 to factor^2 times the filters - sub-pixel shuffle - PReLU - conv k9 to RGB.
    Direct upsampling has one convolution k3 to 3 * scale^2 channels and a shuffle in place of all behind the
    long skip, and adds to nearest-neighbour interpolation. No activation stands at the end, as none is drawn.
    Convolutions before BN have no bias, as BN would remove it. The last BN of each residual branch starts
    with gamma 0, so that the network starts shallow (Goyal et al., 2017, arXiv 1706.02677, section 5.1), but
    not without skip connections, where nothing would flow; the
    sub-pixel convolutions start as ICNR, that of direct upsampling at zero.

    Args:
      config: size of the network.
      precision: numeric types of its layers.
      synchronized: batch statistics over all replicas (for training on several).
      sub_pixel_constraint: what an optimizer keeps the sub-pixel convolutions of progressive upsampling to:
        "none", "constant" or "linear" (`srgan_tf.models.sub_pixel_constraint`).
      fast: the last shuffle and PReLU are computed behind the last convolution (`ShuffledConv2D`); False
        gives the network as drawn, with the same weights in the same order.

    Returns:
      Functional model: float32 (N, h, w, 3) in [0, 1] -> float32 (N, scale*h, scale*w, 3), about [-1, 1].
    """
    convolution, pointwise = precision.convolution, precision.pointwise

    def conv(x: keras.KerasTensor, filters: int, size: int, name: str, **kwargs: object) -> keras.KerasTensor:
        return keras.layers.Conv2D(
            filters,
            size,
            padding="same",
            dtype=convolution,
            name=name,
            **{"kernel_initializer": "he_normal", **kwargs},
        )(x)

    def norm(x: keras.KerasTensor, name: str, gamma: str = "ones") -> keras.KerasTensor:
        return BatchNormalization(
            momentum=0.9, gamma_initializer=gamma, synchronized=synchronized, dtype=pointwise, name=name
        )(x)

    activation: Callable[..., keras.layers.Layer]
    inner = pointwise
    if config.activation == "prelu":
        activation, inner = PReLU, convolution  # it rounds for the convolution behind it, in the same pass
    else:

        def activation(*, copies: int = 1, **kwargs: object) -> keras.layers.Layer:  # noqa: ARG001
            return keras.layers.LeakyReLU(negative_slope=0.2, **kwargs)

    def plus(x: keras.KerasTensor, y: keras.KerasTensor, name: str) -> keras.KerasTensor:
        return keras.layers.Add(dtype=pointwise, name=name)([x, y])

    shallow = "zeros" if config.skip_connections else "ones"
    lr = keras.Input((None, None, 3), name="lr")
    x = conv(lr, config.filters, 9, "head_conv")
    x = head = activation(dtype=pointwise, name="head_act")(x)
    for i in range(1, config.blocks + 1):
        branch = conv(x, config.filters, 3, f"block{i}_conv1", use_bias=False)
        branch = norm(branch, f"block{i}_bn1")
        branch = activation(dtype=inner, name=f"block{i}_act")(branch)
        branch = conv(branch, config.filters, 3, f"block{i}_conv2", use_bias=False)
        branch = norm(branch, f"block{i}_bn2", gamma=shallow)
        x = plus(x, branch, f"block{i}_add") if config.skip_connections else branch
    x = conv(x, config.filters, 3, "trunk_conv", use_bias=False)
    x = norm(x, "trunk_bn", gamma=shallow)
    x = plus(x, head, BODY_END) if config.skip_connections else x

    shuffles = SHUFFLES[config.scale]
    if config.upsampling == "direct":
        shuffles = ()
        x = conv(x, 3 * config.scale**2, 3, "direct_conv", kernel_initializer="zeros")
        anchor = NearestAnchor(config.scale, dtype="float32", name="anchor")(lr)
        x = keras.layers.Add(dtype="float32", name="direct_add")([x, anchor])
        sr = sub_pixel_shuffle(x, config.scale)
    for i, factor in enumerate(shuffles, start=1):
        last = i == len(shuffles)
        x = conv(
            x,
            factor**2 * config.filters,
            3,
            f"up{i}_conv",
            kernel_initializer=ICNR(factor),
            **sub_pixel_constraints(sub_pixel_constraint, factor),
        )
        if last and fast:
            x = activation(copies=factor**2, dtype=inner, name=f"up{i}_act")(x)
            sr = ShuffledConv2D(3, 9, factor, dtype=convolution, name="tail_conv")(x)
        else:
            x = sub_pixel_shuffle(x, factor)
            x = activation(dtype=inner, name=f"up{i}_act")(x)
    if shuffles and not fast:
        sr = keras.layers.Conv2D(3, 9, padding="same", dtype=convolution, name="tail_conv")(x)
    if shuffles and convolution != "float32":
        # Its own rounding, a quarter of a level of 255, is far below the errors that training works on.
        sr = keras.layers.Activation("linear", dtype="float32", name="sr")(sr)
    return SRNetwork(lr, sr, name="generator", network_config=config)
