"""The order of it all: a crop's LR is the crop of the whole image's LR, and its bytes stay."""

import dataclasses
import functools
import hashlib
from collections.abc import Callable

import numpy as np
import pytest
import tensorflow as tf

from srgan_tf.data.degradation import downscale
from srgan_tf.data.degradation.draws import QUIET, SINC, drawn
from srgan_tf.data.degradation.passes import degraded, degraded_crops, degraded_image, reach
from srgan_tf.data.degradation.table import PHOTO, RESIZINGS, SECOND_ORDER, TABLES, Pass, Table
from tests.helpers import sample_image

SIDE = 48
"""Of a crop, HR pixels."""


def still(table: Table) -> Table:
    """The table without noise, JPEG and clean crops."""

    def quiet(of: Pass) -> Pass:
        return dataclasses.replace(
            of,
            noise=dataclasses.replace(of.noise, probability=0.0),
            jpeg=dataclasses.replace(of.jpeg, probability=0.0),
        )

    return dataclasses.replace(table, clean=0.0, first=quiet(table.first), second=quiet(table.second))


def padded(hr: np.ndarray, apron: int) -> np.ndarray:
    return np.pad(hr, ((apron, apron), (apron, apron), (0, 0)), "symmetric")


@pytest.mark.slow
@pytest.mark.parametrize("scale", [2, 4])
@pytest.mark.parametrize("name", TABLES)
def test_the_lr_of_a_crop_is_the_crop_of_the_whole_images_lr(name, scale):
    table = still(TABLES[name])
    apron = reach(table, scale)
    hr = np.random.default_rng(0).integers(0, 256, (scale * 40, scale * 46, 3), dtype=np.uint8)
    window = padded(hr, apron)
    degrade = tf.function(
        lambda window, corner, seed: degraded(
            window, corner, drawn(table, seed), seed, apron=apron, scale=scale
        ),
        input_signature=[
            tf.TensorSpec((None, None, 3), tf.uint8),
            tf.TensorSpec((2,), tf.int64),
            tf.TensorSpec((2,), tf.int64),
        ],
    )
    lr_side = SIDE // scale
    for number in range(6):
        seed = tf.constant([number, 1], tf.int64)
        whole = degrade(tf.constant(window), tf.constant([0, 0], tf.int64), seed).numpy()
        assert whole.shape == (40, 46, 3)
        for i, j in ((0, 0), (40 - lr_side, 46 - lr_side), (9, 13)):
            part = window[scale * i :, scale * j :][: SIDE + 2 * apron, : SIDE + 2 * apron]
            lr = degrade(tf.constant(part), tf.constant([i, j], tf.int64), seed).numpy()
            np.testing.assert_array_equal(lr, whole[i : i + lr_side, j : j + lr_side], err_msg=str(number))


def changed(table: Table, **resizing: object) -> Table:
    """The table with other values of both resizings."""
    passes = {
        which: dataclasses.replace(of, resizing=dataclasses.replace(of.resizing, **resizing))
        for which, of in (("first", table.first), ("second", table.second))
    }
    return dataclasses.replace(table, **passes)


GROWING = changed(still(PHOTO), up=1.0, down=0.0, factor=(1.0, 1.5), methods=("bicubic",))
KEEPING = changed(still(PHOTO), up=0.0, down=0.0, keep=1.0)


