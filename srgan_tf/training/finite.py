"""Stopping at the first step whose values are not finite."""

from collections.abc import Callable

import numpy as np

from srgan_tf.config import RunConfig
from srgan_tf.errors import WorkError
from srgan_tf.run_directory import RunDirectory
from srgan_tf.training.checkpoints import checkpoint_steps

OVERFLOWS = 20
"""Steps in a row whose float16 gradients may overflow while the loss scale is found."""


def finite_check(
    config: RunConfig, terms: tuple[str, ...], run: RunDirectory
) -> Callable[[int, np.ndarray], np.ndarray]:
    """A function that lets the values of a step pass if they are finite.

    Under float16 the gradients of single steps may overflow: Keras' loss scaling skips those updates and
    halves the scale. Many in a row mean that no scale helps.

    Args:
      config: its precision is read.
      terms: names of the values.
      run: where the checkpoints are.

    Returns:
      Function (step, values) -> values. It raises WorkError, naming the step and the terms.
    """
    overflows = 0

    def check(step: int, values: np.ndarray) -> np.ndarray:
        nonlocal overflows
        bad = [name for name, value in zip(terms, values, strict=False) if not np.isfinite(value)]
        if not bad:
            overflows = 0
            return values
        overflows += 1
        skipped = config.precision == "mixed_float16" and all(n.endswith("gradient_norm") for n in bad)
        if skipped and overflows < OVERFLOWS:
            return values
        saved = checkpoint_steps(run.checkpoints)
        kept = f"the last good checkpoint is step {saved[-1]}" if saved else "no checkpoint was written yet"
        raise WorkError(
            f"step {step}: {', '.join(bad)} not finite; training stopped, {kept} in {run.root}. "
            "Try a lower --learning_rate or more --warmup_steps"
        )

    return check
