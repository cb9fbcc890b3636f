"""A training step of SRResNet against PyTorch's at the same precision, both checked to do the same."""

import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.inference_peers import title
from benchmarks.peer import peer
from benchmarks.peer_inputs import write_weights
from benchmarks.results import show
from benchmarks.side_by_side import ROUNDS, Ratio, Unmeasured, in_turns, ratio, table, timed
from benchmarks.training_step import batch, our_step
from srgan_tf.config import RunConfig
from srgan_tf.errors import WorkError, exit_code
from srgan_tf.models.networks import network

GOALS = {"float32": 0.7, "bfloat16": 0.9}
CLOSE = {"float32": 0.01, "bfloat16": 0.05}
"""Share by which the losses of the first steps may differ."""


def against(precision: str, rounds: int = ROUNDS, **sizes: int) -> Ratio | Unmeasured:
    """Ours and PyTorch in turns, from the same weights on the same batch."""
    ours = f"SRResNet step, {precision}"
    policy = "mixed_bfloat16" if precision == "bfloat16" else precision
    config = RunConfig(data="noise", ema_decay=0.998, precision=policy, **sizes)
    start = network(config.generator)
    step = our_step(config, start.get_weights())
    try:
        with tempfile.TemporaryDirectory() as folder:
            write_weights(start, Path(folder))
            for name, value in zip(("lr", "hr"), batch(config), strict=True):
                np.save(Path(folder) / f"{name}.npy", value)
            with peer("pytorch", "training", precision, folder) as pytorch:
                check([float(step()[0]) for _ in pytorch.facts["losses"]], pytorch.facts["losses"], precision)
                name = title("PyTorch", pytorch)
                times = in_turns({ours: timed(step), name: pytorch.seconds}, rounds)
    except WorkError as error:
        return Unmeasured(f"{ours}, against PyTorch", str(error))
    return ratio(times, ours, name, GOALS[precision])


def check(ours: list[float], theirs: list[float], precision: str) -> None:
    """Sees that both compute the same loss, and after an update still do.

    Raises:
      WorkError: they do not.
    """
    if not np.allclose(ours, theirs, rtol=CLOSE[precision]):
        raise WorkError(f"its losses are {theirs} and ours {ours}")


def measure() -> str:
    """Returns the section."""
    return table([against("float32"), against("bfloat16")]) + "\n\n" + TEXT


TEXT = """\
PyTorch's network is as drawn, not compiled (that takes minutes); the losses of its first steps equal ours.
Ours includes the EMA of the weights and the check of every value."""


if __name__ == "__main__":
    sys.exit(exit_code(lambda: show(measure)))
