"""The milliseconds of a training step and of the exported graph, by kind of TensorFlow's operations."""

import collections
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import tensorflow as tf

from benchmarks.inference import SIDE, WEIGHTS, astronaut, exported
from benchmarks.results import show
from benchmarks.training_step import our_step
from srgan_tf import load
from srgan_tf.config import RunConfig
from srgan_tf.errors import exit_code
from srgan_tf.markdown import markdown_table

CALLS = 5
KINDS = {
    "convolutions, gradient to the filter": ("BackpropFilter",),
    "convolutions, gradient to the input": ("BackpropInput",),
    "convolutions, forward": ("Conv2D",),
    "batch normalisation": ("FusedBatchNorm",),
    "casts": ("Cast",),
    "products": ("Mul",),
    "sums and differences": ("Add", "Sub"),
    "selects and comparisons": ("Select", "Greater", "Maximum", "Minimum"),
    "sub-pixel shuffles": ("DepthToSpace", "SpaceToDepth"),
    "reductions": ("Sum", "Mean", "L2Loss"),
    "Adam": ("ApplyAdam",),
}
"""Groups of operations by parts of their names; the first that fits counts."""


def operations(work: Callable[[], object], calls: int = CALLS) -> tuple[dict[str, float], dict[str, float]]:
    """Returns time and number of operations by kind.

    Returns:
      Milliseconds per call, and how many per call. Times of operations that run side by side add up.
    """
    from tensorflow.tsl.profiler.protobuf import xplane_pb2

    for _ in range(3):
        work()
    with tempfile.TemporaryDirectory() as folder:
        tf.profiler.experimental.start(folder)
        for _ in range(calls):
            work()
        tf.profiler.experimental.stop()
        space = xplane_pb2.XSpace()
        space.ParseFromString(next(Path(folder).rglob("*.xplane.pb")).read_bytes())
    milliseconds, count = collections.Counter(), collections.Counter()
    for plane in space.planes:
        names = {key: value.name for key, value in plane.event_metadata.items()}
        for line in plane.lines:
            for event in line.events:
                node, _, operation = names[event.metadata_id].rpartition(":")
                if node and not node.endswith(":") and not operation.startswith(" "):
                    kind = kind_of(operation)
                    milliseconds[kind] += event.duration_ps / 1e9 / calls
                    count[kind] += 1 / calls
    return milliseconds, count


def kind_of(operation: str) -> str:
    """Returns the group of an operation."""
    return next((kind for kind, parts in KINDS.items() if any(p in operation for p in parts)), "all else")


def rows(title: str, work: Callable[[], object], calls: int = CALLS) -> str:
    """Returns Markdown, a row per kind, the longest first; none below half a per cent."""
    milliseconds, count = operations(work, calls)
    whole = sum(milliseconds.values())
    found = []
    for kind, time in sorted(milliseconds.items(), key=lambda item: -item[1]):
        if time >= whole / 200:
            found.append([kind, f"{time:.1f}", f"{100 * time / whole:.0f} %", f"{count[kind]:.0f}"])
    return markdown_table([title, "ms", "share", "number"], found)


def measure() -> str:
    """Returns the section."""
    parts = []
    for precision in ("mixed_bfloat16", "float32"):
        step = our_step(RunConfig(data="noise", ema_decay=0.998, precision=precision))
        parts.append(rows(f"SRResNet step, {precision}", step))
    model, lr = load(WEIGHTS), astronaut(SIDE)
    with tempfile.TemporaryDirectory() as folder:
        for precision in ("bfloat16", "float32"):
            graph = exported(model, Path(folder) / precision, bfloat16=precision == "bfloat16")
            parts.append(rows(f"exported graph, {precision}", lambda graph=graph: graph(lr)))
    parts.append("Operations that run side by side add up, so that the sum is more than the time of a step.")
    return "\n\n".join(parts)


if __name__ == "__main__":
    sys.exit(exit_code(lambda: show(measure)))
