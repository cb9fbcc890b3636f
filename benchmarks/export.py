"""The inference graph against the Keras model and against the network as drawn, in turns.

python -m benchmarks.export --weights=runs/mine --side=128
"""

import sys
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from benchmarks.side_by_side import in_turns, machine, ratio, table
from srgan_tf.command_line import CommandLine
from srgan_tf.errors import exit_code
from srgan_tf.export.inference_graph import inference_graph
from srgan_tf.models.generator import GeneratorConfig, generator
from srgan_tf.models.pretrained import load
from srgan_tf.models.saved import config_of

MODEL, DRAWN, GRAPH, REDUCED = "Keras model", "as drawn", "inference graph", "inference graph, bfloat16"


def main() -> None:
    command = CommandLine(__doc__)
    command.add("weights", str, "a generator; without it the paper's size, untrained", default="")
    command.add("side", int, "of the LR picture", default=128)
    command.parse_alone(sys.argv)
    model = load(command["weights"]) if command["weights"] else generator(GeneratorConfig())
    drawn = generator(config_of(model), fast=False)
    drawn.set_weights(model.get_weights())
    forms = {MODEL: model, DRAWN: drawn, GRAPH: inference_graph(model)}
    forms[REDUCED] = inference_graph(model, bfloat16=True)
    shape = (1, command["side"], command["side"], 3)
    lr = tf.constant(np.random.default_rng(0).uniform(size=shape).astype(np.float32))
    run = {name: compiled(form) for name, form in forms.items()}
    sr = {name: call(lr).numpy() for name, call in run.items()}
    times = in_turns({name: lambda call=call: call(lr).numpy() for name, call in run.items()})
    rows = [
        ratio(times, name, MODEL, note=f"off by {np.abs(sr[name] - sr[MODEL]).max():.1e}")
        for name in (DRAWN, GRAPH, REDUCED)
    ]
    print(machine(), f"LR {shape[1]}x{shape[2]}", table(rows), sep="\n\n")


def compiled(form: keras.Model) -> Callable[[tf.Tensor], tf.Tensor]:
    """The form as one traced function for pictures of any size."""
    spec = tf.TensorSpec((1, None, None, 3), tf.float32)
    return tf.function(lambda lr: form(lr, training=False), input_signature=[spec])


if __name__ == "__main__":
    sys.exit(exit_code(main))
