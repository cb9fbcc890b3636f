"""VGG-19 features phi_{i,j}: the space in which the paper's content loss compares images (section 2.2.1)."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import keras
from keras.applications import vgg19

from srgan_tf.errors import UsageError

LAYERS = {"vgg22": "block2_conv2", "vgg54": "block5_conv4"}
"""phi_{i,j} is the j-th convolution before the i-th max-pooling, after its ReLU."""

IMAGENET_FILE = "vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5"
IMAGENET_URL = f"https://storage.googleapis.com/tensorflow/keras-applications/vgg19/{IMAGENET_FILE}"
IMAGENET_MD5 = "253f8cb515780f3b799900260a226db6"


SUBSTITUTES = {
    ("vgg22", "vgg19_normalised_block2_conv2.keras"): "VGG22, normalised per channel",
    ("vgg54", "vgg19_distilled_block5_conv1.keras"): "substitute for VGG54",
}
"""Names of the features in published `.keras` files, by content loss and file."""


def features_name(content_loss: str, vgg_weights: str) -> str:
    """Returns the name of the features that a content loss compares, for tables and cards.

    Only VGG-19's own weights give the paper's features, so only they have the paper's name. The file of
    block2_conv2 holds ImageNet's VGG-19 rescaled so that each channel has a mean activation of 1, which gives
    the channels other weights. That of block5_conv1 is a smaller network that predicts VGG-19's features.

    Args:
      content_loss: "mse", "vgg22" or "vgg54".
      vgg_weights: "imagenet" or a path, as `feature_extractor` takes it; the file need not exist.

    Returns:
      Such as "VGG54", "VGG22, normalised per channel", "substitute for VGG54" or "mine.keras for VGG54".
    """
    name = content_loss.upper()
    if content_loss == "mse" or not vgg_weights.endswith(".keras"):
        return name
    file = Path(vgg_weights).name
    return SUBSTITUTES.get((content_loss, file), f"{file} for {name}")


def feature_extractor(content_loss: str, weights: str, *, precision: str = "float32") -> Callable[[Any], Any]:
    """Returns the function phi of a content loss.

    Args:
      content_loss: "vgg22" or "vgg54".
      weights: "imagenet" (downloaded once by Keras, checksum verified), a local `.h5` of VGG-19 in Keras'
        layout, or a `.keras` model that takes what `vgg19.preprocess_input` gives and returns features;
        such a file is taken as it is, whatever layer it computes.
      precision: dtype policy of the convolutions.

    Returns:
      Function from images, float (N, H, W, 3) in [-1, 1], to features after ReLU, (N, h, w, C). It has
      the frozen `keras.Model` as attribute `model`.

    Raises:
      UsageError: the weights cannot be had, with what to do.
    """
    if weights.endswith(".keras"):
        model = _saved_features(Path(weights))
    else:
        path = _imagenet_file() if weights == "imagenet" else Path(weights)
        model = vgg19_until(LAYERS[content_loss], path)
    if precision != "float32":
        model = _with_precision(model, precision)
    model.trainable = False

    def features(images: Any) -> Any:
        images = keras.ops.cast(images, "float32")
        return model(vgg19.preprocess_input(127.5 * (images + 1.0)), training=False)

    features.model = model
    return features


def vgg19_until(layer: str, weights: Path | None) -> keras.Model:
    """Returns VGG-19 from its input to one layer; only the weights up to that layer are read.

    Args:
      layer: name of the last layer, such as "block2_conv2".
      weights: `.h5` in Keras' layout, with or without the classifier; None leaves them random.

    Returns:
      Functional model: (N, H, W, 3), output of `preprocess_input` -> (N, h, w, C).

    Raises:
      UsageError: the file is missing, is no HDF5 file or lacks a layer that is needed.
    """
    whole = vgg19.VGG19(include_top=False, weights=None)
    model = keras.Model(whole.input, whole.get_layer(layer).output, name=f"vgg19_{layer}")
    if weights is None:
        return model
    if not weights.is_file():
        raise UsageError(
            f"--vgg_weights={weights}: no such file; give a VGG-19 .h5, a .keras feature model or imagenet"
        )
    needed = [x.name for x in model.layers if x.weights]
    try:
        with h5py.File(weights) as file:
            present = set(file.get("model_weights", file))
    except OSError as error:
        raise UsageError(f"--vgg_weights={weights}: not a readable HDF5 file ({error})") from error
    absent = [name for name in needed if name not in present]
    if absent:
        raise UsageError(
            f"--vgg_weights={weights}: no weights for {', '.join(absent)}; expected VGG-19 in Keras' layout "
            f"({IMAGENET_FILE})"
        )
    try:
        model.load_weights(weights, by_name=True)
    except ValueError as error:
        reason = str(error).splitlines()[0]
        raise UsageError(f"--vgg_weights={weights}: weights do not fit VGG-19 ({reason})") from error
    return model


def _imagenet_file() -> Path:
    cache = Path(os.environ.get("KERAS_HOME", "~/.keras")).expanduser() / "models" / IMAGENET_FILE
    try:
        return Path(
            keras.utils.get_file(IMAGENET_FILE, IMAGENET_URL, cache_subdir="models", file_hash=IMAGENET_MD5)
        )
    except Exception as error:  # Keras raises a bare Exception when a download fails
        raise UsageError(
            f"--vgg_weights=imagenet: {IMAGENET_FILE} could not be downloaded; fetch {IMAGENET_URL} "
            f"(80,134,624 bytes, md5 {IMAGENET_MD5}) elsewhere and put it at {cache}, or give its path with "
            "--vgg_weights"
        ) from error


def _saved_features(path: Path) -> keras.Model:
    if not path.is_file():
        raise UsageError(f"--vgg_weights={path}: no such file")
    try:
        model = keras.saving.load_model(path, compile=False)
    except (ValueError, OSError, TypeError) as error:
        reason = str(error).splitlines()[0]
        raise UsageError(f"--vgg_weights={path}: not a readable Keras model ({reason})") from error
    if len(model.input_shape) != 4 or model.input_shape[-1] != 3 or len(model.output_shape) != 4:
        raise UsageError(
            f"--vgg_weights={path}: expected a model from (N, H, W, 3) to (N, h, w, C), "
            f"it goes from {model.input_shape} to {model.output_shape}"
        )
    return model


def _with_precision(model: keras.Model, precision: str) -> keras.Model:
    """Returns the same model with its convolutions under another dtype policy.

    Those that read the image itself stay in float32: 8 bits of mantissa would round levels of 0..255.
    """

    def retyped(layer: keras.layers.Layer) -> keras.layers.Layer:
        config = layer.get_config()
        if isinstance(layer, keras.layers.Conv2D) and layer.kernel.shape[2] > 3:
            config["dtype"] = precision
        return type(layer).from_config(config)

    copy = keras.models.clone_model(model, clone_function=retyped)
    copy.set_weights(model.get_weights())
    return copy
