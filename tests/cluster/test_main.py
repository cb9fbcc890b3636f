"""Wrong use is one line and exit code 2, before anything starts."""

import json
import os
import subprocess
import sys

import pytest

from srgan_tf.cluster.__main__ import main
from tests.helpers import write_images


@pytest.fixture
def images(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    write_images(folder, 2, (20, 24))
    return folder


@pytest.fixture
def refused(main_in_process, tmp_path):
    """Runs a command that must be refused; gives what it says."""

    def run(*arguments) -> str:
        before = sorted(tmp_path.rglob("*"))
        code, out, err = main_in_process(main, *arguments)
        assert (code, out) == (2, ""), err
        assert err.startswith("error: ")
        assert err.count("\n") == 1, err
        assert sorted(tmp_path.rglob("*")) == before, "nothing was written"
        return err

    return run


@pytest.mark.parametrize("command", ["upscale", "pack"])
class TestFolders:
    def test_no_image(self, refused, tmp_path, command):
        (tmp_path / "empty").mkdir()
        (tmp_path / "empty" / "note.txt").write_text("")
        assert "no image in" in refused(command, tmp_path / "empty", tmp_path / "out")

    def test_nothing_there(self, refused, tmp_path, command):
        assert "missing: no such folder" in refused(command, tmp_path / "missing", tmp_path / "out")

    def test_a_file(self, refused, images, tmp_path, command):
        assert "00.png is a file" in refused(command, images / "00.png", tmp_path / "out")

    def test_out_inside_in(self, refused, images, command):
        assert "out is inside" in refused(command, images, images / "out")
        assert f"{images} is inside" in refused(command, images, images.parent)

    def test_out_is_a_file(self, refused, images, tmp_path, command):
        (tmp_path / "out").write_text("")
        assert "out is a file" in refused(command, images, tmp_path / "out")

    def test_no_right_to_write(self, refused, images, tmp_path, command):
        place = tmp_path / "disk"
        place.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", place]
        done = subprocess.run(mount, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"no disk may be mounted here: {done.stderr.strip()}")
        try:
            assert f"no permission to write to {place}" in refused(command, images, place / "out")
        finally:
            subprocess.run(["umount", "--lazy", place], check=True)

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
    def test_no_right_to_read(self, refused, images, tmp_path, command):
        images.chmod(0)
        try:
            assert "no permission to read" in refused(command, images, tmp_path / "out")
        finally:
            images.chmod(0o700)

    def test_an_unknown_address(self, refused, images, command):
        assert "ftp://host/out: " in refused(command, images, "ftp://host/out")

    @pytest.mark.parametrize("workers", ["0", "3..2", "many", "-1"])
    def test_workers(self, refused, images, tmp_path, command, workers):
        assert f"--workers={workers}: expected a number" in refused(
            command, images, tmp_path / "out", f"--workers={workers}"
        )

    def test_ray_is_not_installed(self, refused, images, tmp_path, command, monkeypatch):
        monkeypatch.setitem(sys.modules, "ray", None)
        assert "pip install '.[cluster]'" in refused(command, images, tmp_path / "out")


def test_a_model_that_is_not_there(refused, images, tmp_path):
    said = refused("upscale", images, tmp_path / "out", f"--model={tmp_path}/none.keras")
    assert "none.keras" in said
    (tmp_path / "damaged.keras").write_text("no model")
    assert "damaged.keras" in refused(
        "upscale", images, tmp_path / "out", f"--model={tmp_path}/damaged.keras"
    )


def test_a_folder_packed_with_other_values(refused, images, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("")
    assert "holds other files" in refused("pack", images, out)
    (out / "pack.json").write_text(json.dumps({"shards": 3}))
    assert "begun with other values or images (shards=3 then" in refused("pack", images, out)


class TestTraining:
    def test_flags_of_train_py(self, refused, tmp_path):
        assert "Unknown command line flag 'stepz'" in refused("train", "--", "--stepz=3")
        said = refused("train", "--workers=3", "--", "--data=sample", f"--run_dir={tmp_path}/run")
        assert "--batch_size=16: expected a multiple of --workers=3" in said

    def test_nothing_to_start_from(self, refused, tmp_path):
        assert "--phase=gan starts from" in refused(
            "train", "--", "--phase=gan", "--data=sample", f"--run_dir={tmp_path}/run"
        )

    def test_one_machines_strategy(self, refused):
        assert "--strategy=mirrored" in refused("train", "--", "--data=sample", "--strategy=mirrored")

    def test_a_range_of_workers(self, refused):
        assert "training wants one number" in refused("train", "--workers=2..4", "--", "--data=sample")


@pytest.fixture
def not_connected(command, images, tmp_path):
    """Runs a command, in a process of its own, that finds no cluster to work on; gives what it says."""

    def run(address) -> str:
        out = tmp_path / "out"
        flags = ["--model=espcn", f"--address={address}"]
        done = command("-m", "srgan_tf.cluster", "upscale", str(images), str(out), *flags)
        assert (done.returncode, done.stdout) == (2, ""), done.stderr
        assert done.stderr.startswith(f"error: --address={address}: ")
        assert done.stderr.count("\n") == 1, done.stderr
        assert not out.exists()
        return done.stderr

    return run


@pytest.mark.parametrize(("field", "value"), [("ray_version", "2.9.0"), ("python_version", "3.8.1")])
def test_a_cluster_of_another_version(not_connected, nodes, field, value):
    from ray._raylet import GcsClient

    key, space = b"CLUSTER_METADATA", b"cluster"  # where every cluster keeps what it was started with
    store = GcsClient(address=nodes.address)
    before = store.internal_kv_get(key, space)
    store.internal_kv_put(key, json.dumps({**json.loads(before), field: value}).encode(), True, space)
    try:
        said = not_connected(nodes.address)
    finally:
        store.internal_kv_put(key, before, True, space)
    assert value in said
    assert "install the cluster's versions here" in said


def test_no_cluster_at_the_address(not_connected):
    assert "no cluster answers" in not_connected("127.0.0.1:1")
