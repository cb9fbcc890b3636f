import os
import signal
import subprocess

import numpy as np
import pytest
from PIL import Image

from srgan_tf.data.decode import Decoder
from srgan_tf.data.pack import main, pack
from srgan_tf.data.records import read_index
from srgan_tf.data.shards import Shard, pack_shard
from srgan_tf.data.sources import open_tfrecord
from srgan_tf.errors import UsageError
from srgan_tf.images import decode_rgb
from tests.helpers import contents, encoded, sample_image, write_images

UNREADABLE = "no JPEG, PNG, WebP, TIFF, BMP, GIF, AVIF or HEIC image, or damaged at its start"


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
        rgb = decode_rgb(source.read(i))
        np.testing.assert_array_equal(rgb, decode_rgb(original))
        assert rgb.shape == (source.heights[i], source.widths[i], 3)
    # Without the index the same is found by looking.
    (tmp_path / "one.tfrecord.index").unlink()
    again = open_tfrecord(str(path))
    assert again.decoders.tolist() == source.decoders.tolist()
    assert again.heights.tolist() == source.heights.tolist()
    assert [again.read(i) for i in range(6)] == [source.read(i) for i in range(6)]


def test_the_command(collection, tmp_path, command):
    target = tmp_path / "packed"
    flags = ("--images_per_shard=4", "--min_size=48", "--workers=1", "--nouncompressed")
    done = command("-m", "srgan_tf.data.pack", collection, target, *flags)
    assert done.returncode == 1, done.stderr  # three could not be read
    out = done.stdout
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


def test_killed_and_started_again_gives_the_same_bytes(tmp_path, started):
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
    process = started("-m", "srgan_tf.data.pack", folder, killed, *flags)
    while not list(killed.glob("*.index")):
        try:
            process.wait(timeout=0.02)
        except subprocess.TimeoutExpired:
            continue
        pytest.fail(process.stdout.read())
    process.send_signal(signal.SIGKILL)
    process.wait()
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
    plan.write_text(plan.read_text().replace(' "uncompressed": false,\n', ""))  # made without the value
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
def test_wrong_use_is_one_line_and_code_2(main_in_process, arguments, message):
    code, out, err = main_in_process(main, *arguments)
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


def test_sigterm_stops_packing_and_the_same_command_goes_on(started, command, tmp_path):
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
    done = command("-m", "srgan_tf.data.pack", *arguments)
    assert done.returncode == 0, done.stderr
    assert "packed 60 of 60 images into 60 files" in done.stdout
