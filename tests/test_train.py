"""The command: what it refuses, how it says so, and that it then writes nothing."""

import dataclasses
import json
import os

import numpy as np
import pytest
import tensorflow as tf

from srgan_tf.data.degradation.table import PHOTO
from srgan_tf.data.degradation.table_files import as_json
from srgan_tf.errors import UsageError, WorkError
from srgan_tf.files import sha256_of
from srgan_tf.images import read_rgb
from srgan_tf.metrics import niqe
from srgan_tf.models.networks import config_of
from srgan_tf.models.vgg import vgg19_until
from srgan_tf.models.weights import load
from srgan_tf.models.weights import save as save_generator
from srgan_tf.run_directory import load_config, newest_weights, read_metrics
from srgan_tf.training.run import train
from tests.helpers import GAN, TINY, as_flags, random_generator


def test_help_shows_groups_and_the_papers_values(command):
    done = command("train.py", "--help")
    assert done.returncode == 0
    for text in ("network", "--blocks", "paper 1000000, then 200000", "--vgg_weights"):
        assert text in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--data=sample", "--colour=red"], "Unknown command line flag 'colour'"),
        (["--data=sample", "--blocks=many"], "flag --blocks=many"),
        (["--data=sample", "--phase=first"], "--phase=first: value should be one of <pretrain|gan>"),
        (["--data=sample", "extra"], "unexpected argument extra"),
        (["--data=/no/such/folder"], "/no/such/folder"),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(tmp_path, command, arguments, message):
    done = command("train.py", *arguments, f"--run_dir={tmp_path}/run")
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"crop_size": 26}, "--crop_size=26: expected a multiple of --scale=4"),
        ({"phase": "gan"}, "--phase=gan starts from pretrained weights.*--phase=pretrain.*--init_from"),
        ({"content_loss": "vgg54", "vgg_weights": "absent.h5"}, r"--vgg_weights=absent\.h5: no such file"),
        ({"crop_size": 96}, "no usable image"),
        ({"val_data": "/no/such/folder"}, "/no/such/folder"),
        ({"strategy": "multi_worker"}, "TF_CONFIG is not set"),
        ({"init_from": "absent.keras"}, r"absent\.keras: no such model; expected"),
        ({"degradation": "photos"}, "--degradation=photos: expected bicubic, photo, second-order or a table"),
        ({"degradation": "absent.json"}, r"--degradation=absent\.json: no JSON that can be read: .*No such"),
        ({"degradation": "photo", "lr_data": "lr"}, "--degradation: has no effect with --lr_data, whose"),
    ],
)
def test_what_cannot_work_is_refused_before_anything_is_written(tmp_path, tiny, changes, message):
    with pytest.raises(UsageError, match=message):
        train({**tiny, **changes}, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_table_that_is_none_is_refused_before_anything_is_written(tmp_path, tiny):
    path = tmp_path / "mine.json"
    path.write_text(as_json(dataclasses.replace(PHOTO, clean=1.2)))
    with pytest.raises(UsageError, match=r"mine\.json: clean: found 1\.2, expected a probability, 0 to 1$"):
        train({**tiny, "degradation": str(path)}, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_folder_without_images_is_refused(tmp_path, tiny):
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="empty"):
        train({**tiny, "data": str(tmp_path / "empty")}, tmp_path / "run")


@pytest.mark.slow
def test_a_run_of_another_model_is_refused(tmp_path, tiny):
    train({**tiny, "steps": 1}, tmp_path)
    before = sorted(p for p in tmp_path.rglob("*"))
    with pytest.raises(UsageError, match=r"--blocks=3 contradicts .*config\.json, which says blocks=2"):
        train({**tiny, "steps": 1, "blocks": 3}, tmp_path)
    with pytest.raises(UsageError, match=r"holds GeneratorConfig\(.*blocks=2.*the flags ask for.*blocks=3"):
        train({**tiny, **GAN, "blocks": 3}, tmp_path)
    assert sorted(p for p in tmp_path.rglob("*")) == before


def test_an_unwritable_run_directory_is_refused(tmp_path, tiny):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="file is a file"):
        train(tiny, tmp_path / "file" / "run")
    if os.geteuid() == 0:
        pytest.skip("permissions do not bind root")
    (tmp_path / "closed").mkdir(mode=0o500)
    with pytest.raises(UsageError, match="no permission"):
        train(tiny, tmp_path / "closed" / "run")


