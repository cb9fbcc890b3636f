"""A generator in int8, by the kernels of LiteRT: convolutions of 8-bit values with 8-bit weights.

The ranges of the values are those that this image needs, measured on parts of it, and the same for all of its
tiles: so tiles equal the whole, which they would not if each tile had ranges of its own (seams of 6 levels),
and ranges that fit every image would be three times as coarse. The TFLite files are written for each image,
in a tenth of a second. An interpreter belongs to one image, so that calls may overlap.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from srgan_tf.data.ranges import lr_from_image
from srgan_tf.inference.folded_layers import SHUFFLES, FoldedLayers
from srgan_tf.inference.litert import loaded, silent
from srgan_tf.inference.network import Network
from srgan_tf.inference.tiling import Box, cut

PATCH, RING = 48, 8
"""Side of a part that is measured, and pixels around it that are computed and not measured."""

SHARE, FEWEST, MOST = 0.05, 4, 24
"""Of an image's pixels that are measured, in parts of `PATCH`; the fewest and the most parts."""

MARGIN = 1.1
"""Width of the ranges over what was measured; where all was measured, 1."""

Convolution = Callable[[int, str], int]
"""Adds the convolution of a layer to a graph: tensor, the layer's name -> tensor."""


@dataclass(frozen=True)
class Range:
    """The values that a tensor's 256 steps span; zero is one of them."""

    low: float
    high: float

    @property
    def scale(self) -> float:
        """Width of a step."""
        return (self.high - self.low) / 255

    @property
    def zero_point(self) -> int:
        """The step that is zero."""
        return round(-128 - self.low / self.scale)


Ranges = dict[tuple[str, str], Range]
"""By the layer's name and "lr" (what it is given) or "sr" (what it gives)."""


