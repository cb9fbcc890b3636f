"""The inputs of peers: the same weights, batches and graphs, in files of formats that they read."""

from pathlib import Path

import keras
import numpy as np

from benchmarks import stock
from srgan_tf.exporting.runtimes import write_onnx
from srgan_tf.inference.inference_graph import inference_graph
from srgan_tf.models.layers import kernel_before_shuffle


def write_weights(model: keras.Model, folder: Path) -> None:
    """Writes weights.npz: LAYER/WEIGHT in Keras' layout, and the last kernel in its cheaper form as well."""
    weights = {
        f"{layer.name}/{variable.name}": variable.numpy()
        for layer in model.layers
        for variable in layer.weights
    }
    kernel = kernel_before_shuffle(model.get_layer("tail_conv").kernel, 2)
    weights["tail_conv/kernel_before_shuffle"] = keras.ops.convert_to_numpy(kernel)
    np.savez(folder / "weights.npz", **weights)


def write_graphs(model: keras.Model, folder: Path) -> None:
    """Writes the same network as three ONNX files, since runtimes differ in which they run fastest."""
    write_onnx(model, folder / "as exported.onnx")
    forms = {
        "as drawn": stock.like(model),
        "as exported, PReLU as two ReLUs": inference_graph(model, for_tflite=True),
    }
    signature = [keras.InputSpec(shape=(None, None, None, 3), dtype="float32", name="lr")]
    for name, form in forms.items():
        form.export(str(folder / f"{name}.onnx"), format="onnx", input_signature=signature, verbose=False)
