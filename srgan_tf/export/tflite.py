"""A generator as TFLite files for phones and browsers."""

import tempfile

import keras
import numpy as np
import tensorflow as tf

from srgan_tf.export.inference_graph import inference_graph

VARIANTS = ("float32", "float16", "dynamic", "int8")
"""Weights and arithmetic: float32; weights float16, arithmetic float32; weights int8 and arithmetic int8 with
ranges found while it runs; everything int8 with ranges found beforehand, its input and output included."""


def convert(model: keras.Model, variant: str, side: int | None, calibration: list[np.ndarray]) -> bytes:
    """A TFLite file of the generator's inference graph.

    Conversion starts from a SavedModel, since other ways can leave the weights out of the file without a
    word.

    Args:
      model: a generator.
      variant: one of `VARIANTS`.
      side: height and width of the input, LR pixels; None leaves them open. Batches are of one picture.
      calibration: LR batches float32 (1, side, side, 3) in [0, 1]; used by "int8" only.

    Returns:
      The file: LR (1, h, w, 3) in [0, 1] -> SR (1, scale*h, scale*w, 3), about [-1, 1]; float32, or int8 with
      the scales that the file states.
    """
    network = inference_graph(model, size=(side, side), for_tflite=True)
    with tempfile.TemporaryDirectory() as folder:
        module = tf.Module()
        module.kept = [variable.value for variable in network.variables]
        module.upscale = tf.function(
            lambda lr: {"sr": network(lr, training=False)},
            input_signature=[tf.TensorSpec((1, side, side, 3), tf.float32, name="lr")],
        )
        tf.saved_model.save(module, folder, signatures={"serving_default": module.upscale})
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        if variant != "float32":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if variant == "float16":
            converter.target_spec.supported_types = [tf.float16]
        if variant == "int8":
            converter.representative_dataset = lambda: ([lr] for lr in calibration)
            converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
            converter.inference_input_type = converter.inference_output_type = tf.int8
        return converter.convert()


def file_name(stem: str, variant: str, side: int | None) -> str:
    """Name of a file: `STEM_VARIANT.tflite` for any size, `STEM_VARIANT_SIDE.tflite` for a fixed one."""
    return f"{stem}_{variant}{f'_{side}' if side else ''}.tflite"
