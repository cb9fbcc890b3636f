"""Generators compiled by TensorFlow for inference, each once."""

import functools
import math
import threading
from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from srgan_tf.inference.inference_graph import Parts, Slopes, inference_parts
from srgan_tf.inference.network import Network
from srgan_tf.models.config import DRCN_FILTERS, GeneratorConfig, Precision
from srgan_tf.models.networks import config_of, network, receptive_radius

BASELINE_FILTERS = {"srcnn": 64, "espcn": 16, "drcn": 700}
"""The number that stands for a baseline's `Network.filters`: measured, so that `work_bytes` covers it. A
narrower or shorter DRCN than its paper's takes less, a wider one more, in proportion."""

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


@functools.lru_cache(maxsize=16)  # a second image, or a model in turns, does not wait for tracing
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
        filters=math.ceil(BASELINE_FILTERS[config.model] * max(1.0, (config.filters or 0) / DRCN_FILTERS)),
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


def _compiled(part: keras.Model) -> Callable[[tf.Tensor], tf.Tensor]:
    """One traced function for all sizes; unlike the model called eagerly it frees what it has used.

    Not a function of its own: TensorFlow would take those of several networks for one that is traced anew
    each time, and warn.
    """
    size = tf.TensorSpec((1, None, None, part.input.shape[-1]), tf.float32)
    return tf.function(functools.partial(part, training=False), input_signature=[size], autograph=False)
