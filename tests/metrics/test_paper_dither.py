"""The dither against the generator's published check value and a plain form, draw by draw."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import islice

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from srgan_tf.metrics.paper_dither import SEED, divide_rounding, kiss99, rgb_dither

MASK = 2**32 - 1


def plain_kiss99(z: int, w: int, jsr: int, jcong: int) -> Iterator[int]:
    """KISS99, one value at a time."""
    while True:
        z = 36969 * (z & 65535) + (z >> 16)
        w = 18000 * (w & 65535) + (w >> 16)
        jcong = 69069 * jcong + 1234567 & MASK
        jsr ^= jsr << 17 & MASK
        jsr ^= jsr >> 13
        jsr ^= jsr << 5 & MASK
        yield ((((z << 16) + w & MASK) ^ jcong) + jsr) & MASK


def plain_draw(values: Iterator[int], n: int) -> int:
    """The next value that leaves every remainder equally likely, modulo n."""
    limit = MASK // n * n
    return next(value for value in values if value < limit) % n


def plain_rgb_dither(height: int, width: int) -> np.ndarray:
    """The dither from BT.709: one 8-bit level of Y, Cb and Cr in units of 16-bit R, G, B."""
    ranges = (1223320001, 1479548744, 1255654970)
    y_level, chroma_level = Fraction(65535, 219), Fraction(65535, 224)
    kr, kg, kb = Fraction(2126, 10000), Fraction(7152, 10000), Fraction(722, 10000)
    values = plain_kiss99(**SEED)
    dither = np.zeros((height, width, 3), int)
    for top in range(0, height, 2):
        for left in range(0, width, 2):
            block_chroma = None
            for row, column in ((top, left), (top, left + 1), (top + 1, left), (top + 1, left + 1)):
                y, cb, cr = (Fraction(plain_draw(values, n) - plain_draw(values, n), n - 1) for n in ranges)
                block_chroma = cb, cr = block_chroma or (cb, cr)
                y *= y_level
                red = 2 * (1 - kr) * chroma_level * cr
                blue = 2 * (1 - kb) * chroma_level * cb
                green = (kr * red + kb * blue) / kg
                # daala's tool adds the chroma noise to G, where BT.709 would subtract it.
                dither[row, column] = [half_away(value) for value in (y + red, y + green, y + blue)]
    return dither


def half_away(value: Fraction) -> int:
    magnitude = int(abs(value) + Fraction(1, 2))
    return magnitude if value >= 0 else -magnitude


def test_kiss99_gives_its_authors_check_value():
    # The article's own test: 256 values fill a table, and of the next million the last is this one.
    blocks = kiss99(z=12345, w=65435, jsr=34221, jcong=12345)
    position = 256 + 1_000_000 - 1
    block = next(islice(blocks, position // 2**16, None))
    assert block[position % 2**16] == 1372460312


@given(
    st.integers(1, 36969 * 2**16 - 2),
    st.integers(1, 18000 * 2**16 - 2),
    st.integers(1, MASK),
    st.integers(0, MASK),
)
@settings(max_examples=5, deadline=None)
@example(**SEED)
def test_kiss99_agrees_with_the_plain_form_across_blocks(z, w, jsr, jcong):
    values = np.concatenate(list(islice(kiss99(z, w, jsr, jcong), 2)))
    expected = list(islice(plain_kiss99(z, w, jsr, jcong), 2**16 + 50))
    assert values[: len(expected)].tolist() == expected


@given(st.integers(1, 9), st.integers(1, 9))
@settings(max_examples=10, deadline=None)
def test_dither_agrees_with_the_plain_form(half_height, half_width):
    size = 2 * half_height, 2 * half_width
    np.testing.assert_array_equal(rgb_dither(*size), plain_rgb_dither(*size))


def test_dither_is_centred_and_spans_a_level_of_luma_and_chroma():
    dither = rgb_dither(256, 192).astype(float)
    assert np.abs(dither.mean((0, 1))).max() < 5
    # Triangular noise of half-width l has the variance l^2 / 6; luma and chroma add up.
    y_level, red_level = 65535 / 219, 2 * (1 - 0.2126) * 65535 / 224
    np.testing.assert_allclose(dither[..., 0].var(), (y_level**2 + red_level**2) / 6, rtol=0.02)


def test_kept_dither_cannot_be_changed():
    assert not rgb_dither(4, 6).flags.writeable


@given(st.integers(-(2**61), 2**61), st.integers(1, 2**61))
@example(3, 2)
@example(-3, 2)
@example(-1, 2)
@example(-(2**61), 2**61)
def test_division_rounds_halves_away_from_zero(numerator, denominator):
    result = divide_rounding(np.array([numerator]), denominator)
    assert result.tolist() == [half_away(Fraction(numerator, denominator))]
