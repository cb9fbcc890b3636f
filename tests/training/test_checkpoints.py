import pytest
import tensorflow as tf

from srgan_tf.errors import WorkError
from srgan_tf.training.checkpoints import (
    checkpoint_steps,
    keep_newest,
    remove_partial,
    restore_checkpoint,
    save_checkpoint,
)


def test_saved_values_come_back_and_only_the_newest_are_kept(tmp_path):
    variable = tf.Variable(0.0)
    checkpoint = tf.train.Checkpoint(x=variable)
    for step in (1, 2, 10, 11):
        variable.assign(step)
        save_checkpoint(checkpoint, tmp_path, step)
        keep_newest(tmp_path, "", 2)
    assert checkpoint_steps(tmp_path) == [10, 11]
    restore_checkpoint(checkpoint, tmp_path, 10)
    assert float(variable) == 10.0


def test_a_damaged_or_foreign_checkpoint_is_named(tmp_path):
    save_checkpoint(tf.train.Checkpoint(x=tf.Variable(1.0)), tmp_path, 3)
    other = tf.train.Checkpoint(y=tf.Variable(1.0))
    with pytest.raises(WorkError, match="step_00000003: not a whole checkpoint"):
        restore_checkpoint(other, tmp_path, 3)
    next((tmp_path / "step_00000003").glob("state.data*")).write_bytes(b"")
    with pytest.raises(WorkError, match="step_00000003"):
        restore_checkpoint(tf.train.Checkpoint(x=tf.Variable(1.0)), tmp_path, 3)


def test_what_a_killed_process_left_is_not_a_checkpoint(tmp_path):
    (tmp_path / ".step_00000005.77.partial").mkdir()
    (tmp_path / ".step_00000004.removed").mkdir()
    (tmp_path / ".step_00000005.77.partial.keras").write_text("half")
    assert checkpoint_steps(tmp_path) == []
    remove_partial(tmp_path)
    assert not list(tmp_path.iterdir())
