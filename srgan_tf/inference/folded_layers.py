"""A generator's weights as its inference graph and its int8 form use them.

In NumPy alone: nothing here starts TensorFlow.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

EPSILON = 1e-3
"""Of the generator's batch normalisations, Keras' default."""

LEAKY_SLOPE = 0.2
SHUFFLES = {2: (2,), 3: (3,), 4: (2, 2), 8: (2, 2, 2)}


@dataclass(frozen=True)
class FoldedLayers:
    """The layers of a generator, batch normalisation folded into the convolutions before it.

    Source: Jacob et al., CVPR 2018, section 3.2. The kernel becomes kernel * gamma / sqrt(variance + epsilon)
    and the bias beta - mean * gamma / sqrt(variance + epsilon), in float64.

    Attributes:
      scale: SR side over LR side.
      blocks: residual blocks.
      filters: channels inside.
      direct: True for one convolution from features to RGB.
      skip_connections: False where nothing is added, in the blocks and behind them.
      kernels: (k, k, C, M) by the layer's name; that of `tail_conv` stands before the last shuffle.
      biases: (M,).
      slopes: of the activations, one for each channel.
    """

    scale: int
    blocks: int
    filters: int
    direct: bool
    skip_connections: bool
    kernels: dict[str, np.ndarray]
    biases: dict[str, np.ndarray]
    slopes: dict[str, np.ndarray]

    @property
    def radius(self) -> int:
        """Receptive radius, LR pixels, rounded up."""
        return math.ceil(4 + 2 * self.blocks + 1 + (1 if self.direct else self._upsampler_reach))

    @property
    def upsampler_radius(self) -> int:
        """Receptive radius behind the body, LR pixels, rounded up; of a shuffle alone 0."""
        return 0 if self.direct else math.ceil(self._upsampler_reach)

    @property
    def _upsampler_reach(self) -> float:
        rates = np.cumprod([1, *SHUFFLES[self.scale]])
        return float(sum(1 / rates[:-1]) + 4 / rates[-1])


def folded_layers(config: Mapping[str, Any], weights: Iterable[np.ndarray]) -> FoldedLayers:
    """Returns the layers of a generator.

    Args:
      config: the values of a `GeneratorConfig`.
      weights: in the order of `keras.Model.get_weights`, which is that of released files.
    """
    arrays = (np.asarray(weight, np.float64) for weight in weights)
    kernels, biases, slopes = {}, {}, {}
    filters, direct = config["filters"], config["upsampling"] == "direct"

    def plain(name: str) -> None:
        kernels[name], biases[name] = next(arrays), next(arrays)

    def normed(name: str) -> None:
        kernel = next(arrays)
        gamma, beta, mean, variance = (next(arrays) for _ in range(4))
        ratio = gamma / np.sqrt(variance + EPSILON)
        kernels[name], biases[name] = kernel * ratio, beta - mean * ratio

    def activation(name: str, copies: int = 1) -> None:
        prelu = config["activation"] == "prelu"
        slopes[name] = np.tile(next(arrays) if prelu else np.full(filters, LEAKY_SLOPE), copies)

    plain("head_conv")
    activation("head_act")
    for i in range(1, config["blocks"] + 1):
        normed(f"block{i}_conv1")
        activation(f"block{i}_act")
        normed(f"block{i}_conv2")
    normed("trunk_conv")
    if direct:
        plain("direct_conv")
    else:
        factors = SHUFFLES[config["scale"]]
        for i, factor in enumerate(factors, start=1):
            plain(f"up{i}_conv")
            activation(f"up{i}_act", factor**2 if i == len(factors) else 1)
        plain("tail_conv")
        kernels["tail_conv"] = before_shuffle(kernels["tail_conv"], factors[-1])
        biases["tail_conv"] = np.tile(biases["tail_conv"], factors[-1] ** 2)
    skips = config.get("skip_connections", True)  # which older cards do not name
    return FoldedLayers(config["scale"], config["blocks"], filters, direct, skips, kernels, biases, slopes)


def before_shuffle(kernel: np.ndarray, factor: int) -> np.ndarray:
    """Returns what `srgan_tf.models.layers.kernel_before_shuffle` does, without Keras.

    Args:
      kernel: (k, k, C, M), k odd.
      factor: of the shuffle.

    Returns:
      (t, t, factor^2 * C, factor^2 * M) with t = 2 * ceil((k // 2) / factor) + 1.
    """
    size, _, channels, filters = kernel.shape
    reach = -(-(size // 2) // factor)
    taps = 2 * reach + 1
    before = factor * reach - size // 2
    after = factor * taps - size - before
    shifted = []
    for row in range(factor):
        for column in range(factor):
            window = np.pad(
                kernel, [[before + row, after - row], [before + column, after - column], [0, 0], [0, 0]]
            )
            cells = window.reshape(taps, factor, taps, factor, channels, filters).transpose(0, 2, 1, 3, 4, 5)
            shifted.append(cells.reshape(taps, taps, factor**2 * channels, filters))
    return np.concatenate(shifted, axis=-1)