def int8_network(layers: FoldedLayers) -> Network:
    """Returns a generator in int8; a network fitted to an image belongs to the thread that computes it."""
    threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

    def parts_for(image: np.ndarray, mirror: bool, deep: bool) -> tuple[Callable, Callable]:
        files = written(layers, measured(layers, image, threads, mirror), deep)
        body, upsampler = (interpreter(file, threads) for file in files)

        def sr(features: np.ndarray) -> np.ndarray:
            (values,) = upsampler(features)
            return values if values.dtype == np.float32 else (values + np.float32(0.5)) / np.float32(127.5)

        return lambda lr: body(lr)[0], sr

    # XNNPACK holds a map for each block, however short it is needed; half as many more are for all else.
    channels = 3 * layers.scale**2 if layers.direct else layers.filters
    return Network(
        body=None,
        upsampler=None,
        radius=layers.radius,
        upsampler_radius=layers.upsampler_radius,
        scale=layers.scale,
        filters=channels,
        precision="int8",
        maps=(layers.blocks * 3 // 2 + 2) * layers.filters // channels + 1,
        parts_for=parts_for,
    )


def image_parts(height: int, width: int, image: np.ndarray) -> list[Box]:
    """Returns the parts of an image that are measured: the whole of a small one, else a few of each kind.

    They are those of highest contrast, the brightest, the darkest and some in between.

    Args:
      height: of the image.
      width: of the image.
      image: (height, width, C).
    """
    if height * width <= FEWEST * PATCH**2:
        return [Box(0, 0, height, width)]
    number = int(np.clip(SHARE * height * width / PATCH**2, FEWEST, MOST))
    side = min(PATCH, height), min(PATCH, width)
    boxes = [
        Box(top, left, *side)
        for top in range(0, height - side[0] + 1, side[0])
        for left in range(0, width - side[1] + 1, side[1])
    ]
    grey = image.mean(axis=2, dtype=np.float32)
    means = np.array([grey[box.slices].mean() for box in boxes])
    edges = np.array([sum(np.abs(np.diff(grey[box.slices], axis=a)).mean() for a in (0, 1)) for box in boxes])
    chosen = [int(np.argmax(means)), int(np.argmin(means))]
    contrast = np.argsort(-edges, kind="stable")
    chosen += contrast[: number // 2].tolist()
    chosen += contrast[:: max(len(boxes) // number, 1)].tolist()  # every degree of contrast
    return [boxes[i] for i in dict.fromkeys(chosen)][: max(number, 2)]


def measured(layers: FoldedLayers, image: np.ndarray, threads: int, mirror: bool = True) -> Ranges:
    """Returns the ranges that an image needs.

    Args:
      layers: of the generator.
      image: uint8 or uint16 (h, w, 3) or (h, w, 1).
      threads: CPU threads.
      mirror: True if the image is mirrored at its borders; False if the network sees zeros there.
    """
    from srgan_tf.inference.tflite_writer import Graph

    graph, seen = Graph(), {}

    def convolution(x: int, name: str) -> int:
        add = graph.convolution if name == "head_conv" else graph.dynamic_convolution
        y = add(x, layers.kernels[name], layers.biases[name])
        seen[name, "lr"], seen[name, "sr"] = x, y
        return y

    lr = graph.image(3)
    _upsampler(graph, layers, _body(graph, layers, lr, convolution), convolution)
    names = [key for key in seen if key[0] != "head_conv"]
    run = interpreter(graph.file([lr], [seen[key] for key in names]), threads)
    height, width = image.shape[:2]
    parts = image_parts(height, width, image)
    if not mirror and len(parts) > 1:
        down, right = ({0, max(side - PATCH, 0)} for side in (height, width))  # zeros' neighbours stand out
        parts += [Box(top, left, min(PATCH, height), min(PATCH, width)) for top in down for left in right]
    low, high = np.zeros(len(names)), np.zeros(len(names))
    for part in parts:
        around = Box(part.top - RING, part.left - RING, part.height + 2 * RING, part.width + 2 * RING)
        if not mirror:
            around = part.grown(RING, height, width)
        for i, values in enumerate(run(lr_from_image(cut(image, around))[None])):
            place = part.seen_from(around).scaled(values.shape[1] // around.height)
            inner = values[0][place.slices]
            low[i], high[i] = min(low[i], inner.min()), max(high[i], inner.max())
    margin = 1.0 if parts[0].height == height and parts[0].width == width else MARGIN
    tiny = np.maximum((high - low) * 1e-3, 1e-6)  # a flat image
    return {
        key: Range(margin * a - t, margin * b + t)
        for key, a, b, t in zip(names, low, high, tiny, strict=True)
    }


def written(layers: FoldedLayers, ranges: Ranges, deep: bool) -> tuple[bytes, bytes]:
    """Returns the TFLite files of body and upsampler.

    Args:
      layers: of the generator.
      ranges: for this image.
      deep: True for results finer than 8 bits: the last convolution is computed in float32. Otherwise the
        upsampler gives int8 levels, 128 less than those of 8 bits, so that nothing is rounded twice.
    """
    from srgan_tf.inference.tflite_writer import Graph

    def convolution(x: int, name: str) -> int:
        kernel, bias = layers.kernels[name], layers.biases[name]
        if name == "head_conv" or (deep and name in ("tail_conv", "direct_conv")):
            return graph.convolution(x, kernel, bias)
        given, result = ranges[name, "lr"], ranges[name, "sr"]
        x = graph.quantised(x, given.scale, given.zero_point)
        if name == "tail_conv":
            return graph.int8_convolution(x, kernel, bias - 0.5 / 127.5, (1 / 127.5, 0))
        y = graph.int8_convolution(x, kernel, bias, (result.scale, result.zero_point))
        return graph.dequantised(y)

    graph = Graph()
    lr = graph.image(3)
    body = graph.file([lr], [_body(graph, layers, lr, convolution)])
    graph = Graph()
    features = graph.image(3 * layers.scale**2 if layers.direct else layers.filters)
    return body, graph.file([features], [_upsampler(graph, layers, features, convolution)])


def interpreter(file: bytes, threads: int) -> Callable[[np.ndarray], list[np.ndarray]]:
    """Returns a TFLite file as a function from one array to the arrays of its outputs; for one thread."""
    runtime = loaded(threads, model_content=file)
    with silent():
        runtime.allocate_tensors()
    given = runtime.get_input_details()[0]["index"]
    results = [result["index"] for result in runtime.get_output_details()]
    shape = None

    def run(x: np.ndarray) -> list[np.ndarray]:
        nonlocal shape
        if shape != x.shape:
            runtime.resize_tensor_input(given, x.shape)
            runtime.allocate_tensors()
            shape = x.shape
        runtime.set_tensor(given, np.ascontiguousarray(x, np.float32))
        runtime.invoke()
        return [runtime.get_tensor(index) for index in results]

    return run


def _body(graph: Any, layers: FoldedLayers, lr: int, convolution: Convolution) -> int:
    """Adds everything up to the end of the long skip; with direct upsampling, to the last shuffle."""

    def plus(x: int, branch: int) -> int:
        return graph.sum(x, branch) if layers.skip_connections else branch

    x = head = graph.prelu(convolution(lr, "head_conv"), layers.slopes["head_act"])
    for i in range(1, layers.blocks + 1):
        branch = graph.prelu(convolution(x, f"block{i}_conv1"), layers.slopes[f"block{i}_act"])
        x = plus(x, convolution(branch, f"block{i}_conv2"))
    x = plus(head, convolution(x, "trunk_conv"))
    if not layers.direct:
        return x
    copies = layers.scale**2
    anchor = graph.convolution(lr, np.tile(2 * np.eye(3), copies)[None, None], np.full(3 * copies, -1.0))
    return graph.sum(anchor, convolution(x, "direct_conv"))


def _upsampler(graph: Any, layers: FoldedLayers, x: int, convolution: Convolution) -> int:
    if layers.direct:
        return graph.shuffle(x, layers.scale)
    *first, last = SHUFFLES[layers.scale]
    for i, factor in enumerate(first, start=1):
        x = graph.shuffle(convolution(x, f"up{i}_conv"), factor)
        x = graph.prelu(x, layers.slopes[f"up{i}_act"])
    i = len(first) + 1
    x = graph.prelu(convolution(x, f"up{i}_conv"), layers.slopes[f"up{i}_act"])
    return graph.shuffle(convolution(x, "tail_conv"), last)
