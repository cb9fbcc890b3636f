"""What a run leaves behind: weights and checkpoints, metrics, validation pictures, the progress line."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from srgan_tf.config import RunConfig
from srgan_tf.data.sources import Source
from srgan_tf.images.writing import write_rgb
from srgan_tf.inference.upscaler import upscale
from srgan_tf.models.weights import save as save_generator
from srgan_tf.run_directory import RunDirectory, step_name
from srgan_tf.training import validation
from srgan_tf.training.checkpoints import keep_newest, remove_partial, save_checkpoint
from srgan_tf.training.logs import MetricsLog, ProgressLine

SAMPLES = 4
"""How many validation pictures are kept at each validation."""

MEASURED = ("learning_rate", "steps_per_second", "waiting_for_data", "val_psnr", "val_ssim")
"""Columns of metrics.csv behind the terms of the loss."""


class Record:
    """Writes a run's files; only the chief of several workers has one.

    Args:
      config: the run.
      run: where its files go.
      average: the generator that is validated and kept.
      checkpoint: everything that is needed to go on.
      val_source: validation images, or None.
      terms: names of what steps report.
      start: updates done so far.
    """

    def __init__(
        self,
        config: RunConfig,
        run: RunDirectory,
        average: keras.Model,
        checkpoint: tf.train.Checkpoint,
        val_source: Source | None,
        terms: tuple[str, ...],
        start: int,
    ) -> None:
        self._config = config
        self._run = run
        self._average = average
        self._checkpoint = checkpoint
        self._val_source = val_source
        self._terms = terms
        for directory in (run.weights, run.checkpoints):
            remove_partial(directory)
        self._upscale = partial(upscale, average)
        self._log = MetricsLog(run.metrics, run.logs, [*terms, *MEASURED], start)
        self.line = ProgressLine(config.variant, start, config.steps, config.batch_size)

    @contextmanager
    def closing(self) -> Iterator["Record"]:
        """Ends the progress line and the logs when the block ends, well or not."""
        try:
            yield self
        finally:
            self.line.close()
            self._log.close()

    def save(self, step: int) -> None:
        """Writes weights, then the checkpoint, and removes old ones.

        In this order: a run that is killed in between does the steps again, and writes the same weights.
        """
        weights = self._run.weights / f"{step_name(step)}.keras"
        save_generator(self._average.get_weights(), self._config.generator, weights)
        save_checkpoint(self._checkpoint, self._run.checkpoints, step)
        keep_newest(self._run.weights, "step_*.keras", self._config.keep_checkpoints)
        keep_newest(self._run.checkpoints, "step_*", self._config.keep_checkpoints)

    def validate(self, step: int) -> dict[str, float]:
        """Scores the average on whole images and keeps the first pictures.

        Returns:
          Mean PSNR (dB) and SSIM on Y, protocol `community`; nothing without validation images.
        """
        if self._val_source is None:
            return {}
        config, results = self._config, []
        for name, sr, result in validation.scores(
            self._upscale, self._val_source, config.scale, config.downscale, config.val_images
        ):
            if len(results) < SAMPLES:
                stem = Path(name).stem
                write_rgb(sr, self._run.samples / step_name(step) / f"{stem}.png")
                self._log.picture(step, stem, sr)
            results.append(result)
        psnr = float(np.mean([r.psnr for r in results]))
        ssim = float(np.mean([r.ssim for r in results]))
        self.line.note(
            f"step {step}: validation PSNR {psnr:.2f} dB, SSIM {ssim:.4f} (Y, {len(results)} images)"
        )
        return {"val_psnr": psnr, "val_ssim": ssim}

    def row(self, step: int, values: dict[str, float]) -> None:
        """Logs the values of a step."""
        if values:
            self._log.write(step, values)
        if "steps_per_second" in values:
            shown = {name: values[name] for name in self._terms}
            self.line.show(step, self._config.steps, values["steps_per_second"], shown)
