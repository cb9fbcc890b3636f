"""The exported graph against `model.predict` of the plain Keras model: the network as drawn, stock layers."""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from skimage import data

from benchmarks import stock
from benchmarks.machine import flags
from benchmarks.results import show
from benchmarks.side_by_side import ROUNDS, Ratio, in_turns, ratio, table, timed
from srgan_tf import load
from srgan_tf.data.ranges import lr_from_uint8, uint8_from_sr
from srgan_tf.errors import WorkError, exit_code
from srgan_tf.exporting.endpoints import Endpoints
from srgan_tf.exporting.saved_model import write_saved_model

WEIGHTS, SIDE = "srresnet", 256
PLAIN = "model.predict of the plain Keras model, float32"
REASONS = {
    "float32": "nearly all of its time is convolutions (see the profile), and they are the plain model's but "
    "for the last",
    "bfloat16": "most of its time is convolutions (see the profile), and without AMX bfloat16 multiplies at "
    "most twice as fast as float32",
}


def astronaut(side: int) -> np.ndarray:
    """Returns an image as a batch of one for the network: float32 (1, side, side, 3) in [0, 1]."""
    return lr_from_uint8(data.astronaut()[:side, 120 : 120 + side][None])


def exported(model: keras.Model, folder: Path, *, bfloat16: bool) -> Callable[[np.ndarray], np.ndarray]:
    """Returns the SavedModel that export.py writes, loaded again, as a function from LR to SR."""
    endpoints = Endpoints(model, max_pixels=512 * 512, bfloat16=bfloat16)
    write_saved_model(endpoints, folder, model_name="srgan", card="{}")
    loaded = tf.saved_model.load(str(folder))
    signature = loaded.signatures["upscale_float"]

    def upscale(lr: np.ndarray, kept: object = loaded) -> np.ndarray:  # noqa: ARG001 - must outlive the call
        return signature(lr=tf.constant(lr))["sr"].numpy()

    return upscale


def difference(sr: np.ndarray, exact: np.ndarray) -> tuple[int, float]:
    """Returns the largest difference of 8-bit pixels in levels, and PSNR before rounding in dB."""
    levels = np.abs(uint8_from_sr(sr).astype(int) - uint8_from_sr(exact)).max()
    error = np.mean((np.float64(127.5) * (sr - exact)) ** 2)
    return int(levels), float(10 * np.log10(255**2 / max(error, 1e-12)))


def compare(model: keras.Model, side: int = SIDE, rounds: int = ROUNDS) -> tuple[list[Ratio], list[str]]:
    """Returns the rows, and each form's difference from the plain model's output."""
    lr = astronaut(side)
    plain = stock.like(model)
    with tempfile.TemporaryDirectory() as folder:
        calls = {PLAIN: lambda: plain.predict(lr, verbose=0)}
        for precision in ("float32", "bfloat16"):
            graph = exported(model, Path(folder) / precision, bfloat16=precision == "bfloat16")
            calls[f"exported graph, {precision}"] = lambda graph=graph: graph(lr)
        calls["model.predict of our Keras model, float32"] = lambda: model.predict(lr, verbose=0)
        sr = {name: call() for name, call in calls.items()}
        times = in_turns({name: timed(call) for name, call in calls.items()}, rounds, repeat=1)
    single, reduced, ours = list(calls)[1:]
    facts = {name: difference(sr[name], sr[PLAIN]) for name in (single, reduced, ours)}
    for name in (single, ours):
        if facts[name][0] > 1:
            raise WorkError(f"{name} differs from the plain model by {facts[name][0]} levels of 255")
    amx = "amx_bf16" in flags()
    rows = [
        ratio(times, single, PLAIN, 0.6, REASONS["float32"]),
        ratio(times, reduced, PLAIN, 0.2, "" if amx else REASONS["bfloat16"]),
        ratio(times, ours, PLAIN),
    ]
    return rows, [
        f"- {name}: at most {levels} of 255 levels from the plain model, PSNR {psnr:.0f} dB"
        for name, (levels, psnr) in facts.items()
    ]


def measure() -> str:
    """Returns the section."""
    rows, facts = compare(load(WEIGHTS))
    text = f"Weights `{WEIGHTS}`, one image, outputs compared with the plain model's:"
    return "\n".join([table(rows), "", text, "", *facts])


if __name__ == "__main__":
    sys.exit(exit_code(lambda: show(measure)))
