import dataclasses
import itertools
from collections import Counter

import numpy as np
import pytest
import tensorflow as tf

from srgan_tf.data.degradation import crop_to_multiple, downscale
from srgan_tf.data.degradation.passes import degraded_image
from srgan_tf.data.degradation.table import PHOTO
from srgan_tf.data.degradation.table_files import as_json, table_named
from srgan_tf.data.pipeline import batches, flipped, validation_pairs
from srgan_tf.data.ranges import hr_from_uint8, lr_from_uint8
from srgan_tf.data.sampler import CropOptions, batch_plan, degradation_seeds, group_images
from srgan_tf.data.sources import open_source
from srgan_tf.errors import UsageError
from srgan_tf.images import decode_rgb
from tests.helpers import encoded, sample_image, write_images

SMALL = {"batch_size": 4, "crop_size": 24}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Nine photographs: PNG, JPEG with and without full chroma, one that Pillow must turn, one barely large
    enough, with sides that are mostly no multiples of 4."""
    root = tmp_path_factory.mktemp("photographs")
    write_images(root, 4)
    (root / "a.jpg").write_bytes(encoded(sample_image(90, 70, 5), "JPEG", subsampling="4:2:0"))
    (root / "b.jpg").write_bytes(encoded(sample_image(71, 93, 6), "JPEG", subsampling="4:4:4"))
    (root / "c.jpg").write_bytes(encoded(sample_image(66, 95, 7), "JPEG", progressive=True))
    exif = sample_image(10, 10).getexif()
    exif[0x0112] = 6
    (root / "d.jpg").write_bytes(encoded(sample_image(40, 60, 8), "JPEG", exif=exif))
    (root / "e.png").write_bytes(encoded(sample_image(24, 25, 9), "PNG"))
    return root


@pytest.fixture(scope="module")
def source(folder):
    return open_source(str(folder), min_size=24)


def first(dataset, count):
    return [tuple(part.numpy() for part in element) for element in dataset.take(count)]


def assert_equal_batches(these, those):
    assert len(these) == len(those)
    for a, b in zip(these, those, strict=True):
        for x, y in zip(a, b, strict=True):
            np.testing.assert_array_equal(x, y)


def batch_by_definition(source, options, step):
    """A step's batch from whole images, the plan and the plain degradation, or a table without noise."""
    images, places, turns = (np.asarray(part) for part in batch_plan(len(source), options, step))
    seeds = degradation_seeds(options, tf.constant(step, tf.int64)).numpy().tolist()
    table = table_named(options.degradation)
    lrs, hrs = [], []
    s, crop = options.scale, options.crop_size // options.scale
    for image, place, turn, seed in zip(images, places, turns, seeds, strict=True):
        whole = crop_to_multiple(decode_rgb(source.read(image)), s)
        small = downscale(whole, s, options.downscale)
        if table:
            small = degraded_image(whole, small, table, tuple(seed), s)
        i, j = (int(f * (side - crop + 1)) for f, side in zip(place, small.shape[:2], strict=True))
        pair = [small[i : i + crop, j : j + crop], whole[i * s : (i + crop) * s, j * s : (j + crop) * s]]
        for k, part in enumerate(pair):
            part = part[:, ::-1] if turn & 1 else part
            part = part[::-1] if turn & 2 else part
            pair[k] = part.transpose(1, 0, 2) if turn & 4 else part
        lrs.append(pair[0])
        hrs.append(pair[1])
    return np.stack(lrs), np.stack(hrs)


@pytest.mark.slow
@pytest.mark.parametrize("downscaling", ["matlab", "pillow"])
@pytest.mark.parametrize(("augment", "crops_per_image"), [(False, 1), (True, 1), (True, 3)])
def test_batches_are_as_defined(source, downscaling, augment, crops_per_image):
    options = CropOptions(
        **SMALL, downscale=downscaling, augment=augment, crops_per_image=crops_per_image, seed=3
    )
    for step, (lr, hr) in enumerate(first(batches(source, options), 9)):
        assert lr.dtype == hr.dtype == np.float32
        expected_lr, expected_hr = batch_by_definition(source, options, step)
        np.testing.assert_allclose(lr, lr_from_uint8(expected_lr), atol=1e-7)
        np.testing.assert_allclose(hr, hr_from_uint8(expected_hr), atol=2e-7)


