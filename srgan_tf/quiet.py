"""TensorFlow's start-up messages, kept from the user's terminal."""

import os


def start_tensorflow() -> None:
    """Imports TensorFlow and looks for devices with stderr silenced.

    Its C++ libraries greet every user with several lines of logs before their own settings are read, so
    TF_CPP_MIN_LOG_LEVEL does not reach them. Set that variable to 0 to see everything. Commands call this
    before they import anything else that imports TensorFlow.
    """
    if os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2") == "0":
        return
    stderr = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    try:
        import tensorflow as tf

        tf.config.list_physical_devices()
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
