"""NIQE, a metric of naturalness that needs no ground truth: an image's statistics against photographs'.

Source: Mittal, Soundararajan, Bovik, "Making a 'completely blind' image quality analyzer", IEEE Signal
Processing Letters 20(3), 2013, with the constants of the authors' program. Lower is more natural. Values
compare only where the parameters are the same.

    python -m srgan_tf.metrics.niqe fit PHOTOGRAPHS OUT.npz
"""

import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.io import loadmat
from scipy.ndimage import correlate1d
from scipy.special import gamma

from srgan_tf.bicubic import shrinking_taps, shrinking_weights
from srgan_tf.command_line import CommandLine, run_command, run_subcommand
from srgan_tf.errors import UsageError, WorkError
from srgan_tf.files import replacing
from srgan_tf.progress import note, progress

PACKAGED = "photographs"
"""Names the parameters that come with the package."""
BLOCK = 96
SHARP = 0.75
"""Fitting takes a photograph's blocks of at least this share of its sharpest block's sharpness."""
FEATURES = 36
_REACH = 3
_TAPS = np.exp(-(np.arange(-_REACH, _REACH + 1) ** 2) / (2 * (7 / 6) ** 2))
_TAPS /= _TAPS.sum()
_SHAPES = np.arange(0.2, 10.0005, 0.001)
_RATIOS = gamma(2 / _SHAPES) ** 2 / (gamma(1 / _SHAPES) * gamma(3 / _SHAPES))
_NEIGHBOURS = ((0, 1), (1, 0), (1, 1), (-1, 1))


@dataclass(frozen=True)
class NaturalModel:
    """The features of photographs as a multivariate Gaussian.

    Attributes:
      mean: float64 (36,).
      covariance: float64 (36, 36).
    """

    mean: np.ndarray
    covariance: np.ndarray


def niqe(rgb: np.ndarray, model: NaturalModel) -> float:
    """Returns the NIQE of an image.

    Args:
      rgb: uint8 (H, W, 3); at least one block of 96x96.
      model: what it is compared with.

    Returns:
      Distance between the two Gaussians, 0 or more.

    Raises:
      ValueError: the image is too small.
    """
    features, _ = block_features(rgb)
    features = features[np.isfinite(features).all(axis=1)]
    if not len(features):
        return float("nan")
    covariance = np.cov(features, rowvar=False) if len(features) > 1 else np.zeros((FEATURES, FEATURES))
    difference = model.mean - features.mean(axis=0)
    inverse = np.linalg.pinv((model.covariance + covariance) / 2)
    return float(np.sqrt(difference @ inverse @ difference))


def fit(images: Iterable[np.ndarray]) -> NaturalModel:
    """Returns the Gaussian of the features of the sharp blocks of photographs (section II.B and II.C).

    Args:
      images: uint8 (H, W, 3), at least 96x96 each.

    Raises:
      WorkError: too few blocks to fit 36 features.
    """
    chosen = []
    for image in images:
        features, sharpness = block_features(image)
        kept = (sharpness > SHARP * sharpness.max()) & np.isfinite(features).all(axis=1)
        chosen.append(features[kept])
    blocks = np.concatenate(chosen) if chosen else np.zeros((0, FEATURES))
    if len(blocks) <= FEATURES:
        raise WorkError(
            f"{len(blocks)} sharp blocks of {BLOCK}x{BLOCK} are too few for {FEATURES} features: "
            "give more or larger photographs"
        )
    return NaturalModel(blocks.mean(axis=0), np.cov(blocks, rowvar=False))


@functools.cache
def default_model() -> NaturalModel:
    """Returns the parameters that come with the package, fitted on photographs with free terms.

    They are `python -m srgan_tf.metrics.niqe fit` of 120 photographs, 242 megapixels, downscaled at least 2x
    from their originals and stored as JPEG of quality 95 without chroma subsampling. The photographs' terms:
    CC0, Unsplash, Pexels, Pixabay, CC-BY and CC-BY-SA.
    """
    return load_model(Path(__file__).parent / "niqe_photographs.npz")


def load_model(given: str | Path) -> NaturalModel:
    """Returns parameters.

    Args:
      given: "photographs", for those of `default_model`, or a file: `.npz` of `fit`, or the authors'
        `modelparameters.mat`.

    Raises:
      UsageError: no such file, or no such parameters in it.
    """
    if given == PACKAGED:
        return default_model()
    path = Path(given).expanduser()
    if not path.is_file():
        raise UsageError(
            f"{path}: no such file; give {PACKAGED!r} or one of `python -m srgan_tf.metrics.niqe fit`"
        )
    try:
        values = loadmat(path) if path.suffix == ".mat" else np.load(path)
        mean = np.asarray(values["mu_prisparam"], np.float64).ravel()
        covariance = np.asarray(values["cov_prisparam"], np.float64)
    except Exception as error:  # SciPy and NumPy raise many kinds for a damaged file
        raise UsageError(f"{path}: no NIQE parameters in it ({error})") from error
    if mean.shape != (FEATURES,) or covariance.shape != (FEATURES, FEATURES):
        raise UsageError(
            f"{path}: expected {FEATURES} means and their covariance, "
            f"found arrays {mean.shape} and {covariance.shape}"
        )
    return NaturalModel(mean, covariance)