@pytest.mark.slow
def test_degraded_batches_are_the_crops_of_degraded_images(source, tmp_path):
    """Noise and JPEG aside, which a crop has of its own; a fifth of the crops is clean."""
    quiet = {
        which: dataclasses.replace(
            of,
            noise=dataclasses.replace(of.noise, probability=0.0),
            jpeg=dataclasses.replace(of.jpeg, probability=0.0),
        )
        for which, of in (("first", PHOTO.first), ("second", PHOTO.second))
    }
    path = tmp_path / "quiet.json"
    path.write_text(as_json(dataclasses.replace(PHOTO, **quiet)))
    options = CropOptions(**SMALL, degradation=str(path), augment=True, crops_per_image=3, seed=3)
    for step, (lr, hr) in enumerate(first(batches(source, options), 4)):
        expected_lr, expected_hr = batch_by_definition(source, options, step)
        np.testing.assert_allclose(lr, lr_from_uint8(expected_lr), atol=1e-7)
        np.testing.assert_allclose(hr, hr_from_uint8(expected_hr), atol=2e-7)


def test_crops_of_one_lr_pixel_are_degraded_too(source):
    """Fewer pixels than a block of JPEG, and than every kernel."""
    options = CropOptions(batch_size=4, crop_size=4, degradation="second-order")
    for lr, hr in first(batches(source, options), 4):
        assert (lr.shape, hr.shape) == ((4, 1, 1, 3), (4, 4, 4, 3))


@pytest.mark.parametrize("scale", [2, 3, 8])
def test_scales(source, scale):
    options = CropOptions(**SMALL, scale=scale, augment=True)
    (lr, hr), *_ = first(batches(source, options), 1)
    assert lr.shape == (4, 24 // scale, 24 // scale, 3)
    assert hr.shape == (4, 24, 24, 3)
    expected_lr, _ = batch_by_definition(source, options, 0)
    np.testing.assert_allclose(lr, lr_from_uint8(expected_lr), atol=1e-7)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("degradation", "crops_per_image", "start"),
    [*itertools.product(["bicubic"], [1, 3], [1, 5, 7, 12]), ("photo", 3, 5)],
)
def test_starting_anywhere_gives_the_same_steps(source, degradation, crops_per_image, start):
    options = CropOptions(**SMALL, degradation=degradation, augment=True, crops_per_image=crops_per_image)
    all_steps = first(batches(source, options), start + 3)
    assert_equal_batches(first(batches(source, options, start_step=start), 3), all_steps[start:])


@pytest.mark.slow
@pytest.mark.parametrize(("degradation", "crops_per_image"), [("bicubic", 1), ("bicubic", 3), ("photo", 3)])
def test_shares_make_up_the_global_batch(source, degradation, crops_per_image):
    """Two workers, each with two replicas."""
    options = CropOptions(**SMALL, degradation=degradation, augment=True, crops_per_image=crops_per_image)
    whole = first(batches(source, options, start_step=2), 5)
    shares = [
        first(batches(source, options, start_step=2, replica_slice=rows, split=2), 10)
        for rows in (slice(0, 2), slice(2, 4))
    ]
    for step, batch in enumerate(whole):
        parts = [share[2 * step + replica] for share in shares for replica in range(2)]
        assert all(len(lr) == len(hr) == 1 for lr, hr in parts)
        together = tuple(np.concatenate(side) for side in zip(*parts, strict=True))
        assert_equal_batches([together], [batch])


def test_a_share_needs_only_its_own_images(source):
    """A worker with one row of four decodes a quarter of the images, though each serves several steps."""
    options = CropOptions(batch_size=4, crop_size=24, crops_per_image=3)
    read = []
    counted = dataclasses.replace(source, read=lambda i: read.append(i) or source.read(i))
    first(batches(counted, options, replica_slice=slice(0, 1)), 6)
    groups = (group_images(len(source), options, tf.constant(group, tf.int64)) for group in range(20))
    expected = np.concatenate([np.asarray(group)[:, 0] for group in groups])
    ahead = 4  # images that other threads may have read out of turn
    assert not Counter(read) - Counter(expected[: len(read) + ahead].tolist())


