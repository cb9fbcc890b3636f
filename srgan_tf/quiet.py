"""Libraries' own messages, kept from the user's terminal."""

import os
from collections.abc import Iterator
from contextlib import contextmanager


def start_tensorflow() -> None:
    """Imports TensorFlow and looks for devices with stderr silenced.

    Its C++ libraries greet every user with several lines of logs before their own settings are read, so
    TF_CPP_MIN_LOG_LEVEL does not reach them. Set that variable to 0 to see everything. Commands call this
    before they import anything else that imports TensorFlow.
    """
    with quiet_libraries():
        import tensorflow as tf

        tf.config.list_physical_devices()


@contextmanager
def quiet_libraries() -> Iterator[None]:
    """Silences stderr, C++ libraries' writing to it included, unless TF_CPP_MIN_LOG_LEVEL is 0."""
    if os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2") == "0":
        yield
        return
    stderr = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    try:
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
