"""The files of a run: its config, its metrics and the lock."""

import json

import pytest

from srgan_tf.config import RunConfig
from srgan_tf.errors import UsageError
from srgan_tf.models.config import BaselineConfig
from srgan_tf.new_config import new_config
from srgan_tf.run_directory import (
    Metrics,
    RunDirectory,
    load_config,
    locked,
    newest_weights,
    read_metrics,
    run_of,
    save_config,
    steps_in,
    weights_file,
)


def test_a_config_survives_its_file(tmp_path):
    config = new_config({"data": "photos", "blocks": 3})
    save_config(config, tmp_path / "config.json")
    assert load_config(tmp_path / "config.json") == config
    written = json.loads((tmp_path / "config.json").read_text())
    assert set(written) == {"variant", *RunConfig.__dataclass_fields__}
    assert written["variant"] == "SRResNet-MSE"


def test_a_config_of_before_its_latest_fields_is_read(tmp_path):
    path = tmp_path / "config.json"
    config = new_config({"data": "photos", "phase": "gan", "vgg_weights": "features.keras"})
    save_config(config, path)
    values = json.loads(path.read_text())
    for name in ("variant", "digests", "lengths"):
        del values[name]
    path.write_text(json.dumps(values))
    assert load_config(path) == config


def test_a_drcn_of_before_its_size_was_a_flag_has_its_papers(tmp_path):
    path = tmp_path / "config.json"
    save_config(new_config({"data": "photos", "model": "drcn", "filters": 64}), path)
    values = json.loads(path.read_text())
    del values["recursions"]
    path.write_text(json.dumps(values))
    assert load_config(path).generator == BaselineConfig("drcn", 4, 256, 16)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"blocks": 2, "colour": 1}'])
def test_a_damaged_config_is_named(tmp_path, text):
    path = tmp_path / "config.json"
    path.write_text(text)
    with pytest.raises(UsageError, match=r"config\.json: not a run's config"):
        load_config(path)


def test_an_interrupted_runs_later_rows_are_dropped(tmp_path):
    path = tmp_path / "metrics.csv"
    metrics = Metrics(path, ["loss", "val_psnr"], 0)
    for step in (10, 20, 30):
        metrics.write(step, {"loss": step / 7})
    metrics.write(40, {"val_psnr": 28.5})
    metrics.close()
    path.write_text(path.read_text() + "50,0.1")  # a row cut off by a kill
    assert read_metrics(path)[-2] == {"step": 40, "val_psnr": 28.5}
    resumed = Metrics(path, ["loss", "val_psnr"], 20)
    resumed.write(30, {"loss": 0.25, "val_psnr": 27.0})
    resumed.close()
    assert read_metrics(path) == [
        {"step": 10, "loss": 1.428571},
        {"step": 20, "loss": 2.857143},
        {"step": 30, "loss": 0.25, "val_psnr": 27},
    ]
    assert read_metrics(tmp_path / "absent.csv") == []


def test_a_column_more_leaves_older_rows_readable(tmp_path):
    path = tmp_path / "metrics.csv"
    for columns, step in ((["loss"], 1), (["loss", "val_niqe"], 2)):
        metrics = Metrics(path, columns, step)
        metrics.write(step, dict.fromkeys(columns, 0.5))
        metrics.close()
    assert read_metrics(path) == [{"step": 1, "loss": 0.5}, {"step": 2, "loss": 0.5, "val_niqe": 0.5}]


def test_a_run_has_one_writer_and_a_killed_one_leaves_no_lock(tmp_path, started):
    run = RunDirectory(tmp_path / "pretrain")
    holder = started(
        "-c",
        "import signal, pathlib\n"
        "from srgan_tf.run_directory import RunDirectory, locked\n"
        f"with locked(RunDirectory(pathlib.Path({str(run.root)!r}))):\n"
        "    print('held', flush=True)\n"
        "    signal.pause()",
    )
    assert any("held" in line for line in iter(holder.stdout.readline, ""))
    with (
        pytest.raises(UsageError, match=f"another command writes to this run .process {holder.pid}."),
        locked(run),
    ):
        pass
    holder.kill()
    holder.wait()
    with locked(run):
        pass


def test_only_files_named_by_their_step_are_a_run_s(tmp_path):
    run = RunDirectory(tmp_path / "pretrain")
    save_config(new_config({"data": "photos"}), run.config)
    run.weights.mkdir()
    for name in ("step_00000009", "step_00000010", "step_00000010 (copy)", "step_best", "best"):
        (run.weights / f"{name}.keras").write_bytes(b"")
    newest = run.weights / "step_00000010.keras"
    assert steps_in(run.weights, ".keras") == [run.weights / "step_00000009.keras", newest]
    assert newest_weights(run) == weights_file(tmp_path) == weights_file(run.weights) == newest
    assert run_of(newest) == run
    assert run_of(run.weights / "best.keras") is None
    run.config.unlink()
    assert run_of(newest) is None