def block_features(rgb: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns the statistics of each 96x96 block, at full and at half size.

    Args:
      rgb: uint8 (H, W, 3); what is over a multiple of 96 at the bottom and right is left out.

    Returns:
      Features float64 (blocks, 36), 18 per size; and each block's sharpness (blocks,), the mean local
      standard deviation at full size.

    Raises:
      ValueError: no block fits in.
    """
    rows, columns = (side // BLOCK for side in rgb.shape[:2])
    if not rows or not columns:
        raise ValueError(
            f"NIQE takes images of at least {BLOCK}x{BLOCK}, this one is {rgb.shape[1]}x{rgb.shape[0]}"
        )
    # MATLAB's rgb2gray
    grey = np.floor(rgb[: rows * BLOCK, : columns * BLOCK] @ np.array([0.2989, 0.5870, 0.1140]) + 0.5)
    full, deviation = normalized(grey)
    half, _ = normalized(halved(grey))
    features = np.stack(
        [
            np.concatenate([_features(a), _features(b)])
            for a, b in zip(_blocks(full, BLOCK), _blocks(half, BLOCK // 2), strict=True)
        ]
    )
    return features, np.array([block.mean() for block in _blocks(deviation, BLOCK)])


def normalized(grey: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns mean-subtracted, contrast-normalised values (eq. 1 to 3): (I - mean) / (deviation + 1).

    Mean and deviation are those of a 7x7 Gaussian window of sigma 7/6; the border pixel is repeated.

    Args:
      grey: float64 (H, W), 0..255.

    Returns:
      The normalised values and the deviation, both (H, W).
    """

    def smooth(plane: np.ndarray) -> np.ndarray:
        for axis in (0, 1):
            plane = correlate1d(plane, _TAPS, axis=axis, mode="nearest")
        return plane

    mean = smooth(grey)
    deviation = np.sqrt(np.abs(smooth(grey * grey) - mean * mean))
    return (grey - mean) / (deviation + 1), deviation


def halved(plane: np.ndarray) -> np.ndarray:
    """Returns a plane at half size by MATLAB's `imresize`, not rounded.

    Args:
      plane: float64 (H, W), both sides even.
    """
    weights = shrinking_weights(2)
    for axis in (0, 1):
        taken = np.take(plane, shrinking_taps(plane.shape[axis], 2), axis=axis)
        plane = np.tensordot(taken, weights / weights.sum(), axes=(axis + 1, 0))
    return plane


def asymmetric_gaussian(values: np.ndarray) -> tuple[float, float, float]:
    """Returns shape and both widths of an asymmetric generalised Gaussian, by moments (eq. 6 to 9).

    Args:
      values: any shape.

    Returns:
      alpha, beta to the left and beta to the right.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        left, right = (
            np.sqrt(np.mean(np.square(side))) if side.size else np.nan
            for side in (values[values < 0], values[values > 0])
        )
        ratio = left / right
        moments = np.mean(np.abs(values)) ** 2 / np.mean(np.square(values))
        target = moments * (ratio**3 + 1) * (ratio + 1) / (ratio**2 + 1) ** 2
    if not np.isfinite(target):
        return np.nan, np.nan, np.nan
    alpha = _SHAPES[np.argmin(np.abs(_RATIOS - target))]
    width = np.sqrt(gamma(1 / alpha) / gamma(3 / alpha))
    return float(alpha), float(left * width), float(right * width)


def _features(block: np.ndarray) -> list[float]:
    """18 features of a block: its own distribution, and those of products of neighbours in 4 directions."""
    alpha, left, right = asymmetric_gaussian(block)
    found = [alpha, (left + right) / 2]
    for shift in _NEIGHBOURS:
        alpha, left, right = asymmetric_gaussian(block * np.roll(block, shift, axis=(0, 1)))
        mean = (right - left) * gamma(2 / alpha) / gamma(1 / alpha)
        found += [alpha, mean, left, right]
    return found


def _blocks(plane: np.ndarray, side: int) -> Iterator[np.ndarray]:
    for top in range(0, plane.shape[0], side):
        for left in range(0, plane.shape[1], side):
            yield plane[top : top + side, left : left + side]


def _photographs(root: Path) -> Iterator[np.ndarray]:
    from srgan_tf.images import UnusableImage, image_names, read_rgb

    names = image_names(root)
    with progress(len(names), unit="photograph", delay=1) as bar:
        for name in names:
            bar.update()
            try:
                image = read_rgb(root / name)
            except (UnusableImage, OSError) as error:
                note(f"skipped {root / name}: {error}")
                continue
            if min(image.shape[:2]) >= BLOCK:
                yield image


ABOUT = """\
Fits NIQE's parameters to pristine photographs:

  python -m srgan_tf.metrics.niqe fit PHOTOGRAPHS OUT.npz"""


def main() -> None:
    """Runs the one subcommand."""
    run_subcommand(ABOUT, {"fit": fit_command})


def fit_command(argv: list[str]) -> None:
    """Fits parameters to a folder of photographs and writes them."""
    root, out = (Path(place).expanduser() for place in CommandLine(ABOUT, "PHOTOGRAPHS OUT.npz").parse(argv))
    if out.suffix != ".npz":
        raise UsageError(f"{out}: expected a file name that ends in .npz")
    if not root.is_dir():
        raise UsageError(f"{root}: no such folder; give one with pristine photographs")
    model = fit(_photographs(root))
    with replacing(out) as beside:
        np.savez(beside, mu_prisparam=model.mean, cov_prisparam=model.covariance)
    print(f"NIQE parameters of the photographs in {root}: {out}")


def run() -> None:
    """Runs the command as a process of its own."""
    run_command(main)


if __name__ == "__main__":
    run()
