"""Packing on a cluster: one machine's shards, whatever the number of workers, and after a killed node."""

import hashlib
import json
from itertools import islice

import numpy as np
import pytest

from srgan_tf.cluster.pack import shard_file, shard_of
from srgan_tf.data.pipeline import batches
from srgan_tf.data.shards import Shard, pack_shard
from srgan_tf.data.sources import open_source
from srgan_tf.images import image_names
from srgan_tf.new_config import new_config
from tests.cluster.conftest import until
from tests.helpers import TINY_RUN, encoded, sample_image, save

SHARDS = 16


@pytest.fixture(scope="module")
def collection(tmp_path_factory):
    """Images of several kinds at several depths; two cannot be read, and one is too small."""
    root = tmp_path_factory.mktemp("collection")
    for i in range(90):
        ending = ("png", "jpg", "webp")[i % 3]
        save(sample_image(120 + i % 5, 130, i), root / f"{i % 4}" / f"{i:03}.{ending}")
    (root / "truncated.jpg").write_bytes(encoded(sample_image(50, 60), "JPEG")[:-300])
    (root / "0" / "empty.png").write_bytes(b"")
    save(sample_image(20, 47), root / "small.png")
    return root


@pytest.fixture(scope="module")
def alone(collection, tmp_path_factory):
    """The same shards, made in this process."""
    folder = tmp_path_factory.mktemp("alone")
    for i in range(SHARDS):
        names = [name for name in image_names(collection) if shard_of(name, SHARDS) == i]
        pack_shard(Shard(folder / shard_file(i, SHARDS), collection, names, 48))
    return folder


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def first_batches(folder):
    config = new_config({**TINY_RUN, "data": "sample"})
    source = open_source(f"tfrecord:{folder}/*.tfrecord")
    return list(islice(batches(source, config).as_numpy_iterator(), 4))


def test_two_packings_are_one_machines_byte_for_byte_though_a_node_is_killed(
    nodes, collection, alone, tmp_path, started
):
    def pack(name, workers, *where):
        flags = [f"--shards={SHARDS}", "--min_size=48", f"--workers={workers}", *where]
        return started("-m", "srgan_tf.cluster", "pack", str(collection), str(tmp_path / name), *flags)

    def indexes(name):
        return len(list((tmp_path / name).glob("*.index")))

    disturbed = pack("disturbed", "2..4", f"--address={nodes.address}")
    until(lambda: indexes("disturbed") >= 2 or disturbed.poll() is not None, "two shards")
    nodes.kill(nodes.all()[0])
    text = disturbed.communicate(timeout=200)[0]
    assert disturbed.returncode == 1, text
    assert "packed 90 of 93 images into 16 files\nleft out 3:\n" in text

    single = pack("single", "1")  # with a Ray of its own
    until(lambda: indexes("single") >= 3, "three shards")
    single.kill()
    single.wait()
    assert not (tmp_path / "single" / "manifest.json").exists()
    again = pack("single", "1")
    text = again.communicate(timeout=200)[0]
    assert again.returncode == 1, text

    packed = contents(tmp_path / "disturbed")
    assert packed == contents(tmp_path / "single")
    shards = contents(alone)
    assert {name: packed[name] for name in shards} == shards
    assert set(packed) - set(shards) == {"pack.json", "manifest.json", "report.txt"}

    manifest = json.loads(packed["manifest.json"])
    assert (manifest["shards"], manifest["images"], manifest["left_out"]) == (SHARDS, 90, 3)
    for entry in manifest["files"]:
        assert entry["sha256"] == hashlib.sha256(packed[entry["file"]]).hexdigest()
        assert entry["bytes"] == len(packed[entry["file"]])
    for one, other in zip(first_batches(tmp_path / "disturbed"), first_batches(alone), strict=True):
        for a, b in zip(one, other, strict=True):
            np.testing.assert_array_equal(a, b)
