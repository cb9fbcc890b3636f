import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from srgan_tf.data.decode import Decoder
from srgan_tf.data.pack import pack
from srgan_tf.data.pipeline import batches
from srgan_tf.data.records import index_path, read_index
from srgan_tf.data.sampler import CropOptions
from srgan_tf.data.shards import Shard, pack_shard
from srgan_tf.data.sources import open_source, open_tfrecord
from srgan_tf.errors import UsageError
from srgan_tf.images import decode_rgb
from tests.helpers import encoded, sample_image, write_images

ROOT = Path(__file__).resolve().parents[2]
UNREADABLE = "no JPEG, PNG, WebP, TIFF, BMP, GIF, AVIF or HEIC image, or damaged at its start"


def command(*arguments):
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "-1"}
    return subprocess.Popen(
        [sys.executable, "-m", "srgan_tf.data.pack", *map(str, arguments)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(*arguments):
    process = command(*arguments)
    out, err = process.communicate()
    return process.returncode, out, err


@pytest.fixture(scope="module")
def collection(tmp_path_factory):
    """Six images to pack and four to leave out."""
    root = tmp_path_factory.mktemp("collection")
    picture = sample_image(50, 60)
    exif = picture.getexif()
    exif[0x0112] = 6
    (root / "inside").mkdir()
    files = {
        "a.jpg": encoded(picture, "JPEG"),
        "b.png": encoded(sample_image(52, 61, 1), "PNG"),
        "c.png": encoded(sample_image(53, 60, 2).convert("L"), "PNG"),
        "d.jpg": encoded(sample_image(54, 60, 3), "JPEG", exif=exif),
        "e.webp": encoded(sample_image(55, 60, 4), "WEBP", lossless=True),
        "inside/f.bmp": encoded(sample_image(56, 60, 5), "BMP"),
        "empty.png": b"",
        "note.jpg": b"not a picture",
        "truncated.jpg": encoded(picture, "JPEG")[:-300],
        "zz_small.png": encoded(sample_image(20, 47), "PNG"),
    }
    for name, content in files.items():
        (root / name).write_bytes(content)
    return root


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_shard_keeps_bytes_where_it_can(collection, tmp_path):
    names = ["a.jpg", "b.png", "c.png", "d.jpg", "e.webp", "inside/f.bmp"]
    path = tmp_path / "one.tfrecord"
    assert pack_shard(Shard(path, collection, names, 48)) == 6
    source = open_tfrecord(str(path))
    assert source.names == names
    assert set(source.decoders) == {Decoder.JPEG, Decoder.PNG}
    for i, name in enumerate(names):
        original = (collection / name).read_bytes()
        assert (source.read(i) == original) == (name in ("a.jpg", "b.png"))
        picture = decode_rgb(source.read(i))
        np.testing.assert_array_equal(picture, decode_rgb(original))
        assert picture.shape == (source.heights[i], source.widths[i], 3)
    # Without the index the same is found by looking.
    (tmp_path / "one.tfrecord.index").unlink()
    again = open_tfrecord(str(path))
    assert again.decoders.tolist() == source.decoders.tolist()
    assert again.heights.tolist() == source.heights.tolist()
    assert [again.read(i) for i in range(6)] == [source.read(i) for i in range(6)]


@pytest.mark.slow
def test_the_command(collection, tmp_path):
    target = tmp_path / "packed"
    flags = ("--images_per_shard=4", "--min_size=48", "--workers=1", "--nouncompressed")
    code, out, err = run(collection, target, *flags)
    assert code == 1, err  # three could not be read
    assert out == (
        "packed 6 of 10 images into 3 files\n"
        "left out 4:\n"
        "  empty.png: empty file\n"
        f"  note.jpg: {UNREADABLE}\n"
        "  truncated.jpg: cannot be decoded: image file is truncated (59 bytes not processed)\n"
        "  zz_small.png: 47x20 is smaller than 48x48\n"
    ).replace("59", out.split("truncated (")[1].split()[0])
    assert (target / "report.txt").read_text() == out
    source = open_tfrecord(str(target / "*.tfrecord"), min_size=48)
    assert source.names == ["a.jpg", "b.png", "c.png", "d.jpg", "e.webp", "inside/f.bmp"]

    before = contents(target)
    assert pack(collection, target, images_per_shard=4, min_size=48, workers=1) == (out.strip(), 3)
    assert contents(target) == before


@pytest.mark.slow
def test_killed_and_started_again_gives_the_same_bytes(tmp_path):
    """One small image in the first shard, and then many that take long, so that the kill comes amid them."""
    folder = tmp_path / "images"
    folder.mkdir()
    (folder / "00.png").write_bytes(encoded(sample_image(100, 100), "PNG"))
    noise = np.random.default_rng(0).integers(0, 256, (900, 900, 3), dtype=np.uint8)
    large = encoded(Image.fromarray(noise), "BMP")
    for i in range(1, 9):
        (folder / f"{i:02}.bmp").write_bytes(large)
    flags = ("--images_per_shard=1", "--workers=1")

    killed = tmp_path / "killed"
    process = command(folder, killed, *flags)
    while not list(killed.glob("*.index")):
        try:
            process.wait(timeout=0.02)
        except subprocess.TimeoutExpired:
            continue
        pytest.fail(process.communicate()[1])
    process.send_signal(signal.SIGKILL)
    process.communicate()
    complete = {path.name: path.stat().st_mtime_ns for path in killed.glob("*.index")}
    assert 1 <= len(complete) < 9

    pack(folder, killed, images_per_shard=1, min_size=96, workers=1)
    for name, time in complete.items():
        assert (killed / name).stat().st_mtime_ns == time, "a complete shard was written again"
    whole = tmp_path / "whole"
    for i, image in enumerate(sorted(folder.iterdir())):
        pack_shard(Shard(whole / f"images-{i:05}-of-00009.tfrecord", folder, [image.name], 96))
    resumed = contents(killed)
    assert resumed.pop("report.txt") == b"packed 9 of 9 images into 9 files\n"
    assert resumed.pop("pack.json")
    assert resumed == contents(whole)


def first(spec, options, count=5, min_size=48):
    dataset = batches(open_source(spec, min_size=min_size), options)
    return [part for element in dataset.take(count) for part in element]


@pytest.fixture(scope="module")
def uncompressed(collection, tmp_path_factory):
    target = tmp_path_factory.mktemp("uncompressed") / "packed"
    out, _ = pack(collection, target, images_per_shard=4, min_size=48, workers=1, uncompressed=True)
    assert out.startswith("packed 6 of 10 images into 3 files\nleft out 4:\n")
    return target


@pytest.mark.slow
def test_uncompressed_holds_the_pixels_that_the_folder_has(collection, uncompressed):
    source = open_tfrecord(str(uncompressed / "*.tfrecord"))
    assert source.names == ["a.jpg", "b.png", "c.png", "d.jpg", "e.webp", "inside/f.bmp"]
    assert set(source.decoders) == {Decoder.BMP}
    for i, name in enumerate(source.names):
        picture = decode_rgb((collection / name).read_bytes())
        assert picture.shape == (source.heights[i], source.widths[i], 3)
        np.testing.assert_array_equal(decode_rgb(source.read(i)), picture)
        part = source.read_part(i, range(10, 50), range(5, 6))
        np.testing.assert_array_equal(part, picture[10:50, 5:6])


@pytest.mark.slow
@pytest.mark.parametrize("crops_per_image", [1, 3])
@pytest.mark.parametrize(
    ("crop_size", "min_size", "batch_size"),
    [
        (48, 48, 6),  # every window reaches past a border
        (8, 0, 6),
        (48, 53, 3),  # images are left out on opening
    ],
)
def test_uncompressed_gives_the_batches_of_the_folder(
    collection, uncompressed, crop_size, min_size, batch_size, crops_per_image
):
    options = CropOptions(
        batch_size=batch_size, crop_size=crop_size, augment=True, crops_per_image=crops_per_image
    )
    least = max(min_size, 48)  # as packed
    here = first(f"tfrecord:{uncompressed}/*.tfrecord", options, min_size=min_size)
    for a, b in zip(here, first(str(collection), options, min_size=least), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.slow
def test_uncompressed_beside_compressed_and_without_index(collection, uncompressed, tmp_path):
    """The second shard keeps files' bytes, and the third has lost its index."""
    shutil.copytree(uncompressed, tmp_path / "mixed")
    names = ["e.webp", "inside/f.bmp", "zz_small.png"]
    mixed = sorted((tmp_path / "mixed").glob("*.tfrecord"))
    pack_shard(Shard(mixed[1], collection, names[:1], 48))
    pack_shard(Shard(mixed[2], collection, names[1:], 48, uncompressed=True))
    index_path(mixed[2]).unlink()
    source = open_tfrecord(str(tmp_path / "mixed" / "*.tfrecord"))
    assert source.decoders.tolist() == [Decoder.BMP] * 4 + [Decoder.PNG, Decoder.PILLOW]
    options = CropOptions(batch_size=6, crop_size=24)
    here = first(f"tfrecord:{tmp_path}/mixed/*.tfrecord", options)
    for a, b in zip(here, first(str(collection), options), strict=True):
        np.testing.assert_array_equal(a, b)


def test_an_index_lost_later_is_missed(uncompressed, tmp_path):
    """The cache keeps nothing that only an index can tell."""
    shutil.copytree(uncompressed, tmp_path / "packed")
    decoders = []
    for shard in sorted((tmp_path / "packed").glob("*.tfrecord"))[:2]:
        index_path(shard).unlink()
        source = open_tfrecord(str(tmp_path / "packed" / "*.tfrecord"), cache=tmp_path / "cache")
        decoders.append([Decoder(decoder).name for decoder in source.decoders])
    assert decoders[0] != decoders[1]
    assert set(decoders[0]) == {"BMP", "PILLOW"}
    assert decoders[1].count("BMP") < decoders[0].count("BMP")


@pytest.mark.slow
def test_uncompressed_images_smaller_than_the_apron(tmp_path):
    for i in range(6):
        (tmp_path / "images").mkdir(exist_ok=True)
        (tmp_path / "images" / f"{i}.png").write_bytes(encoded(sample_image(4 + i, 9 - i % 3, i), "PNG"))
    pack(
        tmp_path / "images", tmp_path / "packed", images_per_shard=9, min_size=4, workers=1, uncompressed=True
    )
    options = CropOptions(batch_size=6, crop_size=4, crops_per_image=2)
    here = first(f"tfrecord:{tmp_path}/packed/*.tfrecord", options, min_size=4)
    for a, b in zip(here, first(str(tmp_path / "images"), options, min_size=4), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.slow
def test_uncompressed_packing_goes_on_where_it_ended(collection, uncompressed, tmp_path):
    shutil.copytree(uncompressed, tmp_path / "packed")
    shard = tmp_path / "packed" / "images-00000-of-00003.tfrecord"
    index_path(shard).unlink()
    shard.write_bytes(b"half")
    pack(collection, tmp_path / "packed", images_per_shard=4, min_size=48, workers=1, uncompressed=True)
    assert contents(tmp_path / "packed") == contents(uncompressed)
    with pytest.raises(UsageError, match="begun with --uncompressed=True and not False"):
        pack(collection, tmp_path / "packed", images_per_shard=4, min_size=48, workers=1)


def small_folder(path, count=2):
    path.mkdir()
    for i in range(count):
        (path / f"{i}.png").write_bytes(encoded(sample_image(50, 50, i), "PNG"))
    return path


def quickly(source, target, images_per_shard=10, min_size=48):
    return pack(source, target, images_per_shard=images_per_shard, min_size=min_size, workers=1)


@pytest.mark.slow
def test_images_that_are_only_small_are_no_failure(tmp_path):
    folder = small_folder(tmp_path / "images")
    (folder / "small.png").write_bytes(encoded(sample_image(20, 20)))
    text, unread = quickly(folder, tmp_path / "packed")
    assert (text.splitlines()[1], unread) == ("left out 1:", 0)


@pytest.mark.slow
def test_what_was_begun_must_be_the_same(tmp_path):
    folder = small_folder(tmp_path / "images")
    target = tmp_path / "packed"
    quickly(folder, target)
    with pytest.raises(UsageError, match=r"packed was begun with --images_per_shard=10 and not 5"):
        quickly(folder, target, images_per_shard=5)
    with pytest.raises(UsageError, match=r"packed was begun with --min_size=48 and not 40"):
        quickly(folder, target, min_size=40)
    plan = target / "pack.json"
    plan.write_text(plan.read_text().replace(' "uncompressed": false,\n', ""))  # as it once was
    quickly(folder, target)
    os.utime(folder / "0.png", ns=(0, 0))
    with pytest.raises(
        UsageError, match=r"images is not what .*packed was begun with \(2 images then, 2 now"
    ):
        quickly(folder, target)


def test_folders_that_will_not_do(tmp_path):
    folder = small_folder(tmp_path / "images")
    cases = [
        (
            tmp_path / "nowhere",
            tmp_path / "packed",
            "nowhere is no folder: expected the folder of the images",
        ),
        (folder, folder / "packed", "packed is inside .*images: give a folder elsewhere"),
        (folder, folder, "is inside"),
        (folder, folder / "0.png", "0.png is a file"),
        (folder, tmp_path, "holds other files: give a new or empty folder"),
    ]
    for source, target, message in cases:
        with pytest.raises(UsageError, match=message):
            quickly(source, target)
    (tmp_path / "none").mkdir()
    with pytest.raises(UsageError, match=r"no image in .*none"):
        quickly(tmp_path / "none", tmp_path / "packed")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["images", "none"]


@pytest.mark.slow
def test_no_usable_image_is_an_error(tmp_path):
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "a.png").write_bytes(b"")
    with pytest.raises(UsageError, match=r"no usable image in .*images: .*report.txt says why"):
        quickly(tmp_path / "images", tmp_path / "packed")
    assert "a.png: empty file" in (tmp_path / "packed" / "report.txt").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "error: expected SRC DST, found nothing"),
        (("a", "b", "--images_per_shard=0"), "error: --images_per_shard=0: expected a value above 0"),
        (("a", "b", "--shards=3"), "error: Unknown command line flag 'shards'"),
    ],
)
def test_wrong_use_is_one_line_and_code_2(arguments, message):
    code, out, err = run(*arguments)
    assert code == 2
    assert not out
    assert err.startswith(message)
    assert err.count("\n") == 1


