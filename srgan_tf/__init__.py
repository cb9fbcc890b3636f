"""SRResNet and SRGAN (Ledig et al., CVPR 2017) in TensorFlow and Keras.

    sr = srgan_tf.upscale("photo.jpg")             # or an array, a Pillow image, a list of them
    model = srgan_tf.load("srgan")                 # a released name, a .keras file or a run directory
    sr = srgan_tf.upscale(image, model)            # uint8 (h, w, 3) -> uint8 (4*h, 4*w, 3)

Importing the package does not start TensorFlow; the first use does.
"""

from srgan_tf.errors import Stopped, UsageError, WorkError
from srgan_tf.library import evaluate, export, load, train, upscale

__version__ = "0.1.0"

__all__ = [
    "Stopped",
    "UsageError",
    "WorkError",
    "__version__",
    "evaluate",
    "export",
    "load",
    "train",
    "upscale",
]
