"""Killed at any moment and started again, a run ends with the uninterrupted run's weights, bit for bit."""

import signal

import pytest

from tests.helpers import GAN, as_flags


def digest(process):
    assert process.returncode == 0, process.stderr
    return process.stdout.split("sha256 of their values ")[1].split(")")[0]


def killed_when(process, text):
    """Kills a process with SIGKILL as soon as it writes a line with `text`."""
    for line in process.stdout:
        if text in line:
            process.send_signal(signal.SIGKILL)
            break
    process.wait()
    assert process.returncode == -signal.SIGKILL


@pytest.mark.parametrize("phase", ["pretrain", "gan"])
def test_killed_runs_resume_bit_for_bit(tmp_path, tiny, command, started, phase):
    values = {**tiny, "steps": 9, "log_every": 1, "checkpoint_every": 2, "crops_per_image": 2}
    if phase == "gan":
        done = command("train.py", *as_flags({**tiny, "steps": 2}), f"--run_dir={tmp_path}/first")
        assert done.returncode == 0, done.stderr
        values["init_from"] = f"{tmp_path}/first/pretrain/weights/step_00000002.keras"
        values |= {**GAN, "start_share": 0.25, "critic_shift": 8}
    whole = ["train.py", *as_flags(values), f"--run_dir={tmp_path}/whole"]
    broken = ["train.py", *as_flags(values), f"--run_dir={tmp_path}/broken"]
    expected = digest(command(*whole))
    for moment in ("training:", "step 3/9", "step 7/9"):
        killed_when(started(*broken), moment)
    resumed = command(*broken)
    assert digest(resumed) == expected
    assert "step 1/9" not in resumed.stderr, "the run should have gone on, not started again"
    rows = (tmp_path / "broken" / phase / "metrics.csv").read_text().splitlines()
    assert [row.split(",")[0] for row in rows] == ["step", *map(str, range(1, 10))]
    assert rows_without_times(tmp_path / "whole", phase) == rows_without_times(tmp_path / "broken", phase)
    assert not list((tmp_path / "broken" / phase).rglob(".step_*"))
    assert digest(command(*broken)) == expected, "a run that is done says so again"


def rows_without_times(run_dir, phase):
    import csv

    with (run_dir / phase / "metrics.csv").open() as file:
        return [
            {k: v for k, v in row.items() if k not in ("steps_per_second", "waiting_for_data")}
            for row in csv.DictReader(file)
        ]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_signals_save_at_the_step_boundary(tmp_path, tiny, command, started, number, code):
    values = {**tiny, "steps": 100_000, "log_every": 1, "checkpoint_every": 100_000}
    process = started("train.py", *as_flags(values), f"--run_dir={tmp_path}")
    for line in process.stdout:
        if "step 3/" in line:
            process.send_signal(number)
            break
    rest = process.stdout.read()
    assert process.wait() == code
    assert "stopped after step" in rest
    step = int(rest.split("stopped after step ")[1].split()[0])
    assert [p.name for p in (tmp_path / "pretrain" / "checkpoints").iterdir()] == [f"step_{step:08d}"]
