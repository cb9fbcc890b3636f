"""Training steps at the paper's size against the same networks from stock Keras layers."""

import sys
import tempfile

import keras
import numpy as np
import tensorflow as tf

from benchmarks import stock
from benchmarks.convolutions import convolutions_alone, srresnet_convolutions
from benchmarks.machine import flags
from benchmarks.results import show
from benchmarks.side_by_side import ROUNDS, Ratio, in_turns, ratio, table, timed
from srgan_tf.config import RunConfig
from srgan_tf.errors import exit_code
from srgan_tf.models.vgg import vgg19_until
from srgan_tf.training.devices import make_step
from srgan_tf.training.run import build

SMALL = {"batch_size": 2, "crop_size": 32, "blocks": 1, "filters": 8, "discriminator_filters": 8}
"""Sizes with which the tests see that everything runs."""


def batch(config: RunConfig) -> tuple[np.ndarray, np.ndarray]:
    """Returns a batch of noise, the same each time."""
    rng = np.random.default_rng(0)
    side, n = config.crop_size, config.batch_size
    lr = rng.uniform(0, 1, (n, side // config.scale, side // config.scale, 3))
    return lr.astype(np.float32), rng.uniform(-1, 1, (n, side, side, 3)).astype(np.float32)


def our_step(config: RunConfig, start: list | None = None):
    """Returns the trainer's own step, its EMA and its checks included.

    Returns:
      Function that takes a step on `batch` and gives its values, the loss first.
    """
    training, ema = build(config, start, synchronized=False)
    step = make_step(config, training, ema, tf.distribute.get_strategy())
    data = tuple(map(tf.constant, batch(config)))
    return lambda: step(data, tf.constant(0), tf.constant(0.0)).numpy()


def stock_step(step, config: RunConfig):
    """Returns a step of `benchmarks.stock` on `batch`."""
    data = tuple(map(tf.constant, batch(config)))
    return lambda: step(*data).numpy()


def srresnet(rounds: int = ROUNDS, **sizes: int) -> list[Ratio]:
    """Compares steps of the first phase with MSE."""
    single = RunConfig(data="noise", ema_decay=0.998, **sizes)
    mixed = RunConfig(data="noise", ema_decay=0.998, precision="mixed_bfloat16", **sizes)
    network = stock.srresnet(single.blocks, single.filters)
    shapes = srresnet_convolutions(single.blocks, single.filters, single.crop_size // 4)
    names = {
        "mixed_bfloat16": "SRResNet step, mixed_bfloat16",
        "float32": "SRResNet step, float32",
        "stock": "stock layers, float32",
        "convolutions16": "its convolutions alone, bfloat16",
        "convolutions32": "its convolutions alone, float32",
    }
    ways = {
        names["mixed_bfloat16"]: timed(our_step(mixed)),
        names["float32"]: timed(our_step(single)),
        names["stock"]: timed(stock_step(stock.srresnet_step(network), single)),
        names["convolutions16"]: convolutions_alone("bfloat16", shapes, single.batch_size),
        names["convolutions32"]: convolutions_alone("float32", shapes, single.batch_size),
    }
    times = in_turns(ways, rounds)
    bounds = [ratio(times, names[f"convolutions{bits}"], names["stock"]) for bits in (16, 32)]
    return [
        ratio(times, names[precision], names["stock"], goal, why(bound))
        for precision, goal, bound in zip(("mixed_bfloat16", "float32"), (0.35, 0.75), bounds, strict=True)
    ] + bounds


def why(bound: Ratio) -> str:
    """Returns the reason why a step misses its goal: its convolutions, and the processor they run on."""
    processor = "" if "amx_bf16" in flags() else "; this processor has no AMX"
    return f"the convolutions alone, with gradients, take {bound.ratio:.2f} of the stock step{processor}"


def srgan(weights: str, rounds: int = ROUNDS, **sizes: int) -> list[Ratio]:
    """Compares steps of the second phase with VGG54's network, whose weights may be random here."""
    config = {
        "data": "noise",
        "phase": "gan",
        "content_loss": "vgg54",
        "vgg_weights": weights,
        "ema_decay": 0.998,
        "precision": "mixed_bfloat16",
        **sizes,
    }
    run = RunConfig(**config)
    features = keras.saving.load_model(weights, compile=False)
    features.trainable = False
    step = stock.srgan_step(
        stock.srresnet(run.blocks, run.filters),
        stock.discriminator(run.crop_size, run.discriminator_filters),
        features,
    )
    ours, theirs = "SRGAN step, mixed_bfloat16", "two tapes, stock layers, float32"
    times = in_turns({ours: timed(our_step(run)), theirs: timed(stock_step(step, run))}, rounds, repeat=1)
    return [ratio(times, ours, theirs, 0.35, SRGAN_REASON if "amx_bf16" not in flags() else "")]


SRGAN_REASON = (
    "by its arithmetic nearly all of it is convolutions of VGG-19, discriminator and generator (not "
    "profiled), and without AMX bfloat16 multiplies at most twice as fast as float32"
)


def measure() -> str:
    """Returns the section."""
    with tempfile.TemporaryDirectory() as folder:
        weights = f"{folder}/vgg54.keras"
        vgg19_until("block5_conv4", None).save(weights)
        rows = [*srresnet(), *srgan(weights)]
    return f"{table(rows)}\n\nOurs includes the EMA of the weights and the check of every value."


if __name__ == "__main__":
    sys.exit(exit_code(lambda: show(measure)))
