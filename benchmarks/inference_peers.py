"""The exported graph against other runtimes at the same precision, each in its fastest form."""

import dataclasses
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import keras
import numpy as np

from benchmarks.inference import SIDE, WEIGHTS, astronaut, difference, exported
from benchmarks.peer import Peer, peer
from benchmarks.peer_inputs import write_graphs, write_weights
from benchmarks.results import show
from benchmarks.side_by_side import ROUNDS, Ratio, Unmeasured, in_turns, ratio, table, timed
from srgan_tf import load
from srgan_tf.errors import WorkError, exit_code

PEERS = {
    "float32": {
        "PyTorch": ("pytorch", "inference", "float32"),
        "onnxruntime": ("onnx_runtime",),
        "OpenVINO": ("open_vino", "f32"),
    },
    "bfloat16": {
        "PyTorch": ("pytorch", "inference", "bfloat16"),
        "OpenVINO": ("open_vino", "bf16"),
    },
}
"""By precision and name: the script and its arguments, without the folder."""

GOALS = {"float32": 0.7, "bfloat16": 0.9}
REASONS = {
    "float32": "convolutions are nearly all of the time (see the profile), and the best peer runs "
    "the graph that our export writes",
    "bfloat16": "TensorFlow's runtime has PReLU and sums as operations of their own; that the peer "
    "joins them with its convolutions is likely, but was not profiled",
}
CLOSE = {"float32": 1, "bfloat16": 4}
"""Levels of 255 by which a peer's output may differ from ours."""


def against(
    precision: str, model: keras.Model, folder: Path, side: int, rounds: int
) -> list[Ratio | Unmeasured]:
    """Ours and every peer that can be had, in turns; the folder holds weights and graphs."""
    ours = f"exported graph, {precision}"
    lr = astronaut(side)
    graph = exported(model, folder / "saved" / precision, bfloat16=precision == "bfloat16")
    exact = graph(lr)
    np.save(folder / "lr.npy", lr)
    rows, peers = [], {}
    with ExitStack() as stack:
        for name, (script, *arguments) in PEERS[precision].items():
            try:
                peers[name] = stack.enter_context(peer(script, *arguments, str(folder)))
                check(np.load(folder / "sr.npy"), exact, CLOSE[precision])
            except WorkError as error:
                peers.pop(name, None)
                rows.append(Unmeasured(f"{ours}, against {name}", str(error)))
        titles = {title(name, each): each.seconds for name, each in peers.items()}
        times = in_turns({ours: timed(lambda: graph(lr)), **titles}, rounds, repeat=1)
    return best_first([ratio(times, ours, name) for name in titles], precision) + rows


def best_first(rows: list[Ratio], precision: str) -> list[Ratio]:
    """Returns the rows with the goal at the fastest peer, the first."""
    rows = sorted(rows, key=lambda row: row.seconds_against)
    best = {"goal": GOALS[precision]}
    if rows and rows[0].against.startswith("OpenVINO"):
        best["reason"] = REASONS[precision]
    return [dataclasses.replace(row, **(best if i == 0 else {})) for i, row in enumerate(rows)]


def title(name: str, each: Peer) -> str:
    """Returns a peer's name, version and form."""
    return f"{name} {each.facts['version']} ({each.facts['form']})"


def check(sr: np.ndarray, exact: np.ndarray, levels: int) -> None:
    """Sees that a peer computes the same.

    Raises:
      WorkError: it does not.
    """
    found, _ = difference(sr, exact)
    if found > levels:
        raise WorkError(f"its output differs by {found} levels of 255")


def measure() -> str:
    """Returns the section."""
    model, rows = load(WEIGHTS), []
    with tempfile.TemporaryDirectory() as folder:
        write_weights(model, Path(folder))
        write_graphs(model, Path(folder))
        for precision in PEERS:
            rows += against(precision, model, Path(folder), SIDE, ROUNDS)
    return "\n".join([table(rows), "", TEXT])


TEXT = """\
Each peer has an environment and a process of its own and as many threads as cores. It tries several forms
and takes its turns with the fastest: our graph and the network as drawn, and for PyTorch (channels_last)
autocast or all in bfloat16, eager or compiled. Every output was compared with ours: within one level of 255
in float32, four in bfloat16. The goal is a ratio to the fastest peer."""


if __name__ == "__main__":
    sys.exit(exit_code(lambda: show(measure)))
