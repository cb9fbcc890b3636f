"""Training steps at the paper's size against the same networks from stock Keras layers.

`python -m benchmarks.training_step`
"""

import tempfile

import keras
import tensorflow as tf

from benchmarks import stock
from benchmarks.side_by_side import Ratio, in_turns, machine, ratio, table
from srgan_tf.config import RunConfig
from srgan_tf.models.vgg import vgg19_until
from srgan_tf.training.distribution import make_step
from srgan_tf.training.run import build


def batch() -> tuple[tf.Tensor, tf.Tensor]:
    """A batch of the paper's shape, filled with noise."""
    return tf.random.uniform((16, 24, 24, 3)), tf.random.uniform((16, 96, 96, 3), -1.0, 1.0)


def ours(config: RunConfig):
    """The trainer's own step, its average and its checks included."""
    training, average = build(config, None, synchronized=False)
    step = make_step(config, training, average, tf.distribute.get_strategy())
    data = batch()
    return lambda: step(data, tf.constant(0), tf.constant(0.0)).numpy()


def theirs(step, *data):
    """A stock step as a function that returns when it is done."""
    return lambda: step(*data).numpy()


def srresnet() -> list[Ratio]:
    """The first phase, MSE."""
    config = {"data": "noise", "ema_decay": 0.998}
    ways = {
        "SRResNet step, mixed_bfloat16": ours(RunConfig(**config, precision="mixed_bfloat16")),
        "SRResNet step, float32": ours(RunConfig(**config)),
        "stock layers, float32": theirs(stock.srresnet_step(stock.srresnet()), *batch()),
    }
    times = in_turns(ways)
    fast, single, plain = ways
    return [ratio(times, fast, plain, 0.35), ratio(times, single, plain, 0.75)]


def srgan(weights: str) -> list[Ratio]:
    """The second phase with VGG54's network, whose weights may be random here."""
    config = {
        "data": "noise",
        "phase": "gan",
        "content_loss": "vgg54",
        "vgg_weights": weights,
        "ema_decay": 0.998,
    }
    features = keras.saving.load_model(weights, compile=False)
    features.trainable = False
    step = stock.srgan_step(stock.srresnet(), stock.discriminator(), features)
    ways = {
        "SRGAN step, mixed_bfloat16": ours(RunConfig(**config, precision="mixed_bfloat16")),
        "two tapes, stock layers, float32": theirs(step, *batch()),
    }
    return [ratio(in_turns(ways, repeat=1), *ways, 0.35)]


def main() -> None:
    """Prints the table."""
    with tempfile.TemporaryDirectory() as folder:
        weights = f"{folder}/vgg54.keras"
        vgg19_until("block5_conv4", None).save(weights)
        print(machine())
        print(table([*srresnet(), *srgan(weights)]))


if __name__ == "__main__":
    main()
