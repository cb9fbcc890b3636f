"""Folders of object stores: a file system of pyarrow that is no disk of the machines goes the same way."""

from dataclasses import replace

import pytest
from pyarrow import fs

from srgan_tf.cluster.pack import Packing, Values, shard_file, shard_of
from srgan_tf.cluster.places import Place, place_of
from srgan_tf.cluster.upscale import Upscaling, Work
from srgan_tf.data.shards import Shard, pack_shard
from srgan_tf.errors import UsageError
from srgan_tf.inference.plan import Job
from srgan_tf.inference.run import upscale_file
from srgan_tf.inference.upscaler import local
from srgan_tf.models.weights import save as save_generator
from tests.helpers import TINY, tiny_generator, write_images


@pytest.fixture
def images(tmp_path):
    folder = tmp_path / "in"
    (folder / "inside").mkdir(parents=True)
    (folder / ".hidden").mkdir()
    write_images(folder, 3, (20, 24))
    write_images(folder / "inside", 1, (22, 24))
    write_images(folder / ".hidden", 1, (22, 24))
    (folder / "broken.jpg").write_bytes(b"")
    (folder / "note.txt").write_text("")
    return folder


def store(folder) -> Place:
    """A folder behind a file system that is no `LocalFileSystem`, as those of object stores are."""
    folder.mkdir(exist_ok=True)
    return Place(
        f"store://{folder.name}", fs.SubTreeFileSystem(str(folder.parent), fs.LocalFileSystem()), folder.name
    )


@pytest.mark.parametrize("kind", [place_of, store], ids=["disk", "store"])
def test_a_folder_and_a_store_list_the_same(images, kind):
    place = kind(images if kind is store else str(images))
    names = ["00.png", "01.png", "02.png", "broken.jpg", "inside/00.png"]
    assert [name for name, _, _ in place.images()] == names
    assert [size for _, size, _ in place.images()] == [(images / name).stat().st_size for name in names]
    assert place.names() == {*names, "note.txt", ".hidden/00.png"}
    assert place.has("inside/00.png")
    assert not place.has("inside/01.png")


@pytest.mark.parametrize("kind", [place_of, store], ids=["disk", "store"])
def test_files_appear_whole_and_nothing_else_stays(tmp_path, kind):
    place = kind(tmp_path / "out" if kind is store else str(tmp_path / "out"))
    with place.scratch() as folder:
        (folder / "a").write_bytes(b"whole")
        assert not place.has("deep/a")
        place.publish(folder / "a", "deep/a")
    place.write("b", b"more")
    place.remove("none")
    place.remove_scratch()
    assert place.read("deep/a") == b"whole"
    assert {p.name for p in (tmp_path / "out").iterdir()} == {"deep", "b"}


def test_an_address_of_a_disk_is_the_disk(tmp_path):
    assert place_of(f"file://{tmp_path}").local == tmp_path
    assert place_of("s3://bucket/folder?region=eu-west-1").root == "bucket/folder"
    address = place_of("s3://bucket/folder?region=eu-west-1").address("_errors.jsonl")
    assert address == "s3://bucket/folder/_errors.jsonl"
    assert place_of("gs://anonymous@bucket/folder").root == "bucket/folder"
    with pytest.raises(UsageError, match=r"ftp://host/folder: .*; expected a folder, s3://"):
        place_of("ftp://host/folder")


def test_images_of_a_store_are_upscaled_into_a_store(images, tmp_path):
    path = tmp_path / "tiny.keras"
    save_generator(tiny_generator().get_weights(), TINY, path)
    source, target = store(images), store(tmp_path / "out")
    work = Work(
        source, target, path.name, path.read_bytes(), None, "float32", False, 10**9, None, 10**6, 1, 1
    )
    names = ["00.png", "broken.jpg", "inside/00.png", "gone.png"]
    targets = ["00_x4.png", "broken_x4.png", "inside/00_x4.png", "gone_x4.png"]
    rows = Upscaling(work)({"name": names, "target": targets})
    assert rows["made"].tolist() == [True, False, True, False]
    assert rows["error"].tolist() == ["", "empty file", "", "No such file or directory"]
    for name, result in (("00.png", "00_x4.png"), ("inside/00.png", "inside/00_x4.png")):
        upscale_file(Job(images / name, tmp_path / "expected.png"), local(tiny_generator()))
        assert target.read(result) == (tmp_path / "expected.png").read_bytes()
    assert target.names() == {"00_x4.png", "inside/00_x4.png"}
    assert not Upscaling(work)({"name": names[:1], "target": targets[:1]})["made"][0], "it is there"

    eight = replace(work, self_ensemble=True)
    Upscaling(eight)({"name": ["00.png"], "target": ["eight.png"]})
    options = {"self_ensemble": True}
    upscale_file(Job(images / "00.png", tmp_path / "expected.png"), local(tiny_generator(), **options))
    assert target.read("eight.png") == (tmp_path / "expected.png").read_bytes()
    assert target.read("eight.png") != target.read("00_x4.png")

    softer = replace(work, model="srgan", weights=None, strength=0.0)  # all of it is srresnet-even
    faithful = replace(work, model="srresnet-even", weights=None)
    for name, kind in (("softer.png", softer), ("faithful.png", faithful)):
        Upscaling(kind)({"name": ["00.png"], "target": [name]})
    assert target.read("softer.png") == target.read("faithful.png")


def test_images_of_a_store_are_packed_into_a_store(images, tmp_path):
    source, target = store(images), store(tmp_path / "out")
    names = [name for name, _, _ in source.images()]
    mine = [name for name in names if shard_of(name, 2) == 0]
    packing = Packing(source, target, Values(2, min_size=16))
    first = packing({"shard": [0], "names": [mine]})
    pack_shard(Shard(tmp_path / "alone" / shard_file(0, 2), images, mine, 16))
    for path in (tmp_path / "alone").iterdir():
        assert target.read(path.name) == path.read_bytes()
    again = packing({"shard": [0], "names": [["not looked at"]]})
    assert again["entry"].tolist() == first["entry"].tolist()
