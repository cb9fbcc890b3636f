"""The methods of a comparison: interpolations, SelfExSR, networks, and ready-made images of anybody."""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import keras
import numpy as np
from skimage.color import rgb2ycbcr, ycbcr2rgb

from srgan_tf import load
from srgan_tf.command_line import check_value
from srgan_tf.data.degradation import Downscale, upscale_bicubic
from srgan_tf.data.ranges import lr_from_uint8, uint8_from_sr
from srgan_tf.errors import UsageError
from srgan_tf.evaluation.datasets import GroundTruth
from srgan_tf.files import sha256_of
from srgan_tf.images import image_files
from srgan_tf.inference.litert import open_any_size
from srgan_tf.inference.network import network_from
from srgan_tf.inference.precisions import PRECISIONS
from srgan_tf.inference.upscaler import upscale
from srgan_tf.models import weights
from srgan_tf.models.networks import config_of
from srgan_tf.selfexsr.method import REVISION, upscaled

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")
SET = "{set}"
ORIGINAL = "original"


@dataclass(frozen=True)
class Upscaling:
    """A method that makes SR from LR.

    Attributes:
      name: in tables.
      about: where it comes from.
      fingerprint: text that changes when its images do.
      upscale: function (lr, downscale) from uint8 (h, w, 3) to uint8 (scale*h, scale*w, 3); `downscale`
        tells how LR was made.
    """

    name: str
    about: str
    fingerprint: str
    upscale: Callable[[np.ndarray, Downscale], np.ndarray]


@dataclass(frozen=True)
class ReadyImages:
    """A method whose images were made elsewhere.

    Attributes:
      name: in tables.
      folder: where they are; `{set}` in it stands for the dataset's name. Without it, a folder of that name
        inside is taken, and otherwise the folder itself.
    """

    name: str
    folder: str

    @property
    def about(self) -> str:
        """Its origin in words, such as the network's variant and steps."""
        return f"images in {self.folder}"

    def of_dataset(self, dataset: str) -> Path:
        """Returns the folder with the images of a dataset; it may not exist."""
        if SET in self.folder:
            return Path(self.folder.replace(SET, dataset)).expanduser()
        root = Path(self.folder).expanduser()
        return root / dataset if (root / dataset).is_dir() else root


Method = Upscaling | ReadyImages


def nearest(scale: int) -> Upscaling:
    """Returns nearest neighbour: every LR pixel becomes a square."""
    return Upscaling(
        "nearest",
        "every pixel repeated",
        f"nearest {scale}",
        lambda lr, _: lr.repeat(scale, axis=0).repeat(scale, axis=1),
    )


def bicubic(scale: int) -> Upscaling:
    """Returns bicubic interpolation, by each protocol's own habit.

    `paper`: Pillow's on RGB. `community`: MATLAB's on 8-bit Y, Cb and Cr, the way in which colour
    images of the later papers were made (`rgb2ycbcr`, `imresize`, `ycbcr2rgb`). MATLAB's on R, G, B
    directly has up to 0.01 dB and 0.001 SSIM more than the values that are customarily quoted. Of the
    forms in use this one comes closest to those values.
    """

    def upscale(lr: np.ndarray, downscale: Downscale) -> np.ndarray:
        if downscale == "pillow":
            return upscale_bicubic(lr, scale, downscale)
        planes = upscale_bicubic(_uint8(rgb2ycbcr(lr)), scale, downscale)
        return _uint8(255 * ycbcr2rgb(planes.astype(np.float64)))

    return Upscaling("bicubic", "bicubic interpolation", f"bicubic {scale}", upscale)


def selfexsr(scale: int, *, planes: bool = True) -> Upscaling:
    """Returns SelfExSR, which learns from the image itself; without planes it shows what they give."""
    name, form = ("selfexsr", "with") if planes else ("selfexsr-affine", "without")
    about, key = f"transformed self-exemplars, {form} planes", f"{name} {REVISION} {scale}"
    return Upscaling(name, about, key, lambda lr, _: upscaled(lr, scale, planes=planes))


INTERPOLATIONS = {"nearest": nearest, "bicubic": bicubic}
NO_NETWORKS = INTERPOLATIONS | {"selfexsr": selfexsr, "selfexsr-affine": partial(selfexsr, planes=False)}
STRENGTH = re.compile(r"(.+?):([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|nan|inf)(?::(.+))?", re.IGNORECASE)
"""A network between two networks: CRISP:STRENGTH, or CRISP:STRENGTH:FAITHFUL."""


@dataclass(frozen=True)
class Spelled:
    """A network as `--methods` spells it: PATH, PATH:STRENGTH or PATH:STRENGTH:FAITHFUL, and + behind it.

    Attributes:
      path: a released name or a path.
      strength: as `srgan_tf.load` takes it.
      faithful: as `srgan_tf.load` takes it.
      self_ensemble: True for the mean of the eight flips and rotations.
    """

    path: str
    strength: float | None = None
    faithful: str | None = None
    self_ensemble: bool = False


def spelled(given: str) -> Spelled:
    """Returns the parts of a network's spelling; a path that exists is that path, whatever is in its name."""
    if Path(given).expanduser().exists():
        return Spelled(given)
    rest = given.removesuffix("+")
    found = None if Path(rest).expanduser().exists() else STRENGTH.fullmatch(rest)
    if not found:
        return Spelled(rest, self_ensemble=rest != given)
    return Spelled(found[1], float(found[2]), found[3], rest != given)


