"""The paper's luma against a plain form in exact fractions, built from BT.709's own definition."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from srgan_tf.metrics import paper_luma
from srgan_tf.metrics.paper_dither import rgb_dither
from srgan_tf.metrics.paper_luma import luma

KR, KG, KB = Fraction(2126, 10000), Fraction(7152, 10000), Fraction(722, 10000)
Y_LEVEL, CHROMA_LEVEL = Fraction(65535, 219), Fraction(65535, 224)
RED_PER_CR, BLUE_PER_CB = 2 * (1 - KR) * CHROMA_LEVEL, 2 * (1 - KB) * CHROMA_LEVEL


def half_away(value: Fraction) -> int:
    magnitude = int(abs(value) + Fraction(1, 2))
    return magnitude if value >= 0 else -magnitude


def luma_of(rgb: list[int]) -> Fraction:
    return KR * rgb[0] + KG * rgb[1] + KB * rgb[2]


def plain_luma(rgb: np.ndarray) -> np.ndarray:
    """For each pixel, the one of two neighbouring lumas that rebuilds it best with its block's chroma."""
    height, width = rgb.shape[:2]
    rgb16 = (257 * rgb.astype(int) + rgb_dither(height, width)).tolist()
    y = np.zeros((height, width), int)
    for top in range(0, height, 2):
        for left in range(0, width, 2):
            pixels = [(row, column) for row in (top, top + 1) for column in (left, left + 1)]
            mean = [Fraction(sum(rgb16[row][column][c] for row, column in pixels), 4) for c in range(3)]
            cb, cr = (
                min(max(half_away(difference), -128), 127)
                for difference in (
                    (mean[2] - luma_of(mean)) / BLUE_PER_CB,
                    (mean[0] - luma_of(mean)) / RED_PER_CR,
                )
            )
            red, blue = RED_PER_CR * cr, BLUE_PER_CB * cb
            chroma = red, -(KR * red + KB * blue) / KG, blue
            for row, column in pixels:
                y[row, column] = best_luma(rgb16[row][column], chroma)
    return y


def best_luma(pixel: list[int], chroma: tuple[Fraction, ...]) -> int:
    without_chroma = luma_of([value - offset for value, offset in zip(pixel, chroma, strict=True)])
    lower = min(max(int(without_chroma // Y_LEVEL), -16), 238)

    def squared_error(y: int) -> int:
        rebuilt = [min(max(half_away(Y_LEVEL * y + offset), 0), 65535) for offset in chroma]
        return sum((value - whole) ** 2 for value, whole in zip(rebuilt, pixel, strict=True))

    return 16 + min((lower, lower + 1), key=lambda y: (squared_error(y), y % 2))


@given(
    st.integers(1, 6),
    st.integers(1, 6),
    st.integers(0, 2**32 - 1),
    st.sampled_from([(0, 256), (100, 156), (0, 4), (252, 256)]),
)
@settings(max_examples=25, deadline=None)
def test_luma_agrees_with_the_plain_form(half_height, half_width, seed, levels):
    rgb = np.random.default_rng(seed).integers(*levels, (2 * half_height, 2 * half_width, 3))
    rgb = rgb.astype(np.uint8)
    np.testing.assert_array_equal(luma(rgb), plain_luma(rgb))


@pytest.mark.parametrize("blue", [0, 255])
@pytest.mark.parametrize("green", [0, 255])
@pytest.mark.parametrize("red", [0, 255])
def test_luma_agrees_with_the_plain_form_at_the_corners_of_the_cube(red, green, blue):
    rgb = np.full((12, 8, 3), (red, green, blue), np.uint8)
    np.testing.assert_array_equal(luma(rgb), plain_luma(rgb))


@given(st.tuples(*[st.integers(40, 215)] * 3))
@settings(max_examples=25, deadline=None)
def test_luma_of_a_flat_colour_is_bt709_on_average(colour):
    y = luma(np.full((64, 64, 3), colour, np.uint8))
    expected = 16 + 219 / 255 * np.dot(colour, (0.2126, 0.7152, 0.0722))
    assert y.dtype == np.uint8
    assert y.mean() == pytest.approx(expected, abs=0.2)


def test_the_integer_weights_are_those_of_bt709():
    weights = {
        "Y_WEIGHT": Y_LEVEL,
        "CR_TO_R": RED_PER_CR,
        "CB_TO_G": -KB / KG * BLUE_PER_CB,
        "CR_TO_G": -KR / KG * RED_PER_CR,
        "CB_TO_B": BLUE_PER_CB,
    }
    for name, weight in weights.items():
        assert getattr(paper_luma, name) == round(weight * paper_luma.RGB_DENOMINATOR), name


@pytest.mark.parametrize("size", [(7, 8), (8, 7)])
def test_odd_sizes_are_refused(size):
    with pytest.raises(ValueError, match=f"even sizes, the image is {size[0]}x{size[1]}"):
        luma(np.zeros((*size, 3), np.uint8))
