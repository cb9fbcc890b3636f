"""Changes to a run that is resumed: those allowed, their effect, and those refused with advice."""

import dataclasses
import json
import shutil

import pytest

from srgan_tf.data.degradation.table import PHOTO
from srgan_tf.data.degradation.table_files import as_json
from srgan_tf.errors import UsageError
from srgan_tf.files import sha256_of
from srgan_tf.models.weights import load
from srgan_tf.models.weights import save as save_generator
from srgan_tf.new_config import new_config
from srgan_tf.run_directory import RunDirectory, load_config, newest_weights, read_metrics, save_config
from srgan_tf.training.optimizer import learning_rate
from srgan_tf.training.resuming import growth, resumed_config
from srgan_tf.training.run import train
from tests.helpers import TINY, random_generator


@pytest.fixture
def run(tmp_path):
    """A run that made 40 of its 100 steps."""
    run = RunDirectory(tmp_path / "pretrain")
    (run.checkpoints / "step_00000040").mkdir(parents=True)
    config = {"data": "photos", "val_data": "others", "blocks": 3, "steps": 100, "schedule": "cosine"}
    save_config(new_config(config), run.config)
    return run


def weights(run):
    return b"".join(array.tobytes() for array in load(str(newest_weights(run))).get_weights())


def test_what_the_weights_do_not_depend_on_may_be_given_anew(run):
    given = {
        "log_every": 7, "val_every": 8, "checkpoint_every": 9, "keep_checkpoints": 2, "xla": "off",
        "strategy": "mirrored", "val_data": "", "blocks": 3,
    }  # fmt: skip
    with pytest.raises(UsageError, match="--val_every: needs --val_data"):
        resumed_config(run, given)
    given |= {"val_data": "new", "val_images": 3}
    config = resumed_config(run, given)
    assert {name: getattr(config, name) for name in given} == given
    assert config.lengths == {}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"blocks": 4},
            r"--blocks=4 contradicts .*config\.json, which says blocks=3.*give another --run_dir$",
        ),
        (
            {"learning_rate": 0.5},
            r"says learning_rate=0.0001.*other --run_dir and --init_from=.*pretrain$",
        ),
        ({"batch_size": 2}, "--batch_size=2 contradicts"),
        ({"seed": 1}, "--seed=1 contradicts"),
        ({"precision": "mixed_bfloat16"}, "--precision=mixed_bfloat16 contradicts"),
        ({"steps": 99}, "says steps=100: a run can only grow"),
        ({"data": "elsewhere"}, "has no checksum to compare with, as an older version began it"),
        ({"init_from": "srgan"}, "--init_from=srgan contradicts"),
    ],
)
def test_what_would_change_the_past_is_refused_with_what_to_do(run, given, message):
    save_generator(random_generator().get_weights(), TINY, run.weights / "step_00000040.keras")
    with pytest.raises(UsageError, match=message):
        resumed_config(run, given)


def test_a_second_variant_of_srgan_is_sent_to_the_first_phase(run):
    save_generator(random_generator().get_weights(), TINY, run.weights / "step_00000040.keras")
    gan = RunDirectory(run.root.with_name("gan"))
    save_config(new_config({"data": "photos", "phase": "gan"}), gan.config)
    with pytest.raises(UsageError, match=r"another --run_dir and --init_from=.*pretrain$"):
        resumed_config(gan, {"phase": "gan", "content_loss": "vgg22"})


def test_the_schedule_of_a_grown_run_is_the_new_one_from_there_on(run):
    short = load_config(run.config)
    grown = resumed_config(run, {"steps": 200})
    assert grown.lengths == {"40": 100}
    rates, old = learning_rate(grown, 1.0), learning_rate(short, 1.0)
    new = learning_rate(new_config({"data": "photos", "steps": 200, "schedule": "cosine"}), 1.0)
    expected = [*map(old, range(40)), *map(new, range(40, 200))]
    assert [float(rates(step)) for step in range(200)] == [float(rate) for rate in expected]
    assert "grows from 100 to 200 steps after step 40: the learning rate (--schedule=cosine) goes" in growth(
        short, grown
    )
    # Longer again, from the same step and from a later one.
    save_config(grown, run.config)
    assert resumed_config(run, {"steps": 300}).lengths == {"40": 100}
    (run.checkpoints / "step_00000060").mkdir()
    assert resumed_config(run, {"steps": 300}).lengths == {"40": 100, "60": 200}


