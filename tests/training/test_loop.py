import dataclasses

import numpy as np
import pytest

from srgan_tf.config import RunConfig
from srgan_tf.errors import WorkError
from srgan_tf.run_directory import RunDirectory
from srgan_tf.training.loop import OVERFLOWS, finite_check

TERMS = ("loss", "gradient_norm")
CONFIG = RunConfig(data="sample")
GOOD, BAD_LOSS, OVERFLOW = np.array([1.0, 2, 0]), np.array([np.nan, 2, 0]), np.array([1.0, np.inf, 0])


def test_the_step_and_the_terms_are_named(tmp_path):
    check = finite_check(CONFIG, TERMS, RunDirectory(tmp_path))
    assert check(1, GOOD) is GOOD
    with pytest.raises(WorkError, match=r"step 7: loss not finite.*no checkpoint"):
        check(7, BAD_LOSS)
    (tmp_path / "checkpoints" / "step_00000004").mkdir(parents=True)
    with pytest.raises(WorkError, match=r"gradient_norm not finite.*last good checkpoint is step 4"):
        check(8, OVERFLOW)


def test_float16_may_overflow_for_a_while_but_not_for_ever(tmp_path):
    half = dataclasses.replace(CONFIG, precision="mixed_float16")
    check = finite_check(half, TERMS, RunDirectory(tmp_path))
    for step in range(3 * OVERFLOWS):
        check(step, OVERFLOW if step % OVERFLOWS else GOOD)
    with pytest.raises(WorkError, match="loss"):
        check(99, BAD_LOSS)
    check = finite_check(half, TERMS, RunDirectory(tmp_path))
    for step in range(OVERFLOWS - 1):
        check(step, OVERFLOW)
    with pytest.raises(WorkError, match="step 99: gradient_norm"):
        check(99, OVERFLOW)
