"""Where the milliseconds of a training step go. `python -m benchmarks.profile_step [PRECISION]`."""

import collections
import sys
import tempfile
from pathlib import Path

import tensorflow as tf

from benchmarks.training_step import ours
from srgan_tf.config import RunConfig

STEPS = 5


def operations(step) -> tuple[collections.Counter, collections.Counter]:
    """Time and number of TensorFlow's operations by kind.

    Returns:
      Milliseconds per step, and how many per step, by kind. Times of operations that run side by side add up.
    """
    from tensorflow.tsl.profiler.protobuf import xplane_pb2

    for _ in range(3):
        step()
    with tempfile.TemporaryDirectory() as folder:
        tf.profiler.experimental.start(folder)
        for _ in range(STEPS):
            step()
        tf.profiler.experimental.stop()
        space = xplane_pb2.XSpace()
        space.ParseFromString(next(Path(folder).rglob("*.xplane.pb")).read_bytes())
    milliseconds, count = collections.Counter(), collections.Counter()
    for plane in space.planes:
        names = {key: value.name for key, value in plane.event_metadata.items()}
        for line in plane.lines:
            for event in line.events:
                node, _, kind = names[event.metadata_id].rpartition(":")
                if node and not node.endswith(":") and not kind.startswith(" "):
                    milliseconds[kind] += event.duration_ps / 1e9 / STEPS
                    count[kind] += 1
    return milliseconds, count


def main() -> None:
    """Prints a row per kind of operation, the longest first."""
    precision = sys.argv[1] if len(sys.argv) > 1 else "mixed_bfloat16"
    milliseconds, count = operations(ours(RunConfig(data="noise", ema_decay=0.998, precision=precision)))
    print(f"| operation ({precision}) | ms a step | number |\n|---|---|---|")
    for kind, time in milliseconds.most_common(20):
        print(f"| {kind} | {time:.1f} | {round(count[kind] / STEPS)} |")


if __name__ == "__main__":
    main()