@pytest.mark.slow
def test_a_run_grows_to_the_weights_of_one_that_was_longer_from_the_start(tmp_path, tiny):
    values = {**tiny, "warmup_steps": 2, "log_every": 1}
    long = train({**values, "steps": 6}, tmp_path / "long")
    grown = train({**values, "steps": 3}, tmp_path / "grown")
    assert weights(grown) != weights(long)
    train({**values, "steps": 6, "log_every": 2, "keep_checkpoints": 1, "xla": "off"}, tmp_path / "grown")
    assert weights(grown) == weights(long)
    assert [row["step"] for row in read_metrics(grown.metrics)] == [1, 2, 3, 4, 6]
    assert len(list(grown.checkpoints.iterdir())) == 1
    train({"steps": 6}, tmp_path / "grown")


@pytest.mark.slow
def test_a_run_on_the_sample_has_no_empty_folders(tmp_path, tiny):
    run = train({**tiny, "data": "sample", "val_data": "", "steps": 1}, tmp_path)
    assert not [path for path in run.root.rglob("*") if path.is_dir() and not any(path.iterdir())]


@pytest.mark.slow
def test_images_may_move_but_not_change(tmp_path, tiny, image_folder):
    first, moved = tmp_path / "first", tmp_path / "moved"
    shutil.copytree(image_folder, first)
    values = {**tiny, "steps": 4}
    expected = weights(train({**values, "steps": 6}, tmp_path / "whole"))
    run = train({**values, "data": str(first)}, tmp_path / "run")
    first.rename(moved)
    (moved / "photo7.png").rename(moved / "photo8.png")  # the order counts, not the names
    train({"data": str(moved), "steps": 6}, tmp_path / "run")
    assert weights(run) == expected
    assert load_config(run.config).data == str(moved)
    (moved / "photo3.png").write_bytes((moved / "photo4.png").read_bytes())
    with pytest.raises(UsageError, match=r"not the images that this run was started with \(8 images, .*then"):
        train({"steps": 8}, tmp_path / "run")
    (moved / "photo3.png").unlink()
    with pytest.raises(UsageError, match=r"8 images, \w+ then, 7 images, \w+ now.*--init_from="):
        train({"steps": 8}, tmp_path / "run")


@pytest.mark.slow
def test_a_run_of_an_older_version_learns_its_checksum(tmp_path, tiny, image_folder):
    run = train({**tiny, "steps": 2}, tmp_path)
    checksum = load_config(run.config).digests["data"]
    values = json.loads(run.config.read_text())
    del values["digests"], values["lengths"]
    run.config.write_text(json.dumps(values))
    for path in run.sources.iterdir():  # the findings, as they were without checksums
        found = json.loads(path.read_text())
        path.write_text(json.dumps({key: finding[:3] for key, finding in found.items()}))
    train({**tiny, "steps": 3}, tmp_path)
    assert load_config(run.config).digests["data"] == checksum


@pytest.mark.slow
def test_weights_that_a_run_reads_may_move_but_not_change(tmp_path, tiny):
    taught, moved = tmp_path / "teacher.keras", tmp_path / "moved.keras"
    save_generator(random_generator().get_weights(), TINY, taught)
    train({**tiny, "steps": 2, "teacher": str(taught)}, tmp_path / "run")
    taught.rename(moved)
    run = train({"steps": 3, "teacher": str(moved)}, tmp_path / "run")
    assert load_config(run.config).digests["teacher"] == sha256_of(moved)
    save_generator(random_generator(seed=1).get_weights(), TINY, taught)
    with pytest.raises(UsageError, match=f"--teacher={taught} contradicts"):
        train({"steps": 3, "teacher": str(taught)}, tmp_path / "run")


@pytest.mark.slow
def test_the_file_of_a_degradation_may_move_but_not_change(tmp_path, tiny):
    first, moved = tmp_path / "first.json", tmp_path / "moved.json"
    first.write_text(as_json(PHOTO))
    values = {**tiny, "steps": 2}
    named = weights(train({**values, "degradation": "photo", "steps": 4}, tmp_path / "named"))
    run = train({**values, "degradation": str(first)}, tmp_path / "run")
    assert load_config(run.config).digests["degradation"] == sha256_of(first)
    first.rename(moved)
    with pytest.raises(UsageError, match=r"--degradation=.*first\.json: no JSON that can be read"):
        train({"steps": 4}, tmp_path / "run")
    train({"degradation": str(moved), "steps": 4}, tmp_path / "run")
    assert weights(run) == named
    moved.write_text(as_json(dataclasses.replace(PHOTO, clean=0.3)))
    with pytest.raises(UsageError, match=r"--degradation=.*moved\.json: not the content that this run was"):
        train({"steps": 6}, tmp_path / "run")
    with pytest.raises(
        UsageError, match=r"--degradation=photo contradicts .*moved\.json; leave the flag out"
    ):
        train({"degradation": "photo", "steps": 6}, tmp_path / "run")
