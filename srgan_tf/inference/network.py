"""A generator in two parts, so that a large image costs little memory and little work.

The body holds nearly all of the receptive field and little memory per LR pixel. The upsampler, from the first
sub-pixel convolution on, reaches about 3 LR pixels and holds scale^2 times as much. So the halo of a tile is
paid for large tiles in the body, and the upsampler walks over the body's features in small steps. With one
size for both, the memory of the upsampler would make the tiles small and their halos most of the work.
"""

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from srgan_tf import load
from srgan_tf.inference.inference_graph import Parts, Slopes, inference_parts
from srgan_tf.models.config import GeneratorConfig, Precision
from srgan_tf.models.networks import config_of, network, receptive_radius

STEP = 96
"""Side of the steps in which the upsampler walks over the body's features, LR pixels."""

LITERT_STEP = 256
"""The same for TFLite files, which are not divided: each step has the halo of the whole network."""

BASELINE_FILTERS = {"srcnn": 64, "espcn": 16, "drcn": 700}
"""The number that stands for a baseline's `Network.filters`: measured, so that `work_bytes` covers it. A
narrower or shorter DRCN than its paper's takes less."""


@dataclass(frozen=True)
class Network:
    """A generator in two parts, ready to run.

    Attributes:
      body: LR float32 (1, h, w, 3) in [0, 1] -> features (1, h, w, filters).
      upsampler: features (1, h, w, filters) -> SR float32 (1, scale*h, scale*w, 3), about [-1, 1].
      radius: receptive radius of both together, LR pixels.
      upsampler_radius: receptive radius of `upsampler`, LR pixels.
      scale: SR side over LR side.
      filters: channels of the features.
      step: side of the steps in which the upsampler walks over the body's features, LR pixels.
      precision: numeric type of the convolutions.
    """

    body: Callable[[tf.Tensor], tf.Tensor]
    upsampler: Callable[[tf.Tensor], tf.Tensor]
    radius: int
    upsampler_radius: int
    scale: int
    filters: int
    step: int = STEP
    precision: str = "float32"

    def work_bytes(self, height: int, width: int, tile: int, mirror: bool = False) -> int:
        """Returns about the bytes that upscaling an image of (height, width) in tiles of a side takes.

        With `mirror` the image is mirrored at its borders, so that every tile has its whole halo.

        Measured in float32 on a CPU (benchmarks/image_size.py): six feature maps in the body, little more
        than twice its largest tensor in the upsampler, which is that of the last sub-pixel convolution, and
        150 MB for TensorFlow's threads and compiled kernels.
        """
        if mirror:
            height, width = min(tile, height) + 2 * self.radius, min(tile, width) + 2 * self.radius
        side = tile + 2 * self.radius
        body = min(side, height) * min(side, width) * 6 * 4 * self.filters
        side = min(tile, self.step) + 2 * self.upsampler_radius
        upsampler = min(side, height) * min(side, width) * 10 * self.filters * self.scale**2
        return body + upsampler + 150 * 10**6


_lock = threading.Lock()


def prepared(model: keras.Model, precision: str = "float32") -> Network:
    """Returns a generator as its inference graph in two parts, compiled.

    Later changes of its weights count from the next call on: they are folded again, and nothing is compiled
    anew. A baseline is compiled as it is, in one part.

    Args:
      model: a network of `srgan_tf.models`.
      precision: "float32", or "bfloat16" for convolutions in bfloat16.
    """
    with _lock:
        graph = _graph(model, precision)
        weights = model.get_weights()
        if graph.parts and not all(map(np.array_equal, weights, graph.weights)):
            folded = _parts(model, precision)
            if [layer.get_config() for layer in folded.whole.layers if isinstance(layer, Slopes)] == [
                layer.get_config() for layer in graph.parts.whole.layers if isinstance(layer, Slopes)
            ]:
                graph.parts.whole.set_weights(folded.whole.get_weights())
            else:  # slopes above 1 are computed by another operation
                graph.network = _divided(model, folded, precision)
                graph.parts = folded
            graph.weights = weights
        return graph.network


@dataclass
class _Graph:
    """A compiled graph, and the weights that were folded into it; of a baseline no parts."""

    network: Network
    parts: Parts | None
    weights: list[np.ndarray]


@lru_cache(maxsize=16)  # a second image, or model in turns with the first, does not wait for tracing
def _graph(model: keras.Model, precision: str) -> _Graph:
    config = config_of(model)
    if isinstance(config, GeneratorConfig):
        parts = _parts(model, precision)
        return _Graph(_divided(model, parts, precision), parts, model.get_weights())
    if precision != "float32":
        given = model
        model = network(config, precision=Precision("mixed_bfloat16"))
        model.set_weights(given.get_weights())
    radius = receptive_radius(model)
    whole = Network(
        body=lambda lr: lr,
        upsampler=_compiled(model),
        radius=radius,
        upsampler_radius=radius,
        scale=config.scale,
        filters=BASELINE_FILTERS[config.model],
        precision=precision,
    )
    return _Graph(whole, None, [])


def _parts(model: keras.Model, precision: str) -> Parts:
    return inference_parts(model, bfloat16=precision == "bfloat16")


def _divided(model: keras.Model, parts: Parts, precision: str) -> Network:
    config = config_of(model)
    direct = config.upsampling == "direct"
    return Network(
        body=_compiled(parts.body),
        upsampler=_compiled(parts.upsampler),
        radius=receptive_radius(model),
        upsampler_radius=receptive_radius(parts.upsampler),
        scale=config.scale,
        filters=3 * config.scale**2 if direct else config.filters,
        precision=precision,
    )


def network_of(
    name_or_path: str | Path, strength: float | None = None, faithful: str | Path | None = None
) -> Network:
    """Returns the network of a released name, a `.keras` or `.tflite` file or a run directory.

    Args:
      name_or_path: of the network.
      strength: as `srgan_tf.load` takes it.
      faithful: as `srgan_tf.load` takes it.

    Raises:
      UsageError: there is no such network, or the file takes images of one size only.
      WorkError: a TFLite file has no weights in it.
    """
    if Path(name_or_path).suffix != ".tflite" or strength is not None or faithful is not None:
        return prepared(load(name_or_path, strength=strength, faithful=faithful))
    from srgan_tf.inference.litert import open_any_size

    file, scale = open_any_size(Path(name_or_path).expanduser(), threads=os.cpu_count() or 1)
    return Network(
        body=lambda lr: lr,
        upsampler=lambda lr: tf.constant(file.run(lr.numpy())),
        radius=file.radius,
        upsampler_radius=file.radius,
        scale=scale,
        filters=file.filters,
        step=LITERT_STEP,
    )


def _compiled(part: keras.Model) -> Callable[[tf.Tensor], tf.Tensor]:
    """One traced function for all sizes; unlike the model called eagerly it frees what it has used."""

    @tf.function(input_signature=[tf.TensorSpec((1, None, None, part.input.shape[-1]), tf.float32)])
    def infer(x: tf.Tensor) -> tf.Tensor:
        return part(x, training=False)

    return infer