def test_static_shapes(source):
    lr, hr = batches(source, CropOptions(**SMALL), split=2).element_spec
    assert lr.shape == (2, 6, 6, 3)
    assert hr.shape == (2, 24, 24, 3)


def test_fewer_images_than_rows(source):
    options = CropOptions(batch_size=16, crop_size=24)
    (lr, _), *_ = first(batches(source, options), 1)
    np.testing.assert_allclose(lr, lr_from_uint8(batch_by_definition(source, options, 0)[0]), atol=1e-7)


def test_images_smaller_than_the_apron(tmp_path):
    """Two LR pixels at most, so that windows are mirrored more than once."""
    for i in range(6):
        (tmp_path / f"{i}.png").write_bytes(encoded(sample_image(4 + i, 9 - i % 3, i), "PNG"))
    source = open_source(str(tmp_path), min_size=4)
    options = CropOptions(batch_size=6, crop_size=4, crops_per_image=2)
    for step, (lr, hr) in enumerate(first(batches(source, options), 4)):
        expected_lr, expected_hr = batch_by_definition(source, options, step)
        np.testing.assert_allclose(lr, lr_from_uint8(expected_lr), atol=1e-7)
        np.testing.assert_allclose(hr, hr_from_uint8(expected_hr), atol=2e-7)


def test_large_step_numbers(source):
    options = CropOptions(**SMALL, crops_per_image=3)
    start = 10**9 + 1
    two = first(batches(source, options, start_step=start), 2)
    assert_equal_batches(first(batches(source, options, start_step=start + 1), 1), two[1:])


def test_images_below_the_crop_are_refused(folder):
    with pytest.raises(UsageError, match="images smaller than the 28x28 crop: open it with min_size=28"):
        batches(open_source(str(folder)), CropOptions(batch_size=4, crop_size=28))


def test_rows_must_split_evenly(source):
    with pytest.raises(UsageError, match="4 rows of the batch cannot be split evenly over 3 replicas"):
        batches(source, CropOptions(**SMALL), split=3)


def test_flipped_makes_eight_different_images_in_the_named_way():
    image = np.arange(3 * 3 * 3, dtype=np.uint8).reshape(3, 3, 3)
    results = flipped(tf.constant(np.stack([image] * 8)), tf.range(8)).numpy()
    assert len({result.tobytes() for result in results}) == 8
    for rotation, flip in itertools.product(range(4), (False, True)):
        expected = np.rot90(image[:, ::-1] if flip else image, rotation)
        assert any(np.array_equal(expected, result) for result in results)
    np.testing.assert_array_equal(results[0], image)
    np.testing.assert_array_equal(results[1], image[:, ::-1])
    np.testing.assert_array_equal(results[2], image[::-1])
    np.testing.assert_array_equal(results[4], image.transpose(1, 0, 2))


@pytest.mark.parametrize("method", ["matlab", "pillow"])
def test_validation_pairs(source, folder, method):
    pairs = list(validation_pairs(source, 4, method))
    assert [name for name, _, _ in pairs] == sorted(path.name for path in folder.iterdir())
    for name, lr, hr in pairs:
        whole = decode_rgb((folder / name).read_bytes())
        np.testing.assert_array_equal(hr, whole[: len(whole) // 4 * 4, : whole.shape[1] // 4 * 4])
        np.testing.assert_array_equal(lr, downscale(hr, 4, method))
    upright = dict((name, hr) for name, _, hr in pairs)["d.jpg"]
    assert upright.shape == (60, 40, 3)


@pytest.mark.slow
def test_validation_pairs_are_degraded_the_same_way_each_time(source):
    plain, photos, again = (
        [lr for _, lr, _ in validation_pairs(source, 4, "pillow", name)]
        for name in ("bicubic", "photo", "photo")
    )
    assert [lr.shape for lr in photos] == [lr.shape for lr in plain]
    assert all(np.array_equal(a, b) for a, b in zip(photos, again, strict=True))
    assert 0 < sum(np.array_equal(a, b) for a, b in zip(photos, plain, strict=True)) < len(plain)
