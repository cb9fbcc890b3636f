"""The tiny network, the tiny run and the small images of all tests."""

import io
from collections.abc import Callable
from functools import cache
from pathlib import Path

import keras
import numpy as np
import skimage
from PIL import Image

from srgan_tf.models.generator import GeneratorConfig, generator
from srgan_tf.models.networks import receptive_radius

ROOT = Path(__file__).parent.parent
"""The checkout."""

TINY = GeneratorConfig(scale=4, blocks=2, filters=8)
EVERY_KIND = [
    GeneratorConfig(2, 1, 8),
    GeneratorConfig(3, 2, 4),
    TINY,
    GeneratorConfig(8, 1, 4),
    GeneratorConfig(4, 2, 8, "leaky_relu"),
    GeneratorConfig(4, 2, 8, "leaky_relu", "direct"),
    GeneratorConfig(4, 2, 8, skip_connections=False),
]
"""Small generators of every scale, activation and upsampler, and one without skip connections."""
TINY_RUN = {
    "batch_size": 4,
    "crop_size": 24,
    "blocks": TINY.blocks,
    "filters": TINY.filters,
    "steps": 6,
    "learning_rate": 1e-3,
    "log_every": 2,
    "checkpoint_every": 2,
    "ema_decay": 0.9,
    "augment": True,
}
"""Values of a run of seconds, without its data."""
SERVED_PIXELS = 47 * 47
"""The most LR pixels that the exported tiny model takes: a tile of 23 with a halo of 12 on each side."""
GAN = {"phase": "gan", "content_loss": "mse", "discriminator_filters": 8}
"""The values that make it a run of the second phase."""


def random_generator(config: GeneratorConfig = TINY, *, fast: bool = True, seed: int = 0) -> keras.Model:
    """Returns a generator whose every weight matters, as after training.

    Kernels, biases, slopes and batch statistics are random; SR has a standard deviation of about 0.5.
    """
    keras.utils.set_random_seed(seed)  # of the kernels
    model = generator(config, fast=fast)
    rng = np.random.default_rng(seed)
    for variable in model.variables:
        name = variable.path.rsplit("/", 1)[-1]
        if name == "moving_variance":
            variable.assign(rng.uniform(0.5, 2, variable.shape))
        elif name in ("beta", "bias", "moving_mean"):
            variable.assign(rng.normal(0, 0.1, variable.shape))
        elif name == "gamma":
            variable.assign(rng.uniform(0.3, 1, variable.shape))
        elif name == "slope":
            variable.assign(rng.uniform(-0.2, 0.9, variable.shape))
    if config.upsampling == "direct":  # its kernel starts at zero
        kernel = model.get_layer("direct_conv").kernel
        kernel.assign(rng.normal(0, 0.02, kernel.shape))
        return model
    tail = model.get_layer("tail_conv")
    sr = model(rng.uniform(size=(1, 24, 24, 3)).astype(np.float32), training=False).numpy()
    tail.bias.assign((tail.bias - sr.mean(axis=(0, 1, 2))) / (2 * sr.std()))
    tail.kernel.assign(tail.kernel / (2 * sr.std()))
    return model


@cache
def tiny_generator() -> keras.Model:
    """Returns the `random_generator` that tests share, traced once; do not change its weights."""
    return random_generator()


def as_flags(values: dict[str, object]) -> list[str]:
    """Returns values of a run as flags of `train.py`."""
    return [f"--{name}={value}" for name, value in values.items()]


def upscale_at_once(model: keras.Model, mirror: bool = False) -> Callable[[np.ndarray], np.ndarray]:
    """Returns the plain form of upscaling: uint8 (h, w, 3) -> uint8 (scale*h, scale*w, 3), without tiles.

    With `mirror` the image stands amid its mirror images, which are cut off the result.
    """
    radius = receptive_radius(model) if mirror else 0

    def upscale(lr: np.ndarray) -> np.ndarray:
        lr = np.pad(lr, ((radius, radius), (radius, radius), (0, 0)), "symmetric")
        sr = model(lr[None].astype(np.float32) / 255, training=False).numpy()[0].astype(np.float64)
        edge = radius * (sr.shape[0] // lr.shape[0])
        sr = sr[edge : sr.shape[0] - edge, edge : sr.shape[1] - edge]
        return np.clip(np.rint((sr + 1) * 127.5), 0, 255).astype(np.uint8)

    return upscale


def assert_near(image: np.ndarray, expected: np.ndarray) -> None:
    """Holds two images equal up to values between two levels, where sums in another order round otherwise."""
    assert image.shape == expected.shape
    difference = np.abs(image.astype(int) - expected.astype(int))
    assert difference.max() <= 1
    assert np.mean(difference > 0) < 1e-3


def sample_image(height: int, width: int, number: int = 0) -> Image.Image:
    """Returns a part of a photograph that comes with scikit-image, a different one for each number."""
    with Image.open(Path(skimage.__file__).parent / "data" / "chelsea.png") as image:
        left, top = 37 * number % (image.width - width + 1), 23 * number % (image.height - height + 1)
        part = image.convert("RGB").crop((left, top, left + width, top + height))
    return Image.fromarray(np.asarray(part))  # without the file's colour profile


def write_images(folder: Path, count: int, size: tuple[int, int] = (40, 52), form: str = "PNG") -> None:
    """Writes the images `00.png`, `01.png`, ..., each a little larger than the one before."""
    suffix = {"PNG": "png", "JPEG": "jpg"}[form]
    for i in range(count):
        save(sample_image(size[0] + i, size[1] + i % 3, i), folder / f"{i:02}.{suffix}")


def encoded(image: Image.Image | np.ndarray, form: str = "PNG", **options: object) -> bytes:
    """Returns an image file's bytes."""
    file = io.BytesIO()
    _pillow(image).save(file, form, **options)
    return file.getvalue()


def save(image: Image.Image | np.ndarray, path: Path) -> None:
    """Writes an image file, and its folder where there is none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _pillow(image).save(path)


def contents(folder: Path) -> dict[str, bytes]:
    """Returns the bytes of a folder's files by their names."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def opened(file: Path | bytes) -> np.ndarray:
    """Returns the values of an image file as Pillow reads them."""
    return np.asarray(Image.open(io.BytesIO(file) if isinstance(file, bytes) else file))


def _pillow(image: Image.Image | np.ndarray) -> Image.Image:
    return image if isinstance(image, Image.Image) else Image.fromarray(image)
