"""SRResNet and SRGAN (Ledig et al., CVPR 2017) in TensorFlow and Keras.

    model = srgan_tf.load("srgan")                 # a released name, a .keras file or a run directory
    large = srgan_tf.upscale(model, picture)       # uint8 (h, w, 3) -> uint8 (4*h, 4*w, 3)

Both are imported when they are first used, so that importing the package does not start TensorFlow.
"""

import importlib
from typing import Any

_HOMES = {"load": "srgan_tf.load", "upscale": "srgan_tf.inference.upscaler"}

__all__ = ["load", "upscale"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