@pytest.mark.parametrize("scale", [2, 4])
@pytest.mark.parametrize("table", [*TABLES.values(), GROWING, KEEPING], ids=[*TABLES, "growing", "keeping"])
def test_the_apron_suffices_for_the_furthest_draw(table, scale):
    """A wider one changes nothing."""
    draw = drawn(table, tf.constant([0, 1], tf.int64))
    passes = {}
    for which, of in (("first", table.first), ("second", table.second)):
        method = max(RESIZINGS.index(method) for method in of.resizing.methods)
        factor = of.resizing.factor[0] if of.resizing.down else 1.0
        if of.resizing.up and which == "second":
            factor *= 1 + 1e-6  # the first one's divided by the scale may be the same
        blur = draw.first.blur._replace(kind=tf.constant(0), side=tf.constant(of.blur.sides[1]))
        passes[which] = getattr(draw, which)._replace(
            blur=blur,
            factor=tf.constant(factor, tf.float64),
            method=tf.constant(method),
            noise=tf.constant(QUIET),
            quality=tf.constant(0),
        )
    last = draw.last._replace(kind=tf.constant(SINC), side=tf.constant(table.second.blur.sides[1]))
    draw = draw._replace(**passes, last=last, last_method=passes["second"].method)
    hr = np.asarray(sample_image(16, 24))
    lrs = []
    for apron in (reach(table, scale), reach(table, scale) + 20 * scale):
        given = tf.constant(padded(hr, apron)), tf.constant([0, 0], tf.int64)
        lrs.append(degraded(*given, draw, tf.constant([0, 1], tf.int64), apron=apron, scale=scale).numpy())
    assert lrs[0].shape == (16 // scale, 24 // scale, 3)
    np.testing.assert_array_equal(*lrs)


@functools.cache
def batch_of(table: Table) -> Callable[..., tf.Tensor]:
    """Returns the pipeline's function for x4, traced once."""
    apron = reach(table, 4)
    window, lr = SIDE + 2 * apron, SIDE // 4
    signature = [
        tf.TensorSpec((None, window, window, 3), tf.uint8),
        tf.TensorSpec((None, 2), tf.int64),
        tf.TensorSpec((None, lr, lr, 3), tf.uint8),
        tf.TensorSpec((None, 2), tf.int64),
    ]
    return tf.function(lambda *parts: degraded_crops(*parts, table, apron, 4), input_signature=signature)


def crops_of(hr: np.ndarray, corners: list[tuple[int, int]], table: Table, first_seed: int) -> np.ndarray:
    """Crops at places of LR with consecutive seeds."""
    apron = reach(table, 4)
    window, clean = padded(hr, apron), downscale(hr, 4, "pillow")
    windows = [window[4 * i :, 4 * j :][: SIDE + 2 * apron, : SIDE + 2 * apron] for i, j in corners]
    plain = [clean[i : i + SIDE // 4, j : j + SIDE // 4] for i, j in corners]
    seeds = [(first_seed + k, 3) for k in range(len(corners))]
    given = (np.stack(windows), np.array(corners), np.stack(plain), np.array(seeds, np.int64))
    return batch_of(table)(*map(tf.constant, given)).numpy()


@functools.cache
def photograph() -> np.ndarray:
    return np.asarray(sample_image(96, 104))


def test_the_bytes_of_degraded_crops():
    """Runs that go on, and their figures, need these to stay as they are."""
    for name, table in TABLES.items():
        crops = crops_of(photograph(), CORNERS, table, 0)
        assert [hashlib.sha256(lr.tobytes()).hexdigest()[:16] for lr in crops] == BYTES[name], name


CORNERS = [(0, 0), (12, 14), (3, 5), (7, 1), (1, 9), (12, 0)]
BYTES = {
    "photo": [
        "1fd38d97c0492f4a",
        "aa58478c5875017c",
        "3ad658c190a3cc0a",
        "27ed705aa73ec9f2",
        "55532471feaadd9e",
        "a8e93eb71bd86363",
    ],
    "second-order": [
        "3de2ed28302c218f",
        "318ecb629b9a001f",
        "e494928bd62ca70a",
        "3b8d6a4a6ada9c3c",
        "985c0e9871b5e204",
        "8eddefbe8c77665f",
    ],
}


def test_a_batch_has_the_draws_of_its_seeds():
    """Each crop has its own, whichever others are with it, and clean ones are the plain LR."""
    corners = [(i, i) for i in range(10)]
    batch = crops_of(photograph(), corners, PHOTO, 20)
    np.testing.assert_array_equal(crops_of(photograph(), corners[4:6], PHOTO, 24), batch[4:6])
    clean = [bool(drawn(PHOTO, tf.constant([20 + k, 3], tf.int64)).clean) for k in range(10)]
    assert 0 < sum(clean) < 10
    plain = downscale(photograph(), 4, "pillow")
    for (i, j), lr, is_clean in zip(corners, batch, clean, strict=True):
        assert np.array_equal(lr, plain[i : i + SIDE // 4, j : j + SIDE // 4]) == is_clean


def test_degraded_photographs_look_like_themselves():
    """Means stay, and the wild table is further from the plain LR than the mild one."""
    plain = downscale(photograph(), 4, "pillow").astype(int)
    corners = [(i, i) for i in range(12)]
    distances = {}
    for name, table in TABLES.items():
        crops = crops_of(photograph(), corners, table, 40)
        differences = [
            lr - plain[i : i + SIDE // 4, j : j + SIDE // 4]
            for (i, j), lr in zip(corners, crops, strict=True)
        ]
        assert max(abs(difference.mean()) for difference in differences) < 8
        distances[name] = np.mean([np.abs(difference).mean() for difference in differences])
    assert 1 < distances["photo"] < distances["second-order"] < 30


def test_a_whole_image_has_the_draw_of_its_seed():
    """Noise and JPEG included, where the crop is the image."""
    hr = np.asarray(sample_image(SIDE, SIDE))
    crops = crops_of(hr, [(0, 0)] * 2, SECOND_ORDER, 6)
    for number, crop in enumerate(crops):
        whole = degraded_image(hr, downscale(hr, 4, "pillow"), SECOND_ORDER, (6 + number, 3), 4)
        np.testing.assert_array_equal(crop, whole)


@pytest.mark.parametrize(("height", "width"), [(4, 4), (8, 44)])
def test_images_smaller_than_a_kernel(height, width):
    hr = np.asarray(sample_image(height, width))
    for number in range(2):
        lr = degraded_image(hr, downscale(hr, 4, "pillow"), PHOTO, (number, 3), 4)
        assert lr.shape == (height // 4, width // 4, 3)
