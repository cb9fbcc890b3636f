import os

import numpy as np
import pytest
from PIL import Image

from srgan_tf.data.pipeline import batches
from srgan_tf.data.sampler import CropOptions
from srgan_tf.data.scan import Skipped
from srgan_tf.data.sources import open_folder
from srgan_tf.errors import UsageError
from srgan_tf.images import image_names
from tests.helpers import encoded, sample_image, write_images


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """A folder as users have them."""
    root = tmp_path_factory.mktemp("mixed")
    image = sample_image(50, 60)
    jpeg = encoded(image, "JPEG")
    exif = image.getexif()
    exif[0x0112] = 8
    rgba = image.copy()
    rgba.putalpha(200)
    grey16 = Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257)
    files = {
        "alpha.png": encoded(rgba, "PNG"),
        "cmyk.jpg": encoded(image.convert("CMYK"), "JPEG"),
        "deep/16bit.PNG": encoded(grey16, "PNG"),
        "deep/er/animation.gif": encoded(image, "GIF", save_all=True, append_images=[image]),
        "deep/er/plain.webp": encoded(image, "WEBP"),
        "empty.jpg": b"",
        "grey.png": encoded(image.convert("L"), "PNG"),
        "mislabelled.png": jpeg,
        "note.jpg": b"no image",
        "notes.txt": b"not looked at",
        "one_pixel.png": encoded(image.crop((0, 0, 1, 1)), "PNG"),
        "palette.png": encoded(image.quantize(64), "PNG"),
        "plain.bmp": encoded(image, "BMP"),
        "plain.tif": encoded(image, "TIFF"),
        "camera.nef": b"of no use",
        "modern.avif": encoded(image, "AVIF"),
        "plain.jpeg": jpeg,
        "small.png": encoded(image.crop((0, 0, 60, 47)), "PNG"),
        "truncated.jpg": jpeg[: len(jpeg) * 4 // 5],
        "turned.jpg": encoded(image, "JPEG", exif=exif),
    }
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return root


def test_usable_images_are_kept_and_the_others_named(mixed):
    source = open_folder(str(mixed), min_size=48)
    assert source.names == [
        "alpha.png",
        "cmyk.jpg",
        "deep/16bit.PNG",
        "deep/er/animation.gif",
        "deep/er/plain.webp",
        "grey.png",
        "mislabelled.png",
        "modern.avif",
        "palette.png",
        "plain.bmp",
        "plain.jpeg",
        "plain.tif",
        "turned.jpg",
    ]
    assert [(skipped.name, skipped.reason.split(" (")[0]) for skipped in source.skipped] == [
        ("camera.nef", "no JPEG, PNG, WebP, TIFF, BMP, GIF, AVIF or HEIC image, or damaged at its start"),
        ("empty.jpg", "empty file"),
        ("note.jpg", "no JPEG, PNG, WebP, TIFF, BMP, GIF, AVIF or HEIC image, or damaged at its start"),
        ("truncated.jpg", "cannot be decoded: image file is truncated"),
    ]
    assert source.too_small == 2
    at = source.names.index("turned.jpg")
    assert (source.heights[at], source.widths[at]) == (60, 50)


def test_summary(mixed):
    summary = open_folder(str(mixed), min_size=48).summary(examples=2)
    assert summary == (
        f"13 images in {mixed}; skipped 4 unusable: "
        "camera.nef (no JPEG, PNG, WebP, TIFF, BMP, GIF, AVIF or HEIC image, or damaged at its start), "
        "empty.jpg (empty file) and 2 more; "
        "skipped 2 smaller than 48x48"
    )


@pytest.mark.slow
def test_such_a_folder_trains(mixed):
    source = open_folder(str(mixed), min_size=48)
    options = CropOptions(batch_size=12, crop_size=48, augment=True)
    for lr, hr in batches(source, options).take(2):
        assert lr.shape == (12, 12, 12, 3)
        # Every image shows the same scene, so that every crop's mean is near the others'.
        means = np.asarray(hr).mean(axis=(1, 2, 3))
        assert np.abs(means - np.median(means)).max() < 0.3


def test_names_are_sorted_and_links_followed(tmp_path):
    write_images(tmp_path / "elsewhere", 1)
    write_images(tmp_path / "root" / "b", 2)
    write_images(tmp_path / "root" / "a", 1)
    (tmp_path / "root" / "c").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "root" / "d").symlink_to(tmp_path / "root")  # leads round in circles
    assert image_names(tmp_path / "root") == ["a/00.png", "b/00.png", "b/01.png", "c/00.png"]


def test_dangling_links_are_named(tmp_path):
    write_images(tmp_path, 1)
    (tmp_path / "gone.png").symlink_to(tmp_path / "nowhere")
    source = open_folder(str(tmp_path))
    assert source.skipped == (Skipped("gone.png", "cannot be read: No such file or directory"),)


def test_findings_are_kept_until_a_file_changes(tmp_path):
    folder, cache = tmp_path / "images", tmp_path / "cache"
    write_images(folder, 3)
    first = open_folder(str(folder), cache=cache)
    (kept,) = cache.iterdir()
    before = kept.stat().st_mtime_ns
    # The same size and time of change: taken for the same file, and so not decoded again.
    state = (folder / "00.png").stat()
    (folder / "00.png").write_bytes(bytes(state.st_size))
    os.utime(folder / "00.png", ns=(state.st_atime_ns, state.st_mtime_ns))
    again = open_folder(str(folder), cache=cache)
    assert again.summary() == first.summary()
    assert kept.stat().st_mtime_ns == before
    os.utime(folder / "00.png", ns=(0, 0))
    assert open_folder(str(folder), cache=cache).skipped[0].name == "00.png"


def test_a_damaged_cache_is_made_anew(tmp_path):
    write_images(tmp_path / "images", 2)
    cache = tmp_path / "cache"
    open_folder(str(tmp_path / "images"), cache=cache)
    (kept,) = cache.iterdir()
    kept.write_text("{ not JSON")
    assert len(open_folder(str(tmp_path / "images"), cache=cache)) == 2
    assert kept.read_text().endswith("}")


def test_wrong_folders(tmp_path):
    with pytest.raises(UsageError, match="nowhere is no folder: expected `sample`, a folder"):
        open_folder(str(tmp_path / "nowhere"))
    with pytest.raises(UsageError, match=r"no image in .*: expected files ending in \.avif, \.bmp, \.gif"):
        open_folder(str(tmp_path))
    (tmp_path / "a.jpg").write_bytes(b"")
    write_images(tmp_path / "small", 1)
    with pytest.raises(
        UsageError, match=r"no usable image: 0 images in .*a.jpg \(empty file\); skipped 1 smaller"
    ):
        open_folder(str(tmp_path), min_size=96)