def test_batch_and_precision_must_suit_the_devices(tmp_path, tiny):
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    with pytest.raises(UsageError, match="--batch_size=3: expected a multiple of the 2 devices"):
        train({**tiny, "batch_size": 3}, tmp_path / "run", strategy)
    with pytest.raises(UsageError, match="use mixed_bfloat16"):
        train({**tiny, "precision": "mixed_float16"}, tmp_path / "run", strategy)


@pytest.mark.slow
def test_a_loss_that_is_not_finite_stops_and_keeps_the_last_good_checkpoint(tmp_path, tiny):
    values = {**tiny, "learning_rate": 1e30, "warmup_steps": 0, "steps": 50, "checkpoint_every": 1}
    with pytest.raises(WorkError, match=r"step \d+: .*loss.* not finite.*last good checkpoint is step"):
        train(values, tmp_path)
    newest = max((tmp_path / "pretrain" / "checkpoints").iterdir())
    reader = tf.train.load_checkpoint(str(newest / "state"))
    for name, shape in reader.get_variable_to_shape_map().items():
        value = reader.get_tensor(name)
        if shape and value.dtype == np.float32:
            assert np.isfinite(value).all(), name


@pytest.mark.slow
def test_validation_images_and_figures(tmp_path, tiny):
    values = {
        **tiny,
        "crop_size": 24,
        "val_data": "sample",
        "val_images": 1,
        "steps": 2,
        "val_every": 2,
    }
    run = train(values, tmp_path)
    assert len(list(run.samples.rglob("*.png"))) == 1
    assert 5 < read_metrics(run.metrics)[-1]["val_psnr"] < 40


@pytest.mark.slow
def test_the_second_phase_logs_niqe_of_the_validation_images(tmp_path, tiny, capsys):
    values = {**tiny, "val_data": "sample", "val_images": 1, "steps": 2, "val_every": 2}
    train({**values, "val_every": 9}, tmp_path)
    run = train({**values, **GAN}, tmp_path)
    (sample,) = run.samples.rglob("*.png")
    expected = niqe.niqe(read_rgb(sample), niqe.default_model())
    assert read_metrics(run.metrics)[-1]["val_niqe"] == pytest.approx(expected, rel=1e-6)
    assert f"(Y, 1 images), NIQE {expected:.2f}\n" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("phase", ["pretrain", "gan"])
def test_the_start_has_its_share_in_what_is_kept_and_validated(tmp_path, tiny, phase):
    values = {**tiny, "val_data": "sample", "val_images": 1, "val_every": 6}
    values |= GAN if phase == "gan" else {}
    first = newest_weights(train(tiny, tmp_path / "first"))
    runs = {
        share: train({**values, "init_from": str(first), "start_share": share}, tmp_path / str(share))
        for share in (0.0, 0.25)
    }
    start, ema, kept = (load(path).get_weights() for path in (first, *map(newest_weights, runs.values())))
    for a, b, c in zip(start, ema, kept):
        np.testing.assert_allclose(c, 0.25 * a.astype(np.float64) + 0.75 * b, atol=1e-6)
    assert any(np.abs(a - b).max() > 1e-3 for a, b in zip(ema, kept))
    plain, shared = (read_metrics(run.metrics)[-1] for run in runs.values())
    assert shared["loss"] == plain["loss"]
    assert shared["val_psnr"] != plain["val_psnr"]


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_half_precision_trains_as_float32_does(tmp_path, tiny, precision):
    half = read_metrics(train({**tiny, "precision": precision}, tmp_path / "half").metrics)
    single = read_metrics(train(tiny, tmp_path / "single").metrics)
    assert len(half) == 3
    assert [row["loss"] for row in half] == pytest.approx([row["loss"] for row in single], rel=0.005)


def test_a_second_command_on_a_run_is_refused(tmp_path, tiny, started, command):
    values = [*as_flags({**tiny, "steps": 100_000, "log_every": 1}), f"--run_dir={tmp_path}"]
    first = started("train.py", *values)
    assert any("step 1/" in line for line in iter(first.stdout.readline, ""))
    second = command("train.py", *values)
    assert second.returncode == 2
    assert f"pretrain: another command writes to this run (process {first.pid})" in second.stderr
    assert len(second.stderr.splitlines()) == 1


