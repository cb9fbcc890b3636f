"""A generator in two parts, so that a large image costs little memory and little work.

The body holds nearly all of the receptive field and little memory per LR pixel. The upsampler, from the first
sub-pixel convolution on, reaches about 3 LR pixels and holds scale^2 times as much. So the halo of a tile is
paid for large tiles in the body, and the upsampler walks over the body's features in small steps. With one
size for both, the memory of the upsampler would make the tiles small and their halos most of the work.
"""

import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from srgan_tf.errors import UsageError
from srgan_tf.inference.precisions import chosen
from srgan_tf.models.weights import names, released_weights

if TYPE_CHECKING:
    import keras

STEP = 96
"""Side of the steps in which the upsampler walks over the body's features, LR pixels."""

MAPS = 6
"""Of TensorFlow: the input, the long skip, a block's input and the operands of a convolution."""

LITERT_STEP = 256
"""The same for TFLite files, which are not divided: each step has the halo of the whole network."""


@dataclass(frozen=True)
class Network:
    """A generator in two parts, ready to run.

    Attributes:
      body: LR float32 (1, h, w, 3) in [0, 1] -> features (1, h, w, filters). Like `upsampler` it takes and
        gives arrays or tensors.
      upsampler: features (1, h, w, filters) -> SR float32 (1, scale*h, scale*w, 3), about [-1, 1].
      radius: receptive radius of both together, LR pixels.
      upsampler_radius: receptive radius of `upsampler`, LR pixels.
      scale: SR side over LR side.
      filters: channels of the features.
      step: side of the steps in which the upsampler walks over the body's features, LR pixels.
      precision: numeric type of the convolutions.
      maps: float32 maps of `filters` channels that the body holds at once.
      parts_for: function (image, mirror, deep) -> body and upsampler, where they depend on the image, uint8
        or uint16 (h, w, C); otherwise None. `mirror` is True where the image is mirrored at its borders,
        `deep` where the result shall be finer than 8 bits.
    """

    body: Callable[[Any], Any] | None
    upsampler: Callable[[Any], Any] | None
    radius: int
    upsampler_radius: int
    scale: int
    filters: int
    step: int = STEP
    precision: str = "float32"
    maps: int = MAPS
    parts_for: Callable[[np.ndarray, bool, bool], tuple[Callable, Callable]] | None = None

    def fitted(self, image: np.ndarray, mirror: bool, deep: bool) -> "Network":
        """Returns the network for one image; it belongs to one thread where `parts_for` made it."""
        if self.parts_for is None:
            return self
        body, upsampler = self.parts_for(image, mirror, deep)
        return replace(self, body=body, upsampler=upsampler)

    def work_bytes(self, height: int, width: int, tile: int, mirror: bool = False) -> int:
        """Returns about the bytes that upscaling an image of (height, width) in tiles of a side takes.

        With `mirror` the image is mirrored at its borders, so that every tile has its whole halo.

        Measured on a CPU (benchmarks/image_size.py): `maps` feature maps in the body, little more
        than twice its largest tensor in the upsampler, which is that of the last sub-pixel convolution, and
        150 MB for TensorFlow's threads and compiled kernels.
        """
        if mirror:
            height, width = min(tile, height) + 2 * self.radius, min(tile, width) + 2 * self.radius
        side = tile + 2 * self.radius
        body = min(side, height) * min(side, width) * self.maps * 4 * self.filters
        side = min(tile, self.step) + 2 * self.upsampler_radius
        upsampler = min(side, height) * min(side, width) * 10 * self.filters * self.scale**2
        return body + upsampler + 150 * 10**6


def network_of(
    name_or_path: str | Path,
    strength: float | None = None,
    faithful: str | Path | None = None,
    *,
    precision: str | None = None,
) -> Network:
    """Returns the network of a released name, a `.keras` or `.tflite` file or a run directory.

    Args:
      name_or_path: of the network.
      strength: as `srgan_tf.load` takes it.
      faithful: as `srgan_tf.load` takes it.
      precision: one of `PRECISIONS`; None is that of a `.tflite` file, and float32 for all others.

    Raises:
      UsageError: there is no such network, it or this machine has no such precision, or the file takes images
        of one size only.
      WorkError: a TFLite file has no weights in it.
    """
    as_it_is = strength is None and faithful is None
    if Path(name_or_path).suffix == ".tflite" and as_it_is:
        return _exported(Path(name_or_path).expanduser(), precision or "auto")
    precision = chosen(precision or "float32", str(name_or_path) if as_it_is else "")
    if precision == "int8" and as_it_is and str(name_or_path) in names():
        return _int8(*released_weights(str(name_or_path)))
    from srgan_tf import load

    return network_from(load(name_or_path, strength=strength, faithful=faithful), precision)


def network_from(model: "keras.Model", precision: str) -> Network:
    """Returns a model of `srgan_tf.load` in a precision; "auto" is that in which it was loaded.

    Raises:
      UsageError: it or this machine has no such precision.
    """
    if precision == "auto":
        reduced = any(layer.dtype_policy.name == "mixed_bfloat16" for layer in model.layers)
        precision = "bfloat16" if reduced else "float32"
    else:
        precision = chosen(precision)
    if precision == "int8":
        from srgan_tf.models.networks import config_of

        return _int8(asdict(config_of(model)), model.get_weights())
    from srgan_tf.inference.compiled import prepared

    return prepared(model, precision)


def _int8(values: dict[str, Any], weights: list[np.ndarray]) -> Network:
    if "model" in values:
        raise UsageError(
            f"--precision=int8: {values['model']} is a baseline, it has no int8 form; give float32"
        )
    from srgan_tf.inference.folded_layers import folded_layers
    from srgan_tf.inference.int8 import int8_network

    return int8_network(folded_layers(values, weights))


def _exported(path: Path, precision: str) -> Network:
    from srgan_tf.inference.litert import open_any_size

    file, scale = open_any_size(path, threads=os.cpu_count() or 1)
    if precision not in ("auto", file.precision):
        raise UsageError(
            f"--precision={precision}: {path} is an exported file, its precision is {file.precision}"
        )
    return Network(
        body=lambda lr: lr,
        upsampler=file.run,
        radius=file.radius,
        upsampler_radius=file.radius,
        scale=scale,
        filters=file.filters,
        step=LITERT_STEP,
        precision=file.precision,
    )