def test_an_index_goes_with_its_file(collection, tmp_path):
    path = tmp_path / "one.tfrecord"
    pack_shard(Shard(path, collection, ["a.jpg"], 48))
    assert read_index(path).names == ["a.jpg"]
    path.write_bytes(path.read_bytes() + b"more")
    assert read_index(path) is None


STOPPED = """
import os, pathlib, signal, sys, threading
from srgan_tf.command_line import run_command
from srgan_tf.data.pack import main

def stop_after_the_first_shard():
    while not any(pathlib.Path(sys.argv[2]).glob("*.index")):
        pass
    os.kill(os.getpid(), signal.SIGTERM)

if __name__ == "__main__":
    threading.Thread(target=stop_after_the_first_shard, daemon=True).start()
    run_command(main)
"""


def test_sigterm_stops_packing_and_the_same_command_goes_on(started, tmp_path):
    write_images(tmp_path / "images", 60)
    arguments = (
        tmp_path / "images",
        tmp_path / "packed",
        "--images_per_shard=1",
        "--min_size=8",
        "--workers=1",
    )
    process = started("-c", STOPPED, *map(str, arguments))
    text, _ = process.communicate(timeout=120)
    assert process.returncode == 143, text
    assert "stopped; the same command goes on" in text
    assert not list((tmp_path / "packed").glob("*report*"))
    code, out, err = run(*arguments)
    assert code == 0, err
    assert "packed 60 of 60 images into 60 files" in out
