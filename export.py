"""Exports a generator: SavedModel for TensorFlow Serving, TFLite, ONNX, a page for browsers."""

from srgan_tf.commands.export import run

if __name__ == "__main__":
    run()
