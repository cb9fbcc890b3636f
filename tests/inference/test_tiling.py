import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from srgan_tf.errors import UsageError
from srgan_tf.inference.tiling import Box, cut, tiles

SIDES = st.integers(1, 70)


@given(SIDES, SIDES, st.integers(1, 80), st.integers(0, 20))
def test_every_pixel_is_kept_once_with_its_margin(height, width, tile, halo):
    kept = np.zeros((height, width), int)
    for t in tiles(height, width, tile, halo):
        kept[t.keep.slices] += 1
        assert max(t.keep.height, t.keep.width) <= tile
        rows, columns = t.keep.slices
        assert t.read.top == max(rows.start - halo, 0)
        assert t.read.left == max(columns.start - halo, 0)
        assert t.read.top + t.read.height == min(rows.stop + halo, height)
        assert t.read.left + t.read.width == min(columns.stop + halo, width)
    np.testing.assert_array_equal(kept, 1)


@given(SIDES, SIDES, st.integers(1, 80), st.integers(0, 20), st.sampled_from([2, 3, 4]))
def test_pieces_put_together_are_the_image(height, width, tile, halo, scale):
    lr = np.arange(height * width).reshape(height, width)
    whole = lr.repeat(scale, 0).repeat(scale, 1)
    sr = np.full_like(whole, -1)
    for t in tiles(height, width, tile, halo):
        piece = lr[t.read.slices].repeat(scale, 0).repeat(scale, 1)
        sr[t.keep.scaled(scale).slices] = piece[t.keep_in_read.scaled(scale).slices]
    np.testing.assert_array_equal(sr, whole)


@given(SIDES, SIDES, st.integers(1, 80), st.integers(0, 200))
def test_mirrored_halos_are_those_of_the_mirrored_image(height, width, tile, halo):
    lr = np.arange(height * width).reshape(height, width)
    padded = np.pad(lr, halo, "symmetric")
    for t in tiles(height, width, tile, halo, mirror=True):
        read = t.read.moved(halo, halo)
        np.testing.assert_array_equal(cut(lr, t.read), padded[read.slices])
        assert t.keep_in_read == Box(halo, halo, t.keep.height, t.keep.width)


def test_no_sliver_at_the_end():
    assert {t.keep.height for t in tiles(101, 10, 50, 8)} == {33, 34}


def test_one_tile_has_no_margin():
    (only,) = tiles(30, 40, 64, 39)
    assert only.read == only.keep == Box(0, 0, 30, 40)


@pytest.mark.parametrize("sizes", [(0, 5, 8, 1), (5, 5, 0, 1), (5, 5, 8, -1)])
def test_sizes_must_make_sense(sizes):
    with pytest.raises(UsageError, match="cannot cut"):
        tiles(*sizes)
