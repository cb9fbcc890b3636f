"""The page of a run's second phase: crops, curves and what is said of them, from a tiny run."""

import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from experiments.evolution import main
from experiments.samples import growing, samples_of, start_of, upscaled
from srgan_tf.errors import UsageError
from srgan_tf.images import read_rgb
from srgan_tf.metrics.niqe import default_model, niqe
from srgan_tf.training.run import train
from tests.helpers import GAN, TINY_RUN, sample_image, save

LARGE, SMALL = (104, 120), (64, 68)
"""The sides of validation images of which NIQE can be measured, and cannot."""


@pytest.fixture(scope="module")
def trained(tmp_path_factory, image_folder):
    """A run of both phases with samples at steps 2, 4 and 6 of the second."""
    root = tmp_path_factory.mktemp("evolution")
    for name, size in (("large", LARGE), ("small", SMALL)):
        save(sample_image(*size, 5), root / f"validation/{name}.png")
    values = {**TINY_RUN, "data": str(image_folder), "val_data": str(root / "validation"), "val_every": 2}
    train(values, root / "run")
    train({**values, **GAN}, root / "run")
    return root / "run"


@pytest.fixture
def run_dir(trained, tmp_path):
    """A copy of the run that a test may spoil."""
    return Path(shutil.copytree(trained, tmp_path / "run"))