def test_of_two_commands_that_begin_a_run_together_one_is_refused(tmp_path, tiny, started):
    values = [*as_flags({**tiny, "steps": 30}), f"--run_dir={tmp_path}"]
    both = [started("train.py", *values) for _ in range(2)]
    outputs = {process.wait(): process.stdout.read() for process in both}
    assert sorted(outputs) == [0, 2]
    assert "another command" in outputs[2]


@pytest.mark.slow
def test_the_second_phase_says_where_it_starts_and_refuses_another_content_loss(tmp_path, tiny, capsys):
    features = tmp_path / "features.keras"
    vgg19_until("block2_conv2", None).save(features)
    train({**tiny, "steps": 1}, tmp_path / "good")
    train({**tiny, **GAN, "steps": 1}, tmp_path / "good")
    start = tmp_path / "good" / "pretrain" / "weights" / "step_00000001.keras"
    assert f"starts from {start} (SRResNet-MSE, step 1 of 1)" in capsys.readouterr().out
    vgg = {**tiny, "steps": 1, "content_loss": "vgg22", "vgg_weights": str(features)}
    train(vgg, tmp_path / "other")
    with pytest.raises(UsageError, match=r"starts from SRResNet-MSE, and .*is SRResNet .*give --init_from="):
        train({**tiny, **GAN, "steps": 1}, tmp_path / "other")
    capsys.readouterr()
    named = str(tmp_path / "other" / "pretrain")
    train({**tiny, **GAN, "steps": 1, "init_from": named}, tmp_path / "other")
    assert "features.keras for VGG22), step 1 of 1)" in capsys.readouterr().out
    train({**tiny, **GAN, "steps": 1, "init_from": "srresnet", "blocks": 16, "filters": 64}, tmp_path / "new")
    assert "starts from the released srresnet (SRResNet-MSE, 41804 steps)" in capsys.readouterr().out


@pytest.mark.slow
def test_drcn_starts_from_one_with_fewer_recursions(tiny, tmp_path):
    values = {**{k: v for k, v in tiny.items() if k != "blocks"}, "model": "drcn", "filters": 4, "steps": 1}
    values["predictions"] = 1
    first = train({**values, "recursions": 1}, tmp_path / "one")
    grown = train({**values, "recursions": 3, "init_from": str(first.root)}, tmp_path / "three")
    assert config_of(load(newest_weights(grown))).recursions == 3
    again = train(
        {**values, "recursions": 3, "init_from": str(grown.root), "learning_rate": 1e-12}, tmp_path / "as"
    )
    for before, after in zip(
        *(load(newest_weights(run)).get_weights() for run in (grown, again)), strict=True
    ):
        np.testing.assert_allclose(after, before, atol=1e-6)
    with pytest.raises(UsageError, match=r"holds .*recursions=3.* but the flags ask for GeneratorConfig"):
        train({**tiny, "steps": 1, "init_from": str(grown.root)}, tmp_path / "other")
    with pytest.raises(UsageError, match=r"holds .*filters=4.* but the flags ask for .*filters=6"):
        train({**values, "filters": 6, "init_from": str(first.root)}, tmp_path / "wide")


def test_weights_that_changed_are_refused_on_resume(tmp_path, tiny):
    taught, features = tmp_path / "teacher.keras", tmp_path / "features.keras"
    save_generator(random_generator().get_weights(), TINY, taught)
    vgg19_until("block1_conv1", None).save(features)
    values = {**tiny, "steps": 4, "teacher": str(taught)}
    values |= {"content_loss": "vgg22", "vgg_weights": str(features)}
    run = train(values, tmp_path / "run")
    digests = load_config(run.config).digests
    weights = {"teacher": sha256_of(taught), "vgg_weights": sha256_of(features)}
    assert {name: digest for name, digest in digests.items() if name != "data"} == weights
    train(values, tmp_path / "run")
    kept = taught.read_bytes()
    save_generator(random_generator(seed=1).get_weights(), TINY, taught)
    with pytest.raises(UsageError, match=f"--teacher={taught}: not the content that this run was started"):
        train(values, tmp_path / "run")
    taught.write_bytes(kept)
    vgg19_until("block1_conv1", None).save(features)
    with pytest.raises(UsageError, match=f"--vgg_weights={features}: not the content"):
        train(values, tmp_path / "run")
    stored = json.loads(run.config.read_text())
    del stored["digests"]  # as an older version wrote it
    run.config.write_text(json.dumps(stored))
    train(values, tmp_path / "run")
