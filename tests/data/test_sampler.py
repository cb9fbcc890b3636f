from collections import Counter

import numpy as np
import pytest
import tensorflow as tf

from srgan_tf.data.sampler import CropOptions, batch_plan, group_images, group_order, group_shape
from srgan_tf.errors import UsageError


def planned(n_images, options, steps):
    """Images, places and turns of some steps, stacked."""
    plan = tf.function(lambda step: batch_plan(n_images, options, step))
    parts = [plan(tf.constant(step, tf.int64)) for step in steps]
    return [np.stack([np.asarray(part[i]) for part in parts]) for i in range(3)]


@pytest.mark.parametrize("n_images", [8, 11, 24, 61])
@pytest.mark.parametrize("crops_per_image", [1, 3])
def test_each_row_of_a_batch_is_another_image(n_images, crops_per_image):
    options = CropOptions(batch_size=8, crops_per_image=crops_per_image)
    images, _, _ = planned(n_images, options, range(60))
    for batch in images:
        assert len(set(batch)) == 8
    assert images.min() == 0
    assert images.max() == n_images - 1


@pytest.mark.parametrize("crops_per_image", [1, 3])
def test_a_group_uses_each_of_its_images_equally(crops_per_image):
    options = CropOptions(batch_size=4, crops_per_image=crops_per_image)
    shape = group_shape(40, options)
    assert shape.columns == (4 if crops_per_image > 1 else 1)
    for group in (0, 5):
        images, _, _ = planned(40, options, range(group * shape.steps, (group + 1) * shape.steps))
        assert set(Counter(images.ravel()).values()) == {crops_per_image}
        expected = group_images(40, options, tf.constant(group, tf.int64)).numpy()
        assert set(images.ravel()) == set(expected.ravel())


def test_an_epoch_has_every_image_once_where_batches_fit():
    images, _, _ = planned(24, CropOptions(batch_size=8), range(9))
    for epoch in range(3):
        assert sorted(images[3 * epoch : 3 * epoch + 3].ravel()) == list(range(24))
    assert (images[:3] != images[3:6]).any()


def test_images_left_over_differ_from_epoch_to_epoch():
    images, _, _ = planned(11, CropOptions(batch_size=8), range(200))
    counts = np.bincount(images.ravel(), minlength=11)
    # 1600 crops: each of the 11 images is left out of 3 epochs in 11.
    assert np.abs(counts - 1600 / 11).max() < 30


@pytest.mark.parametrize("crops_per_image", [1, 2])
def test_fewer_images_than_rows_repeat_as_evenly_as_can_be(crops_per_image):
    options = CropOptions(batch_size=8, crops_per_image=crops_per_image)
    images, places, _ = planned(3, options, range(40))
    for batch in images:
        assert sorted(Counter(batch).values()) == [2, 3, 3]
    assert len({tuple(place) for place in places.reshape(-1, 2)}) == 40 * 8
    one, _, _ = planned(1, options, [0])
    assert (one == 0).all()


def test_places_and_turns_are_uniform():
    _, places, turns = planned(40, CropOptions(batch_size=16, augment=True, crops_per_image=4), range(300))
    assert places.min() >= 0
    assert places.max() < 1
    for axis in range(2):
        counts, _ = np.histogram(places[..., axis], bins=10, range=(0, 1))
        assert np.abs(counts / 480 - 1).max() < 0.2
    assert np.abs(np.bincount(turns.ravel(), minlength=8) / 600 - 1).max() < 0.2


def test_without_augment_nothing_is_flipped():
    _, _, turns = planned(40, CropOptions(), range(5))
    assert (turns == 0).all()


def test_the_seed_decides():
    options = [CropOptions(seed=seed, augment=True) for seed in (0, 0, 1)]
    first, again, other = (planned(40, option, range(3)) for option in options)
    for a, b, c in zip(first, again, other, strict=True):
        np.testing.assert_array_equal(a, b)
        assert (a != c).any()


def test_order_is_a_permutation_for_every_pass_and_row():
    order = group_order(40, CropOptions(batch_size=8, crops_per_image=3), tf.constant(7, tf.int64)).numpy()
    assert order.shape == (3, 4, 8)
    assert (np.sort(order, axis=1) == np.arange(4)[None, :, None]).all()
    assert len({tuple(column) for column in order.transpose(0, 2, 1).reshape(-1, 4)}) > 8


def test_plan_is_the_same_in_a_graph_and_outside():
    options = CropOptions(augment=True, crops_per_image=2)
    outside = batch_plan(40, options, 12345678901)
    inside = tf.function(lambda step: batch_plan(40, options, step))(tf.constant(12345678901, tf.int64))
    for a, b in zip(outside, inside, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"batch_size": 0}, "--batch_size=0: expected a value above 0"),
        ({"crops_per_image": -1}, "--crops_per_image=-1"),
        ({"crop_size": 90}, "--crop_size=90: expected a multiple of --scale=4"),
        ({"downscale": "bilinear"}, "--downscale=bilinear: expected one of matlab, pillow"),
    ],
)
def test_wrong_options(wrong, message):
    with pytest.raises(UsageError, match=message):
        CropOptions(**wrong)
