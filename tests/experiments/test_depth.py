"""PSNR and time by depth, from networks of a few steps."""

import re
import shutil
from pathlib import Path

import pytest

from experiments import depth
from experiments.depth import PLOT, SHORT, main, numbers, planned_network
from experiments.depth_page import findings, table
from srgan_tf.errors import UsageError, WorkError
from srgan_tf.images import read_rgb
from srgan_tf.new_config import new_config
from srgan_tf.run_directory import load_config, read_metrics

STEP3 = "pretrain/weights/step_00000003.keras"


@pytest.fixture
def flags(monkeypatch, small_set, image_folder):
    """The command line of a tiny study, three steps of networks of four channels."""
    monkeypatch.setitem(SHORT, "filters", 4)
    monkeypatch.setitem(SHORT, "crop_size", 24)
    monkeypatch.setitem(SHORT, "batch_size", 2)
    return [
        f"--benchmarks={small_set}", f"--data={image_folder}", f"--val_data={small_set}/Set5", "--steps=3",
        "--out=page",
    ]  # fmt: skip


def rows_of(page):
    """Returns the cells of the page's table, without its header."""
    lines = [line for line in page.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines][1:]


def test_two_depths_stand_in_one_table_and_nothing_is_trained_twice(call, flags):
    call(main, *flags, "--blocks=2,1")
    page = Path("page/depth.md").read_text(encoding="utf-8")
    rows = [row for row in rows_of(page) if not row[0].startswith("-")]
    assert [" ".join(row[:2]) for row in rows] == ["bicubic ", "1 yes", "1 no", "2 yes", "2 no"]
    for blocks, skips, held_out, set5, took in rows[1:]:
        run = Path(f"runs/depth/B{blocks}{'' if skips == 'yes' else '-plain'}")
        config = load_config(run / "pretrain/config.json")
        assert (config.blocks, config.skip_connections, config.steps) == (int(blocks), skips == "yes", 3)
        assert f"{read_metrics(run / 'pretrain/metrics.csv')[-1]['val_psnr']:.2f}" == held_out
        assert 0 < float(set5) < 60
        assert float(took) > 0
    assert "3 updates of 2 crops of 24 pixels" in page
    assert "- Values besides: --filters=4 (the paper's: 64), --ema_decay=0.995 (the paper's: 0)" in page
    assert "Training images: images" in page
    assert re.search(r"Without skip connections, PSNR on Set5 differs .* at B = 1, .* at B = 2\.", page)
    assert read_rgb(Path("page") / PLOT).shape[1] > 500
    weights = [Path(f"runs/depth/{name}/{STEP3}") for name in ("B1", "B1-plain")]
    before = [path.stat().st_mtime_ns for path in weights]
    call(main, *flags, "--blocks=1")
    assert [path.stat().st_mtime_ns for path in weights] == before
    with pytest.raises(
        UsageError, match=r"B1/pretrain/config.json says steps=3, and this command steps=4: give"
    ):
        call(main, *flags[:3], "--steps=4", "--blocks=1")
    with pytest.raises(UsageError, match=r"says batch_size=2, and this command batch_size=16: give"):
        call(main, *flags[:4], "--preset=paper", "--blocks=1")
    with pytest.raises(UsageError, match=r"says val_images=12, and this command val_images=1: give"):
        call(main, *flags, "--val_images=1", "--blocks=1")


def test_a_second_phase_in_a_run_is_not_the_study_s(call, flags):
    call(main, *flags, "--blocks=1")
    before = rows_of(Path("page/depth.md").read_text(encoding="utf-8"))
    later = Path("runs/depth/B1/gan/weights/step_00000003.keras")
    later.parent.mkdir(parents=True)
    shutil.copy(Path(f"runs/depth/B1-plain/{STEP3}"), later)
    call(main, *flags, "--blocks=1")
    after = rows_of(Path("page/depth.md").read_text(encoding="utf-8"))
    assert [row[:4] for row in after] == [row[:4] for row in before]


def test_a_network_whose_loss_is_not_finite_is_named_and_the_others_go_on(call, flags, monkeypatch, capsys):
    def diverging(key, command):
        network = planned_network(key, command)
        if not key[1]:
            network.values["learning_rate"] = 1e30
        return network

    monkeypatch.setattr(depth, "planned_network", diverging)
    call(main, *flags, "--blocks=1")
    assert "B1-plain: did not learn: step" in capsys.readouterr().err
    page = Path("page/depth.md").read_text(encoding="utf-8")
    assert "Did not learn, as the loss was no longer finite: B = 1 without skip connections." in page
    row = next(row for row in rows_of(page) if row[:2] == ["1", "no"])
    assert row[2:4] == ["-", "-"]
    assert float(row[4]) > 0


