"""Pairs of HR and LR folders: the same crops of both, and what does not fit together."""

import numpy as np
import pytest
from PIL import Image

from srgan_tf.data.degradation import crop_to_multiple, downscale
from srgan_tf.data.pairs import open_pairs
from srgan_tf.data.pipeline import batches, validation_pairs
from srgan_tf.data.sampler import CropOptions
from srgan_tf.data.sources import open_folder
from srgan_tf.errors import UsageError
from srgan_tf.images import decode_rgb
from srgan_tf.run_directory import load_config, read_metrics
from srgan_tf.training.run import train
from tests.helpers import sample_image, save, write_images


@pytest.fixture
def folders(tmp_path):
    """Images of several sizes, and LR of them that is inverted, named as in DIV2K or alike."""
    hr, lr = tmp_path / "hr", tmp_path / "lr"
    write_images(hr, 4)
    write_images(hr / "deep", 2, (64, 70), "JPEG")
    source = open_folder(str(hr))
    for i, name in enumerate(source.names):
        image = crop_to_multiple(decode_rgb(source.read(i)), 4)
        stem = name.rsplit(".", 1)[0]
        save(Image.fromarray(255 - downscale(image, 4, "pillow")), lr / f"{stem}{'x4' if i % 2 else ''}.png")
    return hr, lr


def levels(lr):
    return np.rint(np.asarray(lr) * 255).astype(np.uint8)


@pytest.mark.parametrize("crops_per_image", [1, 3])
def test_lr_and_hr_are_the_same_crops(folders, crops_per_image):
    hr, lr = map(str, folders)
    options = CropOptions(batch_size=3, crop_size=24, augment=True, crops_per_image=crops_per_image)
    made, read = batches(open_folder(hr), options), batches(open_pairs(hr, lr, 4), options)
    for (lr_made, hr_made), (lr_read, hr_read) in zip(made.take(6), read.take(6), strict=True):
        np.testing.assert_array_equal(hr_read, hr_made)
        np.testing.assert_array_equal(levels(lr_read), 255 - levels(lr_made))


def test_whole_images_keep_their_lr(folders):
    hr, lr = map(str, folders)
    made = list(validation_pairs(open_folder(hr), 4, "pillow"))
    read = list(validation_pairs(open_pairs(hr, lr, 4), 4, "pillow"))
    assert [name for name, _, _ in read] == [name for name, _, _ in made]
    for (_, lr_made, hr_made), (_, lr_read, hr_read) in zip(made, read, strict=True):
        np.testing.assert_array_equal(lr_read, 255 - lr_made)
        np.testing.assert_array_equal(hr_read, hr_made)


def test_what_does_not_fit_is_named(folders):
    hr, lr = folders

    def refused(message):
        with pytest.raises(UsageError, match=message):
            open_pairs(str(hr), str(lr), 4)

    (lr / "02.png").rename(lr / "other.png")
    refused(r"1 images \(02.png\) of .*hr without LR in .*lr: expected 02 or 02x4, with any image's suffix")
    save(sample_image(13, 10), lr / "02.png")
    refused(r"1 images \(other.png\) of .*lr without HR in .*hr: remove them")
    (lr / "other.png").unlink()
    refused(r"lr/02.png is 10x13, and 02.png 54x42: expected 13x10 at --scale=4")
    (lr / "02.png").write_bytes(b"")
    refused(r"skipped 1 unusable: 02.png \(empty file\); repair them")
    save(sample_image(10, 13), lr / "02_x4.png")
    refused(r"02.png of .* has several LR in .*: 02.png, 02_x4.png; keep one")
    with pytest.raises(UsageError, match=r"sample is no folder, and .* holds LR images"):
        open_pairs("sample", str(lr), 4)
    with pytest.raises(UsageError, match="nowhere is no folder: expected the LR images of"):
        open_pairs(str(hr), str(lr / "nowhere"), 4)


@pytest.mark.slow
def test_a_run_on_pairs_is_validated_on_pairs_and_resumes_where_they_moved(folders, tmp_path, tiny):
    hr, lr = folders
    pairs = {"data": str(hr), "lr_data": str(lr), "scale": 4}
    with pytest.raises(UsageError, match="--val_data: with --lr_data it needs --val_lr_data"):
        train({**tiny, **pairs, "val_data": str(hr)}, tmp_path / "run")
    with pytest.raises(UsageError, match="--downscale: has no effect with --lr_data"):
        train({**tiny, **pairs, "downscale": "matlab"}, tmp_path / "run")
    validated = {"val_data": str(hr / "deep"), "val_lr_data": str(lr / "deep"), "val_every": 2}
    run = train({**tiny, **pairs, **validated, "steps": 2}, tmp_path / "run")
    assert "val_psnr" in read_metrics(run.metrics)[-1]
    lr.rename(tmp_path / "moved")
    moved = {"lr_data": str(tmp_path / "moved"), "val_data": "", "val_lr_data": ""}
    train({**moved, "steps": 3}, tmp_path / "run")
    assert load_config(run.config).lr_data == moved["lr_data"]
    save(sample_image(10, 13), tmp_path / "moved" / "00.png")
    with pytest.raises(UsageError, match="not the images that this run was started with"):
        train({"steps": 4}, tmp_path / "run")
