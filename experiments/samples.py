"""What a run's second phase has left of its steps: SR images, losses, NIQE; and the images of its start."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from srgan_tf.config import RunConfig
from srgan_tf.errors import UsageError
from srgan_tf.files import sha256_of
from srgan_tf.images import UnusableImage, read_rgb
from srgan_tf.metrics.niqe import BLOCK, default_model, niqe
from srgan_tf.progress import progress
from srgan_tf.run_directory import (
    RunDirectory,
    load_config,
    newest_weights,
    read_metrics,
    step_name,
    step_of,
    steps_in,
)

Images = Mapping[str, Path | np.ndarray]
"""SR images by name, each a file or uint8 (H, W, 3)."""


@dataclass(frozen=True)
class Samples:
    """A second phase.

    Attributes:
      root: the run's directory.
      config: of the second phase.
      steps: those of which there are SR images, in order.
      names: of the images that every such step has.
      rows: of metrics.csv, in order.
    """

    root: Path
    config: RunConfig
    steps: tuple[int, ...]
    names: tuple[str, ...]
    rows: list[dict[str, float]] = field(repr=False)

    @property
    def run(self) -> RunDirectory:
        """Its files."""
        return RunDirectory(self.root / "gan")

    def images(self, step: int) -> dict[str, Path]:
        """Returns the SR images of a step."""
        return {name: self.run.samples / step_name(step) / f"{name}.png" for name in self.names}

    @property
    def done(self) -> int:
        """The updates so far."""
        newest = newest_weights(self.run)
        return max([int(row["step"]) for row in self.rows] + ([step_of(newest)] if newest else []))

    def curve(self, name: str) -> dict[int, float]:
        """Returns the values of a column of metrics.csv by step."""
        return {int(row["step"]): row[name] for row in self.rows if np.isfinite(row.get(name, np.nan))}

    @cached_property
    def pairs(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """LR and HR of the images by name, as validation has them.

        Raises:
          UsageError: the validation images are no longer where they were.
        """
        from srgan_tf.data.pairs import open_pairs
        from srgan_tf.data.pipeline import validation_pairs
        from srgan_tf.data.sources import open_source

        config, least = self.config, 16 * self.config.scale
        if not config.val_data:
            raise UsageError("the run's config names no validation images")
        if config.val_lr_data:
            source = open_pairs(config.val_data, config.val_lr_data, config.scale, min_size=least)
        else:
            source = open_source(config.val_data, split="validation", min_size=least)
        found: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        for name, lr, hr in validation_pairs(source, config.scale, config.downscale, config.degradation):
            if Path(name).stem in self.names:
                found.setdefault(Path(name).stem, (lr, hr))
            if len(found) == len(self.names):
                return found
        missing = ", ".join(name for name in self.names if name not in found)
        raise UsageError(f"{config.val_data} no longer holds {missing}")


def samples_of(given: str) -> Samples:
    """Returns what a run's second phase has left.

    Args:
      given: the run directory, or that of its second phase.

    Raises:
      UsageError: there is no such run, it has no second phase, or no SR images of one size.
    """
    path = Path(given).expanduser()
    root = path.parent if path.name in ("gan", "pretrain") and (path / "config.json").is_file() else path
    run = RunDirectory(root / "gan")
    if not run.config.is_file():
        if RunDirectory(root / "pretrain").config.is_file():
            raise UsageError(
                f"--run={given}: this run has a first phase only; train.py --phase=gan --run_dir={root} "
                "trains the second"
            )
        raise UsageError(f"--run={given}: no such run; expected a run directory of train.py with gan/ in it")
    config = load_config(run.config)
    folders = [folder for folder in steps_in(run.samples) if any(folder.glob("*.png"))]
    if not folders:
        raise UsageError(
            f"--run={given}: no SR images in {run.samples}; train.py leaves them at each validation, every "
            f"--val_every={config.val_every} steps, where it is given --val_data"
        )
    common = set.intersection(*({path.stem for path in folder.glob("*.png")} for folder in folders))
    if not common:
        raise UsageError(f"--run={given}: no image is in all folders of {run.samples}")
    try:
        rows = read_metrics(run.metrics)
    except ValueError as error:
        raise UsageError(f"{run.metrics}: no metrics of a run ({error})") from error
    if not rows:
        raise UsageError(f"{run.metrics}: no such file, or nothing in it; the curves are made from it")
    if not all("step" in row for row in rows):
        raise UsageError(f"{run.metrics}: no metrics of a run (rows without a step)")
    return Samples(root, config, tuple(map(step_of, folders)), tuple(sorted(common)), rows)


def start_of(samples: Samples) -> tuple[Images, str]:
    """Returns the SR images of the weights that the second phase started from.

    Those of the first phase's last validation are taken where it has not gone on since; otherwise the weights
    make them.

    Returns:
      The images, and "" or the reason why there are none.
    """
    config, first = samples.config, RunDirectory(samples.root / "pretrain")
    newest = newest_weights(first)
    if not config.init_from:
        if newest is None:
            return {}, f"no weights of the first phase in {first.weights}"
        if config.digests.get("init_from", sha256_of(newest)) != sha256_of(newest):
            return {}, "the first phase has gone on since"
        kept = {name: first.samples / newest.stem / f"{name}.png" for name in samples.names}
        if all(path.is_file() for path in kept.values()):
            return kept, ""
    try:
        return upscaled(samples, config.init_from or str(newest)), ""
    except UsageError as error:
        return {}, str(error)


def upscaled(samples: Samples, weights: str) -> dict[str, np.ndarray]:
    """Returns the SR images that other weights make of the same LR images.

    Args:
      samples: of the run.
      weights: a released name, a weights file or a run directory.

    Raises:
      UsageError: there are no such weights, they upscale by another factor, or the LR images are gone.
    """
    from srgan_tf import load
    from srgan_tf.inference.upscaler import upscale
    from srgan_tf.models.networks import config_of

    model = load(weights)
    scale = config_of(model).scale
    if scale != samples.config.scale:
        raise UsageError(f"{weights} upscales by {scale}, and this run by {samples.config.scale}")
    pairs = samples.pairs
    with progress(len(pairs), unit="image", desc=Path(weights).name, delay=2) as bar:
        found = {}
        for name in samples.names:
            found[name] = upscale(model, pairs[name][0], mirror=False)
            bar.update()
    return found


def pixels(image: Path | np.ndarray) -> np.ndarray:
    """Returns the pixels of an SR image, uint8 (H, W, 3).

    Raises:
      UsageError: the file cannot be read.
    """
    if isinstance(image, np.ndarray):
        return image
    try:
        return read_rgb(image)
    except (OSError, UnusableImage) as error:
        raise UsageError(f"{image} cannot be read: {error}; remove its folder or put the file back") from None


def check_sizes(names: Sequence[str], columns: Sequence[Images]) -> None:
    """Checks that an image has one size at all steps.

    Raises:
      UsageError: it has not, or a file cannot be read.
    """
    for name in names:
        first = pixels(columns[-1][name])
        for images in columns[:-1]:
            other = pixels(images[name])
            if other.shape != first.shape:
                (h, w), (height, width) = other.shape[:2], first.shape[:2]
                where = images[name] if isinstance(images[name], Path) else f"{name} of the start or of HR"
                raise UsageError(
                    f"{where} is {w}x{h}, and the same image of the last step {width}x{height}; the samples "
                    "of an image must have one size"
                )


def naturalness(columns: Sequence[Images], names: Sequence[str]) -> list[dict[str, float]]:
    """Returns NIQE, packaged parameters, of the images of each column that are large enough, by name."""
    found: list[dict[str, float]] = [{} for _ in columns]
    with progress(len(columns) * len(names), unit="image", desc="NIQE", delay=2) as bar:
        for values, images in zip(found, columns, strict=True):
            for name in names:
                image = pixels(images[name])
                if min(image.shape[:2]) >= BLOCK:
                    values[name] = niqe(image, default_model())
                bar.update()
    return found


def growing(steps: Sequence[int], count: int) -> list[int]:
    """Returns at most so many of the steps, the first and the last one among them, at about equal ratios."""
    if len(steps) <= count:
        return list(steps)
    wanted = np.geomspace(steps[0], steps[-1], count)
    return sorted({min(steps, key=lambda step, near=near: abs(step - near)) for near in wanted})
