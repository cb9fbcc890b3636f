"""Planes found in an image of which they are known."""

import numpy as np
import pytest

from srgan_tf.selfexsr.lines import segments_of, vanishing_points
from srgan_tf.selfexsr.planes import at_level, facing, planes_of, shapes

LINE = np.array([0.004, -0.001])


@pytest.fixture(scope="module")
def board():
    """A chessboard in perspective: its plane has the vanishing line (0.004, -0.001, 1)."""
    y, x = np.mgrid[:128, :160].astype(float)
    depth = 1 + LINE[0] * x + LINE[1] * y
    return ((np.floor(x / depth / 12) + np.floor(y / depth / 12)) % 2) * 0.6 + 0.2


def test_a_straight_edge_is_one_segment():
    y, x = np.mgrid[:60, :80].astype(float)
    image = 1 / (1 + np.exp(-2 * (0.8 * (x - 40) + 0.6 * (y - 30))))
    segments = segments_of(image)
    longest = segments.length.argmax()
    normal = segments.lines[longest]
    assert abs(normal[:2] @ [0.8, 0.6]) == pytest.approx(1, abs=1e-3)
    assert abs(normal @ [40, 30, 1]) < 0.3
    assert segments.length[longest] > 60


def test_vanishing_points_of_a_board(board):
    points = [point for point, _ in vanishing_points(segments_of(board), 160, seed=0)]
    # The edges along x meet at (-1 / 0.004, 0), those along y at (0, 1 / 0.001).
    for expected in ([-250, 0, 1], [0, 1000, 1]):
        middle = np.array([80, 64])
        wanted = np.subtract(expected[:2], middle)
        towards = [point[:2] - point[2] * middle for point in points]
        cosines = [abs(one @ wanted) / np.linalg.norm(one) / np.linalg.norm(wanted) for one in towards]
        assert max(cosines) > np.cos(np.deg2rad(2))


def test_the_plane_of_a_board(board):
    planes = planes_of(board[:, :, None].repeat(3, 2).astype(np.float32), seed=0)
    assert len(planes) > 1
    assert not planes.lines[0].any()
    np.testing.assert_allclose(np.exp(-planes.costs).sum(0), 1, atol=1e-5)
    best = np.exp(-planes.costs[1:]).mean((1, 2)).argmax() + 1
    np.testing.assert_allclose(planes.lines[best], LINE, atol=1e-3)
    assert planes.costs[best, 64, 80] < planes.costs[0, 64, 80]


def test_an_image_without_lines_has_the_plane_that_faces_the_camera():
    planes = planes_of(np.full((20, 30, 3), 0.5, np.float32), seed=0)
    assert len(planes) == 1
    np.testing.assert_allclose(planes.costs, 0, atol=1e-6)


def test_planes_at_a_level_are_the_same_planes():
    planes = facing(30, 40)
    planes.lines[0] = LINE
    finer = at_level(planes, 60, 80)
    affine = np.float32([[2], [0.1], [-0.1], [2]])
    coarse, _ = shapes(planes, np.int8([0]), np.int32([[10], [20]]), np.float32([[15], [5]]), affine)
    # The centre of pixel p is at 2 p + 0.5 in a level of twice the size; a half pixel is none of `at`'s.
    fine, _ = shapes(finer, np.int8([0]), np.float32([[20.5], [40.5]]), np.float32([[30.5], [10.5]]), affine)
    np.testing.assert_allclose(fine[4:], coarse[4:] / 2, rtol=1e-3)
    assert finer.costs.shape == (1, 60, 80)