def without_niqe(run_dir):
    """Makes the run's metrics.csv one from before NIQE was a column of it."""
    path = run_dir / "gan/metrics.csv"
    lines = [line.rsplit(",", 1)[0] for line in path.read_text(encoding="utf-8").splitlines()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_the_page_shows_start_steps_and_hr_with_the_recorded_niqe(call, run_dir):
    call(main, f"--run={run_dir}", "--out=page")
    text = Path("page/evolution.md").read_text(encoding="utf-8")
    assert "at start, step 2, step 4, step 6, HR](evolution_crops.jpg)" in text
    assert "the mean of all validation images" in text
    assert "- Steps: 6 updates. The paper's SRGAN takes 200,000" in text
    assert "--discriminator_filters=8 (the paper's: 64)" in text
    assert "--batch_size=4 (the paper's: 16)" in text
    assert "Trained was SRGAN-MSE" in text
    samples = samples_of(str(run_dir))
    row = next(line for line in text.splitlines() if line.startswith("| 6 | "))
    assert row.endswith(f"| {samples.curve('val_niqe')[6]:.2f} |")
    assert f"| {samples.curve('content')[6]:.4f} | " in row
    crops = read_rgb(Path("page/evolution_crops.jpg"))
    assert crops.shape[1] == 8 + 5 * (2 * LARGE[0] // 2 + 8)
    assert read_rgb(Path("page/evolution_curves.png")).shape[1] > 500
    assert sorted(p.name for p in Path("page").iterdir()) == [
        "evolution.md",
        "evolution_crops.jpg",
        "evolution_curves.png",
    ]


def test_niqe_that_was_not_recorded_is_measured_and_so_is_the_start(call, run_dir):
    without_niqe(run_dir)
    call(main, f"--run={run_dir}", "--out=page")
    text = Path("page/evolution.md").read_text(encoding="utf-8")
    assert "was not recorded by this run: it is measured from the 2 images" in text
    for row, phase, step in (("4", "gan", 4), ("0 (start)", "pretrain", 6)):
        sr = read_rgb(run_dir / f"{phase}/samples/step_{step:08d}/large.png")
        line = next(line for line in text.splitlines() if line.startswith(f"| {row} | "))
        assert line.endswith(f"| {niqe(sr, default_model()):.2f} |")
    assert "| HR | - | - | - | - | " in text


def test_the_weights_make_the_images_of_the_start_that_the_first_phase_kept(run_dir):
    samples = samples_of(str(run_dir / "gan"))
    files, reason = start_of(samples)
    assert reason == ""
    kept = {name: read_rgb(file) for name, file in files.items()}
    made = upscaled(samples, str(run_dir / "pretrain"))
    shutil.rmtree(run_dir / "pretrain/samples")
    again, _ = start_of(samples)
    for name in ("large", "small"):
        np.testing.assert_array_equal(made[name], kept[name])
        np.testing.assert_array_equal(again[name], made[name])


def test_an_unfinished_run_says_how_far_it_is(call, run_dir, capsys):
    shutil.rmtree(run_dir / "gan/samples/step_00000006")
    (run_dir / "gan/weights/step_00000006.keras").unlink()
    metrics = run_dir / "gan/metrics.csv"
    metrics.write_text("".join(metrics.read_text(encoding="utf-8").splitlines(keepends=True)[:-1]))
    call(main, f"--run={run_dir}", "--out=page")
    text = Path("page/evolution.md").read_text(encoding="utf-8")
    assert text.startswith("# SRGAN while it is trained, step 4 of 6\n")
    assert "- Steps: step 4 of 6: this run has not ended." in text
    assert capsys.readouterr().out.endswith("evolution_curves.png, step 4 of 6\n")


def test_without_start_and_hr_the_steps_stand_alone(call, run_dir, capsys):
    shutil.rmtree(run_dir / "pretrain/weights")
    config = run_dir / "gan/config.json"
    config.write_text(config.read_text(encoding="utf-8").replace("/validation", "/gone"), encoding="utf-8")
    call(main, f"--run={run_dir}", "--out=page")
    text = Path("page/evolution.md").read_text(encoding="utf-8")
    assert "at step 2, step 4, step 6](evolution_crops.jpg)" in text
    assert "- The start is not shown: " in text
    said = capsys.readouterr().err
    assert "without the start: no weights of the first phase" in said
    assert "without HR: " in said


def test_weights_of_any_name_have_a_column_of_their_own(call, run_dir, small_set, networks, tmp_path):
    weights = tmp_path / "HR"
    (weights / "pretrain/weights").mkdir(parents=True)
    shutil.copy(networks[0], weights / "pretrain/weights/step_00000001.keras")
    shutil.copytree(run_dir / "gan/samples/step_00000004", run_dir / "gan/samples/step_00000004 (copy)")
    shutil.copy(networks[0], run_dir / "gan/weights/step_best.keras")
    call(main, f"--run={run_dir}", f"--weights={weights}", f"--benchmarks={small_set}", "--out=page")
    text = Path("page/evolution.md").read_text(encoding="utf-8")
    assert "step 6, HR of --weights, HR](evolution_crops.jpg)" in text
    assert "- The column HR of --weights: " in text
    copied = tmp_path / "my network.keras"
    shutil.copy(networks[0], copied)
    assert (
        call(main, f"--run={run_dir}", f"--weights={copied}", f"--benchmarks={small_set}", "--out=page") == 0
    )
    table = Path("page/evolution.md").read_text(encoding="utf-8").split("## Benchmarks")[1]
    row = next(line for line in table.splitlines() if line.startswith("| my network | "))
    assert float(row.split(" | ")[1]) > 0


def test_benchmarks_and_further_weights_have_rows_and_a_column(call, run_dir, small_set, networks):
    flags = (f"--benchmarks={small_set}", f"--weights={networks[0]}", "--report=report", "--out=page")
    call(main, f"--run={run_dir}", *flags)
    text = Path("page/evolution.md").read_text(encoding="utf-8")
    assert "step 6, network0.keras, HR](evolution_crops.jpg)" in text
    table = text.split("## Benchmarks")[1]
    names = [line.split(" | ")[0] for line in table.splitlines() if line.startswith("| ")]
    assert names[0] == "| Set5"
    assert names[2:] == ["| step 2", "| step 4", "| step 6", "| network0"]
    assert "- The column network0.keras: file `network0.keras`, unknown." in text


@pytest.mark.parametrize(
    ("spoil", "flags", "message"),
    [
        (None, ["--run=absent"], r"--run=absent: no such run; expected a run directory of train\.py"),
        (
            lambda run: shutil.rmtree(run / "gan"),
            [],
            r"--run=run: this run has a first phase only; train\.py --phase=gan --run_dir=run trains",
        ),
        (
            lambda run: shutil.rmtree(run / "gan/samples"),
            [],
            r"--run=run: no SR images in run/gan/samples; train\.py leaves them at each validation",
        ),
        (
            lambda run: save(sample_image(64, 72), run / "gan/samples/step_00000004/small.png"),
            [],
            r"step_00000004/small\.png is 72x64, and the same image of the last step 68x64",
        ),
        (
            lambda run: (run / "gan/samples/step_00000004/small.png").write_bytes(b"no image"),
            [],
            r"step_00000004/small\.png cannot be read: ",
        ),
        (None, ["--weights=absent"], "absent: no such model"),
        (
            lambda run: (run / "gan/metrics.csv").write_text("loss\n1.0\n"),
            [],
            r"metrics\.csv: no metrics of a run \(rows without a step\)",
        ),
        (
            lambda run: shutil.rmtree(run / "gan"),
            ["--run=run/pretrain"],
            r"this run has a first phase only; train\.py --phase=gan --run_dir=run trains",
        ),
        (lambda run: (run / "gan/metrics.csv").unlink(), [], r"metrics\.csv: no such file, or nothing in it"),
        (None, ["--report=report"], "--report has no effect without --benchmarks"),
        (None, ["--out=run/gan/config.json"], "is a file; give a directory"),
        (None, ["--benchmarks=absent"], "--benchmarks=absent: no such folder"),
    ],
)
def test_wrong_use_is_one_line_and_writes_nothing(call, run_dir, tmp_path, spoil, flags, message):
    if spoil:
        spoil(run_dir)
    before = sorted(run_dir.rglob("*"))
    with pytest.raises(UsageError, match=message) as caught:
        call(main, *([] if any(f.startswith("--run=") for f in flags) else ["--run=run"]), *flags)
    assert "\n" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    assert sorted(run_dir.rglob("*")) == before


def test_without_matplotlib_it_says_what_to_install(call, run_dir, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(
        UsageError, match=r"need matplotlib: install an extra with pip install '\.\[opinion\]'"
    ):
        call(main, "--run=run", "--out=page")
    assert not Path("page").exists()


def test_the_steps_shown_grow_by_about_equal_ratios():
    assert growing(range(500, 4001, 500), 5) == [500, 1000, 1500, 2500, 4000]
    assert growing([3, 7], 5) == [3, 7]
    assert growing(range(1000, 100_001, 1000), 3) == [1000, 10_000, 100_000]
