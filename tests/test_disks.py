"""Full and read-only disks: one line says so, and nothing that was saved is harmed."""

import subprocess
from pathlib import Path

import pytest

from srgan_tf.errors import UsageError, WorkError
from srgan_tf.exporting.run import Plan, export
from srgan_tf.models.weights import load
from srgan_tf.run_directory import newest_weights
from srgan_tf.training.checkpoints import checkpoint_steps
from srgan_tf.training.run import train
from tests.helpers import as_flags, tiny_generator


@pytest.fixture
def disk(tmp_path):
    """A function that mounts a disk of some kilobytes, or gives a mounted one other options."""
    place = tmp_path / "disk"
    place.mkdir()

    def mount(options: str) -> Path:
        again = ["-o", "remount"] if place.is_mount() else []
        done = subprocess.run(
            ["mount", "-t", "tmpfs", *again, "-o", options, "tmpfs", place], capture_output=True, text=True
        )
        if done.returncode:
            pytest.skip(f"no disk may be mounted here: {done.stderr.strip()}")
        return place

    yield mount
    if place.is_mount():
        subprocess.run(["umount", "--lazy", place], check=True)


@pytest.mark.slow
@pytest.mark.parametrize("kilobytes", [60, 200, 360, 430])  # weights, checkpoint, its index, the second ones
def test_a_full_disk_stops_a_run_that_then_goes_on(tmp_path, tiny, disk, kilobytes):
    values = {**tiny, "steps": 8, "log_every": 1, "checkpoint_every": 4}
    place = disk(f"size={kilobytes}k")
    with pytest.raises(
        WorkError, match=r"cannot write to .*: No space left on device; (step 4|no step) is sa"
    ):
        train(values, place / "run")
    run = place / "run" / "pretrain"
    assert checkpoint_steps(run / "checkpoints") == ([4] if kilobytes > 400 else [])
    assert not list(run.rglob("*.partial*"))
    disk("size=16m")
    ended, whole = train(values, place / "run"), train(values, tmp_path / "whole")
    weights = [load(str(newest_weights(each))).get_weights() for each in (ended, whole)]
    assert all((one == other).all() for one, other in zip(*weights, strict=True))


def test_a_full_disk_is_one_line(tiny, disk, command):
    place = disk("size=360k")
    values = {**tiny, "steps": 8, "log_every": 100, "checkpoint_every": 4}
    done = command("train.py", *as_flags(values), f"--run_dir={place}/run")
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: cannot write to {place}/run/pretrain: No space left on device; ")
    assert len(done.stderr.splitlines()) == 1


def test_a_read_only_disk_is_refused_before_anything_is_computed(tiny, disk):
    place = disk("size=60k,ro")
    with pytest.raises(UsageError, match=f"--output={place}/out: no permission to write to {place}; give"):
        export(tiny_generator(), "tiny", Plan(place / "out"))
    with pytest.raises(UsageError, match=f"--run_dir={place}/run: no permission to write to"):
        train(tiny, place / "run")
