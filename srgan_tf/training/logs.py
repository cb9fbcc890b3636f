"""The files of a run and its progress line: weights, checkpoints, metrics, TensorBoard."""

import itertools
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from srgan_tf.config import RunConfig
from srgan_tf.data.pipeline import validation_pairs
from srgan_tf.data.sources import Source
from srgan_tf.images.writing import write_rgb
from srgan_tf.inference.upscaler import upscale
from srgan_tf.metrics import niqe
from srgan_tf.metrics.community import score
from srgan_tf.models.networks import network
from srgan_tf.models.weights import save as save_generator
from srgan_tf.progress import note
from srgan_tf.run_directory import Metrics, RunDirectory, step_name
from srgan_tf.training.checkpoints import keep_newest, remove_partial, save_checkpoint, writing
from srgan_tf.training.optimizer import Kept

SAMPLES = 4
"""Number of SR images that are kept at each validation."""

MEASURED = ("learning_rate", "steps_per_second", "waiting_for_data", "val_psnr", "val_ssim")
"""Columns of metrics.csv behind the terms of the loss; the second phase has val_niqe too."""


class Record:
    """Writes a run's files; only the chief of several workers has one.

    Args:
      config: the run.
      run: where its files go.
      kept: what of the generator is validated and kept.
      checkpoint: everything that is needed to go on.
      val_source: validation images, or None.
      terms: names of what steps report.
      start: updates done so far.
    """

    def __init__(
        self,
        config: RunConfig,
        run: RunDirectory,
        kept: Kept,
        checkpoint: tf.train.Checkpoint,
        val_source: Source | None,
        terms: tuple[str, ...],
        start: int,
    ) -> None:
        self._config = config
        self._run = run
        self._kept = kept
        self._model = kept.ema if kept.start is None else network(config.generator)
        self._checkpoint = checkpoint
        self._val_source = val_source
        self._terms = terms
        for directory in (run.weights, run.checkpoints):
            remove_partial(directory)
        self._upscale = partial(upscale, self._model, mirror=False)
        niqe_column = ["val_niqe"] if config.phase == "gan" else []
        self._metrics = Metrics(run.metrics, [*terms, *MEASURED, *niqe_column], start)
        self._board = tf.summary.create_file_writer(str(run.logs))
        self.line = ProgressLine(config.variant, start, config.steps, config.batch_size)

    @contextmanager
    def closing(self) -> Iterator["Record"]:
        """Ends the progress line and the logs when the block ends, well or not."""
        try:
            yield self
        except BaseException:
            self.line.close()
            with suppress(OSError, tf.errors.OpError):  # the reason for the end counts
                self._close()
            raise
        self.line.close()
        with writing(self._run):
            self._close()

    def _close(self) -> None:
        try:
            self._metrics.close()
        finally:
            self._board.close()

    def save(self, step: int) -> None:
        """Writes weights, then the checkpoint, and removes old ones.

        In this order: a run that is killed in between does the steps again, and writes the same weights.
        """
        weights = self._run.weights / f"{step_name(step)}.keras"
        with writing(self._run):
            save_generator(self._kept.weights(), self._config.generator, weights)
            save_checkpoint(self._checkpoint, self._run.checkpoints, step)
            keep_newest(self._run.weights, ".keras", self._config.keep_checkpoints)
            keep_newest(self._run.checkpoints, "", self._config.keep_checkpoints)

    def validate(self, step: int) -> dict[str, float]:
        """Evaluates what is kept on whole images without their borders and keeps the first SR images.

        Returns:
          Mean PSNR (dB) and SSIM on Y, protocol `community`, and in the second phase NIQE of the images that
          are large enough; nothing without validation images.
        """
        if self._val_source is None:
            return {}
        config, results, niqes = self._config, [], []
        if self._model is not self._kept.ema:
            self._model.set_weights(self._kept.weights())
        pairs = validation_pairs(self._val_source, config.scale, config.downscale, config.degradation)
        for name, lr, hr in itertools.islice(pairs, config.val_images):
            sr = self._upscale(lr)
            if len(results) < SAMPLES:
                self._show(step, Path(name).stem, sr)
            results.append(score(sr, hr, config.scale))
            if config.phase == "gan" and min(sr.shape[:2]) >= niqe.BLOCK:
                niqes.append(niqe.niqe(sr, niqe.default_model()))
        psnr = float(np.mean([r.psnr for r in results]))
        ssim = float(np.mean([r.ssim for r in results]))
        figures = {"val_psnr": psnr, "val_ssim": ssim}
        found = f"PSNR {psnr:.2f} dB, SSIM {ssim:.4f} (Y, {len(results)} images)"
        if np.isfinite(niqes).any():  # a flat image has none
            figures["val_niqe"] = float(np.nanmean(niqes))
            found += f", NIQE {figures['val_niqe']:.2f}"
        self.line.note(f"step {step}: validation {found}")
        return figures

    def _show(self, step: int, name: str, image: np.ndarray) -> None:
        """Keeps a uint8 (H, W, 3) image as PNG and in TensorBoard."""
        with writing(self._run):
            write_rgb(image, self._run.samples / step_name(step) / f"{name}.png")
        with self._board.as_default(step=step):
            tf.summary.image(name, image[None])

    def row(self, step: int, values: dict[str, float]) -> None:
        """Writes the values of a step to metrics.csv and TensorBoard; they are on disk when this returns."""
        if not values:
            return
        with writing(self._run):
            self._metrics.write(step, values)
        with self._board.as_default(step=step):
            for name, value in values.items():
                tf.summary.scalar(name, value)
        if "steps_per_second" in values:
            shown = {name: values[name] for name in self._terms}
            self.line.show(step, self._config.steps, values["steps_per_second"], shown)


class ProgressLine:
    """Steps done, rate and time left: a moving line in a terminal, plain lines elsewhere.

    Args:
      name: what is trained.
      start: steps done so far.
      steps: steps in all.
      batch_size: images per step.
    """

    def __init__(self, name: str, start: int, steps: int, batch_size: int) -> None:
        self._batch_size = batch_size
        self._moving = sys.stderr.isatty()
        self._bar = tqdm(
            desc=name,
            total=steps,
            initial=start,
            unit="step",
            disable=None,
            dynamic_ncols=True,
            smoothing=0.05,
        )

    def advance(self) -> None:
        """Counts one more step."""
        self._bar.update()

    def show(self, step: int, steps: int, rate: float, values: dict[str, float]) -> None:
        """Shows the values of a logged step; `rate` is in steps/s."""
        left = tqdm.format_interval((steps - step) / rate) if rate else "?"
        numbers = ", ".join(f"{k} {v:.4g}" for k, v in values.items())
        if self._moving:
            self._bar.set_postfix_str(f"{rate * self._batch_size:.0f} images/s, {numbers}")
        else:
            self.note(
                f"step {step}/{steps}: {numbers} "
                f"[{rate:.3g} steps/s, {rate * self._batch_size:.3g} images/s, {left} left]"
            )

    def note(self, text: str) -> None:
        """Writes a line that stays."""
        note(text)

    def close(self) -> None:
        """Ends the moving line."""
        self._bar.close()