def test_what_fails_otherwise_ends_the_command(call, flags, monkeypatch):
    def failing(*_, **__):
        raise WorkError("step 2: the images could not be read")

    monkeypatch.setattr("experiments.runs.train", failing)
    with pytest.raises(WorkError, match="could not be read"):
        call(main, *flags, "--blocks=1")


@pytest.mark.parametrize(
    ("preset", "expected"),
    [("short", (3000, 8, 64, 1e-3, 100, "cosine")), ("paper", (1_000_000, 16, 96, 1e-4, 0, "constant"))],
)
@pytest.mark.parametrize("val_data", [None, "sample"])
def test_both_schedules_are_runs_that_train_py_takes(preset, expected, val_data):
    given = {"preset": preset, "data": "photos", "val_data": val_data, "val_images": 2, "steps": None}
    config = new_config(dict(planned_network((16, False), given).values))
    found = (
        config.steps, config.batch_size, config.crop_size, config.learning_rate, config.warmup_steps,
        config.schedule,
    )  # fmt: skip
    assert found == expected
    assert (config.blocks, config.filters, config.seed) == (16, 64, new_config({"data": "a"}).seed)
    assert config.variant == "SRResNet-MSE (no skip connections)"
    assert config.val_every == config.steps or not val_data


def test_networks_that_learn_nothing_are_named():
    psnr = {"Set5": {(1, True): 30.0, (1, False): 29.5, (8, True): 31.25, (8, False): 9.0}}
    text = findings(psnr, {"Set5": 28.4}, [(16, False)])
    assert "From B = 1 to 8, PSNR on Set5 changes by +1.25 dB with skip connections." in text
    assert "From B = 1 to 8, PSNR on Set5 changes by -20.50 dB without skip connections." in text
    assert "differs by this many dB: -0.50 at B = 1, -22.25 at B = 8." in text
    assert "Below bicubic interpolation on every dataset: B = 8 without skip connections." in text
    assert "Did not learn, as the loss was no longer finite: B = 16 without skip connections." in text
    assert "| 8 | no | 9.00 | 7.3 |" in table(psnr, {"Set5": 28.4}, {(8, False): 7.31})


def test_numbers_of_blocks():
    assert numbers("16, 1,4") == (1, 4, 16)
    for text in ("", "0", "1,1", "1,01", "a", "1.5", "-1"):
        with pytest.raises(UsageError, match="expected different whole numbers from 1 on"):
            numbers(text)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--benchmarks=DIR"], "--data is missing: training images"),
        (["--data=sample"], "--benchmarks is missing"),
        (["--benchmarks=absent", "--data=sample"], "--benchmarks=absent: no such folder"),
        (["--benchmarks=DIR", "--data=sample", "--blocks=none"], "--blocks=none: expected"),
        (["--benchmarks=DIR", "--data=sample", "--preset=long"], "preset.*short.*paper"),
        (["--benchmarks=DIR", "--data=sample", "--steps=0"], "--steps=0: expected a value above 0"),
        (["--benchmarks=DIR", "--data=absent"], "absent"),
        (
            ["--benchmarks=DIR", "--data=sample", "--val_images=3"],
            "--val_images has no effect without --val_data",
        ),
        (
            ["--benchmarks=DIR", "--data=sample", "--runs=DIR/Set5/photo0.png"],
            "--runs=.*photo0.png is a file",
        ),
        (["--benchmarks=DIR", "--data=sample", "--out=DIR/page"], "--out=.* is inside --benchmarks"),
        (["--benchmarks=DIR", "--data=sample", "--val_data=absent"], "absent"),
    ],
)
def test_wrong_use_is_one_line_and_writes_nothing(call, tmp_path, small_set, given, message):
    with pytest.raises(UsageError, match=message) as error:
        call(main, *(flag.replace("DIR", str(small_set)) for flag in given))
    assert "\n" not in str(error.value)
    assert not list(tmp_path.iterdir())


def test_without_matplotlib_one_line_says_so(call, tmp_path, small_set, monkeypatch):
    monkeypatch.setattr("experiments.command.find_spec", lambda _: None)
    with pytest.raises(UsageError, match=r"need matplotlib: install .*\[opinion\]"):
        call(main, f"--benchmarks={small_set}", "--data=sample")
    assert not list(tmp_path.iterdir())