def network(name: str, given: str, scale: int, precision: str = "float32") -> Upscaling:
    """Returns a network of this package.

    Args:
      name: in tables.
      given: a released name, a weights file or a run directory, as `spelled` reads it.
      scale: what its scale must be.
      precision: one of `PRECISIONS` but "auto".

    Raises:
      UsageError: there are no such weights, or they upscale by another factor.
    """
    check_value("precision", precision, PRECISIONS[1:], None)
    said = spelled(given)
    model = load(said.path, strength=said.strength, faithful=said.faithful)
    found = config_of(model).scale
    if found != scale:
        raise UsageError(f"{given} upscales by {found}, the comparison is for --scale={scale}")
    about = f"network from {given}" + (f", {precision}" if precision != "float32" else "")
    key = f"{weights_digest(model)}{'+' if said.self_ensemble else ''} {precision}"
    ready = network_from(model, precision)

    def run(lr: np.ndarray, _: Downscale) -> np.ndarray:
        return upscale(ready, lr, mirror=False, self_ensemble=said.self_ensemble)

    return Upscaling(name, about, key, run)


def exported(name: str, file: Path, scale: int) -> Upscaling:
    """Returns a TFLite file, to see what quantisation costs.

    Args:
      name: in tables.
      file: of `export.py`, for images of any size.
      scale: what its scale must be.

    Raises:
      UsageError: it cannot be run here, takes images of one size only or upscales by another factor.
    """
    network, found = open_any_size(file)
    if found != scale:
        raise UsageError(f"{file} upscales by {found}, the comparison is for --scale={scale}")
    digest = sha256_of(file)

    def run(lr: np.ndarray, _: Downscale) -> np.ndarray:
        return uint8_from_sr(network.run(lr_from_uint8(lr)[None])[0])

    return Upscaling(name, f"TFLite file {file}", digest, run)


def weights_digest(model: keras.Model) -> str:
    """Returns a key made of a network's config, precision and weights, wherever they are stored."""
    # Not Keras' JSON: it numbers operations anew with each network that is built.
    precision = [layer.dtype_policy.name for layer in model.layers]
    # Reports that are older than the switch of the skip connections keep their images.
    config = repr(config_of(model)).replace(", skip_connections=True)", ")")
    content = hashlib.sha256(f"({config}, {precision!r})".encode())
    for weight in model.get_weights():
        content.update(weight.tobytes())
    return content.hexdigest()


def parse_methods(
    given: str | Sequence[str], scale: int, precision: str = "float32"
) -> tuple[list[Method], list[str]]:
    """Returns the methods of `--methods`.

    Args:
      given: items, or a text that separates them by commas: "nearest", "bicubic", "selfexsr", a released
        name, or NAME=PATH, where PATH is a weights file or a run directory, as `spelled` reads it, a TFLite
        file or a folder of images.
      scale: the factor.
      precision: of the networks' convolutions.

    Returns:
      The methods that can be used, in the order given, and a line for each one that cannot.
    """
    methods: dict[str, Method] = {}
    problems = []
    items = map(str.strip, given.split(",")) if isinstance(given, str) else given
    for item in filter(None, items):
        try:
            method = method_of(item, scale, precision)
            if method.name in methods:
                raise UsageError(f"{method.name} is named twice; give the second another NAME=")
            methods[method.name] = method
        except UsageError as error:
            problems.append(f"--methods: {item}: {error}")
    return list(methods.values()), problems


def method_of(item: str, scale: int, precision: str = "float32") -> Method:
    """Returns the method of one item of `--methods`.

    Raises:
      UsageError: it is unknown, or what it names cannot be used.
    """
    name, _, given = item.partition("=")
    if not NAME.fullmatch(name) or name == ORIGINAL:
        raise UsageError("a name has letters, digits, '.', '_', '+' or '-', and is not 'original'")
    if not given:
        if name in NO_NETWORKS:
            return NO_NETWORKS[name](scale)
        if name.removesuffix("+") in weights.names():
            return network(name, name, scale, precision)
        if name.removesuffix("+") in INTERPOLATIONS:
            raise UsageError(
                "an interpolation is the same for an image however it is turned; leave out the +"
            )
        if name.removesuffix("+") in NO_NETWORKS:
            raise UsageError("the mean over flips and rotations is for networks; leave out the +")
        known = ", ".join([*NO_NETWORKS, *weights.names()])
        raise UsageError(f"unknown; expected {known}, or NAME=PATH of weights, a run or a folder of images")
    path = Path(given).expanduser()
    if SET in given or (path.is_dir() and not is_run(path)):
        return ReadyImages(name, given)
    if path.suffix == ".tflite":
        return exported(name, path, scale)
    plain = Path(spelled(given).path).expanduser()
    if plain.suffix == ".tflite" or (plain.is_dir() and not is_run(plain)):
        raise UsageError("strengths and + are for weights and runs; give the file or the folder alone")
    return network(name, given, scale, precision)


def is_run(path: Path) -> bool:
    """Returns True if a folder is a run's, or a phase of one, rather than a folder of images."""
    return any((path / phase / "config.json").is_file() for phase in (".", "pretrain", "gan"))


def images_of(method: ReadyImages, truth: GroundTruth, names: set[str]) -> list[Path]:
    """Returns the files that could be a method's ready-made image; there should be one.

    Its name is the image's, or begins with it and goes on with something other than a letter or digit
    ("baby_x4.png", "baby_SRGAN-VGG54.png"); suffixes may differ.

    Args:
      method: whose image.
      truth: the HR image.
      names: names of the dataset's HR images, so that none takes the image of another.
    """
    folder = method.of_dataset(truth.dataset)
    files = image_files(folder) if folder.is_dir() else []
    return [path for path in files if path.stem == truth.name] or [
        path
        for path in files
        if path.stem.startswith(truth.name)
        and not path.stem[len(truth.name)].isalnum()
        and path.stem not in names
    ]


def _uint8(values: np.ndarray) -> np.ndarray:
    return np.clip(np.floor(values + 0.5), 0, 255).astype(np.uint8)
